"""Widths: how far off an answer may be, learnt from how far off it was at known places that were left out.

scale: log |miss| by the expected error of kriging, the neighbours' spread and what rules disagree by
shape: quantiles of misses in scales, by the answer
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.distributions import pinball_loss

BIN, BINS = 10, 12  # independent trials in a bin of like answers, and most bins; twice as many where quantiles are taken as they are
SHARPNESS = 8.0
GRID = np.array([0.01, 0.025, 0.05, *np.arange(1, 10) / 10, 0.95, 0.975, 0.99])
PLACES = 20.0  # places' worth of an error that grows with the expected one


@dataclass(frozen=True)
class Signs:
    """What tells how far off answers may be, each of the shape (t, m) or (m,).

    Attributes:
        expected: kriging's expected error, in deviations of the field.
        further: (f, t, m), logarithms of other signs.
    """

    expected: np.ndarray
    further: np.ndarray


@dataclass(frozen=True)
class Scale:
    """log scale = constant + power * log(expected) + further @ coefficients."""

    constant: float
    power: float
    coefficients: np.ndarray
    nearest: float
    farthest: float
    bounds: np.ndarray

    def beyond(self, signs: Signs) -> np.ndarray:
        """Expected errors over the least or the largest that was tried, one between them: 0 at a station."""
        return signs.expected / np.clip(signs.expected, self.nearest, self.farthest)

    def __call__(self, signs: Signs) -> np.ndarray:
        """(t, m), as if no error were expected beyond those that were tried."""
        expected = np.clip(signs.expected, self.nearest, self.farthest)
        low, high = (side.reshape(-1, *[1] * (signs.further.ndim - 1)) for side in self.bounds)
        log = self.constant + self.power * np.log(expected) + np.tensordot(self.coefficients, np.clip(signs.further, low, high), 1)
        return np.exp(log)


def independent(miss: np.ndarray, seen: np.ndarray) -> float:
    """Of how many independent trials misses (t, j) are worth: a place that is always missed the same way is one, however long.

    Source: Kish (1965), the design effect of clusters.
    """
    count = seen.sum(axis=0)
    some = count > 0
    mean = np.where(seen, miss, 0.0).sum(axis=0) / np.maximum(count, 1)
    total = float((np.where(seen, miss, 0.0) ** 2).sum() / max(count.sum(), 1)) + 1e-300
    within = float((np.where(seen, miss - mean, 0.0) ** 2).sum() / max((count[some] - 1).sum(), 1))
    alike = np.clip(1 - within / total, 0.0, 1.0)
    return float((count[some] / (1 + (count[some] - 1) * alike)).sum())


def fit_scale(miss: np.ndarray, expected: np.ndarray, further: np.ndarray, places: int) -> Scale:
    """By regression of log |miss| (i,) on signs (i,) and (f, i)."""
    size = np.abs(miss)
    y = np.log(size + 1e-3 * size.mean() + 1e-300)
    design = np.stack([np.ones(len(y)), np.log(expected), *further], axis=1)
    centred = design - design.mean(axis=0)
    prior, ridge = np.zeros(design.shape[1]), np.full(design.shape[1], (1e-3 + 1 / places) * len(y))
    prior[1], ridge[1] = 1.0, PLACES / places * len(y) * 0.1
    target = y - y.mean()
    beta = np.linalg.solve(centred.T @ centred + np.diag(ridge), centred.T @ target + ridge * prior)
    beta[1] = np.clip(beta[1], 0.0, 2.0)
    constant = float(y.mean() - design[:, 1:].mean(axis=0) @ beta[1:])
    bounds = np.quantile(further, (0.001, 0.999), axis=1)
    return Scale(constant, float(beta[1]), beta[2:], float(expected.min()), float(expected.max()), bounds)


@dataclass(frozen=True)
class Shape:
    """Quantiles by the answer: of misses in scales, or of the truth itself where `is_direct`.

    Attributes:
        centre: (b,) answers, increasing.
        quantiles: (b, len(GRID)).
        zeros: (b,), how often the truth was zero.
    """

    centre: np.ndarray
    quantiles: np.ndarray
    zeros: np.ndarray
    is_direct: bool

    def __call__(self, answer: np.ndarray, scale: np.ndarray, levels: np.ndarray) -> np.ndarray:
        """(q, ...) for answers and scales (...)."""
        own = np.stack([np.interp(levels, GRID, row) for row in self.quantiles])
        found = self.between_bins(answer, own.T)
        if not self.is_direct:
            return answer + scale * found
        return found + np.minimum(answer - self.centre[0], 0) + np.maximum(answer - self.centre[-1], 0)

    def between_bins(self, answer: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(q, ...) at answers (...) by straight lines between the values (q, b) of the bins; beyond them the last one."""
        if len(self.centre) == 1:
            return np.broadcast_to(columns[:, 0].reshape(-1, *[1] * answer.ndim), (len(columns), *answer.shape))
        high = np.clip(np.searchsorted(self.centre, answer), 1, len(self.centre) - 1)
        low = high - 1
        share = np.clip((answer - self.centre[low]) / (self.centre[high] - self.centre[low]), 0.0, 1.0)
        return columns[:, low] + share * (columns[:, high] - columns[:, low])


def fit_shape(answer: np.ndarray, scale: np.ndarray, truth: np.ndarray, is_direct: bool, worth: float) -> Shape:
    """From trials (i,) worth so many independent ones."""
    order = np.argsort(answer, kind="stable")
    bins = int(np.clip(worth // BIN, 1, BINS * (2 if is_direct else 1)))
    each = max(worth, 3.0)
    levels = np.clip((GRID * (each + 1) - 1) / (each - 1), 0.0, 1.0)  # few are spread less than what they were drawn from
    parts = np.array_split(order, bins)
    centre = np.array([answer[part].mean() for part in parts])
    what = truth if is_direct else (truth - answer) / scale
    quantiles = np.array([np.quantile(what[part], levels) for part in parts])
    keep = np.append(True, np.diff(centre) > 1e-12 * (abs(centre[-1]) + 1e-300))
    zeros = np.array([np.mean(truth[part] == 0) for part in parts])
    return Shape(centre[keep], quantiles[keep], zeros[keep], is_direct)


@dataclass(frozen=True)
class Widths:
    """Quantiles around an answer: two shapes, mixed by how they did.

    Attributes:
        scale: of the misses.
        shapes: in scales, and direct.
        share: of the first shape.
        from_zero: zero bounds the values, so that it is a value of its own where it is frequent.
        empty: answers up to which the truth may be zero: as the largest at which it was, or the least that is not zero.
    """

    scale: Scale
    shapes: tuple[Shape, Shape]
    share: float
    from_zero: bool
    empty: float

    def quantiles(self, answer: np.ndarray, signs: Signs, levels: tuple[float, ...]) -> np.ndarray:
        """(q, t, m), not decreasing along q."""
        scale, at = self.scale(signs), np.asarray(levels)
        first, second = (shape(answer, scale, at) for shape in self.shapes)
        mixed = self.share * first + (1 - self.share) * second
        if self.from_zero:
            zeros = np.where(answer <= self.empty, self.shapes[1].between_bins(answer, self.shapes[1].zeros[None])[0], 0.0)
            mixed = np.where(at.reshape(-1, *[1] * answer.ndim) < zeros, 0.0, np.maximum(mixed, 0.0))
        return np.maximum.accumulate(answer + (mixed - answer) * self.scale.beyond(signs), axis=0)


def fit_widths(answer: np.ndarray, truth: np.ndarray, signs: Signs, places: int, worth: float, from_zero: bool) -> Widths:
    """From trials (i,) at so many places, worth so many independent ones."""
    scale = fit_scale(truth - answer, signs.expected, signs.further, places)
    size = scale(signs)
    shapes = fit_shape(answer, size, truth, False, worth), fit_shape(answer, size, truth, True, worth)
    levels = GRID[3:-3]
    losses = [pinball(shape(answer, size, levels), truth, levels) + 1e-300 for shape in shapes]
    empty = max(answer[truth == 0].max(initial=-np.inf), truth[truth > 0].min(initial=np.inf))
    return Widths(scale, shapes, 1 / (1 + (losses[0] / losses[1]) ** SHARPNESS), from_zero, float(empty))


def pinball(quantiles: np.ndarray, truth: np.ndarray, levels: np.ndarray) -> float:
    """Mean loss of quantiles (q, i) of truths (i,)."""
    return float(pinball_loss(truth - quantiles, levels[:, None]).mean())
