"""Names of places out of cells: blanks and capitals that differ by mistake, whole numbers, places without a name, names of side files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import listed
from chronotope.inspect.finding import Finding


def named_places(column: pd.Series, times: np.ndarray, found: list[Finding]) -> tuple[np.ndarray, np.ndarray]:
    """(place of each row as a number, names of the places in the order they come); each different cell is made a name once."""
    codes, cells = pd.factorize(column)
    lost = codes < 0
    names = [name_of(cell) for cell in cells]
    if "" in names:
        lost |= np.isin(codes, [i for i, name in enumerate(names) if not name])
    if lost.any():
        found.append(Finding("warning", f"{int(lost.sum())} rows have no {str(column.name)!r}; their place is called 'unknown'"))
        codes, names = np.where(lost, len(names), codes), [*names, "unknown"]
    if len(set(names)) < len(names):
        odd = [str(cell) for cell, name in zip(cells, names) if isinstance(cell, str) and cell != name]
        if odd:
            found.append(Finding("inferred", f"names are taken without the blanks around them, such as {odd[0]!r}"))
        codes, names = _merged(codes, names)
    codes, names = _same_but_for_capitals(codes, names, times, found)
    codes, names = _merged(codes, names)
    return codes, np.array(names, object)


def name_of(cell: object) -> str:
    """The name that a cell is: no blanks around it, and whole numbers without a point."""
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip()


def _merged(codes: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """Each name once, in the order of the rows; names that no row has are left out."""
    if len(set(names)) == len(names) and len(names) == len(pd.unique(codes)):
        return codes, names
    again, left = pd.factorize(np.array(names, object)[codes])
    return again, list(left)


def _same_but_for_capitals(codes: np.ndarray, names: list[str], times: np.ndarray, found: list[Finding]) -> tuple[np.ndarray, list[str]]:
    """Names that differ in capitals are one place if they never share a time; the writing that comes most often stays."""
    groups: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        groups.setdefault(name.casefold(), []).append(i)
    several = [group for group in groups.values() if len(group) > 1]
    if not several:
        return codes, names
    counts = np.bincount(codes, minlength=len(names))
    renamed = list(names)
    for group in several:
        rows = np.flatnonzero(np.isin(codes, group))
        best = max(group, key=lambda i: counts[i])
        others = " and ".join(repr(names[i]) for i in group if i != best)
        if len(np.unique(times[rows])) < len(rows):
            found.append(Finding("warning", f"{others} and {names[best]!r} differ in capitals only and share times; they stay two places"))
            continue
        found.append(Finding("warning", f"{others} is taken as {names[best]!r}; they differ in capitals only and share no time"))
        for i in group:
            renamed[i] = names[best]
    return codes, renamed


def key(cell: Any) -> str:
    """A name as a side file writes it: 104, 104.0, "104" and " 104" are one."""
    text = name_of(cell.decode() if isinstance(cell, bytes) else cell)
    return text.split(".")[0] if re.fullmatch(r"\d+\.0+", text) else text


def positions(labels: Iterable[Any], names: list[str]) -> np.ndarray:
    """Position of each label among the places `names`, int (k,); -1 where there is no such place.

    Capitals, repeated blanks and leading zeros count only where names would not be told apart without them.
    """
    codes, some_labels = pd.factorize(np.asarray(list(labels), dtype=object), use_na_sentinel=False)  # each name once: lists are long
    return _positions([key(label) for label in some_labels], names)[codes]


def _positions(wanted: list[str], names: list[str]) -> np.ndarray:
    exact = {key(name): i for i, name in enumerate(names)}
    found = np.array([exact.get(word, -1) for word in wanted], np.int64)
    plain = [_loosely(name) for name in exact]
    if (found >= 0).all() or len(set(plain)) < len(plain):
        return found
    loose = dict(zip(plain, exact.values(), strict=True))
    return np.where(found >= 0, found, np.array([loose.get(_loosely(word), -1) for word in wanted], np.int64))


def some(labels: Iterable[Any], count: int = 3) -> str:
    """The first labels, for people."""
    words = [repr(key(label)) for label in labels]
    return listed(words, count)


def _loosely(name: str) -> str:
    word = " ".join(key(name).casefold().split())
    return word.lstrip("0") or "0" if word.isdigit() else word
