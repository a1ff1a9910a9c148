"""Residuals: what the plain mix of floors missed in its trials, as a distribution around its answer - calibration in context."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.heads.quantile import NORMAL_BASE
from chronotope.tokens.candidates import Cells
from chronotope.tokens.series import by_variable
from chronotope.tokens.trials import LEAST_ERROR, MOST_ERROR, NO_ERROR, SHRINK, Trials, plain_mix

BASE = np.array(NORMAL_BASE, np.float32)
LEVELS = np.arange(1, len(BASE) + 1, dtype=np.float32) / (len(BASE) + 1)
PRIOR = 15.0  # trials' worth of the normal's shape in a pooled shape
NARROWEST, WIDEST = 0.2, 5.0  # relative widths of phases
# mean pinball loss over the levels of a normal with mean absolute deviation 1, by which losses are turned into errors
MATCHED = float(np.exp(-(BASE**2) / np.pi).mean() / 2)


@dataclass
class Residuals:
    """Two distributions at the asked cells and their back-tested errors.

    Attributes:
        spread: float32 (s, h, 2, q).
        error: float32 (s, l, 2), the pinball loss in trials as the mean absolute error of a normal that would have it.
    """

    spread: np.ndarray
    error: np.ndarray


def relative_widths(asked: np.ndarray, tried: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Widths (s, h) and (s, j), NaN where unknown, over the series' typical width in the trials; halfway to one on a log scale at most."""
    usual = np.nanmedian(np.where(np.isfinite(tried).any(1, keepdims=True), tried, 1.0), axis=1, keepdims=True)
    usual = np.maximum(usual, 1e-6)
    turn = lambda w: np.where(np.isfinite(w), np.clip((w / usual + 0.1) / 1.1, NARROWEST, WIDEST), 1.0).astype(np.float32)  # noqa: E731
    return turn(asked), turn(tried)


def residuals(trials: Trials, asked: Cells, error: np.ndarray, here: np.ndarray, there: np.ndarray, variables: int) -> Residuals:
    """The mix's own misses around its answer.

    Args:
        trials: with every candidate filled in.
        asked: the asked cells, likewise.
        error: (s, l, k) back-tested errors of the candidates.
        here, there: relative widths of the asked rows (s, h) and of the tried ones (s, j).
        variables: at each place.
    """
    s = np.arange(trials.shape[0])[:, None]
    bucket = trials.bucket(asked.lead)
    centre = trials.cells.centre.reshape(*trials.shape, -1)
    ok = trials.cells.ok.reshape(centre.shape)
    mix, _ = plain_mix(centre, np.where(ok, error[:, :, None], NO_ERROR))
    answer, _ = plain_mix(asked.centre, np.where(asked.ok, error[s, bucket], NO_ERROR))
    miss = trials.truth - mix
    spread, found = [], []
    for wide_here, wide_there in ((np.ones_like(here), np.ones_like(there)), (here, there)):
        even = miss / wide_there[:, None]
        size = _shrunk(np.abs(even), trials.valid, variables)
        shape = _shapes(even / size[..., None], trials.valid, variables)
        scale = size[s, bucket] * wide_here
        spread.append(answer[..., None] + scale[..., None] * shape[s, bucket])
        answers = (size[..., None] * wide_there[:, None])[..., None] * shape[:, :, None]
        loss = np.maximum(LEVELS * (miss[..., None] - answers), (LEVELS - 1) * (miss[..., None] - answers)).mean(-1)
        found.append(_shrunk(loss, trials.valid, variables) / MATCHED)
    bounded = np.clip(np.stack(found, axis=-1), LEAST_ERROR, MOST_ERROR)
    return Residuals(np.stack(spread, axis=2).astype(np.float32), bounded.astype(np.float32))


def _shrunk(a: np.ndarray, valid: np.ndarray, variables: int) -> np.ndarray:
    """Means over trials (s, l, j) -> (s, l), shrunk to those of all series of the variable."""
    total, count = (a * valid).sum(2), valid.sum(2)
    pooled = by_variable(total, variables) / np.maximum(by_variable(count, variables), 1e-9)
    pooled = np.where(by_variable(count, variables) > 0, pooled, 1.0)
    return np.maximum((total + SHRINK * pooled) / (count + SHRINK), LEAST_ERROR)


def _shapes(even: np.ndarray, valid: np.ndarray, variables: int) -> np.ndarray:
    """Quantiles (s, l, q) of evened misses over all series of each variable and over nearby leads, drawn to the normal's where few."""
    out = np.empty((*even.shape[:2], len(BASE)), np.float32)
    for variable in range(variables):
        pick = slice(variable, None, variables)
        for lead in range(even.shape[1]):
            seen = valid[pick, lead] > 0
            values = even[pick, lead][seen]
            n = len(values)
            own = np.quantile(values, LEVELS) if n else BASE
            out[pick, lead] = (n * own + PRIOR * BASE) / (n + PRIOR)
    return out
