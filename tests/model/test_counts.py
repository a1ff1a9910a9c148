"""Small counts: told by their rates as far as past origins say so; all other variables keep the network's answer to the last bit."""

from dataclasses import replace

import numpy as np
import pytest

import chronotope as ct
from chronotope.baselines import BASELINES
from chronotope.evidence.counts.distribution import count_quantiles
from chronotope.model.counts import small_counts, with_counts
from panels import ahead, hole, panel_of

STEPS, LEADS = 200, 7
LEVELS = np.arange(1, 10)[:, None, None] / 10


def rates(n=80, seed=0):
    """Rates (t, n) with a week's course, of places on a plane."""
    rng = np.random.default_rng(seed)
    course = 1 + 0.6 * np.sin(2 * np.pi * np.arange(STEPS + LEADS) / 7)
    return 0.35 * rng.lognormal(0, 0.7, n) * course[:, None], rng.uniform(0, 100, (n, 2))


def planted(seed=0, scale=1.0):
    """Daily counts and the question of the last week, its truth, and the rates behind it."""
    rate, xy = rates(seed=seed)
    y = np.random.default_rng(seed + 1).poisson(rate) * scale
    whole = panel_of(y, "1D", xy=xy)
    return ahead(whole.slice_time(0, STEPS), LEADS), y[STEPS:], rate[STEPS:]


class Usual:
    """A network that says what each place mostly did, and remembers what it was asked."""

    def __init__(self, scale=1.0):
        self.asked, self.scale = [], scale

    def __call__(self, question):
        self.asked.append(question)
        past = question.visible()[: question.first]
        told = self.scale * np.nanquantile(past, question.levels, axis=0)[:, None]
        return np.where(question.asked[question.rows], np.repeat(told, len(question.rows), axis=1), np.nan).astype(np.float32)


def loss(told, truth):
    off = truth - np.rint(told[..., 0])
    return np.maximum(LEVELS * off, (LEVELS - 1) * off).mean()


def test_planted_counts_come_near_their_true_rates_and_below_the_marginal():
    question, truth, rate = planted()
    told, marginal = with_counts(question, Usual()), Usual()(question)
    oracle = count_quantiles(rate, 0.0, question.levels)[..., None]
    assert loss(told, truth) < 0.96 * loss(marginal, truth)
    assert loss(told, truth) < 1.05 * loss(oracle, truth)
    assert (np.diff(told, axis=0) >= 0).all() and (told >= 0).all()


def test_the_shipped_network_is_below_the_marginal_on_planted_counts():
    sums = np.zeros(3)
    model, marginal = ct.load("tiny").predictor, BASELINES["marginal"]()
    for seed in (10, 20, 30):
        question, truth, _ = planted(seed)
        told = (model.quantiles(question), model.options(counts=False).quantiles(question), marginal.answer(question).values)
        sums += [loss(one, truth) for one in told]
    assert sums[0] < 0.97 * sums[2]
    assert sums[0] < 0.99 * sums[1]


def numbers(kind):
    rng = np.random.default_rng(4)
    y = rng.poisson(0.5, (STEPS, 30)).astype(float)
    return {
        "decimals": np.where(y > 0, y + rng.random(y.shape), 0.0),
        "rain in tenths": np.where(y > 0, rng.integers(1, 400, y.shape) / 10, 0.0),
        "large counts": rng.poisson(40, y.shape).astype(float),
        "hardly a zero": rng.poisson(3, y.shape).astype(float),
        "signs": y - 1,
        "nothing": np.zeros_like(y),
    }[kind]


@pytest.mark.parametrize("kind", ["decimals", "rain in tenths", "large counts", "hardly a zero", "signs", "nothing"])
def test_what_is_no_small_count_keeps_the_networks_answer(kind):
    question, network = ahead(panel_of(numbers(kind), "1D"), LEADS), Usual()
    told = with_counts(question, network)
    assert len(network.asked) == 1 and network.asked[0] is question
    np.testing.assert_array_equal(told, Usual()(question))


def test_a_temperature_is_no_count():
    question = planted()[0]
    assert small_counts(question)
    named = replace(question, frame=replace(question.frame, variables=("temperature",)))
    assert not small_counts(named)


def test_gaps_keep_their_answer():
    panel = panel_of(np.random.default_rng(5).poisson(0.4, (STEPS, 20)), "1D")
    hidden = np.zeros(panel.values.shape, bool)
    hidden[90:95] = True
    network = Usual()
    with_counts(hole(panel, hidden), network)
    assert len(network.asked) == 1


def test_of_two_variables_only_the_counts_are_touched():
    rng = np.random.default_rng(6)
    values = np.stack([rng.poisson(0.5, (STEPS, 40)), rng.normal(20, 3, (STEPS, 40))], axis=2)
    question = ahead(panel_of(values, "1D"), LEADS)
    told, alone = with_counts(question, Usual()), Usual()(question)
    np.testing.assert_array_equal(told[..., 1], alone[..., 1])
    assert (told[..., 0] != alone[..., 0]).any()


def test_a_network_that_knows_better_keeps_its_answer():
    """It foresees every count of the past, as no rate can."""
    question, truth, _ = planted()
    y = question.frame.values.copy()
    y[STEPS:, :, 0] = truth

    def oracle(one):
        told = np.repeat(y[one.rows][None, :, : one.asked.shape[1]], len(one.levels), axis=0)
        return np.where(one.asked[one.rows], told, np.nan).astype(np.float32)

    few = question.of_places(np.arange(40))  # all of them are tried, so that the oracle knows who is asked
    y = y[:, :40]
    np.testing.assert_array_equal(with_counts(few, oracle)[..., 0], np.repeat(truth[None, :, :40], 9, axis=0))


def test_nothing_after_the_origin_or_behind_the_mask_is_read():
    question = planted()[0]
    seen = question.seen.copy()
    seen[60:70, ::3] = False
    question = replace(question, seen=seen)
    poisoned = np.where(seen, question.frame.values, 1e9).astype(np.float32)
    told = with_counts(question, Usual())
    again = with_counts(replace(question, frame=replace(question.frame, values=poisoned)), Usual())
    np.testing.assert_array_equal(told, again)


def test_past_origins_are_asked_without_what_came_after_them():
    network = Usual()
    with_counts(planted()[0], network)
    first, *past = network.asked
    assert len(past) == 2
    for k, one in enumerate(past, 1):
        assert one.first == STEPS - k * LEADS and len(one.seen) == one.first + LEADS
        assert not one.seen[one.first :].any() and one.asked[one.first :].all()


def test_order_and_unit_change_nothing_else():
    question = planted()[0]
    told = with_counts(question, Usual())
    shuffle = np.random.default_rng(7).permutation(question.asked.shape[1])
    np.testing.assert_allclose(with_counts(question.of_places(shuffle), Usual()), told[:, :, shuffle], atol=1e-6)
    np.testing.assert_allclose(with_counts(planted(scale=2.5)[0], Usual()), 2.5 * told, atol=1e-5)


def test_other_levels_are_answered():
    question = planted()[0]
    told = with_counts(question.wanting((0.05, 0.5, 0.95)), Usual())
    middle = with_counts(question, Usual())[4]
    np.testing.assert_array_equal(told[1], middle)
    assert (np.diff(told, axis=0) >= 0).all()


def test_short_pasts_long_horizons_holes_and_idle_places_are_answered():
    y = np.random.default_rng(8).poisson(0.5, (60, 30)).astype(float)
    y[30:, :5] = np.nan  # not seen lately
    y[:, 5:10] = 0  # nothing ever
    question = ahead(panel_of(y, "1D"), 150)
    told = with_counts(question, Usual())
    assert np.isfinite(told).all() and (np.diff(told, axis=0) >= 0).all()
    late = y.copy()
    late[-40:] = np.nan  # of no place
    assert np.isfinite(with_counts(ahead(panel_of(late, "1D"), 7), lambda one: np.zeros((9, *one.asked[one.rows].shape), np.float32))).all()
