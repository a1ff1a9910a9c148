"""Residual: the plain mix of all candidates with the distribution of its own misses around it - calibration in context."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.evidence.candidates.phase_quantiles import tried_quantiles
from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.distributions import BASE, LEVELS, MIDDLE
from chronotope.evidence.mix import plain_mix
from chronotope.evidence.series import by_variable
from chronotope.evidence.trials import LEAST_ERROR, MOST_ERROR, SHRINK, Trials

PRIOR = 15.0  # trials' worth of the normal's shape in a pooled shape
NARROWEST, WIDEST = 0.2, 5.0  # relative widths of phases
# mean pinball loss over the levels of a normal with mean absolute deviation 1, by which losses are turned into errors
MATCHED = float(np.exp(-(BASE**2) / np.pi).mean() / 2)


def residual(case: Case) -> Spoken:
    """As wide at every row of a lead."""
    ones = np.ones(case.asked.shape, np.float32), np.ones(case.trials.shape, np.float32)
    return _around_the_mix(case, *ones, np.ones(case.asked.shape, bool))


def residual_phase(case: Case) -> Spoken:
    """As wide as the best period's phases are."""
    phases = case.spoken("phase_quantiles")
    if not case.past.smoothed:  # no phase is wider than another
        plain = case.spoken("residual")
        return replace(plain, asked=Said(plain.asked.value, phases.asked.is_available))
    assert phases.quantiles is not None
    tried, tried_ok = tried_quantiles(case)
    width = lambda q, ok: np.where(ok, q[..., -1] - q[..., 0], np.nan)  # noqa: E731
    widths = width(tried, tried_ok)
    near = widths[:, 0]  # the same for any horizon
    here, there = (relative_widths(w, near)[0] for w in (width(phases.quantiles, phases.asked.is_available), widths.reshape(len(near), -1)))
    return _around_the_mix(case, here, there.reshape(widths.shape), phases.asked.is_available)


def relative_widths(asked: np.ndarray, tried: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Widths (s, h) and (s, j), NaN where unknown, over the series' typical width in the trials; halfway to one on a log scale at most."""
    usual = np.nanmedian(np.where(np.isfinite(tried).any(1, keepdims=True), tried, 1.0), axis=1, keepdims=True)
    usual = np.maximum(usual, 1e-6)
    turn = lambda w: np.where(np.isfinite(w), np.clip((w / usual + 0.1) / 1.1, NARROWEST, WIDEST), 1.0).astype(np.float32)  # noqa: E731
    return turn(asked), turn(tried)


def _around_the_mix(case: Case, here: np.ndarray, there: np.ndarray, is_available: np.ndarray) -> Spoken:
    """The mix and its misses, which are as wide as rows are: `here` (s, h) and `there` (s, l, j)."""
    tried, answer = mixed(case)
    quantiles, error = around_its_misses(case, tried, answer, here, there)
    said = Said.of(quantiles[..., MIDDLE], is_available)
    return Spoken(Said.of(tried.reshape(len(tried), -1), np.ones(case.trials.cells.shape, bool)), said, error, quantiles)


def around_its_misses(
    case: Case, tried: np.ndarray, answer: np.ndarray, here: np.ndarray | float = 1.0, there: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (s, h, q) around a rule's answer (s, h) from what it missed in trials (s, l, j), and its error (s, l).

    The error is the pinball loss in the trials as the mean absolute error of a normal that would have it. Rows may be wider than others:
    `here` (s, h), and `there` (s, l, j) of the trials.
    """
    trials = case.trials
    there = np.ones(tried.shape, np.float32) if there is None else there
    miss = trials.truth - tried
    even = miss / there
    size = _shrunk(np.abs(even), trials)
    shape = _shapes(even / size[..., None], trials)
    scale = trials.at(size, case.asked.lead) * here
    quantiles = answer[..., None] + scale[..., None] * trials.at(shape, case.asked.lead)
    answers = (size[..., None] * there)[..., None] * shape[:, :, None]
    off = miss[..., None] - answers
    levels = LEVELS.astype(np.float32)
    loss = np.maximum(levels * off, (levels - 1) * off).mean(-1)
    error = np.clip(_shrunk(loss, trials) / MATCHED, LEAST_ERROR, MOST_ERROR)
    return quantiles.astype(np.float32), error.astype(np.float32)


def mixed(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """The plain mix of all candidates that say one value, where it was tried (s, l, j) and where it is asked (s, h)."""
    if "mix" not in case.made:
        tried, asked, error = case.stack(case.points)
        shape = (*case.trials.shape, len(case.points))
        before = plain_mix(tried.value.reshape(shape), error[:, :, None], tried.is_available.reshape(shape))[0]
        case.made["mix"] = before, plain_mix(asked.value, case.error_asked(asked.value, error), asked.is_available)[0]
    return case.made["mix"]


def _shrunk(a: np.ndarray, trials: Trials) -> np.ndarray:
    """Means over trials (s, l, j) -> (s, l), shrunk to those of all series of the variable."""
    total, count = (a * trials.valid).sum(2), trials.valid.sum(2)
    every = by_variable(count, trials.variables)
    pooled = by_variable(total, trials.variables) / np.maximum(every, 1e-9)
    pooled = np.where(every > 0, pooled, 1.0)
    return np.maximum((total + SHRINK * pooled) / (count + SHRINK), LEAST_ERROR)


def _shapes(even: np.ndarray, trials: Trials) -> np.ndarray:
    """Quantiles (s, l, q) of evened misses over all series of each variable, drawn to the normal's where they are few."""
    out = np.empty((*even.shape[:2], len(BASE)), np.float32)
    for variable in range(trials.variables):
        pick = slice(variable, None, trials.variables)
        for lead in range(even.shape[1]):
            values = even[pick, lead][trials.valid[pick, lead] > 0]
            n = len(values)
            own = np.quantile(values, LEVELS.astype(np.float32)) if n else BASE
            out[pick, lead] = (n * own + PRIOR * BASE) / (n + PRIOR)
    return out
