"""Rates of quantiles, and rates of several: known distributions come back, the better one is believed, the future is not read."""

import numpy as np
import pytest
from scipy.stats import nbinom, norm

from chronotope.baselines import BASELINES
from chronotope.data.panel import Panel
from chronotope.data.past_events import PastEvents
from chronotope.errors import ArgumentError
from chronotope.evidence.counts.distribution import count_quantiles
from chronotope.questions import QUANTILE_LEVELS, AbstractQuantilePredictor, Quantiles, Rate, RateAnswer
from chronotope.questions.kinds.forecast import ahead
from chronotope.wrappers.lifted import Lifted, moments
from chronotope.wrappers.mixed_rates import MixedRates

DAY, NOON = np.timedelta64(1, "D"), np.timedelta64(12, "h")


def panel(steps=80, n=16, seed=0):
    """Counts of a line of cells, the last twice as busy as the first."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(np.linspace(1, 2, n), (steps, n))
    times = np.datetime64("2024-01-01", "ns") + np.arange(1, steps + 1) * DAY
    row, place = (np.repeat(one.ravel(), counts.ravel()) for one in np.indices(counts.shape))
    lattice = np.stack([np.zeros(n, int), np.arange(n)], axis=1)
    events = PastEvents(times[row] - NOON, lattice[place] + 0.5, place, lattice, (1, n), 0)
    return Panel(counts[..., None].astype(np.float32), times, "1D", ("count",), units=("1",), events=events)


class Says(AbstractQuantilePredictor):
    """Quantiles of counts around one rate."""

    name, kind = "says", "network"

    def __init__(self, rate, dispersion=0.0):
        self.rate, self.dispersion = rate, dispersion

    def quantiles(self, question):
        shape = (len(question.rows), *question.frame.values.shape[1:])
        return count_quantiles(np.full(shape, self.rate), self.dispersion, question.levels)


class Rates(Says):
    gives = frozenset({Rate})

    def answer(self, question):
        rate = np.full((len(question.rows), *question.frame.values.shape[1:]), self.rate)
        return RateAnswer(count_quantiles(rate, 0.0, question.levels), question.levels, rate, np.zeros(len(rate)))


def asked(made=None, row=None, want=Rate()):
    made = panel() if made is None else made
    return ahead(made, len(made.times) - 1 if row is None else row, 3, want=want)


def test_moments_of_a_normal_distribution():
    mean, variance = moments(10 + 2 * norm.ppf(QUANTILE_LEVELS)[:, None])
    assert mean[0] == pytest.approx(10, rel=0.02) and variance[0] == pytest.approx(4, rel=0.3)


@pytest.mark.parametrize(("rate", "dispersion"), [(2.0, 0.0), (8.0, 0.0), (8.0, 0.5), (40.0, 0.2)])
def test_a_lifted_rate_is_that_of_the_quantiles(rate, dispersion):
    answer = Lifted(Says(rate, dispersion)).answer(asked())
    assert answer.rate.mean() == pytest.approx(rate, rel=0.12)
    size = 1 / max(dispersion, 1e-6)
    truth = nbinom.ppf(QUANTILE_LEVELS, size, size / (size + rate))
    assert np.abs(answer.values[:, 0, 0, 0] - truth).max() <= max(1, 0.15 * rate)
    np.testing.assert_array_equal(answer.values, np.rint(answer.values))


def test_where_quantiles_say_nothing_the_cells_own_mean_stands_within_their_bound():
    answer = Lifted(Says(1e-6)).answer(asked())
    assert answer.rate.max() == pytest.approx(-np.log(0.9)) and answer.rate.min() > 0


def test_the_better_of_two_rates_is_believed():
    answer = MixedRates([Rates(0.2), BASELINES["smoothed_rates"]()]).answer(asked())
    weights = answer.notes["weights"]
    assert weights["smoothed_rates"] > 0.8 and 0.2 * weights["says"] < 0.15  # of about 1.5
    assert answer.rate.sum() == pytest.approx(3 * np.linspace(1, 2, 16).sum(), rel=0.1)
    assert answer.notes["log_score"]["says"] < -0.3 and answer.notes["origins"] == 8


def test_a_past_without_room_for_trials_keeps_what_was_believed():
    answer = MixedRates([Rates(1.0), BASELINES["homogeneous_poisson"]()], (3, 1)).answer(asked(row=7))
    assert answer.notes["weights"] == {"says": 0.75, "homogeneous_poisson": 0.25} and answer.notes["origins"] == 0


def test_trials_read_nothing_after_the_origin():
    made, mixed = panel(), MixedRates([Lifted(Says(2.0)), BASELINES["hawkes"]()])
    honest = mixed.answer(asked(made.slice_time(0, 60)))
    poisoned = made.values.copy()
    poisoned[60:] = 1000
    later = mixed.answer(asked(Panel(poisoned, made.times, "1D", ("count",), units=("1",), events=made.events), 59))
    np.testing.assert_array_equal(honest.rate, later.rate)
    assert honest.notes == later.notes


@pytest.mark.parametrize("bad", [(1,), (1, 0), (1, np.nan)])
def test_bad_weights_are_refused(bad):
    with pytest.raises(ArgumentError, match="believed must be"):
        MixedRates([Rates(1.0), Rates(2.0)], bad)
    with pytest.raises(ArgumentError, match="Rate"):
        Lifted(Says(1.0)).answer(asked(want=Quantiles()))


class Sums(Says):
    """The rate of one series, whatever the cells."""

    def quantiles(self, question):
        assert question.frame.values.shape[1:] == (1, 1) and question.frame.events is None
        return super().quantiles(question)


@pytest.mark.parametrize(("row", "heard"), [(7, 1.0), (79, 0.5)])
def test_sums_are_drawn_half_of_the_way_to_what_one_series_tells_and_less_where_it_was_wrong(row, heard):
    bases = [Rates(1.0), BASELINES["smoothed_rates"]()]
    sums = [MixedRates(bases, teller=teller).answer(asked(row=row)).rate.sum(axis=(1, 2)) for teller in (None, Sums(100.0))]
    assert sums[1] == pytest.approx(sums[0] * (100.0 / sums[0]) ** (heard / 2), rel=0.1)
    assert MixedRates(bases, teller=Sums(0.0)).answer(asked(row=row)).rate.min() > 0


def test_parts_and_what_is_held_follow_the_told_sums():
    mixed, question = MixedRates([Lifted(Says(2.0)), BASELINES["hawkes"]()], teller=Sums(60.0)), asked()
    rate = mixed.answer(question).rate[..., 0]
    np.testing.assert_allclose(sum(part.adds for part in mixed.parts(question)), rate, rtol=1e-9)
    np.testing.assert_allclose(mixed.held(question).answer(question).rate[..., 0], rate, rtol=1e-9)


def test_told_sums_read_nothing_after_the_origin():
    class Last(Sums):
        def quantiles(self, question):
            last = float(np.nansum(question.visible()[question.first - 1]))
            return count_quantiles(np.full((len(question.rows), 1, 1), last), 0.0, question.levels)

    made, mixed = panel(), MixedRates([Rates(1.0), BASELINES["hawkes"]()], teller=Last(0.0))
    honest = mixed.answer(asked(made.slice_time(0, 60)))
    poisoned = made.values.copy()
    poisoned[60:] = 1000
    later = mixed.answer(asked(Panel(poisoned, made.times, "1D", ("count",), units=("1",), events=made.events), 59))
    np.testing.assert_array_equal(honest.rate, later.rate)


@pytest.mark.parametrize(("own", "sums"), [(1.0, 20.0), (10.0, 20.0), (1e6, 20.0), (1e-6, 20.0)])
def test_a_sum_that_grows_beyond_all_reason_is_held_by_the_told_one(own, sums):
    rate = MixedRates([Rates(own)], teller=Sums(sums)).answer(asked(row=7)).rate.sum(axis=(1, 2))
    middle = np.sqrt(16 * own * sums)
    assert rate == pytest.approx(np.clip(middle, sums / 10, 2 * sums), rel=0.15)
