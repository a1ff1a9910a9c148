"""The form of a text table: all that its lines tell before its cells are read."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from chronotope.errors import DataError
from chronotope.inspect.finding import Finding
from chronotope.opening.sniff.dialect import commented_names, decimal_of, form_of, grouped_columns, grouped_notes, text_columns
from chronotope.opening.sniff.layout import SPACES, Layout, fields, first_row, locate, rows_of, two_levels
from chronotope.opening.sniff.text import encoding_of, read_lines

LOOKED = 200  # lines
NO_HEADER = Finding("inferred", "no line of names; the columns are called 0, 1, 2 and so on")


@dataclass(frozen=True)
class Form:
    """How a text table is written, and where its names stand.

    Attributes:
        separator, decimal: the marks between cells, and before decimals.
        head: the first lines of the table.
        header: whether the first of them names the columns.
        names: of the columns, where they stand elsewhere.
        texts: columns whose digits are names.
        signs: the decimal sign of columns that group thousands.
        before: lines of the file above the first row but one.
        text: the lines of the table alone; None where they are the whole file but for remarks.
        skip: lines of the text above the first row.
        even: whether all of the first lines are alike.
        plain: whether they are, and none is a remark.
        remarks: whether lines that begin with # stand above the table.
        encoding: of the file.
        told: what else is known of the table, its `attrs`.
        levels: what `two_levels` says of columns that two rows name; None where one row does.
    """

    separator: str
    decimal: str
    head: list[str]
    header: bool
    names: list[str] | None
    texts: dict[str, type]
    signs: dict[str, str]
    before: int
    text: str | None = None
    skip: int = 0
    even: bool = False
    plain: bool = False
    remarks: bool = False
    encoding: str = "utf-8-sig"
    cells: list[str] = field(default_factory=list)  # of the header
    told: dict[str, Any] = field(default_factory=dict)
    levels: tuple[list[tuple[str, str]], str, int] | None = None


def form_of_file(path: Path) -> Form:
    """The form of the table in a file: from its first lines where they are alike, else from all of them.

    Raises:
        DataError: the file is empty, or a row inside the table has another length.
    """
    lines = read_lines(path, LOOKED)
    comments = list(takewhile(lambda line: line.startswith("#"), lines))
    head = [line for line in lines if not line.startswith("#")]
    if not head:
        raise DataError(f"A table must hold text; {path.name} is empty.")
    separator, decimal, header = form_of(head)
    levels = two_levels(rows_of(head, separator)) if len(head) > 3 and not comments and separator != SPACES else None
    if levels is not None:
        decimal = decimal_of(head[levels[2] :], separator)
        return Form(separator, decimal, head, True, None, {}, {}, before=0, encoding=encoding_of(path), levels=levels)
    named = commented_names(comments, head, separator) if comments else None
    if header and named is not None:
        header = first_row(rows_of(head, separator)) > 0  # the names are in the remarks
    even = _is_even(head, separator)
    part = None if even else form_of_part(path)
    if part is not None:
        return part
    names, units = (None if header else named) or (None, {})
    signs, doubtful = grouped_columns(head, separator, decimal) if header else ({}, [])
    return Form(
        separator,
        decimal,
        head,
        header,
        names,
        text_columns(path, head, separator, header) or {},
        signs,
        before=len(comments) + (-1 if not header else 0),
        even=even,
        remarks=bool(comments),
        plain=even and lines == head,
        encoding=encoding_of(path),
        cells=fields(head[0], separator) if header else [],
        told={
            "notes": [NO_HEADER][: not header and names is None] + grouped_notes(signs, doubtful),
            "signs": signs,
            "units": units,
        },
    )


def form_of_part(path: Path) -> Form | None:
    """The form of a table with other lines above it, inside its head, or below it; None where none stands out of the lines.

    Raises:
        DataError: a row inside the table has another length.
    """
    lines = read_lines(path, blank=True)
    layout = locate([line if not line.startswith("#") else "" for line in lines])
    if layout is None:
        return None
    _refuse_broken_row(path, lines, layout)
    separator, text = layout.separator, layout.text(lines)
    head = text.split("\n", LOOKED)[:LOOKED]
    decimal, names = decimal_of(head, separator), [name.strip('"') for name in fields(head[0], separator)]
    unnamed = not layout.headless and len(names) == len(fields(head[-1], separator)) - 1
    ending = unnamed and all(line.rstrip().endswith(separator) for line in head[1:])
    header = not layout.headless and not unnamed
    signs, doubtful = grouped_columns(head, separator, decimal) if header else ({}, [])
    return Form(
        separator,
        decimal,
        head,
        header,
        [*names, ""] if ending else ["", *names] if unnamed else None,
        text_columns(None, head, separator, header) or {},
        signs,
        before=layout.first + len(layout.units) + (-1 if layout.headless else 0),
        text=text,
        skip=int(unnamed),
        cells=[] if layout.headless else names,
        told={"signs": signs} | _around(lines, layout, names, [NO_HEADER][: layout.headless] + grouped_notes(signs, doubtful)),
    )


def _around(lines: list[str], layout: Layout, names: list[str], notes: list[Finding]) -> dict[str, Any]:
    """What the lines above the rows and below them say, and `notes` with what is told of them."""
    above = [line for line in lines[: layout.first] if line.strip()]
    rest = [line for line in lines[layout.stop :] if line.strip()]
    told: dict[str, Any] = {"notes": notes, "above": above[:40], "left": rest[:40]}
    if not layout.units:
        return told
    said = f"{len(layout.units)} lines below the header are no rows, {lines[layout.units[0]][:60]!r} the first: units, kinds or remarks"
    units = _units_of(names, [fields(lines[i], layout.separator) for i in layout.units])
    return told | {"notes": [*notes, Finding("inferred", said)], "units": units}


def _is_even(head: list[str], separator: str) -> bool:
    """True if the first line has as many cells as any other, and rows follow it at once."""
    rows = [line.split() for line in head] if separator == SPACES else list(csv.reader(head, delimiter=separator, skipinitialspace=True))
    rows = rows[:-1] if len(head) == LOOKED else rows  # the last may be cut inside its quotes
    widest = max(map(len, rows))
    if widest == 1:
        return all(len(line.split()) == 1 for line in head)
    return len(rows) < 3 or (len(rows[0]) == widest and first_row(rows) <= 1)


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
