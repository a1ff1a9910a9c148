"""Drift: the last value carried on along the slope over a season of the series."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.candidates.lifted import lifted
from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.cells import Cells


def drift(case: Case) -> Spoken:
    """The last value and what the series gains; one that no trial has kept is the last value, and has nothing to say."""
    if case.past.drift is None:
        return case.silence()
    plain = case.spoken("last")
    found = lifted(case, plain, _gain(case, case.trials.cells), _gain(case, case.asked))
    if found.share is None:
        return Spoken(_quiet(plain.tried), _quiet(plain.asked))
    tried, asked = np.repeat(found.share, case.trials.shape[2], axis=1), case.trials.at(found.share, case.asked.lead)
    return Spoken(_where(found.tried, tried > 0), _where(found.asked, asked > 0), share=found.share)


def _gain(case: Case, cells: Cells) -> np.ndarray:
    assert case.past.drift is not None
    return cells.at_last(case.past.drift) * (cells.row - cells.before) * cells.is_readable


def _quiet(said: Said) -> Said:
    return _where(said, np.zeros_like(said.is_available))


def _where(said: Said, there: np.ndarray) -> Said:
    return Said(said.value, said.is_available & there)
