"""Detect: every observed cell is asked from the rest of its field, and what lies far from the answer is told."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.folding import exact_dtype
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, DataError
from chronotope.questions import Predictor
from chronotope.tasks.detecting.events import Event, events_of
from chronotope.tasks.detecting.surprise import surprise
from chronotope.tasks.forecast import answered, channels_of
from chronotope.tasks.results.detection import PARTS, Detection
from chronotope.tasks.times import context_of

FEWEST = 8  # steps


def detect(predictor: Predictor, field: Field, *, rate: Any = 0.01, target: Any = None, context: Any = None) -> Detection:
    """The surprise of every observed value; see `Model.detect`."""
    rate, names = checked_rate(rate), answered(field, target)
    panel, wanted = field.panel(exact=True), channels_of(field, names)
    steps = context_of(context, panel)
    if not panel.mask[..., wanted].any():
        raise DataError(f"At least one value of {', '.join(names)} must be observed; found none.")
    if len(panel.times) < FEWEST:
        raise DataError(f"detect needs at least {FEWEST} steps, to tell what is usual; found {len(panel.times)}. Give a longer field.")
    found = surprise(predictor, panel, wanted, rate, steps)
    rows = field.frame.rows
    there = panel.mask[rows]
    score = np.where(there, found.score[rows], np.nan)
    flags = np.nan_to_num(score) > -np.log10(rate)
    parts = dict(zip(PARTS, (found.expected[rows], found.low[rows], found.high[rows], score, flags)))
    events = events_of(panel, found, wanted, rate)
    meta = {"task": "detect", "model": predictor.name, "version": version("chronotope"), "seed": None, "context": steps, "rate": rate}
    meta |= {"flagged": int((flags & there)[..., wanted].sum()), "observed": int(there[..., wanted].sum()), "events": len(events)}
    labelled = labelled_parts({part: array[..., wanted] for part, array in parts.items()}, field, names, panel.times[rows])
    return Detection(labelled, field, names, _told(events, panel), meta | {"warnings": []})


def labelled_parts(parts: dict[str, np.ndarray], field: Field, names: tuple[str, ...], times: np.ndarray) -> xr.Dataset:
    """Parts (t, n, v) under the names, dims and coordinates of the field."""
    made = {part: field.unpanel(array, times, dim=None, target=names) for part, array in parts.items()}
    arrays = {f"{name}_{part}": _cast(made[part][name], part, field.dataset[name]) for name in names for part in PARTS}
    return made["expected"].drop_vars(names).assign(arrays)


def checked_rate(rate: Any) -> float:
    """The rate of a call.

    Raises:
        ArgumentError: it is no share between 0 and 0.5.
    """
    if isinstance(rate, bool) or not isinstance(rate, (int, float, np.number)) or not 0 < float(rate) < 0.5:
        raise ArgumentError(f"rate must be the share of clean values that may be flagged, between 0 and 0.5; found {rate!r}.")
    return float(rate)


def _cast(array: Any, part: str, source: Any) -> Any:
    """A part with its own dtype; scores and flags have no unit."""
    if part in ("score", "flag"):
        array = array.astype(bool if part == "flag" else np.float32)
        array.attrs = {"long_name": "minus log10 of the two-sided tail probability" if part == "score" else "surprising"}
        return array
    return array.astype(exact_dtype(source))


def _told(events: list[Event], panel: Panel) -> list[dict[str, Any]]:
    """Events with names and stamps."""
    places = np.arange(panel.values.shape[1]) if panel.places is None else panel.places
    out = []
    for event in events:
        names = [places[i] for i in event.places]
        who = str(names[0]) if len(names) == 1 else f"{len(names)} places"
        out.append(
            {
                "start": panel.times[event.first],
                "end": panel.times[event.last],
                "places": names,
                "variable": panel.variables[event.variable],
                "kind": event.kind,
                "peak_score": event.peak,
                "evidence": f"{panel.variables[event.variable]} at {who}: {event.told}",
            }
        )
    return out
