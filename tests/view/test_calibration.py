"""Calibration counts what was promised against what came true."""

import numpy as np
from scipy.stats import norm

from chronotope.view.calibration import calibration_of
from known_forecasts import LEVELS, KnownForecast, at_origins, forecast_of, sites


def known(truth, quantiles):
    """A forecast of the last steps of one field: truth (t, n), quantiles (q,) the same at every step and place."""
    source = sites(n=truth.shape[1], steps=len(truth) + 1)
    source.dataset["flow"][1:] = truth
    fc = forecast_of(source, read=1, horizon=len(truth))
    values = np.broadcast_to(np.asarray(quantiles)[:, None, None], (len(LEVELS), *truth.shape))
    return KnownForecast(fc.result.assign(flow=(("quantile", "time", "place"), values)), source)


def test_counts_by_hand():
    found = calibration_of(known(np.array([[0.0, 5.0], [3.0, 9.0]]), [1, 2, 5, 6, 8]))
    assert found.count == 4
    assert found.below.tolist() == [0.25, 0.25, 0.625, 0.75, 0.75]  # the truth that equals the median counts half
    assert np.allclose(found.shares, [0.8, 0.6])
    assert found.covered.tolist() == [[0.5, 0.5], [0.5, 0.5]] and found.overall.tolist() == [0.5, 0.5]
    assert found.at(0.8)[1] == 0.5


def test_true_quantiles_are_calibrated_and_flat():
    truth = np.random.default_rng(3).standard_normal((40, 500))
    found = calibration_of(known(truth, norm.ppf(LEVELS)))
    error = 4 * 0.5 / np.sqrt(found.count)  # four standard errors of a share
    assert np.abs(found.below - LEVELS).max() < error
    assert np.abs(found.pit[1] - 1).max() < error / 0.1
    assert abs(found.at(0.8)[1] - 0.8) < error


def test_intervals_that_are_too_narrow_show():
    truth = np.random.default_rng(3).standard_normal((40, 500))
    found = calibration_of(known(truth, 0.3 * norm.ppf(LEVELS)))
    assert found.at(0.8)[1] < 0.4 and found.pit[1][0] > 2


def test_pit_has_mass_one():
    edges, density = calibration_of(at_origins(sites(), [10, 20], 4)).pit
    assert np.isclose((density * np.diff(edges)).sum(), 1.0)


def test_unknown_truth_gives_none_and_missing_truth_is_left_out():
    source = sites(steps=30)
    fc = forecast_of(source, 24, 6)
    fc.history = source.isel(time=slice(0, 24))
    assert calibration_of(fc) is None
    source.dataset["flow"][26:] = np.nan
    assert calibration_of(fc, truth=source).count == 2 * 3
