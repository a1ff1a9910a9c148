"""Baselines: the floors, with the contract of the model. `BASELINES` maps a name to a call without arguments.

    how floors work    floor, series, phases, trend, intervals, scoring, gaps
    of series          naive, seasonal, persistence, ridge, mix
    of places          spatial, inverse_distance, kriging, similar, nearest_steps, downscaling, vectors
    of moving fields   advection, motion
    of paths           paths, path_answer
    of events          events, poisson, hawkes; event_density, event_history, event_seasons, rate_parts, branching

networks/ are trained on the data itself, rivals/ are forecasters of other packages.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chronotope.baselines.advection import Advection
from chronotope.baselines.downscaling import DOWNSCALE_FLOORS, AreaToPoint
from chronotope.baselines.hawkes import Hawkes
from chronotope.baselines.inverse_distance import InverseDistance
from chronotope.baselines.kriging import Kriging
from chronotope.baselines.mix import Mix
from chronotope.baselines.naive import Drift, LastValue, Linear, Marginal
from chronotope.baselines.nearest_steps import NearestSteps
from chronotope.baselines.paths import SERIES_FLOORS, TRACK_FLOORS
from chronotope.baselines.persistence import AnomalyPersistence
from chronotope.baselines.poisson import HomogeneousPoisson, KernelSeason, SmoothedRates
from chronotope.baselines.ridge import Ridge
from chronotope.baselines.seasonal import Climatology, ClimatologyQuantiles, SeasonalNaive
from chronotope.baselines.similar import SimilarPlaces
from chronotope.baselines.spatial import NeighbourMean
from chronotope.baselines.vectors import VECTOR_FLOORS
from chronotope.questions import Predictor

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
    "linear": Linear,
    "neighbour_mean": NeighbourMean,
    "inverse_distance": InverseDistance,
    "kriging": Kriging,
    "similar_places": SimilarPlaces,
    "knn": NearestSteps,
    "advection": Advection,
    "mix": Mix,
    "ridge": Ridge,
    **DOWNSCALE_FLOORS,
    "area_to_point": AreaToPoint,
    **SERIES_FLOORS,
    "homogeneous_poisson": HomogeneousPoisson,
    "smoothed_rates": SmoothedRates,
    "kde_season": KernelSeason,
    "hawkes": Hawkes,
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
"""The floors that a table compares with unless told otherwise (those of `GAP_FLOORS` forecast as last_value does)."""

GAP_FLOORS = ("linear", "neighbour_mean", "inverse_distance", "kriging", "similar_places", "knn")
"""The floors for gaps and for places without history: they read the same step elsewhere, or both sides of a gap."""

NOWCAST_FLOORS = ("last_value", "advection")
"""The floors for what moves over a grid, beside `FLOORS`."""

EVENT_FLOORS = ("homogeneous_poisson", "smoothed_rates", "kde_season", "hawkes")
"""The floors for events: they give rates, and read counts that carry their events."""

__all__ = [
    "BASELINES", "DOWNSCALE_FLOORS", "EVENT_FLOORS", "FLOORS", "GAP_FLOORS", "NOWCAST_FLOORS", "TRACK_FLOORS", "VECTOR_FLOORS",
]  # fmt: skip
