"""What-if of events: some are added or taken out, and the expected numbers are moved by as much as such events brought before.

rate with them less rate without --share of it that came true at past origins--> difference, with its interval
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.baselines.rate_parts import held_to
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, Predictor, Rate, RateAnswer
from chronotope.tasks.events.asking import Asked, EventCall
from chronotope.tasks.events.explain import rate_of, without
from chronotope.tasks.events.forecast import on_the_lattice, rates_of
from chronotope.tasks.events.panel import LEAST_EVENTS, Catalogue
from chronotope.tasks.events.result import EventForecast
from chronotope.tasks.responding.borne_out import FEWEST, BorneOut, borne_out
from chronotope.tasks.responding.supposing import SURE
from chronotope.tasks.results.whatif import WhatIf
from chronotope.tasks.times import check_levels

ORIGINS, LEARN = 32, 4  # past origins at which both are asked; what is learnt is learnt anew at every fourth of them
FORMS = 'set of events takes {"add": a table of time and place, "remove": such a table, of events that are there}'


@dataclass(frozen=True)
class Other:
    """Another past: what is asked of it, the steps before the origin in which it differs, and what that is in words."""

    asked: Asked
    steps: int
    causes: tuple[str, ...]


def whatif_events(
    predictor: Predictor, field: Field, horizon: Any, settings: Any, *, at: Any = None, quantiles: Any = QUANTILE_LEVELS,
    context: Any = None, step: Any = None, cell: Any = None,
) -> WhatIf:  # fmt: skip
    """Rates with other events in the past, beside those as it is; see `Model.whatif`."""
    levels = check_levels(quantiles)
    call = EventCall.of(field, horizon, step, cell, at, context)
    if call.many:
        raise ArgumentError("whatif of events is about one answer; at= must be one time stamp, found a list.")
    asked = call.asked[0]
    other = _other(asked, settings)
    solver = rates_of(predictor)
    held = held_to(solver, asked.question(Rate()))
    now, then = (_told(held, one, levels) for one in (asked, other.asked))
    change = then[0] - now[0]
    heard = borne_out(_tried(solver, asked, other.steps))
    _refuse_unsure(heard, other.causes)
    meta: dict[str, Any] = {"task": "whatif", "model": predictor.name, "version": version("chronotope"), "seed": None}
    meta |= {"origin": call.words} | asked.notes | {"set": dict.fromkeys(other.causes, other.steps), "closed": []}
    meta |= {"causes": list(other.causes), "sureness": {cause: round(heard.sureness, 2) for cause in other.causes}}
    meta |= {"came_true": round(heard.share, 4), "past_origins": heard.origins, "warnings": call.warnings}
    moved = np.maximum(now[0] + heard.share * change, 0.0)
    scaled = np.rint(then[1] * (moved / np.maximum(then[0], 1e-300)))
    spread = heard.share * change + heard.score(np.array(levels))[:, None, None, None] * heard.error * np.abs(change)
    answers = [(now[0], now[1]), (moved, np.maximum.accumulate(scaled)), (heard.share * change, spread)]
    made = [EventForecast(_labelled(asked, *pair, levels), field, meta) for pair in answers]
    return WhatIf(made[0], made[1], made[2], _summary(heard, now[0], change, asked), meta)


def _told(predictor: Predictor, asked: Asked, levels: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Expected numbers (h, y, x) and quantiles of counts (q, h, y, x) in all cells."""
    question = asked.question(Rate(levels))
    answer = predictor.answer(question)
    assert isinstance(answer, RateAnswer)
    return on_the_lattice(answer, question.frame)


def _other(asked: Asked, settings: Any) -> Other:
    """The past as it is to be.

    Raises:
        ArgumentError: the settings are not of `FORMS`, or name events that are not there or lie outside.
    """
    if not isinstance(settings, Mapping) or not settings or set(settings) - {"add", "remove"}:
        found = "nothing" if not settings else list(settings) if isinstance(settings, Mapping) else type(settings).__name__
        raise ArgumentError(f"{FORMS}; found {found}.")
    past, first = asked.past, asked.origin
    causes: list[str] = []
    if "remove" in settings:
        times, at = _events(asked, "remove", settings["remove"])
        gone = _found(past, times, at)
        other = without(asked, gone).past
        first = min(first, times.min())
        causes.append(f"taking {len(times)} events out")
    else:
        other = past
    if "add" in settings:
        times, at = _events(asked, "add", settings["add"])
        marks = {name: np.concatenate([one, np.full(len(times), np.nan)]) for name, one in other.marks.items()}
        rows = np.concatenate([other.rows, np.full(len(times), -1)])
        whole = replace(other, times=np.concatenate([other.times, times]), at=np.concatenate([other.at, at]), marks=marks, rows=rows)
        other = whole.part(np.lexsort((whole.at[:, 1], whole.at[:, 0], whole.times.astype(np.int64))))
        first = min(first, times.min())
        causes.append(f"adding {len(times)} events")
    steps = int(np.ceil((asked.origin - first) / np.timedelta64(asked.length.value, "ns"))) or 1
    return Other(replace(asked, past=other), max(steps, 1), tuple(causes))


def _events(asked: Asked, name: str, given: Any) -> tuple[np.ndarray, np.ndarray]:
    """Times (e,) and places (e, 2) of a table, or of the file that a text names.

    Raises:
        ArgumentError: it has not these columns, or its events do not lie in the past and in its cells.
    """
    table = pd.read_csv(given) if isinstance(given, str) else given
    columns = ["time", *asked.past.axes]
    if not isinstance(table, pd.DataFrame) or not set(columns) <= set(table.columns) or not len(table):
        found = list(table.columns) if isinstance(table, pd.DataFrame) else type(table).__name__
        raise ArgumentError(f"set[{name!r}] must be a table of events with the columns {', '.join(columns)}; found {found}.")
    stamps = pd.to_datetime(table["time"])
    stamps = stamps.dt.tz_convert("UTC").dt.tz_localize(None) if stamps.dt.tz is not None else stamps
    times, at = stamps.to_numpy("datetime64[ns]"), table[list(asked.past.axes)].to_numpy(float)
    if not ((times >= asked.past.times[0]) & (times <= asked.origin)).all():
        raise ArgumentError(
            f"set[{name!r}] must lie between the first event and the origin, {asked.past.times[0]} and {asked.origin}; "
            f"found {times.min()} to {times.max()}."
        )
    where = np.floor(asked.cells.counted(at))
    if not (np.isfinite(at).all() and (where >= 0).all() and (where < np.array(asked.cells.shape)).all()):
        raise ArgumentError(f"set[{name!r}] must lie in the cells of the past events; found a place outside of them.")
    return times, at


def _found(past: Catalogue, times: np.ndarray, at: np.ndarray) -> np.ndarray:
    """bool (e,): the past events at these times and places.

    Raises:
        ArgumentError: one of them is not there.
    """
    out = np.zeros(len(past.times), bool)
    for time, place in zip(times, at):
        here = np.flatnonzero((past.times == time) & np.isclose(past.at, place, rtol=0, atol=1e-6).all(axis=1) & ~out)
        if not len(here):
            raise ArgumentError(f'set["remove"] must name events of the data; none lies at {time}, {place[0]:g}, {place[1]:g}.')
        out[here[0]] = True
    return out


def _tried(solver: Predictor, asked: Asked, steps: int) -> list[tuple[float, float]]:
    """See `_at`; of past origins, the oldest first. What the predictor learns, it learns from what lies before each of them."""
    out, held = [], solver
    for k, one in enumerate(paced(_origins(asked))):
        held = held_to(solver, one.question(Rate())) if k % LEARN == 0 else held
        out.append(_at(held, one, asked.past, steps))
    return out


def _origins(asked: Asked) -> list[Asked]:
    """The same asked at past origins, a horizon apart, each with the events before it alone; the oldest first."""
    length = np.timedelta64(asked.length.value, "ns")
    made: list[Asked] = []
    for k in range(1, ORIGINS + 1):
        origin = asked.origin - k * asked.horizon * length
        past = asked.past.until(origin)
        if len(past.times) <= LEAST_EVENTS or (origin - past.times[0]) < (asked.origin - asked.past.times[0]) / 3:
            break
        made.append(replace(asked, origin=origin, past=past))
    return made[::-1]


def _at(held: Predictor, asked: Asked, later: Catalogue, steps: int) -> tuple[float, float]:
    """Of one past origin: what the events of the last steps were told to bring with what came beside it, and with itself.

    Both are over the expected number, as counts scatter.
    """
    recent = asked.past.times > asked.origin - steps * np.timedelta64(asked.length.value, "ns")
    if not recent.any() or recent.all():
        return 0.0, 0.0
    whole, less = rate_of(held, asked), rate_of(held, without(asked, recent))
    brought, beside = whole - less, _came(asked, later) - less
    return float((brought * beside / np.maximum(whole, 1e-12)).sum()), float((brought**2 / np.maximum(whole, 1e-12)).sum())


def _came(asked: Asked, later: Catalogue) -> np.ndarray:
    """Counts (h, y, x) of what happened in the steps after an origin."""
    length = np.timedelta64(asked.length.value, "ns")
    step = np.ceil((later.times - asked.origin) / length).astype(int) - 1
    inside = (later.times > asked.origin) & (step < asked.horizon)
    where = np.floor(asked.cells.counted(later.at[inside])).astype(int)
    out = np.zeros((asked.horizon, *asked.cells.shape))
    np.add.at(out, (step[inside], *where.T), 1.0)
    return out


def _refuse_unsure(heard: BorneOut, causes: tuple[str, ...]) -> None:
    """Refuse what the past bears out in nothing.

    Raises:
        DataError: as it says.
    """
    listed = " and ".join(causes)
    if heard.origins < FEWEST:
        raise DataError(
            f"The past must show what followed recent events at {FEWEST} origins or more, to tell what {listed} changes; found "
            f"{heard.origins}. Give a longer past or a shorter horizon."
        )
    if heard.sureness < SURE:
        raise DataError(
            f"The past must show that events bring events; what recent ones were told to bring did not come ({heard.sureness:.1f} standard "
            f"errors, {SURE:g} are needed), so nothing tells what {listed} changes. Ask explain what the rate is made of."
        )


def _summary(heard: BorneOut, now: np.ndarray, change: np.ndarray, asked: Asked) -> pd.DataFrame:
    """One row: expected numbers in all cells and steps together."""
    total = float(change.sum())
    low, high = sorted(heard.share * total + score * heard.error * abs(total) for score in heard.score(np.array([0.1, 0.9])))
    row = {"origin": asked.origin, "variable": "expected number of events", "before": float(now.sum())}
    return pd.DataFrame([row | {"difference": heard.share * total, "low": low, "high": high}])


def _labelled(asked: Asked, rate: np.ndarray, count: np.ndarray, levels: tuple[float, ...]) -> xr.Dataset:
    cells = asked.cells
    times = asked.origin + np.timedelta64(asked.length.value, "ns") * np.arange(1, asked.horizon + 1)
    coords: dict[str, Any] = {"quantile": list(levels), "time": times, "y": cells.centres(0), "x": cells.centres(1)}
    coords |= {name: (dim, cells.centres(i)) for i, (name, dim) in enumerate(zip(asked.past.axes, ("y", "x"))) if name != dim}
    variables = {"rate": (("time", "y", "x"), rate, {"units": "1"}), "count": (("quantile", "time", "y", "x"), count, {"units": "1"})}
    return xr.Dataset(variables, coords)
