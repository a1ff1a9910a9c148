"""Numbers as people write them: marks between thousands, decimal commas, units and flags behind them, words for missing."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chronotope.inspect.finding import Finding
from chronotope.opening.asked.missing import stands_for_missing, told

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PARTS = re.compile(
    r"(?P<before>US\$|A\$|C\$|[$€£¥₹]|EUR|USD|GBP|CHF|JPY)?\s*"
    r"(?P<body>[+-]?(?:\d[\d.,'’ \u00a0\u2009\u202f]*\d|\d|[.,]\d+)[.,]?(?:[eE][+-]?\d+)?)"
    r"(?P<gap>\s*)(?P<behind>\D.*|)"
)
_LIMIT = re.compile(r"[<>≤≥~]=?\s*[+-]?[\d.,]+\s*\D{0,8}")
_UNIT = re.compile(
    r"[%‰€£$¥]|EUR|USD|CHF|°\s?[CFK]?|deg(rees?)?( ?[CFK])?|(m|c|k|d)?m[23²³]?|[kMG]?Wh?|[mkh]?Pa|m?bar|[mµu]?g/(m3|m³|l|L|kg)|pp[mbt]|"
    r"(k?m|mi|ft|cm|mm|m3|m³|l|kg)/(s|h|d|min|day)|mph|kts?|cfs|ft3?/?s?|in|inch(es)?|[mk]?[VA]|ms|s|sec|min|h|hours?|days?|[CFK]"
)
_LETTERS = re.compile(r"\(?[A-Za-z]{1,2}\)?")
_SIGNS = re.compile(r"[*†‡#^!?]{1,3}|\[\w\]|\(\w\)")
_NO_FLAGS = frozenset("k K M m G B T bn Bn mn Mn MM C F K N S W s h in ft st nd rd th Pa kW MW °".split())
_BLANK_MARKS = "  \u2009\u202f"


@dataclass(frozen=True)
class Written:
    """A column read as numbers: `values` (rows,), the unit in its cells, what was told; `bad` is the first cell that is no number."""

    values: np.ndarray
    unit: str
    notes: tuple[Finding, ...]
    bad: tuple[int, str, int] | None  # row, cell, how many cells are like it
    share: float  # of the filled cells that are numbers or limits
    whole: bool
    decimal: str  # the sign that the cells settle, "" where they do not
    doubt: bool  # another reading is as good


def read_column(column: pd.Series, name: str, missing: tuple[str, ...], decimal: str | None) -> Written:
    """The numbers of a column of text; each different cell is looked at once.

    Args:
        missing: words of the caller that stand for missing.
        decimal: the decimal sign that other columns settle, if any.
    """
    codes, cells = pd.factorize(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(cells))
    texts = ["" if cell is None else str(cell).strip().replace("−", "-") for cell in cells]
    notes: list[Finding] = []
    lost = [told(text, missing) if missing else None for text in texts]
    empty = [lost[i] is not None or stands_for_missing(text) for i, text in enumerate(texts)]
    notes += _told_notes(name, missing, lost, counts)
    parts = [None if empty[i] else _PARTS.fullmatch(text) for i, text in enumerate(texts)]
    parts = _with_known_ends(parts)
    reading, doubt = _reading([part["body"] for part in parts if part is not None], decimal)
    numbers = np.full(len(cells) + 1, np.nan)
    bad = np.zeros(len(cells), bool)
    for i, part in enumerate(parts):
        value = None if part is None or reading is None else _number(part["body"], *reading)
        bad[i] = value is None and not empty[i]
        numbers[i] = np.nan if value is None else value
    limits = np.array([bool(bad[i] and _LIMIT.fullmatch(text)) for i, text in enumerate(texts)], bool)
    filled = counts[~np.array(empty, bool)].sum() if len(counts) else 0
    good = filled - counts[bad & ~limits].sum()
    unit, flags = _ends(parts, counts)
    notes += _sign_notes(name, texts, empty, lost, counts) + _flag_notes(name, flags) + _marks_note(name, reading, doubt)
    first = int(np.flatnonzero(np.isin(codes, np.flatnonzero(bad)))[0]) if bad.any() else -1
    like = counts[limits].sum() if bad.any() and limits[codes[first]] else counts[bad].sum()
    broken = any(part is not None and re.search(r"[.,eE]", part["body"]) for part in parts)
    whole = not broken and not any(empty) and not (codes < 0).any()
    share = float(good / filled) if filled else 0.0
    problem = (first, texts[codes[first]], int(like)) if bad.any() else None
    return Written(numbers[codes], unit, tuple(notes), problem, share, whole, _settled(parts, reading, doubt), doubt)


def _settled(parts: list, reading: tuple[str, str] | None, doubt: bool) -> str:
    broken = reading is not None and not doubt and any(part is not None and reading[1] in part["body"] for part in parts)
    return reading[1] if broken and reading is not None else ""


def looks_like_names(column: pd.Series) -> bool:
    """True for text that only looks like numbers: digits of which some begin with 0, or too many digits for a number."""
    cells = [str(cell).strip() for cell in pd.Series(column.unique()).dropna()]
    digits = [cell for cell in cells if cell.isdigit()]
    return any((cell[0] == "0" and len(cell) > 1) or len(cell) > 15 for cell in digits) and len(digits) > 0.5 * len(cells)


def _with_known_ends(parts: list) -> list:
    """The cells whose ends are a unit that all share, or flags; what else stands behind a number makes it none."""
    ends = {part["behind"].strip() for part in parts if part is not None}
    if not ends - {""}:
        return parts
    if len(ends) == 1 and _UNIT.fullmatch(next(iter(ends))):
        end = next(iter(ends))
        tight = len(end) == 1 and end.isalpha()  # "7C" may be a name, "7 C" is a temperature
        return [part if part is None or not tight or part["gap"] else None for part in parts]
    broken = sum(1 for part in parts if part is not None and re.search(r"[.,]", part["body"]))
    tight_letters = broken >= 0.5 * sum(part is not None for part in parts)
    return [part if part is None or _is_flag(part["behind"].strip(), bool(part["gap"]) or tight_letters) else None for part in parts]


def _is_flag(end: str, letters: bool) -> bool:
    if not end or _SIGNS.fullmatch(end):
        return True
    return letters and end not in _NO_FLAGS and _LETTERS.fullmatch(end) is not None


def _ends(parts: list, counts: np.ndarray) -> tuple[str, dict[str, int]]:
    """(the unit in the cells, how often each flag stands behind a number)."""
    ends: dict[str, int] = {}
    before = {part["before"] for part in parts if part is not None} - {None}
    for part, count in zip(parts, counts, strict=True):
        if part is not None:
            ends[part["behind"].strip()] = ends.get(part["behind"].strip(), 0) + int(count)
    if len(ends) == 1 and next(iter(ends)) and _UNIT.fullmatch(next(iter(ends))):
        return next(iter(ends)), {}
    return (next(iter(before)) if len(before) == 1 else ""), {end: count for end, count in ends.items() if end}


def _reading(bodies: list[str], decimal: str | None) -> tuple[tuple[str, str] | None, bool]:
    """((marks between thousands, decimal sign), whether another reading is as good), None where no reading fits most cells."""
    if all(map(_PLAIN.fullmatch, bodies)):
        grouped = decimal == "," and any("." in body for body in bodies) and all(map(_form(".", ",").fullmatch, bodies))
        return ((".", ",") if grouped else ("", ".")), False
    fitting = [pair for pair in _PAIRS if all(map(_form(*pair).fullmatch, bodies))]
    if not fitting:
        share = {pair: sum(bool(_form(*pair).fullmatch(body)) for body in bodies) for pair in _PAIRS}
        best = max(_PAIRS, key=lambda pair: share[pair])
        return (best if share[best] else None), False
    if ("", ",") in fitting and (",", ".") in fitting:
        if decimal is not None:
            return (("", ",") if decimal == "," else (",", ".")), False
        small = any(body.lstrip("+-").isdigit() and len(body.lstrip("+-")) <= 3 for body in bodies)
        return (",", "."), not small
    return fitting[0], False


_PAIRS = (("", "."), ("", ","), (",", "."), (".", ","), (" ", "."), (" ", ","), ("'", "."), ("'", ","))


def _form(mark: str, decimal: str) -> re.Pattern[str]:
    """Numbers with `mark` between thousands and `decimal` before the broken part."""
    point = re.escape(decimal)
    whole = r"(0|[1-9]\d*)" if decimal == "," else r"\d+"  # "0100,1" is a code and its flag, not a number
    if not mark:
        return re.compile(rf"[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?")
    between = {" ": f"[{_BLANK_MARKS}]", "'": "['’]"}.get(mark, re.escape(mark))
    indian = rf"|[1-9]\d?({between}\d\d)+{between}\d{{3}}" if mark == "," else ""
    return re.compile(rf"[+-]?(([1-9]\d{{0,2}}({between}\d{{3}})+{indian}|{whole})({point}\d*)?)")


def _number(body: str, mark: str, decimal: str) -> float | None:
    if not _form(mark, decimal).fullmatch(body):
        return None
    plain = re.sub(r"['’ \u00a0\u2009\u202f]", "", body)
    plain = plain.replace(mark, "") if mark in (",", ".") else plain
    return float(plain.replace(decimal, "."))


def _told_notes(name: str, missing: tuple[str, ...], lost: list[str | None], counts: np.ndarray) -> list[Finding]:
    found = {word: int(sum(count for one, count in zip(lost, counts) if one == word)) for word in missing}
    said = {word: f"{word!r} stands for missing, as told ({count} cells of {name!r})" for word, count in found.items() if count}
    beyond = [
        Finding(
            "warning", f"{name!r} is {side} a limit in {found[word]} cells read as missing, so answers are too {way}; a number would count"
        )
        for word in said
        for sign, side, way in (("<", "below", "high"), (">", "above", "low"))
        if word.startswith(sign)
    ]
    return [*(Finding("inferred", text) for text in said.values()), *beyond]


def _sign_notes(name: str, texts: list[str], empty: list[bool], lost: list[str | None], counts: np.ndarray) -> list[Finding]:
    """Signs and letters that are not the usual words for missing are said."""
    odd = {text: int(count) for text, here, word, count in zip(texts, empty, lost, counts) if here and word is None and text not in _USUAL}
    if not odd:
        return []
    which = " and ".join(repr(text) for text in list(odd)[:4])
    return [Finding("inferred", f"{which} in {name!r} read as missing ({sum(odd.values())} cells)")]


_USUAL = frozenset(("", "NA", "N/A", "nan", "NaN", "NULL", "null", "None", "n/a", "#N/A", "<NA>", "NaT", "-", "--", "?", "missing"))


def _flag_notes(name: str, flags: dict[str, int]) -> list[Finding]:
    """Numbers that carry a mark are read without it, and how to leave them out is said."""
    if not flags:
        return []
    which = " and ".join(repr(flag) for flag in list(flags)[:4])
    text = f"{sum(flags.values())} numbers of {name!r} carry a mark behind them ({which}) and are read without it"
    return [Finding("warning", f"{text}; to take them for missing, give missing={next(iter(flags))!r}")]


def _marks_note(name: str, reading: tuple[str, str] | None, doubt: bool) -> list[Finding]:
    if reading is None or not reading[0]:
        return []
    text = f"{name!r} has {reading[0]!r} between thousands"
    if doubt:
        doubt_text = f"{text}, or before decimals, which no cell settles; it is read as the first, write points for the second"
        return [Finding("warning", doubt_text)]
    return [Finding("inferred", text)]
