"""Quantile scores against closed forms and scoringrules."""

import numpy as np
import pytest
import scoringrules
import xarray as xr
from scipy.stats import norm

from chronotope.errors import ArgumentError
from chronotope.evaluate.metrics import coverage, crps, pinball, width, wis, wql

LEVELS = np.arange(1, 10) / 10


@pytest.fixture
def made():
    rng = np.random.default_rng(0)
    return np.sort(rng.normal(size=(9, 50, 4)), axis=0), rng.normal(size=(50, 4))


def test_pinball_is_that_of_scoringrules(made):
    forecast, truth = made
    for i, level in enumerate(LEVELS):
        np.testing.assert_allclose(pinball(forecast, truth, LEVELS)[i], scoringrules.quantile_score(truth, forecast[i], level))


def test_crps_is_that_of_scoringrules_quantile_rule(made):
    forecast, truth = made
    expected = scoringrules.crps_quantile(truth, np.moveaxis(forecast, 0, -1), LEVELS)
    np.testing.assert_allclose(crps(forecast, truth, LEVELS, axis=()), expected)


def test_crps_of_many_normal_quantiles_is_the_closed_form():
    levels = np.arange(1, 2000) / 2000
    truth = np.array([-1.3, 0.0, 0.4, 2.2])
    forecast = np.repeat(norm.ppf(levels)[:, None], 4, axis=1)
    np.testing.assert_allclose(crps(forecast, truth, levels, axis=()), scoringrules.crps_normal(truth, 0.0, 1.0), rtol=2e-3)


def test_wis_is_half_the_median_error_and_the_weighted_interval_scores_of_scoringrules(made):
    forecast, truth = made  # its own weighted_interval_score counts the median instead of its error
    expected = 0.5 * np.abs(truth - forecast[4])
    for k, alpha in enumerate(2 * LEVELS[:4]):
        expected = expected + alpha / 2 * scoringrules.interval_score(truth, forecast[k], forecast[8 - k], alpha)
    np.testing.assert_allclose(wis(forecast, truth, LEVELS, axis=()), expected / 4.5)


def test_wis_and_crps_of_the_same_central_levels_are_one(made):
    forecast, truth = made
    np.testing.assert_allclose(wis(forecast, truth, LEVELS, axis=()), crps(forecast, truth, LEVELS, axis=()))


def test_wql_by_hand():
    forecast, truth = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]]), np.array([2.0, 3.0])
    loss = 2 * np.mean([0.1 * 2, 0.0, 0.1 * 2]) + 2 * np.mean([0.1 * 2, 0.5 * 2, 0.9 * 2])
    assert wql(forecast, truth, (0.1, 0.5, 0.9)) == pytest.approx(loss / 5)


def test_coverage_and_width_of_true_quantiles():
    truth = np.random.default_rng(1).normal(size=20000)
    forecast = np.repeat(norm.ppf(LEVELS)[:, None], len(truth), axis=1)
    assert coverage(forecast, truth, LEVELS) == pytest.approx(0.8, abs=0.01)  # three standard errors
    assert width(forecast, truth, LEVELS, 0.6) == pytest.approx(2 * norm.ppf(0.8))


def test_cells_without_truth_or_forecast_do_not_count(made):
    forecast, truth = (a.copy() for a in made)
    kept = wql(forecast[:, 5:], truth[5:], LEVELS), coverage(forecast[:, 5:], truth[5:], LEVELS), wis(forecast[:, 5:], truth[5:], LEVELS)
    truth[:3] = np.nan
    forecast[0, 3:5] = np.nan
    assert np.allclose((wql(forecast, truth, LEVELS), coverage(forecast, truth, LEVELS), wis(forecast, truth, LEVELS)), kept)


@pytest.mark.parametrize("metric", [wql, crps, wis, coverage, width])
def test_nothing_to_compare_is_not_perfect(metric):
    assert np.isnan(metric(np.full((9, 4), np.nan), np.ones(4), LEVELS))
    assert np.isnan(metric(np.ones((9, 4)), np.full(4, np.nan), LEVELS))


def test_levels_that_a_score_needs_must_be_there():
    with pytest.raises(ArgumentError, match="0.05 and 0.95"):
        coverage(np.ones((9, 4)), np.ones(4), LEVELS, 0.9)
    with pytest.raises(ArgumentError, match="must hold 0.5"):
        wis(np.ones((2, 4)), np.ones(4), (0.1, 0.9))


def test_named_dims_are_kept():
    truth = xr.DataArray(np.zeros((5, 2)), dims=("time", "place"), coords={"place": ["a", "b"]})
    forecast = (truth + xr.DataArray(norm.ppf(LEVELS), dims="quantile")).transpose("time", "quantile", "place")
    found = crps(forecast, truth, LEVELS, dim="time")
    assert found.dims == ("place",) and list(found["place"].values) == ["a", "b"]
