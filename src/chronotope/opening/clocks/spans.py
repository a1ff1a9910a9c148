"""Cells that hold a span of time ("00:00 - 01:00" of a day): where it begins is the stamp."""

from __future__ import annotations

import re

import numpy as np

from chronotope.opening.clocks.written_stamps import Parts, parts_of

_MARKS = (
    *(r"\s+[-–—]\s+", r"\s*[–—]\s*", r"\s+(?:to|bis|until|till|à|au|al|hasta)\s+", r"\s*--\s*", r"/"),
    r"\s*-\s*(?=\d{1,2}:\d{2}(?::\d{2})?$)",
)
_END = re.compile(r"\d{1,2}[:.]\d{2}(?::\d{2})?|p(?:\d|t)\S+", re.IGNORECASE)


SEASONS = "seasons that go on into the next year stand at their first one"
_SEASON = re.compile(r"(\d{4})\s?[-/–]\s?(\d{4}|\d{2})")


def first_years(cells: list[str]) -> list[str] | None:
    """The first years of seasons ("2018/19", "2018-2019"), or None if a cell is none; of one that may be a month there must be others."""
    found = [_SEASON.fullmatch(cell.strip()) for cell in cells]
    pairs = [(int(match[1]), match[2]) for match in found if match is not None]
    if len(pairs) < len(cells) or any((first + 1) % 10 ** len(end) != int(end) for first, end in pairs):
        return None
    plain = len(pairs) > 1 or any(len(end) == 4 or int(end) > 12 for _, end in pairs)
    return [str(first) for first, _ in pairs] if plain else None


def without_ends(cells: list[str], parts: Parts) -> list[str] | None:
    """The beginnings of spans, or None if the cells are no spans.

    Args:
        cells: text of different cells.
        parts: what they hold if they are taken for single stamps.
    """
    if (parts.form != "").all() and not _ends_as_zones(parts):
        return None
    for mark in _MARKS:
        halves = [re.split(mark, cell.strip()) for cell in cells]
        if not all(len(half) == 2 and len(half[0]) >= 8 for half in halves):
            continue
        starts, ends = [half[0] for half in halves], [half[1] for half in halves]
        if (parts_of(starts).form != "").all() and all(_END.fullmatch(end) or parts_of([end]).form[0] for end in ends):
            return starts
    return None


def _ends_as_zones(parts: Parts) -> bool:
    """True if what reads as zones west of Greenwich ("00:00-01:00") goes on with the time of day, as ends of spans do."""
    offset = parts.offset
    if len(offset) < 2 or not np.isfinite(offset).all() or (offset > 0).any() or len(np.unique(offset)) < 2:
        return False
    lengths = np.unique((-offset - parts.nanoseconds / 6e10) % 1440)
    return len(lengths) == 1
