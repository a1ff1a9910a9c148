"""Explain of events: what the expected number is the sum of, and what it would be if some of the past events had not happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.baselines.rate_parts import held_to, parts_of
from chronotope.data.arguments import whole_number
from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.pace import paced
from chronotope.questions import Predictor, Rate, RateAnswer
from chronotope.tasks.events.asking import Asked, EventCall
from chronotope.tasks.events.forecast import MOST_VALUES, on_the_lattice, rates_of
from chronotope.tasks.explaining.told import SHARES, chosen_kinds, table_of
from chronotope.tasks.results.explanation import Explanation

KINDS = ("cell", "time")
POISSON = 2.5631  # width of the 80 % interval of a normal distribution, in standard deviations
RINGS = ("its own cell", "the 8 cells around it", "the ring around those", "all other cells")


@dataclass(frozen=True)
class Lot:
    """Events of the past that are left out together: `which` bool (e,)."""

    kind: str
    name: str
    which: np.ndarray


def explain_events(
    predictor: Predictor, field: Field, horizon: Any, *, place: Any = None, at: Any = None, context: Any = None, kinds: Any = None,
    most: Any = 24, step: Any = None, cell: Any = None,
) -> Explanation:  # fmt: skip
    """What the expected number of events owes to those of the past; see `Model.explain`."""
    chosen, most = chosen_kinds(kinds, KINDS), whole_number(most, "most")
    call = EventCall.of(field, horizon, step, cell, at, context)
    if call.many:
        raise ArgumentError("explain is about one answer; at= must be one time stamp, found a list.")
    asked = call.asked[0]
    wanted = cells_asked(asked, place)
    lots = [lot for kind in chosen for lot in (_by_cell(asked, place, most) if kind == "cell" else _by_time(asked))]
    if (size := (len(lots) + 1) * asked.horizon * wanted.size) > MOST_VALUES:
        raise ArgumentError(f"most and cell must leave an answer of at most {MOST_VALUES} values; found {size}. Give a larger cell.")
    question = asked.question(Rate())
    held = held_to(rates_of(predictor), question)
    told = rate_of(held, asked)
    effects = np.full((len(lots), *told.shape), np.nan)
    for effect, lot in zip(effects, paced(lots)):
        effect[:, wanted] = (told - rate_of(held, without(asked, lot.which)))[:, wanted]
    rows = [_row(lot, effect[:, wanted], told[:, wanted]) for lot, effect in zip(lots, effects)]
    meta: dict[str, Any] = {"task": "explain", "model": predictor.name, "version": version("chronotope"), "seed": None}
    meta |= {"origin": call.words} | asked.notes | {"place": None if place is None else str(place), "warnings": call.warnings}
    dataset = _labelled(asked, np.where(wanted, told, np.nan), effects, lots, question.frame.times[-asked.horizon :])
    return Explanation(dataset, field, table_of(rows), _shares(held, asked, wanted, told), meta)


def rate_of(predictor: Predictor, asked: Asked) -> np.ndarray:
    """Expected numbers (h, y, x) in all cells."""
    question = asked.question(Rate((0.5,)))
    answer = predictor.answer(question)
    assert isinstance(answer, RateAnswer)
    return on_the_lattice(answer, question.frame)[0]


def without(asked: Asked, which: np.ndarray) -> Asked:
    """The same asked of a past in which events `which` (e,) did not happen; the first one stays, for with it the past begins."""
    kept = ~which
    kept[0] = True
    return replace(asked, past=asked.past.part(kept))


def cell_of(asked: Asked, place: Any) -> tuple[int, int]:
    """Row and column of the cell that holds a place, two coordinates or a text of them.

    Raises:
        ArgumentError: it is no place, or lies in none of the cells.
    """
    one, two = asked.past.axes
    try:
        at = np.array([float(part) for part in (place.split(",") if isinstance(place, str) else place)])
    except (TypeError, ValueError):
        at = np.zeros(0)
    if at.shape != (2,) or not np.isfinite(at).all():
        raise ArgumentError(f"place must be the {one} and {two} of a place in the cell that is asked about; found {place!r}.")
    cells = asked.cells
    row, column = np.floor(cells.counted(at)).astype(int)
    if not (0 <= row < cells.shape[0] and 0 <= column < cells.shape[1]):
        low, high = cells.first * cells.size, (cells.first + cells.shape) * cells.size
        raise ArgumentError(
            f"place must lie in the cells of the past events, {one} {low[0]:g} to {high[0]:g} and {two} {low[1]:g} to {high[1]:g}; "
            f"found {place!r}."
        )
    return int(row), int(column)


def cells_asked(asked: Asked, place: Any) -> np.ndarray:
    """bool (y, x): the cell of a place, or all of them."""
    wanted = np.full(asked.cells.shape, place is None)
    if place is not None:
        wanted[cell_of(asked, place)] = True
    return wanted


def cells_of_events(asked: Asked) -> np.ndarray:
    """Row and column (e, 2) of the cell of every past event."""
    where = np.floor(asked.cells.counted(asked.past.at)).astype(int)
    return np.asarray(np.minimum(where, np.array(asked.cells.shape) - 1))


def _by_cell(asked: Asked, place: Any, most: int) -> Iterator[Lot]:
    """Rings around the asked cell, or the cells in which most events happened."""
    where = cells_of_events(asked)
    if place is not None:
        apart = np.abs(where - cell_of(asked, place)).max(axis=1)
        lots = [Lot("cell", name, np.minimum(apart, len(RINGS) - 1) == ring) for ring, name in enumerate(RINGS)]
        yield from (lot for lot in lots if lot.which.any())
        return
    cells, which, count = np.unique(where, axis=0, return_inverse=True, return_counts=True)
    for k in np.lexsort((*cells.T, -count))[:most]:
        centre = [asked.cells.centres(axis)[cells[k, axis]] for axis in (0, 1)]
        yield Lot("cell", f"{centre[0]:g}, {centre[1]:g}", np.ravel(which) == k)


def _by_time(asked: Asked) -> Iterator[Lot]:
    """The events of the last step, the one before, the two before that, the four before those, ... and all older ones."""
    step, times = np.timedelta64(asked.length.value, "ns"), asked.past.times
    near, length = asked.origin, 1
    edges = [near]
    while edges[-1] > times[0]:
        edges.append(edges[-1] - length * step)
        length *= 1 if len(edges) == 2 else 2
    for late, early in zip(edges[:-1], edges[1:]):
        which = (times > early) & (times <= late)
        if which.any():
            yield Lot("time", f"{_short(early)} to {_short(late)}", which)


def _short(stamp: np.datetime64) -> str:
    return str(stamp)[:16].replace("T", " ")


def _row(lot: Lot, effect: np.ndarray, told: np.ndarray) -> dict[str, Any]:
    """What the events bring in all asked cells and steps, in events; widths are those of a Poisson count of the same mean."""
    total = max(float(told.sum()), 1e-300)
    left = max(total - float(effect.sum()), 0.0)
    moved = float(np.abs(effect).sum())
    row = {"variable": "rate", "kind": lot.kind, "hidden": lot.name, "moved": moved, "in_widths": moved / (POISSON * np.sqrt(total))}
    return row | {"lifts": float(effect.sum()), "narrows": float(np.sqrt(left / total)) - 1}


def _shares(predictor: Predictor, asked: Asked, wanted: np.ndarray, told: np.ndarray) -> pd.DataFrame:
    """What the expected number in the asked cells is the sum of: a row for each part, `says` in events, `share` of the whole."""
    question = asked.question(Rate((0.5,)))
    rows, columns = question.frame.events.lattice.T  # type: ignore[union-attr]
    mine, outside = wanted[rows, columns], wanted.copy()
    outside[rows, columns] = False
    parts = [(part.name, part.what, float(part.adds[:, mine].sum())) for part in parts_of(predictor, question)]
    parts.append(("elsewhere", "Cells in which, and beside which, nothing ever happened.", float(told[:, outside].sum())))
    total = max(float(told[:, wanted].sum()), 1e-300)
    table = [("rate", name, adds / total, adds, what) for name, what, adds in parts if adds != 0]
    return pd.DataFrame(table, columns=list(SHARES)).sort_values("share", ascending=False, kind="stable", ignore_index=True)


def _labelled(asked: Asked, told: np.ndarray, effects: np.ndarray, lots: list[Lot], times: np.ndarray) -> xr.Dataset:
    cells = asked.cells
    coords: dict[str, Any] = {"time": times, "y": cells.centres(0), "x": cells.centres(1)}
    coords |= {name: (dim, cells.centres(i)) for i, (name, dim) in enumerate(zip(asked.past.axes, ("y", "x"))) if name != dim}
    coords |= {"hidden": [lot.name for lot in lots], "kind": ("hidden", [lot.kind for lot in lots])}
    attrs = {"units": "1", "long_name": "expected number of events in the cell and step"}
    effect = {"units": "1", "long_name": "what past events add to it"}
    data = {"rate": (("time", "y", "x"), told, attrs), "rate_effect": (("hidden", "time", "y", "x"), effects, effect)}
    return xr.Dataset(data, coords)
