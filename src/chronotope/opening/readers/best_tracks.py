"""Tropical cyclone best tracks: HURDAT2 text and IBTrACS tables, as tracks."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import DataError
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers.text_tables import read_table
from chronotope.opening.roles.roles import find_columns
from chronotope.opening.sniff.text import DAMAGE, read_lines
from chronotope.opening.tables.moving import tracks_field

_HEADER = re.compile(r"^[A-Z]{2}\d{6},[^,]+,\s*\d+,?\s*$")
_RADII = [f"{quadrant}{knots}_nm" for knots in (34, 50, 64) for quadrant in ("ne", "se", "sw", "nw")]


def matches(path: Path) -> bool:
    """True for text that starts with a HURDAT2 storm line, or an IBTrACS table."""
    if not path.is_file() or not path.name.lower().endswith((".txt", ".csv", ".csv.gz", ".txt.gz", ".dat")):
        return False
    try:
        with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as file:
            first = next((line for line in file if line.strip()), b"").decode("utf-8-sig", "replace").rstrip("\r\n")
    except DAMAGE:  # the reader of tables says so
        return False
    return bool(_HEADER.match(first)) or first.upper().startswith("SID,SEASON")


def read(path: Path, options: OpenOptions) -> Field:
    """The storms as a tracks Field; wind in knots, pressure in hPa.

    Raises:
        DataError: a line does not follow the format; the message names it.
    """
    table = _ibtracs(path) if read_lines(path, 1)[0].upper().startswith("SID") else _hurdat(path)
    field = tracks_field(table, find_columns(table, OpenOptions(time="time", place="id")), options, path.name)
    units = {"wind_kt": "knot", "pressure_hpa": "hPa"} | dict.fromkeys(_RADII, "nautical_mile")
    for name in field.dataset.data_vars:
        if name in units:
            field.dataset[name].attrs["units"] = units[str(name)]
    return field


def _hurdat(path: Path) -> pd.DataFrame:
    rows, storm, name = [], "", ""
    for number, line in enumerate(read_lines(path, None), 1):
        if _HEADER.match(line):
            storm, name = (part.strip() for part in line.split(",")[:2])
            continue
        cells = [cell.strip() for cell in line.split(",")]
        try:
            stamp = np.datetime64(f"{cells[0][:4]}-{cells[0][4:6]}-{cells[0][6:8]}T{cells[1][:2]}:{cells[1][2:4]}", "ns")
            numbers = [_number(cell) for cell in cells[6:20]]
            rows.append(
                (storm, name, stamp, _degrees(cells[4]), _degrees(cells[5]), cells[3], cells[2], *numbers, *[np.nan] * (14 - len(numbers)))
            )
        except (ValueError, IndexError):
            raise DataError(
                f"A best track line must read date, time, mark, status, lat, lon, wind, ...; {path.name} line {number} reads {line!r}."
            ) from None
    columns = ["id", "name", "time", "lat", "lon", "status", "record", "wind_kt", "pressure_hpa", *_RADII]
    return pd.DataFrame(rows, columns=columns).dropna(axis=1, how="all")


def _degrees(text: str) -> float:
    """28.0N -> 28.0, 94.8W -> -94.8."""
    return float(text[:-1]) * (-1.0 if text[-1] in "SW" else 1.0)


def _number(text: str) -> float:
    value = float(text) if text else np.nan
    return np.nan if value in (-999.0, -99.0) else value  # the format's own codes for missing


def _ibtracs(path: Path) -> pd.DataFrame:
    table = read_table(path)
    lost = [name for name in ("SID", "ISO_TIME", "LAT", "LON") if name not in table.columns]
    if lost:
        raise DataError(f"An IBTrACS table must have columns SID, ISO_TIME, LAT and LON; {path.name} has no {lost[0]!r}.")
    if len(table) and str(table["ISO_TIME"].iloc[0]).strip().lower() in ("", "nan"):
        table = table.iloc[1:]  # a line of units follows the header
    if not len(table):
        raise DataError(f"An IBTrACS table must have rows; {path.name} has none.")
    wanted = {
        "SID": "id",
        "NAME": "name",
        "ISO_TIME": "time",
        "LAT": "lat",
        "LON": "lon",
        "NATURE": "status",
        "WMO_WIND": "wind_kt",
        "WMO_PRES": "pressure_hpa",
    }
    table = table[[column for column in wanted if column in table]].rename(columns=wanted)
    for column in ("lat", "lon", "wind_kt", "pressure_hpa"):
        if column in table:
            table[column] = pd.to_numeric(table[column], errors="coerce")
    return table.reset_index(drop=True)
