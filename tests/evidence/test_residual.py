"""Residual distributions: planted shapes and widths are found, and errors are in the units of the floors' own."""

import numpy as np
import pytest
from scipy.stats import expon, norm

from chronotope.evidence.candidates import SLOT
from chronotope.evidence.candidates.evidence import gather
from chronotope.evidence.candidates.residual import MATCHED, relative_widths
from chronotope.evidence.distributions import LEVELS
from tiles import series_of

EVEN, PHASED = 2, 3  # of the distributions: marginal, phase quantiles, residual, residual by phase


def _floors(x, periods=(), rows=8):
    cut = x.shape[1]
    series = series_of(np.pad(x, ((0, 0), (0, rows))), periods=periods, cut=cut)
    return gather(series, np.arange(cut, cut + rows), cut - 1)


def test_losses_are_errors_of_the_normal_that_has_them():
    x = norm.rvs(size=200_000, random_state=0) / np.sqrt(2 / np.pi)
    loss = [np.mean(np.maximum(p * (x - q), (p - 1) * (x - q))) for p, q in zip(LEVELS, norm.ppf(LEVELS) / np.sqrt(2 / np.pi), strict=True)]
    assert pytest.approx(np.mean(loss), rel=0.01) == MATCHED


def test_skewed_noise_gets_its_own_quantiles_and_not_the_normal_s():
    x = expon.rvs(size=(60, 400), random_state=1)
    floors = _floors(x)
    found = floors.spread[:, :, EVEN].mean((0, 1))
    np.testing.assert_allclose(found, expon.ppf(LEVELS), atol=0.15)
    assert np.abs(found - (1 + norm.ppf(LEVELS))).max() > 0.3


def test_a_normal_s_distribution_is_as_good_as_its_centre_and_a_skewed_one_better():
    same = _floors(norm.rvs(size=(40, 400), random_state=2)).error[:, 0]
    assert np.median(same[:, SLOT["residual"]]) == pytest.approx(np.median(same[:, SLOT["level"]]), rel=0.06)
    skewed = _floors(expon.rvs(size=(40, 400), random_state=2)).error[:, 0]
    assert np.median(skewed[:, SLOT["residual"]]) < 0.97 * np.median(skewed[:, SLOT["level"]])


def test_loud_hours_get_wider_intervals_where_a_period_tells_them():
    rng = np.random.default_rng(3)
    loud = np.where(np.arange(24 * 20 + 24) % 24 < 8, 2.0, 0.2)
    x = rng.normal(size=(40, 24 * 20)) * loud[:-24]
    floors = _floors(x, periods=[24], rows=24)
    width = floors.spread[..., -1] - floors.spread[..., 0]
    first, second = width[:, :8].mean((0, 1)), width[:, 8:].mean((0, 1))
    assert (first / second)[EVEN] == pytest.approx(1, abs=0.25) and (first / second)[PHASED] > 4
    assert np.median(floors.error[..., SLOT["residual_phase"]]) < 0.9 * np.median(floors.error[..., SLOT["residual"]])


def test_intervals_of_the_misses_hold_what_comes_next():
    rng = np.random.default_rng(4)
    x = rng.standard_t(3, size=(120, 408)).astype(np.float32)
    floors = _floors(x[:, :400])
    inside = (x[:, 400:] >= floors.spread[:, :, EVEN, 0]) & (x[:, 400:] <= floors.spread[:, :, EVEN, -1])
    assert inside.mean() == pytest.approx(0.8, abs=0.04)  # 960 cells: a spread of 0.013


def test_relative_widths_are_one_at_the_typical_phase_and_bounded():
    asked, tried = np.array([[2.0, 200.0, np.nan]]), np.array([[2.0, 2.0, 2.0]])
    here, there = relative_widths(asked, tried)
    assert here.tolist() == [[1.0, 5.0, 1.0]] and (there == 1).all()
    unknown, _ = relative_widths(np.full((1, 2), np.nan), np.full((1, 3), np.nan))
    assert (unknown == 1).all()
