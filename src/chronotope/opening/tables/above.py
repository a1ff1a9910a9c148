"""What the lines above a header tell of the places: a position, or a small table of names and positions."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

import numpy as np

from chronotope.data.columns import LAT_NAMES, LON_NAMES, by_name
from chronotope.data.field import Field
from chronotope.inspect.finding import Finding

_NUMBER = r"[\"'\s:=,;]{1,4}([+-]?\d{1,3}(?:\.\d+)?)"
_LAT, _LON = (re.compile(rf"\b{word}[a-z]*\b\.?{_NUMBER}", re.IGNORECASE) for word in ("lat", "lon"))


def with_positions(field: Field, above: list[str]) -> Field:
    """`field` with lat and lon of its places where the lines `above` the header tell them; else as it is."""
    if "place" not in field.dataset.dims or "lat" in field.dataset.coords or not above:
        return field
    names = [str(name) for name in field.dataset["place"].values]
    known = _of_rows(above) or _of_words(above)
    if len(names) == 1 and len(known) == 1:
        known = {names[0]: next(iter(known.values()))}
    if not set(names) <= set(known):
        return field
    lat, lon = (np.array([known[name][i] for name in names]) for i in (0, 1))
    made = field.dataset.assign_coords(lat=("place", lat), lon=("place", lon))
    return replace(field, dataset=made).with_findings(Finding("inferred", "positions are told by the lines above the header"))


def _of_rows(above: list[str]) -> dict[str, tuple[float, float]]:
    """Name and position of each row below a header with lat and lon."""
    rows = list(csv.reader(above))
    for i, row in enumerate(rows):
        lat, lon = by_name(row, LAT_NAMES), by_name(row, LON_NAMES)
        if lat is not None and lon is not None:
            below = [cells for cells in rows[i + 1 :] if len(cells) == len(row)]
            try:
                return {cells[0].strip(): (float(cells[row.index(lat)]), float(cells[row.index(lon)])) for cells in below}
            except ValueError:
                return {}
    return {}


def _of_words(above: list[str]) -> dict[str, tuple[float, float]]:
    """The only position that the words tell, as in "Lat 51.761 Lon -1.262"."""
    text = "\n".join(line.lstrip("#") for line in above)
    found = _LAT.findall(text), _LON.findall(text)
    if any(len(set(numbers)) != 1 for numbers in found):
        return {}
    lat, lon = (float(numbers[0]) for numbers in found)
    return {"": (lat, lon)} if abs(lat) <= 90 and abs(lon) <= 360 else {}
