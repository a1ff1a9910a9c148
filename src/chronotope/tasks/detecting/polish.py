"""Polish: what is left of a residual once those beside it - its own before and after, other places', other variables' - have spoken.

A ridge for every series on clipped neighbours, each prediction leaving its own value out exactly; how strongly it shrinks is chosen by
those predictions themselves, for all series of a variable together.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

LAGS = (1, 2, 3)  # steps to each side
OTHERS = 6  # places, the most alike
CLIP = 3.0  # robust deviations beyond which a neighbour speaks no louder
SHRINKS = (0.02, 0.2, 2.0, 1e6)  # of the number of steps; the last leaves next to nothing
MOST_PLACES = 3000  # that are all compared with each other
CHUNK = 12_000_000  # numbers of regressors held at once
FEWEST = 40  # steps from which likeness is told


@dataclass(frozen=True)
class Polish:
    """How residuals (t, s) are told from those beside them; series are place-major (place * variables + variable).

    Attributes:
        variables: at each place.
        own: whether the series' own steps before and after are read.
        candidates: int (n, c), places that may be alike; None for all.
    """

    variables: int
    own: bool = True
    candidates: np.ndarray | None = None

    def __call__(self, residual: np.ndarray, trusted: np.ndarray) -> np.ndarray:
        """What each residual is expected to be, float32 (t, s), from others where they are `trusted` (t, s)."""
        scale = spread_of(np.where(trusted, residual, np.nan), self.variables)
        ratio = np.where(np.isfinite(residual), residual / scale, 0.0).astype(np.float32)
        clipped = np.where(trusted, np.clip(ratio, -CLIP, CLIP), 0.0).astype(np.float32)
        here = np.isfinite(residual)
        out = np.zeros(residual.shape, np.float32)
        index = self._others(clipped, trusted)
        series = np.arange(residual.shape[1])
        width = 2 + index.shape[1] + self.variables - 1 + 2 * len(LAGS) * self.own
        size = max(1, CHUNK // (len(residual) * width))
        for k in range(self.variables):
            mine = series[k :: self.variables]
            mean, number = clipped[:, mine].sum(axis=1), np.maximum(trusted[:, mine].sum(axis=1), 2)
            for start in range(0, len(mine), size):
                part = mine[start : start + size]
                common = (mean[:, None] - clipped[:, part]) / (number[:, None] - 1)
                design = self._design(clipped, part, index, common)
                out[:, part] = _ridge(design, np.clip(ratio[:, part], -4.0, 4.0), trusted[:, part], here[:, part])
        return out * scale.astype(np.float32)

    def _others(self, clipped: np.ndarray, trusted: np.ndarray) -> np.ndarray:
        """The most alike series of the same variable, int (s, m)."""
        t, s = clipped.shape
        n = s // self.variables
        m = min(OTHERS, n - 1)
        if m < 1 or t < FEWEST:
            return np.zeros((s, 0), int)
        out = np.zeros((s, m), int)
        for k in range(self.variables):
            part = clipped[:, k :: self.variables]
            size = np.sqrt(np.maximum((part**2).sum(axis=0), 1e-9))
            part = part / size
            if self.candidates is None:
                alike = np.abs(part.T @ part)
                np.fill_diagonal(alike, -1.0)
                best = np.argsort(-np.round(alike, 5), axis=1, kind="stable")[:, :m]
            else:
                near = self.candidates
                alike = np.abs(np.stack([(part * part[:, near[:, j]]).sum(axis=0) for j in range(near.shape[1])], axis=1))
                best = np.take_along_axis(near, np.argsort(-alike, axis=1, kind="stable")[:, :m], axis=1)
            out[k :: self.variables, : best.shape[1]] = best * self.variables + k
        return out

    def _design(self, clipped: np.ndarray, part: np.ndarray, index: np.ndarray, common: np.ndarray) -> np.ndarray:
        """Regressors (p, t, k) of some series."""
        t = len(clipped)
        columns = [np.ones((t, len(part)), np.float32), common]
        columns += [clipped[:, index[part, j]] for j in range(index.shape[1])]
        first = part // self.variables * self.variables
        columns += [clipped[:, first + (part - first + j) % self.variables] for j in range(1, self.variables)]
        if self.own:
            for lag in LAGS:
                before, after = np.zeros((2, t, len(part)), np.float32)
                before[lag:], after[: t - lag or None] = clipped[: max(t - lag, 0), part][: t - lag], clipped[lag:, part]
                columns += [before, after]
        return np.stack(columns, axis=2).transpose(1, 0, 2).astype(np.float32)


def spread_of(residual: np.ndarray, variables: int = 1) -> np.ndarray:
    """A robust deviation (s,) of residuals (t, s): from the mean of the absolute ones, the largest twentieth cut down to the rest.

    A series that hardly moves takes a hundredth of what is usual for its variable; one where nothing moves.
    """
    size = np.abs(residual)
    known = np.isfinite(size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        top = np.nan_to_num(np.nanquantile(size, 0.95, axis=0)) if len(size) else np.zeros(size.shape[1])
        over = np.where(known, size, np.nan)
        mean = np.nan_to_num(np.nanmean(np.minimum(over, np.where(top > 0, top, np.nanmax(over, axis=0))), axis=0))
    out = 1.3 * mean
    for k in range(variables):
        part = out[k::variables]
        usual = float(np.median(part[part > 0])) if (part > 0).any() else 1.0
        out[k::variables] = np.maximum(part, 0.01 * usual)
    return out


def _ridge(design: np.ndarray, target: np.ndarray, trusted: np.ndarray, here: np.ndarray) -> np.ndarray:
    """Predictions (t, p) that leave their own row out, of target (t, p) on design (p, t, k)."""
    p, t, k = design.shape
    y, fit = target.T, trusted.T.astype(np.float32)
    weighted = design * fit[:, :, None]
    gram = np.matmul(weighted.transpose(0, 2, 1), design).astype(np.float64)
    moment = np.matmul(weighted.transpose(0, 2, 1), y[:, :, None]).astype(np.float64)
    rows = fit.sum(axis=1).astype(np.float64)
    best, found = np.full(p, np.inf), np.zeros((p, t), np.float32)
    judged = here.T & trusted.T
    count = np.maximum(judged.sum(axis=1), 1)
    for shrink in SHRINKS:
        penalty = np.eye(k)[None] * (shrink * np.maximum(rows, 1.0) / 10.0 + 1.0)[:, None, None]
        penalty[:, 0, 0] = 1.0
        inverse = np.linalg.inv(gram + penalty)
        slope = (inverse @ moment).astype(np.float32)
        said = np.matmul(design, slope)[..., 0]
        own = (np.matmul(design, inverse.astype(np.float32)) * design).sum(axis=2) * fit
        said = (said - own * y) / np.maximum(1.0 - own, 0.1)
        error = np.where(judged, np.abs(y - said), 0.0).sum(axis=1) / count
        better = error < best * 0.999
        best, found = np.where(better, error, best), np.where(better[:, None], said, found)
    return found.T
