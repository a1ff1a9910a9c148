"""Several tables of the same columns - a zip, a folder, a list, as of one file per station or per year - as one table."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import DataError, listed, whole
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers import parquet, text_tables
from chronotope.opening.readers.text_tables import read_table
from chronotope.opening.roles.roles import find_columns
from chronotope.opening.sniff.text import DAMAGE, zip_names
from chronotope.opening.tables.tables import table_field

_NONE = "__HIVE_DEFAULT_PARTITION__"
_TEXT = (".csv", ".txt", ".tsv", ".dat", ".tab")


def matches(path: Path) -> bool:
    """True for a zip that holds more than one text table, for a folder that is full of them, and for one of Parquet in folders."""
    if not path.is_dir():
        return path.suffix.lower() == ".zip" and len(_members(path)) > 1
    return bool(_tables_in(path))


def read(path: Path, options: OpenOptions) -> Field:
    """The tables one below the other; where nothing names the place, the file does.

    Raises:
        DataError: the columns differ, or the zip is damaged.
    """
    if not path.is_dir():
        return _below_each_other(_tables(path), options, path.name)
    files = _tables_in(path)
    field = read_files(files, options, path.name, path)
    others = sorted(item.name for item in path.iterdir() if not item.name.startswith((".", "_")) and not _holds(item, files))
    said = f"{len(others)} other files of {path.name} were left aside, {', '.join(others[:3])} the first"
    return field.with_findings(Finding("warning", said)) if others else field


def read_files(files: list[Path], options: OpenOptions, called: str, folder: Path | None = None) -> Field:
    """As `read`, of files by name, which `folder` holds, if it is one folder."""
    return _below_each_other({str(file): _table(file, folder) for file in files}, options, called)


def _tables_in(folder: Path) -> list[Path]:
    """The text tables of a folder that is full of them, else its Parquet files and those in its folders named `column=value`."""
    items = sorted(item for item in folder.iterdir() if not item.name.startswith((".", "_")))
    texts = [item for item in items if text_tables.matches(item)]
    if 2 * len(texts) > len(items):
        return texts
    inside = [_tables_in(item) for item in items if item.is_dir() and "=" in item.name]
    return [item for item in items if parquet.matches(item)] + [file for files in inside for file in files if parquet.matches(file)]


def _holds(item: Path, files: list[Path]) -> bool:
    return any(file == item or item in file.parents for file in files)


def _table(file: Path, folder: Path | None) -> pd.DataFrame:
    """A text table or a Parquet file, with what folders named `column=value` say."""
    if not parquet.matches(file):
        return read_table(file)
    table = parquet.table_of(file)
    named = (file if folder is None else file.relative_to(folder)).parent.parts
    pairs = dict(part.split("=", 1) for part in named if "=" in part)
    return table.assign(**{key: None if word == _NONE else _number(unquote(word)) for key, word in pairs.items()})


def _number(word: str) -> int | str:
    """Whole numbers as such, but for codes that begin with a zero other than months and days."""
    return int(word) if word.isdigit() and (word[0] != "0" or len(word) <= 2) else word


def _below_each_other(tables: dict[str, pd.DataFrame], options: OpenOptions, called: str) -> Field:
    names = list(tables)
    first = tables[names[0]]
    for name in names[1:]:
        if list(tables[name].columns) != list(first.columns):
            odd = sorted(set(tables[name].columns) ^ set(first.columns))
            raise DataError(
                f"Tables opened together must have the same columns; in {called}, {Path(name).name} and {Path(names[0]).name} differ in "
                f"{listed(odd, 4) or 'order'}. Open them one by one, and bring them together with align."
            )
    whole = pd.concat(tables.values(), ignore_index=True)
    roles = find_columns(whole, OpenOptions(time=options.time, place=options.place))
    note = [Finding("inferred", f"{len(names)} tables of {called} laid one below the other")]
    same_clock = roles.time is not None and whole[roles.time].duplicated().any()
    if roles.place is None and options.place is None and roles.lat is None and same_clock:
        whole.insert(0, "place", [Path(name).stem for name in names for _ in range(len(tables[name]))])
        note.append(Finding("inferred", "places named by the files"))
    return table_field(whole, options, called).with_findings(*note)


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
