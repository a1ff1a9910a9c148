"""Text tables (`.csv`, `.txt`, `.tsv`, gz/bz2/xz/zip): delimiter, header and decimal sign are read off the first lines."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd

from chronotope.data.field import Field
from chronotope.data.options import OpenOptions
from chronotope.data.readers.text import DAMAGE, PACKED, encoding_of, open_bytes, read_lines, reason
from chronotope.data.tables import table_field
from chronotope.errors import DataError

_SUFFIXES = {".csv", ".txt", ".tsv", ".dat", ".tab"}
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
    table.columns = [str(name).strip() for name in table.columns]
    table.attrs["lines_before"] = len(lines) - len(head) + (-1 if not header else 0)
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
