"""A wide table of text with its gaps filled: the same lines, columns, stamps and digits, and numbers where there were none."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.stamps import wall_clock
from chronotope.errors import ChronotopeError
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.clock import parse_times
from chronotope.opening.clocks.header_dates import header_dates
from chronotope.opening.sniff.text import encoding_of, open_bytes

CLOCKS = ("%H:%M", "%H:%M:%S", "%H", "%H:%M:%S.%f")
DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y%m%d", "%Y.%m.%d")
FORMS = (*DAYS, *(f"{day}{mark}{clock}" for day in DAYS for mark in " T" for clock in CLOCKS), "%Y", "%Y-%m", "%Y%m", "%b %Y")
LOOKED = 200  # lines from which the decimal sign is told
OFFSET = re.compile(r"^(.*?)(Z|[+-]\d\d:?\d\d)$")


@dataclass(frozen=True)
class Grid:
    """The cells of a file, turned so that a row is a step.

    Attributes:
        rows: cells as they are written; a row that is not changed stays the same object.
        stamps: datetime64[ns], one per row; NaT where a row is no step.
        stamp_column: where a row says its time.
        places: place of the dataset, one per column; -1 where a column is no place.
    """

    rows: list[list[str]]
    stamps: np.ndarray
    stamp_column: int
    places: np.ndarray


def wide_copy(
    path: str | Path, filled: xr.DataArray, gaps: xr.DataArray, options: OpenOptions = OpenOptions(), zone: str | None = None
) -> str | None:
    """The text of `path` with numbers in its gaps; None where the file is not a wide table of these places and stamps.

    Args:
        path: a text table with a column per place, or a row per place and a column per date; packed or not.
        filled: (time, place), the numbers.
        gaps: bool (time, place), True where a number was missing and is to be written; all other cells stay as they are written.
        options: with which the file was opened, as far as they say how stamps are written.
        zone: of the stamps, where the file or an option names one.
    """
    text = _text(Path(path))
    lines = text.splitlines()
    names = [str(name) for name in filled["place"].values]
    start, mark = _header(lines, names)
    everything = list(csv.reader(lines[start:], delimiter=mark, skipinitialspace=True))
    records = [record for record in everything if record]
    if len(everything) != len(lines) - start or len({len(record) for record in records}) != 1:
        return None
    written = {id(record): line for record, line in zip(everything, lines[start:])}
    upright = _by_place(records, names, options)
    grid = upright or _by_date(records, len(names))
    if grid is None:
        return None
    comma = any(re.fullmatch(r"\s*-?\d+,\d+\s*", cell) for record in records[1:LOOKED] for cell in record)
    rows = _with_missing_steps(grid, filled["time"].values, zone)
    if rows is None:
        return None
    done = _with_numbers(rows, grid, filled.transpose("time", "place"), gaps.transpose("time", "place"), "," if comma else ".")
    end = "\r\n" if "\r\n" in text else "\n"
    if upright is None:
        return _joined(lines[:start], [list(row) for row in zip(*done)], mark, end)
    return _joined(lines[:start], [written.get(id(row), row) for row in done], mark, end)


def _text(path: Path) -> str:
    with open_bytes(path) as file, io.TextIOWrapper(file, encoding=encoding_of(path), errors="replace", newline="") as text:
        return text.read()


def _header(lines: list[str], names: list[str]) -> tuple[int, str]:
    """(line of the header, delimiter): the first line that names the places, else the first that is no comment."""
    likely = [i for i, line in enumerate(islice(lines, 100)) if line.strip() and not line.startswith("#")]
    first = likely[0] if likely else 0
    mark = max(";\t|,", key=lambda sign: min(lines[i].count(sign) for i in likely[-2:]) if likely else 0)
    for i in likely:
        cells = {cell.strip() for cell in next(csv.reader([lines[i]], delimiter=mark, skipinitialspace=True))}
        if set(names) <= cells:
            return i, mark
    return first, mark


def _by_place(records: list[list[str]], names: list[str], options: OpenOptions) -> Grid | None:
    header = [cell.strip() for cell in records[0]]
    if not set(names) <= set(header) or len(set(header)) < len(header):
        return None
    place = {name: k for k, name in enumerate(names)}
    for column in (k for k, name in enumerate(header) if name not in place):
        try:
            cells = pd.Series([record[column] for record in records[1:]])
            numbers = pd.to_numeric(cells, errors="coerce")
            stamps = parse_times(numbers if numbers.notna().all() else cells, header[column], options)[0]
        except (ChronotopeError, ValueError):
            continue
        if not np.isnat(stamps).all():
            whole = np.concatenate([[np.datetime64("NaT", "ns")], stamps])
            return Grid(records, whole, column, np.array([place.get(name, -1) for name in header]))
    return None


def _by_date(records: list[list[str]], count: int) -> Grid | None:
    """A row per place and a column per date, turned."""
    if len(records) != count + 1:
        return None
    turned = [list(column) for column in zip(*records)]
    heads = [row[0].strip() for row in turned]
    dated = [k for k, head in enumerate(heads) if re.match(r"^\D{0,1}\d", head)]
    years = all(re.fullmatch(r"\d{4}", heads[k]) for k in dated)
    told = None if not dated or years else header_dates([heads[k] for k in dated])
    if not dated or not years and told is None:
        return None
    stamps = np.full(len(turned), np.datetime64("NaT", "ns"))
    stamps[dated] = np.array([heads[k] for k in dated], "datetime64[Y]") if told is None else told[0]
    return Grid(turned, stamps, 0, np.arange(-1, count))


def _with_missing_steps(grid: Grid, times: np.ndarray, zone: str | None) -> list[tuple[np.datetime64, list[str]]] | None:
    """(stamp, cells) of each row, with rows for the steps that the file leaves out; None where stamps are others or cannot be written."""
    known = ~np.isnat(grid.stamps)
    if not np.isin(grid.stamps[known], times).all():
        return None
    rows = list(zip(grid.stamps, grid.rows))
    lost = np.setdiff1d(times, grid.stamps[known])
    if not len(lost):
        return rows
    steps = grid.stamps[known]
    falling = steps[0] > steps[-1]
    waiting = list(lost if falling else lost[::-1])  # the next one to be put in stands last
    out: list[tuple[np.datetime64, list[str]]] = []
    last = max(k for k in range(len(rows)) if known[k])
    for k, (stamp, cells) in enumerate(rows):
        while known[k] and waiting and (waiting[-1] > stamp if falling else waiting[-1] < stamp):
            out.append((waiting[-1], _blank_row(cells, grid.stamp_column, stamp, waiting.pop(), zone)))
        out.append((stamp, cells))
        if k == last:  # steps after the last one of the file
            out += [(other, _blank_row(cells, grid.stamp_column, stamp, other, zone)) for other in waiting[::-1]]
    return out if all(cells[grid.stamp_column] for _, cells in out) else None


def _blank_row(beside: list[str], column: int, stamp: np.datetime64, other: np.datetime64, zone: str | None) -> list[str]:
    """A row for `other` in the form of the row beside it; its stamp is empty where that form is not known."""
    cells = [""] * len(beside)
    cells[column] = written_like(beside[column], stamp, other, zone) or ""
    return cells


def written_like(text: str, stamp: np.datetime64, other: np.datetime64, zone: str | None = None) -> str | None:
    """`other` in the form in which `text` writes `stamp`, with the same offset where it has one; None where that form is not known."""
    marked = OFFSET.match(text.strip()) if ":" in text else None
    plain, tail = (marked[1], marked[2]) if marked else (text.strip(), "")
    here, there = (pd.Timestamp(one) for one in (stamp, other))
    if not tail:
        here, there = (pd.Timestamp(wall_clock(np.array([one], "datetime64[ns]"), zone)[0]) for one in (stamp, other))
    for form in FORMS:
        try:
            local = pd.Timestamp(datetime.strptime(plain, form))
        except ValueError:
            continue
        if local.strftime(form) == plain and (tail or local == here):
            return (there + (local - here)).strftime(form) + tail
    return None


def _with_numbers(
    rows: list[tuple[np.datetime64, list[str]]], grid: Grid, filled: xr.DataArray, gaps: xr.DataArray, point: str
) -> list[list[str]]:
    row_of = {stamp: k for k, stamp in enumerate(filled["time"].values)}
    columns = [(column, place) for column, place in enumerate(grid.places) if place >= 0]
    numbers, open_ = filled.values, gaps.values
    out = []
    for stamp, cells in rows:
        k = None if np.isnat(stamp) else row_of[stamp]
        changed = [] if k is None or not open_[k].any() else [(column, place) for column, place in columns if open_[k, place]]
        cells = list(cells) if changed else cells
        for column, place in changed:
            cells[column] = number_text(float(numbers[k, place]), point)
        out.append(cells)
    return out


def number_text(number: float, point: str = ".") -> str:
    """The shortest text that reads as the number."""
    return repr(number).removesuffix(".0").replace(".", point)


def _joined(above: list[str], rows: list[str | list[str]] | list[list[str]], mark: str, end: str) -> str:
    """The text of whole lines, which stay as they are, and of cells."""
    text = io.StringIO()
    text.writelines(line + end for line in above)
    writer = csv.writer(text, delimiter=mark, lineterminator=end)
    for row in rows:
        if isinstance(row, str):
            text.write(row + end)
        else:
            writer.writerow(row)
    return text.getvalue()
