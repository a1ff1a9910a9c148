"""Floors of events: rates fitted on the first four fifths of the window, scored on the events of the last."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines import EVENT_FLOORS
from chronotope.baselines.events import Events
from chronotope.data.field import Field
from chronotope.data.projection import EARTH_RADIUS
from chronotope.errors import DataError
from chronotope.evaluate.asking import costing
from chronotope.evaluate.protocols.floor_tasks.tracks import around
from chronotope.evaluate.scores.sums import Sums, cells, each_or_broken, gathered
from chronotope.evaluate.scores.table import plain_table

MOST = 20_000
_PARTS = 10
WORDS = {
    "gain": "log_likelihood beyond that of one rate everywhere; larger is better, 0 is no better",
    "gain_spread": f"standard error of gain from {_PARTS} equal parts of the scored window",
    "expected": "events that the rate expected in the scored window; best is n",
    "n": "events of the scored window: the last fifth of the time",
    "fitted_on": "events before it",
    "seconds": "time for fitting and scoring",
}


def rates(field: Field) -> pd.DataFrame:
    """Scores of every rate.

    Raises:
        DataError: too few events.
    """
    events = events_of(field)
    cut = events.start + 0.8 * (events.end - events.start)
    later, edges = events.times >= cut, np.linspace(cut, events.end, _PARTS + 1)
    if not later.any():
        raise DataError("At least one event must lie in the last fifth of the time; found none.")
    part = np.clip(np.searchsorted(edges, events.times[later], side="right") - 1, 0, _PARTS - 1)

    def fitted(make: Any) -> Sums:
        with costing() as cost:
            model = make().fit(events.before(cut))
            rate = model.intensity(events)[later]
            integrals = np.array([model.expected(events, a, b) for a, b in zip(edges[:-1], edges[1:])])
        return gathered(cells([rate[part == k] for k in range(_PARTS)], integrals, "rate"), "rate", cost[0])

    work = {f"floor:{name}": partial(fitted, make) for name, make in EVENT_FLOORS.items()}
    made = each_or_broken(work, (_PARTS, 1, 1, 1), "rate")
    floor = _each(made["floor:homogeneous_poisson"])

    def more(sums: Sums, at: np.ndarray | None) -> dict[str, float]:
        gain, n = _each(sums) - floor, sums.by_origin("n").sum()
        with np.errstate(invalid="ignore", divide="ignore"):
            told = {"gain": gain.sum() / n, "gain_spread": float(np.std(gain, ddof=1) * _PARTS**0.5 / n)}
        return told | {"expected": sums.by_origin("integral").sum(), "fitted_on": int((~later).sum())}

    return plain_table(made, None, "log_likelihood", more)


def _each(sums: Sums) -> np.ndarray:
    """The log-likelihood of every part of the window; NaN where the floor broke."""
    return np.nan * sums.by_origin("n") if sums.broken else sums.by_origin("log_rate") - sums.by_origin("integral")


def events_of(field: Field) -> Events:
    """The (latest 20,000) events of a field in days and kilometres around their middle (or in the data's plane unit).

    Raises:
        DataError: fewer than fifty events have a time and a place.
    """
    data = field.dataset
    stamps = data["time"].values.astype("datetime64[ns]")
    days = (stamps - np.datetime64("1970-01-05", "ns")) / np.timedelta64(1, "D")  # a Monday
    names = next((pair for pair in (("lon", "lat"), ("x", "y")) if pair[0] in data), None)
    at = None if names is None else np.stack([np.asarray(data[name].values, float) for name in names], axis=1)
    known = np.isfinite(days) & (True if at is None else np.isfinite(at).all(axis=1))
    if known.sum() < 50:
        raise DataError(f"At least fifty events must have a time and a place; found {int(known.sum())}.")
    order = np.flatnonzero(known)[np.argsort(days[known], kind="stable")][-MOST:]
    days = days[order]
    if at is not None:
        at = at[order]
        if names == ("lon", "lat"):
            at = around(at, np.median(at, axis=0), EARTH_RADIUS / 1000)
        margin = 1e-6 * max(float(np.ptp(at, axis=0).max()), 1e-9)
        box = np.stack([at.min(axis=0) - margin, at.max(axis=0) + margin])
    end = float(np.nextafter(days[-1], np.inf)) + 1e-9
    return Events(days, at, float(days[0]), end, None if at is None else box)
