"""Kriging: the best linear guess from all other places at the asked time, under the covariance that they show."""

from __future__ import annotations

from chronotope.evidence.case import Case, Said, Spoken


def kriging(case: Case) -> Spoken:
    """Ordinary kriging."""
    return case.each(
        lambda cells: Said.nothing(cells.shape) if cells.around is None else Said.of(cells.around.kriged, cells.around.is_kriged)
    )
