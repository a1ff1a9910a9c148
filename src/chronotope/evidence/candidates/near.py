"""Near: what the places around show at the asked time."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.regression import solve
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
    """The neighbours' mean, moved towards farther places as far as that helps at places that are known."""
    plain = case.spoken("near")
    tried, asked = case.trials.cells.around, case.asked.around
    if tried is None or asked is None:
        return plain
    values = plain.tried.value.copy(), plain.asked.value.copy()
    for variable in range(case.variables):
        pick = slice(variable, None, case.variables)
        beta = _towards_farther(case.trials, plain.tried, tried.farther, pick)
        for value, read in zip(values, (tried, asked)):
            value[pick] += np.clip(read.farther[pick], -WIDEST, WIDEST) @ beta
    return Spoken(Said(values[0], plain.tried.is_available), Said(values[1], plain.asked.is_available))


def _towards_farther(trials: Trials, plain: Said, farther: np.ndarray, pick: slice) -> np.ndarray:
    """Coefficients (f,) on what farther places show, from the shortest lead."""
    first = lambda a: a.reshape(*trials.shape, *a.shape[2:])[pick, 0]  # noqa: E731
    apart, value, good = np.clip(first(farther), -WIDEST, WIDEST), first(plain.value), trials.valid[pick, 0] * first(plain.is_available)
    aim = np.clip(trials.truth[pick, 0] - value, -WIDEST, WIDEST)
    rows, y, weight = (a.reshape(1, -1, k) for a, k in ((apart, apart.shape[-1]), (aim, 1), (good, 1)))
    return solve(rows, y, weight)[0, :, 0]
