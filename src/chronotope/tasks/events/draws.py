"""Events drawn: whole futures of events with time, place and marks, whose counts have the mean that the forecast tells."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.baselines.branching import Branching
from chronotope.data.field import Field
from chronotope.data.past_events import PastEvents
from chronotope.errors import ArgumentError
from chronotope.inspect.movers import moments
from chronotope.questions import Predictor, Rate, RateAnswer, Samples
from chronotope.tasks.events.asking import Asked, EventCall
from chronotope.tasks.events.forecast import rates_of
from chronotope.tasks.events.simulation import EventSimulation

MOST = 20_000_000  # events, and numbers of counts
JITTER = 0.12  # of a cell: how far from an earlier event a drawn one lies
DAY = np.timedelta64(1, "D")
HALF_HOUR = 1_800_000_000_000  # nanoseconds by which a drawn event may come earlier or later in the day than its donor


def simulate_events(
    predictor: Predictor, field: Field, horizon: Any, want: Samples, *, step: Any = None, cell: Any = None, at: Any = None,
    context: Any = None,
) -> EventSimulation:  # fmt: skip
    """Members of the events in the `horizon` steps after each origin; see `Model.simulate`."""
    call = EventCall.of(field, horizon, step, cell, at, context)
    parts = []
    for asked in call.asked:
        rng = np.random.default_rng([want.seed, int(asked.origin.astype("datetime64[ns]").astype(np.int64)) % 2**63])
        parts.append(_drawn(predictor, field, asked, want, rng))
    dataset = xr.concat([part[0] for part in parts], "event") if len(parts) > 1 else parts[0][0]
    dataset = dataset if call.many else dataset.drop_vars("init_time")
    for name in ("time", "init_time"):
        if name in dataset.coords:
            dataset[name].attrs.update(call.attrs)
    meta = {"task": "simulate", "model": predictor.name, "version": version("chronotope"), "origin": call.words}
    meta |= parts[0][1] | {"seed": want.seed, "members": want.number, "warnings": call.warnings}
    return EventSimulation(dataset, field, meta, parts[0][2])


def _drawn(
    predictor: Predictor, field: Field, asked: Asked, want: Samples, rng: np.random.Generator
) -> tuple[xr.Dataset, dict[str, Any], xr.DataArray]:
    """The events of all members from one origin, how they came about, and the cells and steps they were drawn in."""
    question, events = asked.question(Rate((0.5,))), asked.events
    answer = rates_of(predictor).answer(question)
    assert isinstance(answer, RateAnswer)
    beside = np.zeros(len(answer.rate)) if answer.elsewhere is None else answer.elsewhere * events.elsewhere
    expected = float((answer.rate[..., 0].sum() + beside.sum()) * want.number)
    if max(expected, want.number * answer.rate[..., 0].size) > MOST:
        raise ArgumentError(
            f"simulate must stay below {MOST} events and counts; {want.number} members make {expected:.0f} events. Ask for fewer."
        )
    branching = Branching.of(question)
    counts = branching.draw(answer.rate[..., 0], want.number, rng, answer.dispersion)
    rows = _placed(counts, rng.poisson(np.broadcast_to(beside, counts.shape[:2])), asked, rng)
    dataset = _dataset(field, asked, rows, rng)
    notes = asked.notes | {
        "branching": round(branching.found.branching, 4),
        "dispersion": branching.dispersion,
        "drawn": len(rows["member"]),
    }
    lattice = xr.DataArray(
        np.zeros((asked.horizon, *asked.cells.shape), np.int8), dims=("time", "y", "x"),
        coords={"time": question.frame.times[question.rows], "y": asked.cells.centres(0), "x": asked.cells.centres(1)},
    )  # fmt: skip
    return dataset, notes, lattice


def _placed(counts: np.ndarray, others: np.ndarray, asked: Asked, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Member, row, position in cells (e, 2) and donor of every drawn event: an earlier event of its cell, or any where there is none."""
    events = asked.events
    member, row, place = (np.repeat(one, counts[counts > 0]) for one in np.nonzero(counts))
    lattice = events.lattice[place]
    far = [np.repeat(one, others[others > 0]) for one in np.nonzero(others)]
    member, row = np.concatenate([member, far[0]]), np.concatenate([row, far[1]])
    lattice = np.concatenate([lattice, _empty_cells(events, len(far[0]), rng)])
    order = np.argsort(events.place, kind="stable")
    first = np.searchsorted(events.place[order], np.arange(len(events.lattice) + 1))
    whole = np.append(place, np.full(len(far[0]), -1))
    number = np.where(whole >= 0, first[whole + 1] - first[whole], 0)
    pick = order[np.minimum(first[np.maximum(whole, 0)] + (rng.random(len(whole)) * number).astype(int), len(order) - 1)]
    own = number > 0
    donor = np.where(own, pick, rng.integers(0, len(events.times), len(whole)))
    inside = np.where(own[:, None], events.yx[donor] - lattice + JITTER * rng.standard_normal((len(whole), 2)), rng.random((len(whole), 2)))
    inside = np.clip(np.abs(np.mod(inside + 1, 2) - 1), 0, 1 - 1e-9)  # what falls over the rim of its cell comes back
    return {"member": member, "row": row, "yx": lattice + inside, "donor": donor}


def _empty_cells(events: PastEvents, number: int, rng: np.random.Generator) -> np.ndarray:
    """Row and column of so many cells in which, and beside which, nothing ever happened, drawn evenly."""
    taken = np.zeros(events.shape, bool)
    taken[events.lattice[:, 0], events.lattice[:, 1]] = True
    free = np.argwhere(~taken)
    return free[rng.integers(0, len(free), number)] if len(free) and number else np.zeros((number, 2), int)


def _times(asked: Asked, row: np.ndarray, donor: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Moments in the steps, at the hour of the donor where a step is whole days long."""
    length = np.timedelta64(asked.length.value, "ns")
    begin = asked.origin + row * length
    if asked.length % pd.Timedelta("1D") != pd.Timedelta(0):
        return np.asarray(begin + (length.astype(np.int64) * (1 - rng.random(len(row)))).astype("timedelta64[ns]"))
    days = (rng.random(len(row)) * int(asked.length / pd.Timedelta("1D"))).astype(int)
    day = DAY.astype("timedelta64[ns]").astype(np.int64)
    ahead = np.mod((asked.events.times[donor] - asked.origin).astype(np.int64) + rng.integers(-HALF_HOUR, HALF_HOUR, len(row)), day)
    return np.asarray(begin + days * DAY + np.where(ahead == 0, day, ahead).astype("timedelta64[ns]"))


def _dataset(field: Field, asked: Asked, rows: dict[str, np.ndarray], rng: np.random.Generator) -> xr.Dataset:
    times = _times(asked, rows["row"], rows["donor"], rng)
    order = np.lexsort((times, rows["member"]))
    at = (rows["yx"][order] + asked.cells.first) * asked.cells.size
    source, donors = field.dataset, asked.past.rows[rows["donor"][order]]
    marks = {  # without moments, such as of a report: those of a donor lie before the event
        str(name): ("event", array.values[donors], array.attrs)
        for name, array in source.variables.items()
        if array.dims == ("event",) and name not in ("time", *asked.past.axes) and moments(array.values) is None
    }
    coords = {"member": rows["member"][order], "time": times[order], "init_time": np.full(len(order), asked.origin)}
    coords |= {name: at[:, i] for i, name in enumerate(asked.past.axes)}
    return xr.Dataset(marks, {name: ("event", values) for name, values in coords.items()})
