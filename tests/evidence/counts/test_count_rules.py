"""Rates, dispersions and quantiles of counts whose truth was planted."""

import numpy as np

from chronotope.evidence.clock import Period
from chronotope.evidence.counts.answer import dispersions, foretold, rate_weights
from chronotope.evidence.counts.counted import ROWS, Counted, fading
from chronotope.evidence.counts.distribution import count_quantiles
from chronotope.evidence.counts.rules import Rules
from chronotope.evidence.neighbours import find_neighbours

LEVELS = tuple(k / 10 for k in range(1, 10))


def counted(y, periods=()):
    xy = np.stack([np.arange(y.shape[1]), np.zeros(y.shape[1])], axis=1).astype(float)
    return Counted.of(y, list(periods), find_neighbours(xy, None))


def planted(steps=300, n=60, seed=0, wide=0.5):
    """Rates of places with a week's course, and counts around them."""
    rng = np.random.default_rng(seed)
    rate = 0.4 * rng.lognormal(0, 0.8, n) * (1 + 0.7 * np.sin(2 * np.pi * np.arange(steps)[:, None] / 7))
    return rate, rng.poisson(rate * rng.gamma(1 / wide, wide, rate.shape)).astype(float)


def loss(told, truth):
    off, level = truth - told, np.array(LEVELS).reshape(-1, 1, 1)
    return np.maximum(level * off, (level - 1) * off).mean()


def test_what_fades_is_a_sum_over_powers_of_its_age():
    a = np.random.default_rng(0).random((9, 2))
    slow = [sum(a[row - age] * 0.5 ** (age / 3.0) for age in range(row + 1)) for row in range(9)]
    np.testing.assert_allclose(fading(a, 3.0), slow)


def test_quantiles_come_near_those_of_the_true_rates_and_below_those_of_each_place():
    rate, y = planted()
    past, truth = y[:-28], y[-28:]
    told = foretold(counted(past, [Period(7.0)]), np.arange(len(past), len(y)), LEVELS)
    oracle = count_quantiles(rate[-28:], 0.5, LEVELS)
    marginal = np.repeat(np.quantile(past, LEVELS, axis=0)[:, None], 28, axis=1)
    assert loss(told, truth) < 1.04 * loss(oracle, truth)
    assert loss(told, truth) < 0.95 * loss(marginal, truth)


def test_a_season_of_all_places_is_found():
    rate, y = planted(n=200)
    c = counted(y, [Period(7.0)])
    found = c.season(np.arange(7), y.mean(axis=0), 30.0)
    np.testing.assert_allclose(found, (rate / rate.mean(axis=0))[:7, 0], rtol=0.1)


def test_weights_go_to_the_rate_that_counts_have():
    rng = np.random.default_rng(1)
    rates = rng.gamma(1.0, 1.0, (4000, 3))
    told = np.concatenate([rates, np.zeros((4000, 1))], axis=1)
    weights = rate_weights(told, rng.poisson(0.7 * rates[:, 1] + 0.3 * rates[:, 2]).astype(float), 4000.0)
    np.testing.assert_allclose(weights, [0, 0.7, 0.3, 0], atol=0.05)


def test_places_that_scatter_more_are_told_from_those_that_do_not():
    rng = np.random.default_rng(2)
    rate = np.full((600, 40), 1.5)
    rate_here = np.where(np.arange(40) < 20, rate, rate * rng.gamma(0.5, 2.0, rate.shape))
    found = dispersions(rng.poisson(rate_here).astype(float), rate, np.ones(rate.shape, bool))
    assert found[:20].max() < 0.15
    assert 1.5 < np.median(found[20:]) < 2.7


def test_rules_of_the_asked_rows_read_counts_up_to_the_last_row_only():
    y = planted(steps=120)[1]
    rules = Rules(counted(y))
    other = y.copy()
    other[80:] = 9.0
    last = np.full(2, 79)
    np.testing.assert_array_equal(
        rules.at(np.array([80, 85]), last)[..., 3:7], Rules(counted(other)).at(np.array([80, 85]), last)[..., 3:7]
    )


def test_what_a_phase_did_leaves_out_the_row_itself():
    y = planted(steps=70)[1]
    other = y.copy()
    other[40, 3] += 20
    told, moved = (Rules(counted(one, [Period(7.0)])).at(np.array([33, 40]), np.array([32, 39]))[:, 3, -2] for one in (y, other))
    assert moved[1] - told[1] < 0.2 < 1 < moved[0] - told[0]  # what all places did at that phase moves a little


def test_a_long_past_is_read_from_its_end():
    y = np.random.default_rng(3).poisson(0.5, (ROWS + 50, 4)).astype(float)
    assert counted(y).y.shape == (ROWS, 4)
    np.testing.assert_array_equal(counted(y).y[-1], y[-1])
