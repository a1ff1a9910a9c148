"""The observer: truth untouched, counts around their mean, defects that do what they say."""

import numpy as np
import pytest

from chronotope.worlds.observer import DEFECTS, MILD, observe
from chronotope.worlds.world import Channel


def _rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


UNIT = np.random.default_rng(0).random((9, 2))


@pytest.mark.parametrize("name", DEFECTS)
def test_no_defect_touches_its_input(name):
    values = np.random.default_rng(1).gamma(2, 3, (120, 9))
    before = values.copy()
    for seed in range(5):
        after = DEFECTS[name](_rng(seed), values, UNIT)
        assert (values == before).all() and after.shape == values.shape and not np.isinf(after).any()
    assert set(DEFECTS) == set(MILD)


def test_the_truth_is_not_changed():
    truth = np.random.default_rng(2).gamma(2, 3, (200, 9))
    before = truth.copy()
    for seed in range(40):
        observe(_rng(seed), Channel(truth), UNIT, {})
    assert (truth == before).all()


def test_a_clean_observer_shows_the_truth():
    truth = np.random.default_rng(3).normal(0, 1, (50, 9))
    assert (observe(_rng(), Channel(truth), UNIT, {}, clean=True) == truth).all()


def test_counts_are_integers_with_the_truth_as_their_mean():
    truth = np.full((4000, 9), 3.7)
    for seed in range(6):
        seen = observe(_rng(seed), Channel(truth, "count", 0.0), UNIT, {}, clean=True)
        assert (seen == np.round(seen)).all() and (seen >= 0).all()
        assert seen.mean() == pytest.approx(3.7, rel=0.03)


def test_values_stay_within_natural_bounds():
    truth = np.random.default_rng(4).random((100, 9))
    for seed in range(40):
        seen = observe(_rng(seed), Channel(truth, "real", 0.0, 1.0), UNIT, {})
        assert np.nanmin(seen) >= 0 and np.nanmax(seen) <= 1


def test_a_regional_outage_is_a_disc_and_a_silent_place_never_speaks():
    values = np.ones((60, 9))
    gone = np.isnan(DEFECTS["region"](_rng(3), values, UNIT))
    assert gone.any() and len({tuple(column) for column in gone.T}) <= 2
    silent = np.isnan(DEFECTS["silent"](_rng(1), np.ones((60, 40)), UNIT))
    assert set(silent.mean(0)) == {0.0, 1.0}


def test_a_dry_gauge_stays_dry_under_noise():
    values = np.tile([[0.0], [5.0], [0.0]], (10, 9))
    noisy = DEFECTS["noise"](_rng(), values, UNIT)
    assert (noisy[values == 0] == 0).all() and (noisy[values > 0] != 5.0).all()
