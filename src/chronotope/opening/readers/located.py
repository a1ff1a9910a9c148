"""A text table with other lines above it, inside its head, or below it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pandas as pd

from chronotope.errors import DataError
from chronotope.inspect.finding import Finding
from chronotope.opening.readers.tidy import NO_HEADER, tidy
from chronotope.opening.sniff.dialect import decimal_of, grouped_columns, grouped_notes, text_columns
from chronotope.opening.sniff.layout import Layout, fields, locate
from chronotope.opening.sniff.text import read_lines


def read_located(path: Path, lines: list[str], layout: Layout) -> pd.DataFrame:
    """A table with other lines above, inside its head, or below.

    Raises:
        DataError: its rows have different lengths.
    """
    rest = [line for line in lines[layout.stop :] if line.strip()]
    _refuse_broken_row(path, lines, layout)
    text = layout.text(lines)
    head = text.split("\n", 200)[:200]
    separator, decimal = layout.separator, decimal_of(head, layout.separator)
    names = [name.strip('"') for name in fields(head[0], separator)]
    width = len(fields(head[-1], separator))
    unnamed = not layout.headless and len(names) == width - 1
    ending = unnamed and all(line.rstrip().endswith(separator) for line in head[1:])
    signs, doubtful = grouped_columns(head, separator, decimal) if not layout.headless and not unnamed else ({}, [])
    table = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        decimal=decimal,
        header=None if layout.headless or unnamed else 0,
        names=[*names, ""] if ending else ["", *names] if unnamed else None,
        skiprows=1 if unnamed else 0,
        index_col=False,
        dtype={**(text_columns(None, head, separator, not layout.headless and not unnamed) or {}), **dict.fromkeys(signs, str)},
        na_values=[""],
        keep_default_na=False,
        skipinitialspace=True,
        low_memory=False,
    )
    before = layout.first + len(layout.units) + (-1 if layout.headless else 0)
    table.attrs["notes"] = [*([NO_HEADER] if layout.headless else []), *grouped_notes(signs, doubtful)]
    made = tidy(table, before, decimal, head[0], separator)
    above = [line for line in lines[: layout.first] if line.strip()]
    units = [fields(lines[i], separator) for i in layout.units]
    if layout.units:
        said = f"{len(layout.units)} lines below the header are no rows, {lines[layout.units[0]][:60]!r} the first: units, kinds or remarks"
        made.attrs["notes"].append(Finding("inferred", said))
    made.attrs |= {"signs": signs, "above": above[:40], "left": rest[:40]} | ({"units": _units_of(names, units)} if units else {})
    return made


def located(path: Path) -> tuple[list[str], Layout] | None:
    """(all lines of the file, where the table is among them)."""
    lines = read_lines(path, blank=True)
    layout = locate([line if not line.startswith("#") else "" for line in lines])
    return None if layout is None else (lines, layout)


def _refuse_broken_row(path: Path, lines: list[str], layout: Layout) -> None:
    """A line of another length between rows of the table is a mistake, not its end."""
    width = len(fields(lines[layout.stop - 1], layout.separator))
    broken = lines[layout.stop] if layout.stop < len(lines) else ""
    goes_on = [len(fields(line, layout.separator)) == width for line in lines[layout.stop + 1 : layout.stop + 200] if line.strip()]
    if broken.strip() and sum(goes_on) >= 1:
        raise DataError(
            f"A table must have rows of one length; {path.name} line {layout.stop + 1} has {len(fields(broken, layout.separator))} cells "
            f"where the lines before have {width}. Correct that line."
        )


def _units_of(names: list[str], rows: list[list[str]]) -> dict[str, str]:
    """The unit of each column, from the first of the lines below the header; lines that tell types ("15s", "14n") tell none."""
    row = next((row for row in rows if re.match(r"unit|einheit|unidad|unité", row[0].strip(), re.IGNORECASE)), rows[0])
    told = len(names) > 2 or row is not rows[0] or len(rows) == 1  # of two columns, only the line that says so tells units
    if not told or len(row) != len(names) or all(re.fullmatch(r"\d+[snd]", cell.strip()) for cell in row if cell.strip()):
        return {}
    units = {name.strip(): cell.strip().strip("[]()") for name, cell in zip(names[1:], row[1:])}
    return {name: unit for name, unit in units.items() if unit not in ("", "-", "TS", "RN")}
