"""Lists of edges: from, to, and a weight or a cost, by the names of the places or by position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from chronotope.data.columns import by_name
from chronotope.errors import DataError
from chronotope.opening.places.place_names import key, positions, some

_SOURCE = tuple("from source src start from_id origin i edge_source sensor_from from_node id_1 node_1 u".split())
_TARGET = tuple("to target dst end to_id destination j edge_target sensor_to to_node id_2 node_2 v".split())
_COSTS = tuple("cost distance dist length metres meters km time travel_time".split())
_COSTS += tuple(f"{word}_{unit}" for word in ("distance", "dist", "length") for unit in ("km", "m"))
_WEIGHTS = tuple("weight w edge_weight value similarity corr".split())
KERNEL_CUT = 0.1  # weights below it are no edge, the usual cut for road graphs


@dataclass(frozen=True)
class Pairs:
    """Rows of a list that join two places of the data.

    Attributes:
        source, target: int (r,), positions of places.
        weight: float (r,), NaN where the list gives none.
        known: bool (k,), which of all rows they are.
        how: what they were read from, for people.
        doubts: sentences for warnings.
    """

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    known: np.ndarray
    how: str
    doubts: tuple[str, ...] = ()


def is_list(columns: list[str]) -> bool:
    """True if a column is called as the beginning and another as the end of an edge."""
    return by_name(columns, _SOURCE) is not None and by_name(columns, _TARGET) is not None


def pairs(table: pd.DataFrame, names: list[str], called: str = "the list") -> Pairs:
    """The rows of `table` that join places of the data.

    Raises:
        DataError: no row does, or a weight or cost is no number.
    """
    columns = [str(name) for name in table.columns]
    table = table.set_axis(columns, axis=1)
    first, second = by_name(columns, _SOURCE) or columns[0], by_name(columns, _TARGET) or columns[1]
    ends = _ends(table, first, second, names)
    known = (ends[0] >= 0) & (ends[1] >= 0)
    if not known.any():
        raise DataError(
            f"edges= must join places of the data; {first!r} and {second!r} of {called} hold names such as {some(table[first], 1)}, "
            f"places are called {some(names, 1)}."
        )
    source, target = (end[known] for end in ends)
    doubts = () if known.all() else (_strangers(table, (first, second), ends, ~known),)
    free = [name for name in columns if name not in (first, second)]
    cost, weight = by_name(free, _COSTS), by_name(free, _WEIGHTS)
    if weight is not None or cost is None:
        strength = _numbers(table, weight, called)[known] if weight is not None else np.ones(len(source))
        unread = [] if weight is not None else [name for name in free if pd.api.types.is_numeric_dtype(table[name])]
        how = "a list of pairs" + (f" without weights ({', '.join(unread)} not read)" if unread else "")
        return Pairs(source, target, strength, known, how, doubts)
    strength, how, more = from_costs(_numbers(table, cost, called)[known], source != target)
    return Pairs(source, target, strength, known, f"a list with {cost!r}: {how}", doubts + more)


def _ends(table: pd.DataFrame, first: str, second: str, names: list[str]) -> list[np.ndarray]:
    """Positions of both ends by name; where no name is known and they are whole numbers, the numbers are the positions."""
    ends = [positions(table[name], names) for name in (first, second)]
    if (ends[0] >= 0).any():
        return ends
    counts = [str(i) for i in range(len(names))]
    return [positions(table[name], counts) for name in (first, second)]


def _strangers(table: pd.DataFrame, columns: tuple[str, str], ends: list[np.ndarray], lost: np.ndarray) -> str:
    strange = dict.fromkeys(key(cell) for name, end in zip(columns, ends, strict=True) for cell in table[name][end < 0])
    return f"{int(lost.sum())} edges name places that are not in the data ({some(strange)}) and are left out"


def _numbers(table: pd.DataFrame, column: str, called: str) -> np.ndarray:
    """A column of weights or costs, NaN where it is empty."""
    numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(float, na_value=np.nan)
    filled = table[column].notna() & (table[column].astype(str).str.strip() != "")
    bad = np.flatnonzero(np.isnan(numbers) & filled.to_numpy())
    if len(bad):
        raise DataError(
            f"edges= must hold numbers in column {column!r}; {called} line {bad[0] + 2} holds {str(table[column].iloc[bad[0]])!r}. "
            "Correct it, or leave the cell empty."
        )
    return numbers


def from_costs(costs: np.ndarray, apart: np.ndarray) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """Gaussian weights of costs (distances, minutes), how they were made, and what is doubtful.

    The scale is the standard deviation of all costs; where it is so small beside them that no edge would be left, it is their mean.

    Args:
        costs: (r,), NaN or infinite where two places are not joined.
        apart: bool (r,), False for self loops.
    """
    below = costs < 0
    known = np.isfinite(costs) & ~below
    doubts = (f"{int(below.sum())} costs below 0, such as {costs[below][0]:g}, are no edges",) if below.any() else ()
    spread = float(costs[known].std()) if known.any() else 1.0
    strength, note = _kernel(costs, known, spread), ""
    if (known & apart).any() and not (strength[apart] > 0).any():
        spread = float(costs[known & apart].mean()) or 1.0
        strength, note = _kernel(costs, known, spread), ", their mean, as they are nearly alike"
    cut = int((known & apart & (strength == 0)).sum())
    part = f" ({cut} of {int((known & apart).sum())} fall below)" if cut else ""
    return strength, f"weight exp(-(d/{spread:.4g})^2){note}, cut at {KERNEL_CUT}{part}", doubts


def _kernel(costs: np.ndarray, known: np.ndarray, spread: float) -> np.ndarray:
    strength = np.exp(-np.square(np.where(known, costs, np.inf) / (spread or 1.0)))
    return np.where(strength >= KERNEL_CUT, strength, 0.0)
