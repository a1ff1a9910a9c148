"""Ridge: the mix of a series' own candidates, corrected by regressions on their differences and on the recent past."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.cells import Cells
from chronotope.evidence.mix import plain_mix
from chronotope.evidence.regression import Normal, regression
from chronotope.evidence.trials import errors

NOT_ITS_OWN = ("near", "near_anomaly", "around", "kriging", "ridge")  # what other places say, and the ridge itself
WIDEST, AIM = 8.0, 6.0  # scaled differences are cut off here, and what is to be explained


def ridge(case: Case) -> Spoken:
    """The plain mix of a series' own candidates, and two regressions that correct it, mixed by their errors.

    One is pooled over places on few trials, one is of each series on its recent past; where the past is too short for either, the mix
    keeps most of the weight.
    """
    mixed, pooled = _mixed(case)
    members = [mixed, pooled]
    own = None if case.past.series.both_sides else regression(case)
    if own is not None:
        members.append(own)
    trials, readable = case.trials, (case.trials.cells.is_readable, case.asked.is_readable)
    tried, asked = (np.stack(many, axis=-1) for many in zip(*members))
    error = np.stack([errors(trials, tried[..., k]) for k in range(len(members))], axis=-1)
    told, _ = plain_mix(tried, error[:, :, None], np.ones(tried.shape, bool))
    answer, _ = plain_mix(asked, case.error_asked(asked, error), np.ones(asked.shape, bool))
    return Spoken(Said.of(told.reshape(len(told), -1), readable[0]), Said.of(answer, readable[1]))


def _mixed(case: Case) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The plain mix, and it with a regression on the candidates' differences from it, fitted per variable and lead over all places.

    Each where it was tried (s, l, j), which for the regression comes from two folds in time, and where it is asked (s, h).
    """
    trials = case.trials
    tried, asked, error = case.stack(tuple(name for name in case.points if name not in NOT_ITS_OWN))
    shape = (*trials.shape, error.shape[-1])
    mix = plain_mix(tried.value.reshape(shape), error[:, :, None], tried.is_available.reshape(shape))[0]
    asked_mix = plain_mix(asked.value, case.error_asked(asked.value, error), asked.is_available)[0]
    design = _design(trials.cells, tried, mix.reshape(tried.value.shape[:2])).reshape(*trials.shape, -1)
    question = _design(case.asked, asked, asked_mix)
    aim = np.clip(trials.truth - mix, -AIM, AIM)
    held, answer = np.zeros(trials.shape, np.float32), np.empty(case.asked.shape, np.float32)
    bucket = trials.bucket(case.asked.lead)
    for variable in range(case.variables):
        pick = slice(variable, None, case.variables)
        held[pick], beta = _regress(design[pick], aim[pick], trials.valid[pick])
        answer[pick] = asked_mix[pick] + np.einsum("shf,shf->sh", question[pick], beta[bucket[pick]])
    held_out = trials.truth + (held - aim)  # off by as much as the held-out fold's answer missed
    return (mix, asked_mix), (held_out, answer)


def _design(cells: Cells, said: Said, base: np.ndarray) -> np.ndarray:
    """What the regression reads (s, n, f): recent differences, and how far each candidate lies from the mix."""
    apart = np.where(said.is_available, said.value - base[..., None], 0.0)
    return np.concatenate([cells.features, np.clip(apart, -WIDEST, WIDEST)], axis=2)


def _regress(design: np.ndarray, aim: np.ndarray, valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Answers of the held-out halves (s, l, j), and coefficients (l, f) fitted on all."""
    s, leads, tries, features = design.shape
    halves = slice(None, tries // 2), slice(tries // 2, None)
    by_lead = lambda a, half: a[:, :, half].swapaxes(0, 1)  # noqa: E731
    rows = [by_lead(design, half) for half in halves]
    rows = [one.reshape(leads, s * one.shape[2], features) for one in rows]
    sums = [Normal.of(own, *(by_lead(a, half).reshape(leads, own.shape[1], 1) for a in (aim, valid))) for own, half in zip(rows, halves)]
    held = [(own @ other.solved()).reshape(leads, s, own.shape[1] // s).swapaxes(0, 1) for own, other in zip(rows, sums[::-1])]
    return np.concatenate(held, axis=2), (sums[0] + sums[1]).solved()[..., 0]
