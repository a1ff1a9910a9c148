"""Calibration counts what was promised against what came true."""

import numpy as np
from scipy.stats import norm

from chronotope.view.calibration import bootstrapped, calibration_of
from known_forecasts import LEVELS, KnownForecast, forecast_of, sites


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
    assert found.overall.tolist() == [0.5, 0.5] and found.at(0.8)[1] == 0.5 and found.band is None


def test_true_quantiles_are_calibrated():
    truth = np.random.default_rng(3).standard_normal((40, 500))
    found = calibration_of(known(truth, norm.ppf(LEVELS)))
    error = 4 * 0.5 / np.sqrt(found.count)  # four standard errors of a share
    assert np.abs(found.below - LEVELS).max() < error
    assert abs(found.at(0.8)[1] - 0.8) < error


def test_intervals_that_are_too_narrow_show():
    truth = np.random.default_rng(3).standard_normal((40, 500))
    found = calibration_of(known(truth, 0.3 * norm.ppf(LEVELS)))
    assert found.at(0.8)[1] < 0.4 and found.below[0] > 0.3


def test_the_band_is_that_of_a_bootstrap_written_out():
    rng = np.random.default_rng(5)
    sums, counts = rng.poisson(30, 9).astype(float), np.full(9, 60)
    low, high = bootstrapped(sums, counts)
    starts = np.random.default_rng(0).integers(0, 9, (400, 3))  # blocks of three, the root of nine
    drawn = [np.mean([sums[(s + k) % 9] for s in row for k in range(3)]) / 60 for row in starts]
    assert np.allclose([low, high], np.quantile(drawn, [0.05, 0.95])) and low < sums.sum() / counts.sum() < high
    assert bootstrapped(sums[:4], counts[:4]) is None


def test_unknown_truth_gives_none_and_missing_truth_is_left_out():
    source = sites(steps=30)
    fc = forecast_of(source, 24, 6)
    fc.history = source.isel(time=slice(0, 24))
    assert calibration_of(fc) is None
    source.dataset["flow"][26:] = np.nan
    assert calibration_of(fc, truth=source).count == 2 * 3
