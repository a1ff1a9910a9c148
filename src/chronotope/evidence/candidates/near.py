"""Near: what the places around show at the asked time."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.regression import Normal
from chronotope.evidence.trials import Trials

WIDEST = 6.0  # scaled differences are cut off here


def near(case: Case) -> Spoken:
    """The neighbours' mean."""
    return case.each(lambda cells: Said.nothing(cells.shape) if cells.around is None else Said.of(cells.around.near, cells.around.is_seen))


def near_anomaly(case: Case) -> Spoken:
    """The mean of the phase plus what the neighbours depart from theirs."""
    return case.each(
        lambda cells: (
            Said.nothing(cells.shape)
            if cells.around is None
            else Said.of(cells.usual[0] + cells.around.near_anomaly, cells.around.is_anomaly_seen)
        )
    )


def around(case: Case) -> Spoken:
    """The neighbours' mean, moved towards farther places as far as that helps at places that are known.

    What it says where it was tried comes from two folds in time.
    """
    plain = case.spoken("near")
    tried, asked = case.trials.cells.around, case.asked.around
    if tried is None or asked is None:
        return plain
    told, answer = plain.tried.value.copy().reshape(case.trials.shape), plain.asked.value.copy()
    farther = np.clip(tried.farther, -WIDEST, WIDEST).reshape(*told.shape, -1)
    halves = slice(None, told.shape[2] // 2), slice(told.shape[2] // 2, None)
    for variable in range(case.variables):
        pick = slice(variable, None, case.variables)
        sums = [_towards_farther(case.trials, plain.tried, farther, pick, half) for half in halves]
        for half, other in zip(halves, sums[::-1]):
            told[pick, :, half] += farther[pick, :, half] @ other.solved()[0, :, 0]
        answer[pick] += np.clip(asked.farther[pick], -WIDEST, WIDEST) @ (sums[0] + sums[1]).solved()[0, :, 0]
    return Spoken(Said(told.reshape(plain.tried.value.shape), plain.tried.is_available), Said(answer, plain.asked.is_available))


def _towards_farther(trials: Trials, plain: Said, farther: np.ndarray, pick: slice, half: slice) -> Normal:
    """Normal equations of a half of the trials at the shortest lead: what is missed, by what farther places show."""
    first = lambda a: a.reshape(*trials.shape, -1)[pick, 0, half]  # noqa: E731
    truth, valid = trials.truth[pick, 0, half, None], trials.valid[pick, 0, half, None]
    aim = np.clip(truth - first(plain.value), -WIDEST, WIDEST)
    rows, aim, weight = (a.reshape(1, -1, a.shape[-1]) for a in (first(farther), aim, valid * first(plain.is_available)))
    return Normal.of(rows, aim, weight)
