"""Text tables (`.csv`, `.txt`, `.tsv`, gz/bz2/xz/zip): delimiter, header and decimal sign are read off the first lines."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import whole
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers.tidy import tidy
from chronotope.opening.sniff.form import Form, form_of_file, form_of_part
from chronotope.opening.sniff.layout import SPACES
from chronotope.opening.sniff.text import DAMAGE, PACKED, open_bytes
from chronotope.opening.tables.tables import table_field

_SUFFIXES = {".csv", ".txt", ".tsv", ".dat", ".tab"}
LARGE = 1 << 23  # bytes from which arrow reads a table
_MISSING_WORDS = ["", "NA", "N/A", "nan", "NaN", "NULL", "null", "None", "-", "--", "n/a", "#N/A", "?", "missing"]


def matches(path: Path) -> bool:
    """True for text tables by suffix."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return bool(suffixes) and (suffixes[-1] in _SUFFIXES or (suffixes[-1] in PACKED and (len(suffixes) == 1 or suffixes[-2] in _SUFFIXES)))


def read(path: Path, options: OpenOptions) -> Field:
    """The table as a Field; see `chronotope.opening.tables.tables`."""
    return table_field(read_table(path), options, path.name)


def read_table(path: Path) -> pd.DataFrame:
    """The text as a DataFrame; ids with leading zeros stay text, a missing header becomes "0", "1", ...

    Lines above the header, lines of units below it, and notes at the end are no rows: they stand in `attrs` ("above", "units",
    "notes"). Cells of text are as they are, also where they may stand for missing; see `chronotope.opening.cells.cells`.

    Raises:
        DataError: the file is empty, damaged, or its rows have different lengths.
    """
    kinds = (pd.errors.ParserError, UnicodeError, ValueError, csv.Error, *DAMAGE)
    with whole("A table must have rows of one length", path.name, "Correct that line or copy the file again.", *kinds):
        form = form_of_file(path)
        if form.levels is not None:
            return _of_two_levels(path, form, *form.levels)
        quick = _read_quickly(path, form) if form.plain and form.decimal == "." and form.header else None
        if quick is not None:
            return tidy(quick, 0)
        try:
            return _read(path, form)
        except pd.errors.ParserError:
            part = form_of_part(path) if form.even else None
            if part is None:
                raise
            return _read(path, part)


def _of_two_levels(path: Path, form: Form, pairs: list[tuple[str, str]], first: str, rows: int) -> pd.DataFrame:
    """A table whose columns are named by two rows, its first column as the index."""
    with open_bytes(path) as file:
        options: dict[str, Any] = {"sep": form.separator, "decimal": form.decimal, "encoding": form.encoding, "skiprows": rows}
        table = pd.read_csv(file, header=None, na_values=_MISSING_WORDS, index_col=0, **options)
    table.index.name = first
    return table.set_axis(pd.MultiIndex.from_tuples(pairs), axis=1)


def _read(path: Path, form: Form) -> pd.DataFrame:
    """The cells of a table whose form is known, named and tidied."""
    with open_bytes(path) if form.text is None else io.StringIO(form.text) as file:
        table = pd.read_csv(
            file,
            sep=form.separator,
            decimal=form.decimal,
            names=form.names,
            header=0 if form.header else None,
            skiprows=form.skip,
            index_col=None if form.text is None else False,
            dtype={**form.texts, **dict.fromkeys(form.signs, str)},
            comment="#" if form.remarks else None,
            na_values=[""],
            keep_default_na=False,
            skipinitialspace=True,
            encoding=form.encoding,
            encoding_errors="replace",
            low_memory=False,
        )
    table.attrs["notes"] = form.told["notes"]
    made = tidy(table, form.before, form.decimal, tuple(form.cells))
    made.attrs |= {name: known for name, known in form.told.items() if name != "notes"}
    return made


def _read_quickly(path: Path, form: Form) -> pd.DataFrame | None:
    """A large table by arrow, its words as categories; None where it is small, or where its cells need more care than arrow takes."""
    separator, blanks = form.separator, any(f"{form.separator} " in line for line in form.head)
    if path.stat().st_size < LARGE or separator == SPACES or form.encoding != "utf-8-sig" or blanks:
        return None
    import pyarrow as pa
    from pyarrow import csv as quick

    sample = pd.read_csv(io.StringIO("\n".join(form.head)), sep=separator, na_values=_MISSING_WORDS, keep_default_na=False)
    if any(dtype.kind == "b" for dtype in sample.dtypes) or sample.index.nlevels > 1 or not isinstance(sample.index, pd.RangeIndex):
        return None
    texts = {*form.texts, *sample.columns[[dtype.kind not in "if" for dtype in sample.dtypes]]}
    types = {name: pa.dictionary(pa.int32(), pa.string()) if name in texts else pa.float64() for name in sample.columns}
    whole = [name for name in sample.columns if name not in texts and sample[name].dtype.kind == "i"]
    convert = quick.ConvertOptions(
        column_types={name: kind for name, kind in types.items() if name not in whole},
        null_values=_MISSING_WORDS,
        strings_can_be_null=False,
    )
    try:
        with open_bytes(path) as file:
            table = quick.read_csv(file, parse_options=quick.ParseOptions(delimiter=separator), convert_options=convert)
    except pa.ArrowException:
        return None  # the slower reader tells the line
    if table.column_names != list(sample.columns) or any(table.schema.field(name).type not in (pa.int64(), pa.float64()) for name in whole):
        return None
    made = table.to_pandas(split_blocks=True, self_destruct=True)
    for name in texts:
        made[name] = made[name].cat.remove_categories([""] if "" in made[name].cat.categories else [])
    words = {str(word) for name in texts for word in made[name].cat.categories}
    return None if any(word != word.strip() for word in words) else made
