"""Repetition: what the series showed at the same phase of a period before - the last time, lately, and on the whole."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.candidates.lifted import lifted
from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.cells import Cells

LAST, RECENT, ALL = 0, 1, 2


def repetition(case: Case, period: int, which: int) -> Spoken:
    """The last repetition, or the mean of the recent ones or of all, lifted by the slope of the series in a forecast."""
    if period >= len(case.past.smoothed):
        return case.silence()
    plain = case.each(lambda cells: Said.of(cells.repeats[period][which].value, cells.repeats[period][which].ok))
    if not case.past.slope:
        return plain
    return lifted(case, plain, _gain(case, case.trials.cells, period, which), _gain(case, case.asked, period, which))


def _gain(case: Case, cells: Cells, period: int, which: int) -> np.ndarray:
    """What the series gained since the repetitions, at the slope of the last row that may be read."""
    read = cells.repeats[period][which]
    return cells.at_last(case.past.slope[period]) * cells.has_before * read.age * read.ok
