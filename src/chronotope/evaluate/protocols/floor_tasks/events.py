"""Floors of events: rates fitted on the first four fifths of the window, scored on the events of the last."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from chronotope.baselines import EVENT_FLOORS
from chronotope.baselines.events import Events
from chronotope.data.field import Field
from chronotope.errors import DataError
from chronotope.evaluate.metrics import log_likelihood

MOST = 20_000
_PARTS = 10
_KM = 6371.0088
DEFINITIONS = {
    "log_likelihood": "sum of the log rate at the events less its integral, per event, in nats; rates are per day and square km",
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
    rows, floor = [], np.zeros(_PARTS)
    for name, make in EVENT_FLOORS.items():
        start = time.perf_counter()
        model = make().fit(events.before(cut))
        rate = model.intensity(events)[later]
        integrals = np.array([model.expected(events, a, b) for a, b in zip(edges[:-1], edges[1:])])
        each = np.array([log_likelihood(rate[part == k], integrals[k]) for k in range(_PARTS)])
        floor = each if name == "homogeneous_poisson" else floor
        gain, n = each - floor, int(later.sum())
        row = {"model": f"floor:{name}", "log_likelihood": each.sum() / n, "gain": gain.sum() / n}
        row |= {"gain_spread": float(np.std(gain, ddof=1) * _PARTS**0.5 / n), "expected": integrals.sum(), "n": n}
        rows.append({**row, "fitted_on": int((~later).sum()), "seconds": time.perf_counter() - start})
    return pd.DataFrame(rows).sort_values("log_likelihood", ascending=False, kind="stable", ignore_index=True)


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
            middle = np.median(at, axis=0)
            gap = at - middle
            gap[:, 0] = (gap[:, 0] + 180) % 360 - 180
            at = np.deg2rad(gap) * _KM * [np.cos(np.deg2rad(middle[1])), 1.0]
        margin = 1e-6 * max(float(np.ptp(at, axis=0).max()), 1e-9)
        box = np.stack([at.min(axis=0) - margin, at.max(axis=0) + margin])
    end = float(np.nextafter(days[-1], np.inf)) + 1e-9
    return Events(days, at, float(days[0]), end, None if at is None else box)
