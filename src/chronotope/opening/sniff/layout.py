"""Where a text table begins and ends: lines above the header, lines of units below it, notes and other tables at the end."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

MARKS = (";", "\t", "|", ",")
SPACES = r"\s+"
_NUMBER = re.compile(r"[<>]?\s*[+-]?[\d.,' ]*\d[\d.,' ]*([eE][+-]?\d+)?\s*\D{0,4}")
_STAMP = re.compile(
    r"\D{0,2}\d{1,4}[-/.:]\d{1,2}([-/.: T]\d{1,4})?.*|\d{8}([ T]?\d{2,6})?|\d{4}[-/ ]?(Q|W|M)?\d{1,2}|"
    r"\d{1,2} ?[A-Za-z]{3,9} ?\d{2,4}.*"
)
_UNIT = re.compile(r"|[\[(].*[\])]|[%‰°].*|\d+[snd]|-+|[a-zA-Zµμ°/%³²]{1,8}([ /*^_.-]?[a-zA-Zµμ°³²0-9-]{1,6}){0,3}", re.IGNORECASE)
_EXACT_WORDS = frozenset(
    """
    ts rn avg smp tot max min std mean sum none deg c degc deg_c units unit text date time string number float int datetime
    utc iso8601 yyyy-mm-dd id name - s n d
    """.split()
)


_LOOKED = 5000  # lines that show which marks may stand between cells


@dataclass(frozen=True)
class Layout:
    """The lines of a table among the lines of a file: `first` is the header's, `stop` the one behind the last row."""

    separator: str
    first: int
    stop: int
    units: tuple[int, ...] = ()  # lines between the header and the first row
    headless: bool = False

    def text(self, lines: list[str]) -> str:
        """Header and rows alone."""
        return "\n".join(line for i, line in enumerate(lines[self.first : self.stop], self.first) if i not in self.units and line.strip())


def fields(line: str, separator: str) -> list[str]:
    """The cells of one line."""
    if separator == SPACES:
        return line.split()
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])


def rows_of(lines: list[str], separator: str) -> list[list[str]]:
    """The cells of each line; none for a blank one."""
    return [fields(line, separator) if line.strip() else [] for line in lines]


def first_row(rows: list[list[str]]) -> int:
    """How many rows of words stand before the first row of the kind that the lower half is made of."""
    kinds = _kinds(rows)
    known = [j for j, kind in enumerate(kinds) if kind]
    for i, row in enumerate(rows):
        cells = [(kinds[j], row[j]) for j in known if j < len(row)]
        if any(cell.strip() for _, cell in cells) and all(_kind(cell) in (kind, "") for kind, cell in cells):
            return i
    return 0


def begins_with_row(rows: list[list[str]]) -> bool:
    """True if the first row is of the kind of the lower half, with a stamp where that has its stamps."""
    kinds = _kinds(rows)
    clocks = [j for j, kind in enumerate(kinds) if kind == "t"]
    return len(rows) > 2 and any(j < len(rows[0]) and _kind(rows[0][j]) == "t" for j in clocks) and first_row(rows) == 0


def header_among(rows: list[list[str]], first: int) -> tuple[int, tuple[int, ...]] | None:
    """(header, lines of units) among the rows before row number `first`; None where that is not clear."""
    kinds = _kinds(rows)
    clocks = [j for j, kind in enumerate(kinds) if kind == "t" or (kind == "n" and _is_years(rows, j))]
    found = []
    for header in range(first):
        between = tuple(range(header + 1, first))
        names = [cell.strip() for cell in rows[header]]
        named = sum(bool(re.search(r"[^\W\d_]", name)) for name in names)
        units = all(_is_units(rows[i], kinds) or _is_remark(rows[i], clocks) for i in between) and bool(clocks or not between)
        if units and named >= 0.6 * len(names) and len(set(names)) > 0.6 * len(names) and names[0] != "TOA5":
            found.append((header, between))
    named_clock = [part for part in found if clocks and re.search(_CLOCK_WORDS, rows[part[0]][clocks[0]], re.IGNORECASE)]
    return next(iter(named_clock or found), None)


def two_levels(rows: list[list[str]]) -> tuple[list[tuple[str, str]], str, int] | None:
    """((upper, lower) name of every column but the first, the first one's name, rows of names) of columns that two rows name together.

    None where one row names them. Both rows repeat their words ("room1, room1, room2, room2" over "temp, co2, temp, co2"), no pair comes
    twice, and blanks of the upper row stand for what is to their left, as in spreadsheets.
    """
    first = first_row(rows)
    if first not in (2, 3) or len({len(row) for row in rows[:first]}) > 1 or (first == 3 and any(cell.strip() for cell in rows[2][1:])):
        return None
    upper, lower = ([cell.strip() for cell in row] for row in rows[:2])
    for k in range(2, len(upper)):
        upper[k] = upper[k] or upper[k - 1]
    pairs = list(zip(upper[1:], lower[1:]))
    wide = len(pairs) > max(len({pair[level] for pair in pairs}) for level in (0, 1))
    if not wide or len(set(pairs)) < len(pairs) or any(_kind(word) != "w" for pair in pairs for word in pair):
        return None
    return pairs, next((row[0].strip() for row in rows[first - 1 :: -1] if row[0].strip()), "time"), first


def _is_years(rows: list[list[str]], column: int) -> bool:
    lower = [row[column].strip() for row in rows[-20:] if column < len(row)]
    return all(re.fullmatch(r"(1[5-9]|20|21)\d\d", cell) for cell in lower)


def _is_remark(row: list[str], clocks: list[int]) -> bool:
    """True for a name and what it says, in a table of two columns whose first holds times."""
    return len(row) == 2 and clocks == [0] and re.search(r"[^\W\d_]{2}", row[0]) is not None


_CLOCK_WORDS = r"time|date|datum|zeit|fecha|hora|heure|jour|day|tag|utc|mess_"


def locate(lines: list[str]) -> Layout | None:
    """The table inside a text whose lines are not all alike; the first one that has a column of times, else the longest.

    None where no run of at least three lines has the same number of cells.
    """
    found: list[tuple[bool, int, Layout]] = []
    first = lines[:_LOOKED]
    able = [mark for mark in (*MARKS, SPACES) if _runs(rows_of(first, mark), mark)] if len(lines) > _LOOKED else [*MARKS, SPACES]
    for separator in able:
        if separator == SPACES and found:
            break  # words and stamps have blanks inside
        rows = rows_of(lines, separator)
        found += [part for run in _runs(rows, separator) if (part := _as_table(rows, run, separator)) is not None]
    if not found:
        return None
    found = [part for part in found if not part[2].headless] or found
    timed = [layout for has_time, _, layout in found if has_time]
    if timed:
        size = max(layout.stop - layout.first for layout in timed)
        return min((one for one in timed if one.stop - one.first >= 0.1 * size), key=lambda one: one.first)
    return max(found, key=lambda part: part[1])[2]


def _runs(rows: list[list[str]], separator: str) -> list[tuple[int, int]]:
    """Stretches of lines with the same number of cells, two or more; a blank line does not end one if the next line goes on."""
    runs: list[tuple[int, int]] = []
    start = None
    for i in range(len(rows) + 1):
        width = len(rows[i]) if i < len(rows) else -1
        if start is not None and width != len(rows[start]):
            follows = width == 0 and next((len(row) for row in rows[i:] if row), -1) == len(rows[start]) and not _breaks(rows, i)
            if follows:
                continue
            runs.append((start, i))
            start = None
        if start is None and width >= 2:
            start = i
    return [run for run in runs if sum(bool(rows[i]) for i in range(*run)) >= (3 if separator != SPACES else 5)]


def _breaks(rows: list[list[str]], blank: int) -> bool:
    """True if behind a blank line a header follows, so that another table begins."""
    nxt = next((row for row in rows[blank:] if row), [])
    return bool(nxt) and not any(_kind(cell) in ("n", "t") for cell in nxt if cell.strip())


def _as_table(rows: list[list[str]], run: tuple[int, int], separator: str) -> tuple[bool, int, Layout] | None:
    start, stop = run
    inside = [i for i in range(start, stop) if rows[i]]
    block = [rows[i] for i in inside[:400]]
    kinds = _kinds(block)
    if not any(kinds):
        return None
    first = first_row(block)
    if first >= 2:
        place, between = header_among(block, first) or (0, ())
        header, units = inside[place], tuple(inside[i] for i in between)
        return _timed(rows[header], kinds), len(inside), Layout(separator, header, stop, units)
    if first == 0 and start and not _names_columns(block[0]):
        above = [i for i in range(start - 1, max(start - 5, -1), -1) if rows[i]]
        for i in above[:3]:
            if 0 <= len(block[0]) - len(rows[i]) <= 1 and _names_columns(rows[i]) and not any(_kind(cell) == "n" for cell in rows[i]):
                units = tuple(k for k in range(i + 1, start) if rows[k])
                return _timed(rows[i], kinds), len(inside), Layout(separator, i, stop, units)
        return "t" in kinds, len(inside), Layout(separator, start, stop, headless=True)
    return _timed(block[0], kinds), len(inside), Layout(separator, inside[0], stop)


def _timed(header: list[str], kinds: list[str]) -> bool:
    """True if a column holds stamps, or the header names the time or a row of years."""
    years = sum(bool(re.fullmatch(r"(1[5-9]|20|21)\d\d", name.strip())) for name in header)
    return "t" in kinds or years >= 3 or bool(re.search(rf"{_CLOCK_WORDS}|year|jahr|month", " ".join(header), re.IGNORECASE))


def _names_columns(row: list[str]) -> bool:
    return any(re.search(r"[^\W\d_]{2}", cell) for cell in row) and not any(_kind(cell) == "t" for cell in row)


def _kinds(rows: list[list[str]]) -> list[str]:
    """What the cells of each column are in the lower half: "n" numbers, "t" stamps, "" words or nothing."""
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    lower = [row for row in rows[len(rows) // 2 :] if len(row) == width][-25:] or rows[-1:]
    out = []
    for j in range(width):
        seen = Counter(_kind(row[j]) for row in lower if j < len(row))
        seen.pop("", None)
        kind, count = seen.most_common(1)[0] if seen else ("w", 0)
        out.append(kind if kind != "w" and count >= 0.8 * sum(seen.values()) else "")
    return out


@lru_cache(1 << 16)
def _kind(cell: str) -> str:
    """ "n" for a number, "t" for a stamp, "w" for words, "" for nothing or a sign that stands for it."""
    text = cell.strip().strip('"')
    if not re.search(r"\w", text) or text.lower() in ("na", "nan", "null", "none", "n/a", "m", "nd", "missing"):
        return ""
    if re.fullmatch(r"[+-]?\d+[.,]?\d*([eE][+-]?\d+)?", text):
        return "n"
    if _STAMP.fullmatch(text) and not re.fullmatch(r"[+-]?\d{1,3}([.,']\d{3})+([.,]\d+)?", text):
        return "t"
    return "n" if _NUMBER.fullmatch(text) else "w"


def _is_units(row: list[str], kinds: list[str]) -> bool:
    """True for a line below the header that holds no number, no stamp, and over numbers nothing longer than a unit."""
    cells = [cell.strip() for cell in row]
    if any(kind and _kind(cell) in ("n", "t") and cell and not re.fullmatch(r"\d+[snd]", cell) for kind, cell in zip(kinds, cells)):
        return False
    return all(_UNIT.fullmatch(cell) or cell.lower() in _EXACT_WORDS for kind, cell in zip(kinds, cells) if kind == "n")
