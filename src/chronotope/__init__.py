"""chronotope: a foundation model for everything that happens somewhere, at some time.

    import chronotope as ct

    field = ct.open("speeds.h5")
    forecast = ct.load().forecast(field, horizon="1h")

or in one call, `ct.forecast("speeds.h5", "1h")`, and on a table or dataset, `df.ct.forecast("1h")`.

`__all__` is the whole public surface; each name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chronotope.adapters.attach import attach

__version__ = "0.1.0"

_PUBLIC = {
    "open": ("chronotope.opening.open", "open_field"),
    "load": ("chronotope.tasks.load", "load"),
    "models": ("chronotope.tasks.load", "models"),
    "sample": ("chronotope.opening.samples", "sample"),
    "samples": ("chronotope.opening.samples", "samples"),
    "classify": ("chronotope.tasks.alike", "classify"),
    "cluster": ("chronotope.tasks.alike", "cluster"),
    "similar": ("chronotope.tasks.alike", "similar"),
    **{
        verb: ("chronotope.adapters.verbs", verb)
        for verb in ("forecast", "backcast", "impute", "interpolate", "downscale", "simulate", "detect", "embed")
    },
    "backtest": ("chronotope.evaluate.protocols.backtest", "backtest"),
    "rescore": ("chronotope.evaluate.scores.saved", "rescore"),
    "floors": ("chronotope.evaluate.protocols.floors", "floors"),
    "stress": ("chronotope.evaluate.protocols.stress", "stress"),
    "error_map": ("chronotope.evaluate.scores.error_map", "error_map"),
    "run": ("chronotope.calls.saved", "run"),
    "check_model": ("chronotope.evaluate.protocols.contract", "check_model"),
    "Field": ("chronotope.data.field", "Field"),
    "Simulation": ("chronotope.tasks.results.simulation", "Simulation"),
    "Embedding": ("chronotope.tasks.results.embedding", "Embedding"),
    "Forecast": ("chronotope.tasks.results.forecast", "Forecast"),
    "Model": ("chronotope.tasks.verbs", "Model"),
    "worlds": ("chronotope.worlds", None),
    "clean": ("chronotope.harmonize.clean", "clean"),
    "convert_units": ("chronotope.harmonize.units", "convert_units"),
    "localize": ("chronotope.harmonize.clocks", "localize"),
    "to_local": ("chronotope.harmonize.clocks", "to_local"),
    "to_utc": ("chronotope.harmonize.clocks", "to_utc"),
    "daylight_saving": ("chronotope.harmonize.daylight", "daylight_saving"),
    "resample": ("chronotope.harmonize.resample", "resample"),
    "regrid": ("chronotope.harmonize.regrid", "regrid"),
    "upscale": ("chronotope.harmonize.upscale", "upscale"),
    "align": ("chronotope.harmonize.align", "align"),
    "events_to_counts": ("chronotope.harmonize.counts", "events_to_counts"),
    "tracks_to_counts": ("chronotope.harmonize.counts", "tracks_to_counts"),
    "tracks_to_flows": ("chronotope.harmonize.flows", "tracks_to_flows"),
    "points_to_means": ("chronotope.harmonize.means", "points_to_means"),
    "points_to_grid": ("chronotope.harmonize.convert", "points_to_grid"),
    "grid_to_points": ("chronotope.harmonize.convert", "grid_to_points"),
    "graph_from_distances": ("chronotope.harmonize.graph", "from_distances"),
    "k_nearest": ("chronotope.harmonize.graph", "k_nearest"),
    "delaunay": ("chronotope.harmonize.graph", "delaunay"),
    "ChronotopeError": ("chronotope.errors", "ChronotopeError"),
    "DataError": ("chronotope.errors", "DataError"),
    "DimensionError": ("chronotope.errors", "DimensionError"),
    "UnitsError": ("chronotope.errors", "UnitsError"),
    "TimeError": ("chronotope.errors", "TimeError"),
    "ArgumentError": ("chronotope.errors", "ArgumentError"),
    "BudgetError": ("chronotope.errors", "BudgetError"),
    "KindError": ("chronotope.errors", "KindError"),
    "NoFileError": ("chronotope.errors", "NoFileError"),
    "OutputExistsError": ("chronotope.errors", "OutputExistsError"),
    "NotWrittenError": ("chronotope.errors", "NotWrittenError"),
    "MissingExtraError": ("chronotope.errors", "MissingExtraError"),
    "DataWarning": ("chronotope.errors", "DataWarning"),
}

__all__ = ["__version__"]
__all__ += list(_PUBLIC)

if TYPE_CHECKING:
    from chronotope import worlds as worlds
    from chronotope.adapters.verbs import backcast as backcast
    from chronotope.adapters.verbs import detect as detect
    from chronotope.adapters.verbs import downscale as downscale
    from chronotope.adapters.verbs import embed as embed
    from chronotope.adapters.verbs import forecast as forecast
    from chronotope.adapters.verbs import impute as impute
    from chronotope.adapters.verbs import interpolate as interpolate
    from chronotope.adapters.verbs import simulate as simulate
    from chronotope.calls.saved import run as run
    from chronotope.data.field import Field as Field
    from chronotope.errors import *  # noqa: F403
    from chronotope.evaluate.protocols.backtest import backtest as backtest
    from chronotope.evaluate.protocols.contract import check_model as check_model
    from chronotope.evaluate.protocols.floors import floors as floors
    from chronotope.evaluate.protocols.stress import stress as stress
    from chronotope.evaluate.scores.error_map import error_map as error_map
    from chronotope.evaluate.scores.saved import rescore as rescore
    from chronotope.harmonize.align import align as align
    from chronotope.harmonize.clean import clean as clean
    from chronotope.harmonize.clocks import localize as localize
    from chronotope.harmonize.clocks import to_local as to_local
    from chronotope.harmonize.clocks import to_utc as to_utc
    from chronotope.harmonize.convert import grid_to_points as grid_to_points
    from chronotope.harmonize.convert import points_to_grid as points_to_grid
    from chronotope.harmonize.counts import events_to_counts as events_to_counts
    from chronotope.harmonize.counts import tracks_to_counts as tracks_to_counts
    from chronotope.harmonize.daylight import daylight_saving as daylight_saving
    from chronotope.harmonize.flows import tracks_to_flows as tracks_to_flows
    from chronotope.harmonize.graph import delaunay as delaunay
    from chronotope.harmonize.graph import from_distances
    from chronotope.harmonize.graph import k_nearest as k_nearest
    from chronotope.harmonize.means import points_to_means as points_to_means
    from chronotope.harmonize.regrid import regrid as regrid
    from chronotope.harmonize.resample import resample as resample
    from chronotope.harmonize.units import convert_units as convert_units
    from chronotope.harmonize.upscale import upscale as upscale
    from chronotope.opening.open import open_field
    from chronotope.opening.samples import sample as sample
    from chronotope.opening.samples import samples as samples
    from chronotope.tasks.alike import classify as classify
    from chronotope.tasks.alike import cluster as cluster
    from chronotope.tasks.alike import similar as similar
    from chronotope.tasks.load import load as load
    from chronotope.tasks.load import models as models
    from chronotope.tasks.results.embedding import Embedding as Embedding
    from chronotope.tasks.results.forecast import Forecast as Forecast
    from chronotope.tasks.results.simulation import Simulation as Simulation
    from chronotope.tasks.verbs import Model as Model

    open = open_field
    graph_from_distances = from_distances


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'chronotope' has no attribute {name!r}; it has {', '.join(__all__)}")
    module, attribute = _PUBLIC[name]
    value = import_module(module) if attribute is None else getattr(import_module(module), attribute)
    globals()[name] = value
    return value


attach()  # df.ct and ds.ct, when pandas and xarray are there


def __dir__() -> list[str]:
    return sorted(__all__)
