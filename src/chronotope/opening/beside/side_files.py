"""Side files of `ct.open`: notes, points of interest, known-future variables; one that is not there is a warning and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.columns import LAT_NAMES, LON_NAMES, PLACE_NAMES, TIME_NAMES, X_NAMES, Y_NAMES, by_name
from chronotope.data.field import Field
from chronotope.data.side import NOTE, POI
from chronotope.errors import ChronotopeError, DataError, NoFileError
from chronotope.inspect.finding import Finding
from chronotope.opening.beside.ahead import declared, with_future
from chronotope.opening.beside.side_tables import called, side_table
from chronotope.opening.cells.attributes import attributes, words_of
from chronotope.opening.clocks.clock import parse_times
from chronotope.opening.clocks.source_zone import beside
from chronotope.opening.places.place_names import name_of
from chronotope.opening.places.sites import positions_of
from chronotope.opening.roles.answers import answers_among, columns_of_medians

_TEXT = tuple("text note notes message comment remark description headline title body content event what".split())
_UNTIL = ("until", "end", "end_time", "to", "ends", "finish")


def with_side(field: Field, option: str, source: Any, attach: Callable[[Field, Any], Field]) -> Field:
    """`attach(field, source)`, or the field with a warning where the file of `option` is not there.

    Raises:
        DataError: the file is there and cannot be read; the message begins with the option and names the file.
    """
    lost = Finding("warning", f"{option}= names a file that is not there ({source}); it was opened without. Correct the path")
    if isinstance(source, (str, Path)) and "://" not in str(source) and not Path(source).expanduser().exists():
        return field.with_findings(lost)
    try:
        return attach(field, source)
    except NoFileError:  # at an address
        return field.with_findings(lost)
    except ChronotopeError as error:
        said = str(error)
        raise type(error)(said if said.startswith(f"{option}=") else f"{option}= must be readable; {said}") from error


def with_notes(field: Field, source: Any) -> Field:
    """`field` with free text, kept as it is: a table with a column of text, its time, and perhaps its end, place or position.

    Raises:
        DataError: no column of text.
    """
    table, name = side_table(source, "notes")
    columns = list(table.columns)
    text = by_name(columns, _TEXT) or _longest_text(table)
    if text is None:
        raise DataError(f"notes= must hold a column of text; {name} holds {', '.join(columns) or 'nothing'}. Call it 'text'.")
    free = [word for word in columns if word != text]
    clock, until, place = (by_name(free, names) for names in (TIME_NAMES, _UNTIL, PLACE_NAMES))
    coords: dict[str, Any] = {"note_text": (NOTE, words_of(table[text]))}
    for short, column in (("time", clock), ("until", until)):
        empty = np.full(len(table), np.datetime64("NaT", "ns"))
        stamps = empty if column is None else beside(*parse_times(table[column], column), field, name)[0]
        if short == "time" or column is not None:
            coords[f"note_{short}"] = (NOTE, stamps)
    if place is not None:
        coords["note_place"] = (NOTE, words_of(table[place].map(name_of, na_action="ignore")))
    coords |= _positions(table, NOTE, "notes", name)
    made = _with(field, NOTE, coords, f"{len(table)} notes from {name}, kept as text; no model reads them")
    lost = _strange_places(field, coords["note_place"][1]) if place is not None else []
    said = f"{len(lost)} notes name places that the data has not, such as {lost[0]!r}" if lost else ""
    return made.with_findings(Finding("warning", said)) if lost else made


def with_points(field: Field, source: Any) -> Field:
    """`field` with points of interest: a table with lat and lon (or x and y), and what else is known of each.

    Raises:
        DataError: no positions.
    """
    table, name = side_table(source, "pois")
    coords = _positions(table, POI, "pois", name)
    if not coords:
        raise DataError(f"pois= must hold columns lat and lon (or x and y); {name} holds {', '.join(table.columns) or 'nothing'}.")
    used = {by_name(list(table.columns), names) for names in (LAT_NAMES, LON_NAMES, X_NAMES, Y_NAMES)}
    coords |= attributes(table[[word for word in table.columns if word not in used]], POI, "poi_")
    return _with(field, POI, coords, f"{len(table)} points of interest from {name}; no model reads them")


def with_known(field: Field, source: Any, opener: Callable[[Any], Field]) -> Field:
    """`field` with variables that are known ahead: of a file or object, or those of its own that a list names."""
    if isinstance(source, (list, tuple)) and all(isinstance(word, str) for word in source):
        return declared(field, tuple(source))
    if isinstance(source, (xr.Dataset, xr.DataArray, Field)) or _is_dataset(source):
        opened = opener(source)
        return with_future(field, opened, called(source, "future")).with_findings(*answers_among(opened.findings, "future"))
    table, name = side_table(source, "future")
    table, found = columns_of_medians(table)
    return with_future(field, table, name).with_findings(*answers_among(found, "future"))


def _strange_places(field: Field, names: np.ndarray) -> list[str]:
    if "place" not in field.dataset.coords:
        return []
    known = {"", *(str(label) for label in field.dataset["place"].values)}
    return [name for name in names if name not in known]


def _positions(table: pd.DataFrame, dim: str, option: str, name: str) -> dict[str, Any]:
    columns = list(table.columns)
    for pair in ((("lat", LAT_NAMES), ("lon", LON_NAMES)), (("x", X_NAMES), ("y", Y_NAMES))):
        found = {short: by_name(columns, names) for short, names in pair}
        if None not in found.values():
            return {f"{dim}_{short}": (dim, positions_of(table, str(word), option, name)) for short, word in found.items()}
    return {}


def _with(field: Field, dim: str, coords: dict[str, Any], text: str) -> Field:
    dataset = field.dataset.drop_dims(dim) if dim in field.dataset.dims else field.dataset
    return replace(field, dataset=dataset.assign_coords(coords)).with_findings(Finding("inferred", text))


def _longest_text(table: pd.DataFrame) -> str | None:
    text = [word for word in table.columns if not pd.api.types.is_numeric_dtype(table[word]) and table[word].dtype.kind != "M"]
    lengths = {word: table[word].dropna().astype(str).str.len().mean() for word in text}
    best = max(lengths, key=lambda word: lengths[word], default=None)
    return best if best is not None and lengths[best] > 12 else None


def _is_dataset(source: Any) -> bool:
    return isinstance(source, (str, Path)) and Path(source).suffix.lower() in (".nc", ".nc4", ".zarr", ".grib", ".grib2", ".grb")
