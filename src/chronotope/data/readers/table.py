"""Text tables (`.csv`, `.txt`, `.tsv`, gz/bz2/xz/zip): delimiter, header and decimal sign are read off the first lines."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd

from chronotope.data.field import Field
from chronotope.data.options import OpenOptions
from chronotope.data.readers.text import DAMAGE, PACKED, encoding_of, open_bytes, read_lines, reason
from chronotope.data.tables import table_field
from chronotope.errors import DataError

_SUFFIXES = {".csv", ".txt", ".tsv", ".dat", ".tab"}
LARGE = 1 << 23  # bytes from which arrow reads a table
_MISSING_WORDS = ["", "NA", "N/A", "nan", "NaN", "NULL", "null", "None", "-", "--", "n/a", "#N/A", "?", "missing"]


def matches(path: Path) -> bool:
    """True for text tables by suffix."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return bool(suffixes) and (suffixes[-1] in _SUFFIXES or (suffixes[-1] in PACKED and (len(suffixes) == 1 or suffixes[-2] in _SUFFIXES)))


def read(path: Path, options: OpenOptions) -> Field:
    """The table as a Field; see `chronotope.data.tables`."""
    return table_field(read_table(path), options, path.name)


def read_table(path: Path) -> pd.DataFrame:
    """The text as a DataFrame; ids with leading zeros stay text, a missing header becomes "0", "1", ...

    Raises:
        DataError: the file is empty, damaged, or its rows have different lengths.
    """
    try:
        lines = read_lines(path, 200)
        head = [line for line in lines if not line.startswith("#")]
        if not head:
            raise DataError(f"A table must hold text; {path.name} is empty.")
        separator, decimal, header = _form(head)
        quick = _read_quickly(path, head, separator) if decimal == "." and header and lines == head else None
        if quick is not None:
            return _tidy(quick, 0)
        with open_bytes(path) as file:
            table = pd.read_csv(
                file,
                sep=separator,
                decimal=decimal,
                header=0 if header else None,
                dtype=_text_columns(head, separator, header),
                comment="#" if lines[0].startswith("#") else None,
                na_values=_MISSING_WORDS,
                keep_default_na=False,
                skipinitialspace=True,
                encoding=encoding_of(path),
                encoding_errors="replace",
                low_memory=False,
            )
    except DataError:
        raise
    except (pd.errors.ParserError, UnicodeError, ValueError, csv.Error, *DAMAGE) as error:
        raise DataError(
            f"A table must have rows of one length; {path.name} cannot be read ({reason(error)}). Correct that line or copy the file again."
        ) from error
    return _tidy(table, len(lines) - len(head) + (-1 if not header else 0))


def _read_quickly(path: Path, head: list[str], separator: str) -> pd.DataFrame | None:
    """A large table by arrow, its words as categories; None where it is small, or where its cells need more care than arrow takes."""
    if (
        path.stat().st_size < LARGE
        or separator == r"\s+"
        or encoding_of(path) != "utf-8-sig"
        or any(f"{separator} " in line for line in head)
    ):
        return None
    import pyarrow as pa
    from pyarrow import csv as quick

    sample = pd.read_csv(io.StringIO("\n".join(head)), sep=separator, na_values=_MISSING_WORDS, keep_default_na=False)
    if any(dtype.kind == "b" for dtype in sample.dtypes):
        return None
    texts = {*(_text_columns(head, separator, True) or ()), *sample.columns[[dtype.kind not in "if" for dtype in sample.dtypes]]}
    types = {name: pa.dictionary(pa.int32(), pa.string()) if name in texts else pa.float64() for name in sample.columns}
    whole = [name for name in sample.columns if name not in texts and sample[name].dtype.kind == "i"]
    convert = quick.ConvertOptions(
        column_types={name: kind for name, kind in types.items() if name not in whole},
        null_values=_MISSING_WORDS,
        strings_can_be_null=True,
    )
    try:
        with open_bytes(path) as file:
            table = quick.read_csv(file, parse_options=quick.ParseOptions(delimiter=separator), convert_options=convert)
    except pa.ArrowException:
        return None  # the slower reader tells the line
    if table.column_names != list(sample.columns) or any(table.schema.field(name).type not in (pa.int64(), pa.float64()) for name in whole):
        return None
    made = table.to_pandas(split_blocks=True, self_destruct=True)
    words = {str(word) for name in texts for word in made[name].cat.categories}
    return None if any(word != word.strip() for word in words) else made


def _tidy(table: pd.DataFrame, lines_before: int) -> pd.DataFrame:
    """Names without blanks around them, and without the nameless empty column of a comma at the end of each line."""
    table.columns = [str(name).strip() for name in table.columns]
    table.attrs["lines_before"] = lines_before
    return table.loc[:, [not (name.startswith("Unnamed:") and table[name].isna().all()) for name in table.columns]]


def _form(head: list[str]) -> tuple[str, str, bool]:
    """(delimiter, decimal sign, whether the first line is a header)."""
    counts = {mark: min(head[0].count(mark), head[-1].count(mark)) for mark in (",", ";", "\t", "|")}
    separator = max(counts, key=lambda mark: counts[mark])
    if counts[";"] and counts[";"] >= 1 and all(line.count(";") == head[0].count(";") for line in head[:5]):
        separator = ";"
    if not any(counts.values()):
        widths = {len(line.split()) for line in head}
        separator = r"\s+" if len(widths) == 1 and widths != {1} else ","
    decimal = "," if separator == ";" and sum(bool(re.search(r"(^|;)\s*-?\d+,\d+\s*(;|$)", line)) for line in head[1:]) > 0 else "."
    return separator, decimal, _has_header(head, separator)


def _has_header(head: list[str], separator: str) -> bool:
    """The first line names columns if it holds words, or whole numbers that are all different above broken numbers (sensor ids)."""
    first = _cells(head[0], separator)
    if not _all_numbers(first):
        return True
    whole = all(re.fullmatch(r"\d+", cell) for cell in first)
    below = [cell for line in head[1:20] for cell in _cells(line, separator)]
    return whole and len(first) > 1 and len(set(first)) == len(first) and any("." in cell for cell in below) and min(map(len, first)) >= 2


def _cells(line: str, separator: str) -> list[str]:
    cells = line.split() if separator == r"\s+" else line.split(separator)
    return [cell.strip().strip('"') for cell in cells]


def _all_numbers(cells: list[str]) -> bool:
    return all(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|NaN|", cell) for cell in cells) and any(cells)


def _text_columns(head: list[str], separator: str, header: bool) -> dict[str, type] | None:
    """Columns of whole numbers of which some start with a zero before a digit are names, not numbers."""
    if not header:
        return None
    rows = [line.split() for line in head] if separator == r"\s+" else list(csv.reader(head, delimiter=separator, skipinitialspace=True))
    padded = {i for row in rows[1:] for i, cell in enumerate(row) if cell[:1] == "0" and len(cell) > 1 and cell.isdigit()}
    whole = [i for i in padded if all(row[i].isdigit() for row in rows[1:] if i < len(row) and row[i])]
    names = [rows[0][i] for i in whole if i < len(rows[0]) and rows[0][i].strip().lower() not in ("year", "month", "day", "hour", "minute")]
    return dict.fromkeys(names, str) or None
