"""Beside: what is known of places besides their position and does not change, such as elevation - of the known and of the asked ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import UnitsError
from chronotope.harmonize.units import conversion_of
from chronotope.tasks.places import Places

ELEVATION = {"elevation", "elev", "altitude", "alt", "height", "orography", "z"}  # different words for one thing
_UNIT = re.compile(r"(.+?)(?:\s*[(\[](.+)[)\]]|[_ ](m|km|cm|ft|feet|masl))")
BEYOND = 0.5  # of the range of the known: a line that was learnt there is no longer trusted farther away


@dataclass(frozen=True)
class Beside:
    """Attributes that the known and the asked places share.

    Attributes:
        known, asked: float64 (n, f) and (k, f), or None where they share none.
        names: of the attributes, as the field calls them.
        said: what should be said about it, sentences.
    """

    known: np.ndarray | None
    asked: np.ndarray | None
    names: list[str]
    said: list[str]

    def part(self, start: int, count: int) -> np.ndarray | None:
        """Those of some asked places."""
        return None if self.asked is None else self.asked[start : start + count]


def known_beside(places: Places, panel: Panel, field: Field) -> Beside:
    """Numeric columns of the table of places that the field knows of its own places under the same name, in its unit.

    A column that is not known of every place, or whose unit is another kind, is not read, and that is said.
    """
    found: list[tuple[str, np.ndarray, np.ndarray]] = []
    said: list[str] = []
    static = field.side.static
    columns = {_plain(name)[0]: name for name in reversed(places.further)}
    for name in map(str, static.data_vars):
        (word, unit), array = _plain(name), static[name]
        column, unit = columns.get(word), str(array.attrs.get("units", unit)) or ("m" if word == "elevation" else "")
        if column is None or array.dims != ("place",) or array.size != panel.values.shape[1] or array.dtype.kind not in "iuf":
            continue
        here = array.values.astype(float)
        there = pd.to_numeric(places.table[column], errors="coerce").to_numpy(float)
        if unit and (other := _plain(column)[1]) not in ("", unit):
            try:
                there = np.asarray(conversion_of(other, unit, column)(there), float)
            except UnitsError as error:
                said.append(f"{column} is not read: {error}")
                continue
        lacking = int((~np.isfinite(here)).sum() + (~np.isfinite(there)).sum())
        if lacking:
            said.append(f"{column} is not read: {lacking} of {len(here) + len(there)} places have none")
        elif np.ptp(here) > 0:
            found.append((name, here, there))
    if not found:
        return Beside(None, None, [], said)
    names, known, asked = zip(*found)
    return Beside(np.stack(known, axis=1), np.stack(asked, axis=1), list(names), said)


def extrapolated(beside: Beside) -> list[str]:
    """A sentence for each attribute that is asked farther beyond the known ones than half of their range."""
    if beside.known is None or beside.asked is None:
        return []
    said = []
    for name, here, there in zip(beside.names, beside.known.T, beside.asked.T):
        low, high = float(here.min()), float(here.max())
        far = np.flatnonzero(np.abs(there - np.clip(there, low, high)) > BEYOND * (high - low))
        if len(far):
            text = f"{len(far)} of {len(there)} asked places have {name} far beyond what is known ({low:.4g} to {high:.4g}), "
            said.append(f"{text}the first {there[far[0]]:.4g} in row {far[0]}; they are guessed")
    return said


def _plain(name: str) -> tuple[str, str]:
    """(what a column is called, its unit): elevation_m and ALT (ft) are elevations in m and in ft."""
    word = str(name).strip().lower()
    found = _UNIT.fullmatch(word)
    if found is not None and (found[2] or found[1] in ELEVATION):
        word, unit = found[1], found[2] or {"feet": "ft", "masl": "m"}.get(found[3], found[3])
    else:
        unit = ""
    return "elevation" if word in ELEVATION else word, unit
