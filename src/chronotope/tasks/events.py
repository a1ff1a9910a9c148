"""Events: how many come in each cell and step after an origin, asked as a panel of counts that carries the events."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.baselines import BASELINES
from chronotope.data.field import Field
from chronotope.data.frame import fixed_freq
from chronotope.data.panel import Panel
from chronotope.data.stamps import on_the_clock, stamp_words, zone_of
from chronotope.errors import ArgumentError, DataError, TimeError
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question, Rate, RateAnswer
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.event_forecast import EventForecast
from chronotope.tasks.event_panel import LEAST_EVENTS, Catalogue, Cells, catalogue_of, cells_of, panel_of, step_of
from chronotope.tasks.times import check_levels
from chronotope.wrappers.lifted import Lifted
from chronotope.wrappers.mixed_rates import MixedRates

MOST_VALUES = 50_000_000  # of one answer
BESIDE = ("smoothed_rates", "kde_season", "hawkes")
"""The floors whose rates stand beside those of a network."""

BELIEVED = (0.15, 0.05, 0.2, 0.6)
"""Weights of the network and of `BESIDE` where the past says nothing: what held on average over sets of events (docs/how-to-events.md)."""


def forecast_events(
    predictor: Predictor,
    field: Field,
    horizon: Any,
    *,
    step: Any = None,
    cell: Any = None,
    at: Any = None,
    quantiles: Any = QUANTILE_LEVELS,
    context: Any = None,
) -> EventForecast:
    """Rates and counts of the `horizon` steps after each origin; see `Model.forecast`."""
    levels, catalogue, zone = check_levels(quantiles), catalogue_of(field), zone_of(field.dataset)
    origins, many = _origins(on_the_clock(at, zone), catalogue, zone is not None)
    step = field.step if step is None else step
    made = [_one(predictor, catalogue, origin, horizon, step, cell, context, levels) for origin in paced(origins)]
    parts, notes = [part for part, _ in made], [note for _, note in made]
    if len({(note["step"], note["cell"], note["horizon"]) for note in notes}) > 1:
        raise ArgumentError("Several origins need one step= and one cell=; those of the data differ from origin to origin. Give both.")
    dataset = parts[0] if not many else _joined(parts, origins)
    time = field.dataset["time"].attrs
    for name in ("time", "init_time"):
        if name in dataset.coords:
            dataset[name].attrs.update({key: value for key, value in time.items() if key in ("time_zone", "source_zone")})
    words = [stamp_words(origin, zone) for origin in origins]
    meta: dict[str, Any] = {"task": "forecast", "model": predictor.name, "version": version("chronotope"), "seed": None}
    meta |= {"origin": words if len(words) > 1 else words[0]} | notes[0]
    if many:
        meta["each"] = notes
    meta["data_hash"] = _hash(catalogue.until(max(origins)))
    meta["warnings"] = [] if not catalogue.passed_over else [f"{catalogue.passed_over} events have no time or no place and are passed over"]
    return EventForecast(dataset, field, meta)


def rates_of(predictor: Predictor) -> Predictor:
    """A predictor of rates: itself, lifted from its quantiles, and a network beside the floors of events, by what past origins say."""
    if Rate in predictor.gives:
        return predictor
    lifted = Lifted(predictor)
    if predictor.kind != "network":
        return lifted
    return MixedRates([lifted, *(BASELINES[name]() for name in BESIDE)], BELIEVED)


def question_of(past: Catalogue, origin: np.datetime64, step: pd.Timedelta, cells: Cells, horizon: int, want: Rate = Rate()) -> Question:
    """What comes in the `horizon` steps after an origin, asked of the counts before it."""
    panel = panel_of(past, origin, step, cells)
    return ahead(panel, len(panel.times) - 1, horizon, want=want)


def on_the_lattice(answer: RateAnswer, panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Rates (h, y, x) and quantiles (q, h, y, x) of all cells; those that are no places have the rate elsewhere and that of its counts."""
    from chronotope.baselines.counts import count_quantiles

    events = panel.events
    assert events is not None
    beside = np.zeros(len(answer.rate)) if answer.elsewhere is None else answer.elsewhere
    rate = np.broadcast_to(beside[:, None, None], (len(beside), *events.shape)).copy()
    count = np.broadcast_to(count_quantiles(beside, 0.0, answer.levels)[..., None, None], (len(answer.levels), *rate.shape)).copy()
    rows, columns = events.lattice.T
    rate[:, rows, columns] = answer.rate[..., 0]
    count[:, :, rows, columns] = answer.values[..., 0]
    return rate, count


def _one(
    predictor: Predictor,
    catalogue: Catalogue,
    origin: np.datetime64,
    horizon: Any,
    step: Any,
    cell: Any,
    context: Any,
    levels: tuple[float, ...],
) -> tuple[xr.Dataset, dict[str, Any]]:
    """The answer at one origin, and how it was asked."""
    past = catalogue.until(origin)
    if len(past.times) < LEAST_EVENTS:
        found = f"found {len(past.times)}. Choose a later one"
        raise DataError(f"At least {LEAST_EVENTS} events must lie at or before the origin ({origin}); {found}.")
    length = step_of(step, past, origin)
    if context is not None:
        past = _recent(past, origin, _count(context, length, "context"), length)
    cells, steps = cells_of(cell, past), _count(horizon, length, "horizon")
    size = steps * cells.shape[0] * cells.shape[1] * (len(levels) + 1)
    if size > MOST_VALUES:
        raise ArgumentError(f"horizon and cell must leave an answer of at most {MOST_VALUES} values; found {size}. Give a larger cell.")
    asked = question_of(past, origin, length, cells, steps, Rate(levels))
    answer = rates_of(predictor).answer(asked)
    assert isinstance(answer, RateAnswer)
    rate, count = on_the_lattice(answer, asked.frame)
    coords: dict[str, Any] = {"quantile": list(levels), "time": asked.frame.times[-steps:], "y": cells.centres(0), "x": cells.centres(1)}
    coords |= {name: (dim, cells.centres(i)) for i, (name, dim) in enumerate(zip(past.axes, ("y", "x"))) if name != dim}
    variables = {
        "rate": (("time", "y", "x"), rate, {"units": "1", "long_name": "expected number of events in the cell and step"}),
        "count": (("quantile", "time", "y", "x"), count, {"units": "1", "long_name": "number of events in the cell and step"}),
    }
    notes = {"horizon": steps, "step": fixed_freq(length.value), "cell": cells.size, "cells": list(cells.shape)}
    notes |= {"events": len(past.times), "steps_read": len(asked.frame.times) - steps} | answer.notes
    return xr.Dataset(variables, coords), notes


def _recent(past: Catalogue, origin: np.datetime64, steps: int, length: pd.Timedelta) -> Catalogue:
    """The events of the last steps; where that is nothing the error of too few events is raised."""
    first = origin - steps * np.timedelta64(length.value, "ns")
    low = int(np.searchsorted(past.times, first, side="right"))
    kept = Catalogue(past.times[low:], past.at[low:], past.axes, past.passed_over, {n: m[low:] for n, m in past.marks.items()})
    if len(kept.times) < LEAST_EVENTS:
        raise DataError(f"context must hold at least {LEAST_EVENTS} events before the origin; found {len(kept.times)}. Give a longer one.")
    return kept


def _count(length: Any, step: pd.Timedelta, name: str) -> int:
    """Steps in a whole number, or in a duration that is a multiple of the step."""
    try:
        whole = isinstance(length, (int, np.integer)) and not isinstance(length, bool)
        steps = float(length) if whole else pd.Timedelta(length) / step
    except (ValueError, TypeError):
        steps = float("nan")
    if not (steps >= 1 and steps == int(steps)):
        raise ArgumentError(f"{name} must be a number of steps, or a length that is a multiple of the step ({step}); found {length!r}.")
    return int(steps)


def _origins(at: Any, catalogue: Catalogue, utc: bool) -> tuple[list[np.datetime64], bool]:
    """Moments up to which events are read, and whether a list was asked for; the last event's by default."""
    if at is None:
        return [catalogue.times[-1]], False
    many = isinstance(at, (list, tuple, np.ndarray, pd.Index, pd.Series)) and np.ndim(at) > 0
    stamps = [_moment(stamp, utc) for stamp in (at if many else [at])]
    if not stamps:
        raise ArgumentError("at must name at least one time stamp; found an empty list.")
    early = [stamp for stamp in stamps if stamp < catalogue.times[0]]
    if early:
        raise TimeError(f"at must not lie before the first event, {catalogue.times[0]}; found {early[0]}.")
    if len(set(stamps)) < len(stamps):
        raise ArgumentError(f"at must name different moments; found {len(stamps)} stamps of {len(set(stamps))}.")
    return stamps, many


def _moment(stamp: Any, utc: bool) -> np.datetime64:
    from chronotope.tasks.times import moment_of

    return moment_of(stamp, utc).to_datetime64().astype("datetime64[ns]")


def _joined(parts: list[xr.Dataset], origins: list[np.datetime64]) -> xr.Dataset:
    """One dataset with dims init_time, lead_time; the cells of all origins."""
    moved = []
    for part, origin in zip(parts, origins):
        leads = (part["time"].values - origin).astype("timedelta64[ns]")
        part = part.rename_dims(time="lead_time").drop_vars("time").assign_coords(lead_time=("lead_time", leads))
        moved.append(part.expand_dims(init_time=np.array([origin], "datetime64[ns]")))
    out = xr.concat(moved, dim="init_time", join="outer", combine_attrs="override")
    dims = ("init_time", "lead_time", "y", "x")
    return out.assign(rate=out["rate"].transpose(*dims), count=out["count"].transpose("quantile", *dims))


def _hash(past: Catalogue) -> str:
    digest = hashlib.blake2b(past.times.astype(np.int64).tobytes(), digest_size=8)
    digest.update(np.ascontiguousarray(past.at).tobytes())
    return digest.hexdigest()
