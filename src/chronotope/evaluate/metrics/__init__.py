"""Metrics: masked, weighted, labelled, each proved against a closed form or a second implementation. `METRICS` lists them all.

point          a number per cell                      ensemble     members per cell, or per vector
correlation    likeness of patterns                   fields       thresholds on grids
probabilistic  quantiles per cell                     spectrum     power by scale
calibration    whether probabilities mean it          tracks       paths
                                                      events       rates of points
"""

from chronotope.evaluate.metrics.calibration import brier, calibration_error, pit_histogram, reliability
from chronotope.evaluate.metrics.correlation import acc, correlation
from chronotope.evaluate.metrics.ensemble import crps_ensemble, energy_score, pit, variogram_score
from chronotope.evaluate.metrics.events import information_gain, log_likelihood, poisson_log_score
from chronotope.evaluate.metrics.fields import csi, far, fss, pod
from chronotope.evaluate.metrics.point import bias, count, mae, mape, mase, r2, rmse, smape, wape
from chronotope.evaluate.metrics.probabilistic import coverage, crps, interval_score, pinball, width, wis, wql
from chronotope.evaluate.metrics.reduce import latitude_weights
from chronotope.evaluate.metrics.spectrum import power_spectrum, spectral_distance, spectral_ratio, spectral_slope
from chronotope.evaluate.metrics.tracks import ade, best_ade, best_fde, fde

_POINT = (mae, rmse, bias, mape, smape, wape, r2, mase, count, correlation, acc)
_QUANTILE = (wql, crps, wis, interval_score, coverage, width, reliability, calibration_error)
_ENSEMBLE = (crps_ensemble, pit, pit_histogram, energy_score, variogram_score)
_OTHERS = (brier, poisson_log_score, pod, far, csi, fss, spectral_distance, ade, fde, best_ade, best_fde)

METRICS = {metric.__name__: metric for metric in (*_POINT, *_QUANTILE, *_ENSEMBLE, *_OTHERS)}

__all__ = [
    "METRICS", "acc", "ade", "best_ade", "best_fde", "bias", "brier", "calibration_error", "correlation", "count", "coverage", "crps",
    "crps_ensemble", "csi", "energy_score", "far", "fde", "fss", "information_gain", "interval_score", "latitude_weights", "log_likelihood",
    "mae", "mape", "mase", "pinball", "pit", "pit_histogram", "pod", "poisson_log_score", "power_spectrum", "r2", "reliability", "rmse",
    "smape", "spectral_distance", "spectral_ratio", "spectral_slope", "variogram_score", "wape", "width", "wis", "wql",
]  # fmt: skip
