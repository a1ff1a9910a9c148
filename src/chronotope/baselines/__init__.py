"""Baselines: the floors, with the contract of the model. `BASELINES` maps a name to a call without arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chronotope.baselines.mix import Mix
from chronotope.baselines.naive import Drift, LastValue, Marginal
from chronotope.baselines.persistence import AnomalyPersistence
from chronotope.baselines.ridge import Ridge
from chronotope.baselines.seasonal import Climatology, ClimatologyQuantiles, SeasonalNaive
from chronotope.baselines.spatial import NeighbourMean
from chronotope.tokens.query import Predictor

BASELINES: dict[str, Callable[[], Predictor]] = {
    "last_value": LastValue,
    "seasonal_naive": SeasonalNaive,
    "seasonal_naive:day": partial(SeasonalNaive, "day"),
    "seasonal_naive:week": partial(SeasonalNaive, "week"),
    "seasonal_naive:year": partial(SeasonalNaive, "year"),
    "climatology": Climatology,
    "climatology_quantiles": ClimatologyQuantiles,
    "anomaly_persistence": AnomalyPersistence,
    "marginal": Marginal,
    "marginal_recent": partial(Marginal, recent=True),
    "drift": Drift,
    "neighbour_mean": NeighbourMean,
    "mix": Mix,
    "ridge": Ridge,
}

FLOORS = (
    "last_value",
    "seasonal_naive",
    "climatology",
    "climatology_quantiles",
    "anomaly_persistence",
    "marginal",
    "marginal_recent",
    "drift",
    "mix",
    "ridge",
)
"""The floors that a table compares with unless told otherwise (neighbour_mean forecasts as last_value does)."""
