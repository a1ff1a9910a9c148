"""Text tables (`.csv`, `.txt`, `.tsv`, gz/bz2/xz/zip): delimiter, header and decimal sign are read off the first lines."""

from __future__ import annotations

import csv
import io
from itertools import takewhile
from pathlib import Path

import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import DataError
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers.located import located, read_located
from chronotope.opening.readers.tidy import NO_HEADER, tidy
from chronotope.opening.sniff.dialect import commented_names, form_of, grouped_columns, grouped_notes, text_columns
from chronotope.opening.sniff.layout import SPACES, first_row, rows_of
from chronotope.opening.sniff.text import DAMAGE, PACKED, encoding_of, open_bytes, read_lines, reason
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
    try:
        lines = read_lines(path, 200)
        comments = list(takewhile(lambda line: line.startswith("#"), lines))
        head = [line for line in lines if not line.startswith("#")]
        if not head:
            raise DataError(f"A table must hold text; {path.name} is empty.")
        separator, decimal, header = form_of(head)
        if header and comments and commented_names(comments, head, separator) is not None:
            header = first_row(rows_of(head, separator)) > 0  # the names are in the remarks
        even = _is_even(head, separator)
        quick = _read_quickly(path, head, separator) if even and decimal == "." and header and lines == head else None
        if quick is not None:
            return tidy(quick, 0)
        found = None if even else located(path)
        if found is not None:
            return read_located(path, *found)
        try:
            return _read_evenly(path, comments, head, (separator, decimal, header))
        except pd.errors.ParserError:
            found = located(path) if even else None
            if found is None:
                raise
            return read_located(path, *found)
    except DataError:
        raise
    except (pd.errors.ParserError, UnicodeError, ValueError, csv.Error, *DAMAGE) as error:
        raise DataError(
            f"A table must have rows of one length; {path.name} cannot be read ({reason(error)}). Correct that line or copy the file again."
        ) from error


def _is_even(head: list[str], separator: str) -> bool:
    """True if the first line has as many cells as any other, and rows follow it at once."""
    rows = [line.split() for line in head] if separator == SPACES else list(csv.reader(head, delimiter=separator, skipinitialspace=True))
    rows = rows[:-1] if len(head) == 200 else rows  # the last may be cut inside its quotes
    widest = max(map(len, rows))
    if widest == 1:
        return all(len(line.split()) == 1 for line in head)
    return len(rows) < 3 or (len(rows[0]) == widest and first_row(rows) <= 1)


def _read_evenly(path: Path, comments: list[str], head: list[str], form: tuple[str, str, bool]) -> pd.DataFrame:
    """A table whose first line, but for comments, is its header."""
    separator, decimal, header = form
    named = commented_names(comments, head, separator) if comments and not header else None
    names, units = named or (None, {})
    signs, doubtful = grouped_columns(head, separator, decimal) if header else ({}, [])
    with open_bytes(path) as file:
        table = pd.read_csv(
            file,
            sep=separator,
            decimal=decimal,
            names=names,
            header=0 if header else None,
            dtype={**(text_columns(path, head, separator, header) or {}), **dict.fromkeys(signs, str)},
            comment="#" if comments else None,
            na_values=[""],
            keep_default_na=False,
            skipinitialspace=True,
            encoding=encoding_of(path),
            encoding_errors="replace",
            low_memory=False,
        )
    table.attrs["notes"] = [*([NO_HEADER] if not header and names is None else []), *grouped_notes(signs, doubtful)]
    made = tidy(table, len(comments) + (-1 if not header else 0), decimal, head[0] if header else "", separator)
    made.attrs |= {"signs": signs, "units": units}
    return made


def _read_quickly(path: Path, head: list[str], separator: str) -> pd.DataFrame | None:
    """A large table by arrow, its words as categories; None where it is small, or where its cells need more care than arrow takes."""
    if (
        path.stat().st_size < LARGE
        or separator == SPACES
        or encoding_of(path) != "utf-8-sig"
        or any(f"{separator} " in line for line in head)
    ):
        return None
    import pyarrow as pa
    from pyarrow import csv as quick

    sample = pd.read_csv(io.StringIO("\n".join(head)), sep=separator, na_values=_MISSING_WORDS, keep_default_na=False)
    if any(dtype.kind == "b" for dtype in sample.dtypes) or sample.index.nlevels > 1 or not isinstance(sample.index, pd.RangeIndex):
        return None
    texts = {*(text_columns(path, head, separator, True) or ()), *sample.columns[[dtype.kind not in "if" for dtype in sample.dtypes]]}
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
