"""Sums of rare gains: their mean is what was gained, they scatter as past sums did, and a silent place stays near silence."""

import numpy as np

from chronotope.model.sums import usual_gains


def _usual(gains, horizon=28, unit=1.0):
    return usual_gains(gains.astype(float), 7, horizon, np.full(gains.shape[1], unit))


def test_sums_of_independent_counts_scatter_as_counts_do():
    gains = np.random.default_rng(0).poisson(0.06, (400, 60))
    usual = _usual(gains)
    assert abs(usual.gain.mean() - 0.06) < 0.015
    told = usual.quantiles(np.full((28, 60), 1.68))[:, -1]
    fresh = np.random.default_rng(1).poisson(1.68, (2000, 60))
    assert 0.8 <= ((fresh >= told[0]) & (fresh <= told[-1])).mean() <= 0.95  # whole numbers: 80 % is between two of them


def test_sums_that_come_in_bursts_scatter_more():
    rng = np.random.default_rng(2)
    bursts = rng.poisson(0.2, (400, 20)) * (rng.random((400, 20)) < 0.1) * 5
    assert _usual(bursts).dispersion[-1].mean() > 3 * _usual(rng.poisson(0.1, (400, 20))).dispersion[-1].mean()


def test_a_place_that_gained_nothing_is_not_told_what_large_ones_gain():
    gains = np.random.default_rng(3).poisson(1000, (200, 5))
    gains[:, 0] = 0
    assert _usual(gains).gain[0] < 0.05


def test_a_unit_changes_amounts_by_nothing_but_the_unit():
    gains = np.random.default_rng(4).gamma(0.2, 3, (200, 4))
    one, other = (_usual(gains * factor, unit=0.0) for factor in (1.0, 1000.0))
    np.testing.assert_allclose(other.gain, 1000 * one.gain, rtol=1e-9)
    mean = np.cumsum(np.tile(one.gain, (28, 1)), axis=0)
    np.testing.assert_allclose(other.quantiles(1000 * mean), 1000 * one.quantiles(mean), rtol=1e-5)


def test_gaps_in_the_record_and_few_steps_are_borne():
    gains = np.random.default_rng(5).poisson(0.5, (100, 3)).astype(float)
    gains[::3] = np.nan
    assert np.isfinite(_usual(gains, horizon=2).gain).all()
    assert _usual(gains[:20]) is None and _usual(np.zeros((50, 2))) is None
