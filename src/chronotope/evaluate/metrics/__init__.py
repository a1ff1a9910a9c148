"""Metrics: masked, weighted, labelled, each proved against a closed form or a second implementation. `METRICS` lists them all.

point          a number per cell                      ensemble     members per cell, or per vector
correlation    likeness of patterns                   fields       thresholds on grids
probabilistic  quantiles per cell                     spectrum     power by scale
calibration    whether probabilities mean it          tracks       paths
                                                      events       rates of points

A new metric is a pure function in its file and a line in `METRICS`; with `sums` it is a column of every table whose answers it fits.
"""

import numpy as np

from chronotope.evaluate.metrics import metric
from chronotope.evaluate.metrics.calibration import brier, calibration_error, pit_histogram, reliability
from chronotope.evaluate.metrics.correlation import acc, correlation
from chronotope.evaluate.metrics.ensemble import crps_ensemble, energy_score, pit, variogram_score
from chronotope.evaluate.metrics.events import EVENTS, INTEGRAL, LOG_RATE, information_gain, log_likelihood, poisson_log_score
from chronotope.evaluate.metrics.fields import csi, far, fss, pod
from chronotope.evaluate.metrics.metric import Metric
from chronotope.evaluate.metrics.point import bias, count, mae, mape, mase, r2, rmse, smape, wape
from chronotope.evaluate.metrics.probabilistic import coverage, crps, interval_score, pinball, width, wis, wql
from chronotope.evaluate.metrics.reduce import latitude_weights
from chronotope.evaluate.metrics.spectrum import power_spectrum, spectral_distance, spectral_ratio, spectral_slope
from chronotope.evaluate.metrics.tracks import FINAL, GAP, PATHS, ade, best_ade, best_fde, fde

METRICS: dict[str, Metric] = {
    "mae": Metric(mae, words="mean absolute error of the median, units of the variable; best 0", sums=(metric.ERROR, metric.COUNT)),
    "rmse": Metric(
        rmse, words="root of the mean squared error of the median, units of the variable; best 0",
        sums=(metric.SQUARE, metric.COUNT), score=lambda square, n: np.sqrt(square / n),
    ),
    "bias": Metric(
        bias, "near", words="mean of median minus truth, units of the variable; best 0", sums=(metric.SIGNED, metric.COUNT)
    ),
    "r2": Metric(
        r2, "larger", 1.0, words="one less the squared error over that of the mean of the truth; best 1",
        sums=(metric.SQUARE, metric.TRUTH, metric.TRUTH_SQUARE, metric.COUNT), score=metric.explained,
    ),
    "wql": Metric(
        wql, needs="quantiles", sums=(metric.LOSS, metric.SIZE), score=metric.over_size,
        words="weighted quantile loss: twice the pinball loss, mean over nine levels, over the sum of |truth|; best 0",
    ),
    "coverage": Metric(
        coverage, "near", 0.8, "quantiles", "share of the truth between the quantiles 0.1 and 0.9; best 0.8",
        (metric.INSIDE, metric.COUNT), column="coverage80",
    ),
    "mape": Metric(mape), "smape": Metric(smape), "wape": Metric(wape), "mase": Metric(mase),
    "count": Metric(count, "larger", None), "correlation": Metric(correlation, "larger", 1.0), "acc": Metric(acc, "larger", 1.0),
    "crps": Metric(crps, needs="quantiles"), "wis": Metric(wis, needs="quantiles"),
    "interval_score": Metric(interval_score, needs="quantiles"), "width": Metric(width, needs="quantiles"),
    "reliability": Metric(reliability, "near", None, "quantiles"), "calibration_error": Metric(calibration_error, needs="quantiles"),
    "crps_ensemble": Metric(crps_ensemble, needs="samples"), "pit": Metric(pit, "near", 0.5, "samples"),
    "pit_histogram": Metric(pit_histogram, "near", None, "samples"), "energy_score": Metric(energy_score, needs="samples"),
    "variogram_score": Metric(variogram_score, needs="samples"),
    "brier": Metric(brier), "poisson_log_score": Metric(poisson_log_score, best=None),
    "pod": Metric(pod, "larger", 1.0), "far": Metric(far), "csi": Metric(csi, "larger", 1.0), "fss": Metric(fss, "larger", 1.0),
    "spectral_distance": Metric(spectral_distance),
    "ade": Metric(
        ade, needs="paths", sums=(GAP, PATHS),
        words="mean distance from the true path over all asked steps, metres (or the data's plane unit); best 0",
    ),
    "fde": Metric(
        fde, needs="paths", sums=(FINAL, PATHS),
        words="mean distance from the last true position, metres (or the data's plane unit); best 0",
    ),
    "best_ade": Metric(best_ade, needs="paths"), "best_fde": Metric(best_fde, needs="paths"),
    "log_likelihood": Metric(
        log_likelihood, "larger", None, "rate", sums=(LOG_RATE, INTEGRAL, EVENTS), score=lambda logs, integral, n: (logs - integral) / n,
        words="sum of the log rate at the events less its integral, per event, in nats; rates are per day and square km",
    ),
}  # fmt: skip

__all__ = [
    "METRICS", "Metric", "acc", "ade", "best_ade", "best_fde", "bias", "brier", "calibration_error", "correlation", "count", "coverage",
    "crps", "crps_ensemble", "csi", "energy_score", "far", "fde", "fss", "information_gain", "interval_score", "latitude_weights",
    "log_likelihood", "mae", "mape", "mase", "pinball", "pit", "pit_histogram", "pod", "poisson_log_score", "power_spectrum", "r2",
    "reliability", "rmse", "smape", "spectral_distance", "spectral_ratio", "spectral_slope", "variogram_score", "wape", "width", "wis",
    "wql",
]  # fmt: skip
