"""Bridges: the normal scores of gaps, tied to what is seen before, after and beside them.

A field is drawn over all rows. It fades from step to step as anomalies do; its steps belong together over
places and variables as past steps did, less what the cells that are seen in that step would have told of
them. What the seen cells at both ends of a gap say of the field is taken off, so that it is nothing there and
joins them without a jump; in units of its own deviation it is the score, which the cell's own quantiles,
narrow near the ends, turn into a value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.baselines.series import carry
from chronotope.questions import Question
from chronotope.wrappers.joint.anomalies import Anomalies, anomalies
from chronotope.wrappers.joint.dependence import normed, standardised
from chronotope.wrappers.joint.order import order_of

NUMBERS = 16_000_000  # in one array
MAPS, FACTORS = 512, 24  # steps that are looked at, and the main shapes of them that are kept
OWN = 0.05  # least share of a step that is each cell's own
MOST_KEPT = 0.999  # of an anomaly from one step to the next
STEP = np.ones(1, int)


def scores_between(question: Question, number: int, rng: np.random.Generator) -> np.ndarray:
    """Normal scores float32 (m, h, n, v) of asked cells with seen ones around them; others hold any number.

    Args:
        question: directions unwound.
        number: m.
        rng: source of chance.
    """
    t, n, v = question.seen.shape
    index, rows = order_of(question, (question.asked | question.seen).any(axis=0)), question.rows
    seen = question.seen.reshape(t, -1)[:, index]
    x = np.where(seen, question.frame.values.reshape(t, -1)[:, index].astype(np.float64), np.nan)
    past = anomalies(question.frame, x, STEP)
    origins = np.arange(t - 1)
    kept = np.clip(past.kept(origins, STEP)[0], 0.0, MOST_KEPT) if t > 1 else np.zeros(len(index))
    steps = Steps.of(past, origins, question.asked.reshape(t, -1)[:, index], seen)
    tie = Tie.of(seen, kept)
    out = np.zeros((number, len(rows), n * v), np.float32)
    each = int(np.clip(NUMBERS // (t * len(index)), 1, number))
    for first in range(0, number, each):
        field = steps.draw(min(each, number - first), rng)
        for row in range(1, t):
            field[row] = kept * field[row - 1] + np.sqrt(1 - kept**2) * field[row]
        out[first : first + each, :, index] = tie(field, rows)
    return out.reshape(number, len(rows), n, v)


@dataclass(frozen=True)
class Steps:
    """What comes new in every row: main shapes of past steps, and what is each cell's own.

    Attributes:
        shapes: (f, s), their squares sum to at most 1 - `OWN` in every cell.
        pattern: int (t,), which of `roots` holds in each row.
        roots: (p, f, f), roots of the covariance of the shapes' weights given what is seen in a row.
    """

    shapes: np.ndarray
    pattern: np.ndarray
    roots: np.ndarray

    @classmethod
    def of(cls, past: Anomalies, origins: np.ndarray, asked: np.ndarray, seen: np.ndarray) -> Steps:
        """From one-step misses; rows in which nothing is asked count as unseen: no score depends on them."""
        some = origins[np.unique(np.linspace(0, max(len(origins) - 1, 0), min(len(origins), MAPS)).astype(int))]
        maps = normed(standardised(past.misses(some, STEP)[:, 0])) if len(some) else np.zeros((0, seen.shape[1]))
        _, size, shape = np.linalg.svd(maps, full_matrices=False)
        shapes = np.sqrt(1 - OWN) * (size[:, None] * shape)[:FACTORS]
        told = seen & asked.any(axis=1, keepdims=True)
        patterns, which = np.unique(told, axis=0, return_inverse=True)
        own = 1 - (shapes**2).sum(axis=0)
        certain = np.stack([np.eye(len(shapes)) + (shapes[:, one] / own[one]) @ shapes[:, one].T for one in patterns])
        return cls(shapes, which.ravel(), np.linalg.cholesky(np.linalg.inv(certain)))

    def draw(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """New parts (t, m, s), standard normal in every cell."""
        shapes, t = self.shapes.astype(np.float32), len(self.pattern)
        own = 1 - (shapes**2).sum(axis=0)
        weights = rng.standard_normal((t, number, len(shapes)), np.float32)
        out = np.sqrt(own) * rng.standard_normal((t, number, shapes.shape[1]), np.float32)
        together = np.split(np.argsort(self.pattern, kind="stable"), np.cumsum(np.bincount(self.pattern))[:-1])
        for rows, root in zip(together, self.roots.astype(np.float32)):
            spread = root.T @ shapes
            out[rows] += weights[rows] @ spread
            out[rows] /= np.sqrt((spread**2).sum(axis=0) + own)
        return out


@dataclass(frozen=True)
class Tie:
    """What the seen cells before and after each cell say of a field that fades by itself.

    Attributes:
        before, after: int (t, s), rows of the nearest seen cells; the cell itself where there is none.
        back, on: (t, s), their weights, 0 where there is none.
        width: (t, s), the deviation that is left, 1 at seen cells.
    """

    before: np.ndarray
    after: np.ndarray
    back: np.ndarray
    on: np.ndarray
    width: np.ndarray

    @classmethod
    def of(cls, seen: np.ndarray, kept: np.ndarray) -> Tie:
        """From where something is seen (t, s), and the share (s,) of the field that is left after a step."""
        row = np.arange(len(seen))[:, None]
        at = np.where(seen, row, np.nan)
        before, after = carry(at), carry(at[::-1])[::-1]
        near, far = (
            kept ** np.where(np.isnan(before), np.inf, row - before),
            kept ** np.where(np.isnan(after), np.inf, after - row),
        )
        both = np.maximum(1 - (near * far) ** 2, 1e-12)
        back, on = near * (1 - far**2) / both, far * (1 - near**2) / both
        left = np.where(seen, 1.0, np.sqrt(np.maximum(1 - back * near - on * far, 1e-12)))
        before, after = (np.where(np.isnan(one), row, one).astype(int) for one in (before, after))
        return cls(before, after, back, on, left)

    def __call__(self, field: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Scores (m, h, s) of a field (t, m, s) in some rows."""
        out = np.empty((field.shape[1], len(rows), field.shape[2]), np.float32)
        series = np.arange(field.shape[2])
        for i, row in enumerate(rows):
            known = self.back[row] * field[self.before[row], :, series].T + self.on[row] * field[self.after[row], :, series].T
            out[:, i] = (field[row] - known) / self.width[row]
        return out
