"""Last: the nearest seen value goes on; between two of them a straight line."""

from __future__ import annotations

from chronotope.evidence.case import Case, Said, Spoken


def last(case: Case) -> Spoken:
    """The nearest seen value."""
    return case.each(lambda cells: Said.of(cells.last, cells.is_readable))
