"""How a text table is written: its delimiter, decimal sign and header, and which of its whole numbers are names."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from chronotope.inspect.finding import Finding
from chronotope.opening.sniff.layout import SPACES, begins_with_row, fields, rows_of
from chronotope.opening.sniff.text import encoding_of, open_bytes

LOOKED = 1 << 23  # bytes looked at for numbers that are names


def form_of(head: list[str]) -> tuple[str, str, bool]:
    """(delimiter, decimal sign, whether the first line is a header)."""
    counts = {mark: min(head[0].count(mark), head[-1].count(mark)) for mark in (",", ";", "\t", "|")}
    separator = max(counts, key=lambda mark: counts[mark])
    if counts[";"] and counts[";"] >= 1 and all(line.count(";") == head[0].count(";") for line in head[:5]):
        separator = ";"
    if not any(counts.values()):
        widths = {len(line.split()) for line in head}
        separator = SPACES if len(widths) == 1 and widths != {1} else ","
    return separator, decimal_of(head, separator), has_header(head, separator)


def decimal_of(head: list[str], separator: str) -> str:
    """The comma where cells between other marks hold one comma and digits, not a mark between thousands."""
    if separator == ",":
        return "."
    cells = [cell.strip() for line in head[1:] for cell in fields(line, separator)]
    broken = [cell for cell in cells if re.fullmatch(r"[+-]?\d+,\d+", cell)]
    grouped = all(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", cell) for cell in broken)
    return "," if broken and (separator == ";" or not grouped) else "."


def has_header(head: list[str], separator: str) -> bool:
    """The first line names columns if it holds words, or whole numbers that are all different above broken numbers (sensor ids).

    A line of the kind of those below it, with a stamp where they have theirs, is no header.
    """
    first = fields(head[0], separator)
    if not _all_numbers(first):
        return not begins_with_row(rows_of(head, separator))
    whole = all(re.fullmatch(r"\d+", cell) for cell in first)
    below = [cell for line in head[1:20] for cell in fields(line, separator)]
    return whole and len(first) > 1 and len(set(first)) == len(first) and any("." in cell for cell in below) and min(map(len, first)) >= 2


def _all_numbers(cells: list[str]) -> bool:
    return all(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|NaN|", cell) for cell in cells) and any(cells)


def commented_names(comments: list[str], head: list[str], separator: str) -> tuple[list[str], dict[str, str]] | None:
    """(names of the columns, their units) where the last comments hold one for each, as NumPy and buoys write them."""
    width = len(fields(head[0], separator))
    rows = [[cell.strip() for cell in fields(comment.lstrip("# "), separator)] for comment in comments[-6:]]
    able = [len(row) == width > 1 and not any(re.match(r"\W*\d", cell) for cell in row) for row in rows]
    for i in range(len(rows) - 1, -1, -1):
        if able[i]:
            above = i and able[i - 1] and re.match(r"#?(time|date|datum|y+|year|yr|stn|station)\b", rows[i - 1][0], re.IGNORECASE)
            names, units = (rows[i - 1], rows[i]) if above else (rows[i], [])
            return (names, dict(zip(names, units))) if len(set(names)) == len(names) else None
    return None


def text_columns(path: Path | None, head: list[str], separator: str, header: bool) -> dict[str, type] | None:
    """Columns of whole numbers of which some start with a zero before a digit are names, not numbers."""
    if not header:
        return None
    rows = rows_of(head, separator)
    rows += [] if path is None else rows_of(_padded_lines(path, separator), separator)
    padded = {i for row in rows[1:] for i, cell in enumerate(row) if cell[:1] == "0" and len(cell) > 1 and cell.isdigit()}
    whole = [i for i in padded if all(row[i].isdigit() for row in rows[1:] if i < len(row) and row[i])]
    whole += [
        i for i in range(len(rows[0])) if len(rows) > 2 and all(i < len(row) and _HOURS.fullmatch(row[i].strip()) for row in rows[1:])
    ]
    names = [rows[0][i] for i in whole if i < len(rows[0]) and rows[0][i].strip().lower() not in ("year", "month", "day", "hour", "minute")]
    return dict.fromkeys(names, str) or None


_HOURS = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-4])([0-5]\d)?")  # a date and hour, not seconds since 1970


def _padded_lines(path: Path, separator: str) -> list[str]:
    """Lines further down that hold a whole number with a zero before it, a few hundred at most."""
    if separator == SPACES or encoding_of(path) == "utf-16":
        return []
    mark = re.escape(separator).encode()
    zero = re.compile(rb'(?:^|%b)"?0\d+"?(?=%b|\r?$)' % (mark, mark), re.MULTILINE)
    with open_bytes(path) as file:
        text = file.read(LOOKED)
    starts = [text.rfind(b"\n", 0, found.start() + 1) + 1 for found in islice(zero.finditer(text), 500)]
    return [text[start : text.find(b"\n", start)].rstrip().decode("utf-8", "replace") for start in dict.fromkeys(starts) if start]


def grouped_columns(head: list[str], separator: str, decimal: str) -> tuple[dict[str, str], list[str]]:
    """(the decimal sign of columns whose `decimal` stands between thousands, columns where that cannot be told).

    Only tables with semicolons are in doubt.

    1.234 beside 987 is a thousand and more if every mark has three digits behind it and no number without a mark has four.
    """
    signs: dict[str, str] = {}
    doubtful: list[str] = []
    rows = rows_of(head, separator) if separator == ";" else []
    for j, name in enumerate(rows[0] if rows else []):
        cells = {row[j].strip() for row in rows[1:] if j < len(row)} - {""}
        marked = {cell for cell in cells if decimal in cell}
        if len(marked) < 3 or not all(re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}[{decimal}]\d{{3}}", cell) for cell in marked):
            continue
        whole = cells - marked
        if not whole:
            doubtful.append(name.strip())
        elif all(re.fullmatch(r"[+-]?\d{1,3}", cell) for cell in whole):
            signs[name.strip()] = "," if decimal == "." else "."
    return signs, doubtful


def grouped_notes(signs: dict[str, str], doubtful: list[str]) -> list[Finding]:
    """What is told of such columns."""
    notes = []
    for name, sign in signs.items():
        mark = "." if sign == "," else ","
        said = f"{name!r} has three digits behind every {mark!r} beside whole numbers: it is read as a mark between thousands"
        notes.append(Finding("warning", f"{said}; write {sign!r} before decimals if it is not"))
    for name in doubtful:
        said = f"{name!r} has three digits behind every mark, which is read as a decimal sign"
        notes.append(Finding("warning", f"{said}; write the numbers without it if it stands between thousands"))
    return notes
