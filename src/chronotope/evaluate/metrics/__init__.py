"""Metrics: masked, labelled, each proved against a closed form or a second implementation."""

from chronotope.evaluate.metrics.point import bias, count, mae, mase, rmse, wape
from chronotope.evaluate.metrics.probabilistic import coverage, crps, pinball, width, wis, wql

METRICS = {metric.__name__: metric for metric in (mae, rmse, bias, wape, mase, count, wql, crps, wis, coverage, width)}

__all__ = ["METRICS", "bias", "count", "coverage", "crps", "mae", "mase", "pinball", "rmse", "wape", "width", "wis", "wql"]
