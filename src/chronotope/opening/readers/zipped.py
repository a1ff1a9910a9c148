"""Zips of several text tables of the same columns, as archives of one file per station or per year are, as one table."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import DataError, whole
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers.text_tables import read_table
from chronotope.opening.roles.roles import find_columns
from chronotope.opening.sniff.text import DAMAGE, zip_names
from chronotope.opening.tables.tables import table_field

_TEXT = (".csv", ".txt", ".tsv", ".dat", ".tab")


def matches(path: Path) -> bool:
    """True for a zip that holds more than one text table."""
    return path.suffix.lower() == ".zip" and len(_members(path)) > 1


def read(path: Path, options: OpenOptions) -> Field:
    """The tables one below the other; where nothing names the place, the file does.

    Raises:
        DataError: the columns differ, or the zip is damaged.
    """
    tables = _tables(path)
    names = list(tables)
    first = tables[names[0]]
    for name in names[1:]:
        if list(tables[name].columns) != list(first.columns):
            odd = sorted(set(tables[name].columns) ^ set(first.columns))
            raise DataError(
                f"Tables packed together must have the same columns; in {path.name}, {name} and {names[0]} differ in "
                f"{', '.join(odd[:4]) or 'order'}. Unpack it and open them one by one."
            )
    whole = pd.concat(tables.values(), ignore_index=True)
    roles = find_columns(whole, OpenOptions(time=options.time, place=options.place))
    note = [Finding("inferred", f"{len(names)} tables of {path.name} laid one below the other")]
    same_clock = roles.time is not None and whole[roles.time].duplicated().any()
    if roles.place is None and options.place is None and roles.lat is None and same_clock:
        whole.insert(0, "place", [Path(name).stem for name in names for _ in range(len(tables[name]))])
        note.append(Finding("inferred", "places named by the files"))
    return table_field(whole, options, path.name).with_findings(*note)


def _members(path: Path) -> list[str]:
    return [name for name in zip_names(path) if name.lower().endswith(_TEXT)]


def _tables(path: Path) -> dict[str, pd.DataFrame]:
    """Every text table of the zip, read as if it lay in a folder."""
    with whole("A zip must be whole", path.name, "Copy or download it again.", *DAMAGE):
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            out = {}
            for number, name in enumerate(_members(path)):
                copy = Path(folder) / f"{number}{Path(name).suffix}"
                copy.write_bytes(archive.read(name))
                try:
                    out[name] = read_table(copy)
                except DataError as error:
                    raise DataError(str(error).replace(copy.name, f"{name} in {path.name}")) from None
            return out
