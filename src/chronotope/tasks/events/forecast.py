"""Events: how many come in each cell and step after an origin, asked as a panel of counts that carries the events."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from chronotope.baselines import BASELINES
from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, Predictor, Rate, RateAnswer
from chronotope.tasks.events.asking import Asked, EventCall
from chronotope.tasks.events.panel import Catalogue
from chronotope.tasks.events.result import EventForecast
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
    levels, call = check_levels(quantiles), EventCall.of(field, horizon, step, cell, at, context)
    made = [_one(predictor, asked, levels) for asked in paced(call.asked)]
    parts, notes = [part for part, _ in made], [note for _, note in made]
    dataset = parts[0] if not call.many else _joined(parts, [asked.origin for asked in call.asked])
    for name in ("time", "init_time"):
        if name in dataset.coords:
            dataset[name].attrs.update(call.attrs)
    meta: dict[str, Any] = {"task": "forecast", "model": predictor.name, "version": version("chronotope"), "seed": None}
    meta |= {"origin": call.words} | notes[0]
    if call.many:
        meta["each"] = notes
    meta["data_hash"] = _hash(max(call.asked, key=lambda asked: asked.origin).past)
    meta["warnings"] = call.warnings
    return EventForecast(dataset, field, meta)


def rates_of(predictor: Predictor) -> Predictor:
    """A predictor of rates: itself, lifted from its quantiles, and a network beside the floors of events, by what past origins say."""
    if Rate in predictor.gives:
        return predictor
    lifted = Lifted(predictor)
    if predictor.kind != "network":
        return lifted
    return MixedRates([lifted, *(BASELINES[name]() for name in BESIDE)], BELIEVED, teller=predictor)


def on_the_lattice(answer: RateAnswer, panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Rates (h, y, x) and quantiles (q, h, y, x) of all cells; those that are no places have the rate elsewhere and that of its counts."""
    from chronotope.evidence.counts.distribution import count_quantiles

    events = panel.events
    assert events is not None
    beside = np.zeros(len(answer.rate)) if answer.elsewhere is None else answer.elsewhere
    rate = np.broadcast_to(beside[:, None, None], (len(beside), *events.shape)).copy()
    count = np.broadcast_to(count_quantiles(beside, 0.0, answer.levels)[..., None, None], (len(answer.levels), *rate.shape)).copy()
    rows, columns = events.lattice.T
    rate[:, rows, columns] = answer.rate[..., 0]
    count[:, :, rows, columns] = answer.values[..., 0]
    return rate, count


def _one(predictor: Predictor, asked: Asked, levels: tuple[float, ...]) -> tuple[xr.Dataset, dict[str, Any]]:
    """The answer at one origin, and how it was asked."""
    cells, steps = asked.cells, asked.horizon
    size = steps * cells.shape[0] * cells.shape[1] * (len(levels) + 1)
    if size > MOST_VALUES:
        raise ArgumentError(f"horizon and cell must leave an answer of at most {MOST_VALUES} values; found {size}. Give a larger cell.")
    question = asked.question(Rate(levels))
    answer = rates_of(predictor).answer(question)
    assert isinstance(answer, RateAnswer)
    rate, count = on_the_lattice(answer, question.frame)
    coords: dict[str, Any] = {"quantile": list(levels), "time": question.frame.times[-steps:], "y": cells.centres(0), "x": cells.centres(1)}
    coords |= {name: (dim, cells.centres(i)) for i, (name, dim) in enumerate(zip(asked.past.axes, ("y", "x"))) if name != dim}
    variables = {
        "rate": (("time", "y", "x"), rate, {"units": "1", "long_name": "expected number of events in the cell and step"}),
        "count": (("quantile", "time", "y", "x"), count, {"units": "1", "long_name": "number of events in the cell and step"}),
    }
    return xr.Dataset(variables, coords), asked.notes | answer.notes


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
