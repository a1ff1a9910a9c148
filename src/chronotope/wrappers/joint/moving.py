"""Moving: normal scores of fields that move over a grid, as rough as past misses were and carried along with the field.

past --outlook--> normal scores of what came after earlier origins --power by scale--> noise as rough --carried along--> scores
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.flow.grid import grid_order
from chronotope.evidence.flow.outlook import Outlook
from chronotope.evidence.flow.rule import LEVELS
from chronotope.questions import Question
from chronotope.wrappers.joint.margins import scores_of

LEAST_SIDE, LEAST_ROWS, ORIGINS = 8, 8, 4
NO_CELLS = np.zeros(0, int)


@dataclass(frozen=True)
class Moving:
    """A variable that moves: the places of the grid row by row, and what its motion says."""

    order: np.ndarray
    outlook: Outlook

    def scores(self, number: int, leads: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Normal scores float32 (m, h, n), the cells of each lead as rough as past misses were at it.

        Along the motion a score at one lead holds that of an earlier one in the share of their root: what is missed grows by
        parts that know nothing of each other.
        """
        shape = self.outlook.frames.shape[1:]
        out = np.empty((number, len(leads), len(self.order)), np.float32)
        leads = leads + self.outlook.late  # from the last frame that was seen
        rough = {int(lead): _amplitude(self.outlook, int(lead)) for lead in {self._tried(lead) for lead in leads}}
        for member in range(number):
            white, age = np.zeros((shape[0], shape[1] // 2 + 1), complex), 0
            for i, lead in enumerate(leads):
                new = np.fft.rfft2(rng.standard_normal(shape))
                white, age = np.sqrt(age / lead) * white + np.sqrt(1 - age / lead) * new, int(lead)
                field = np.fft.irfft2(white * rough[self._tried(lead)], s=shape)
                row, column = np.rint(self.outlook.source(int(lead))).astype(int)
                out[member, i, self.order] = field[row % shape[0], column % shape[1]]
        return out

    def _tried(self, lead: int) -> int:
        learnt = self.outlook.learnt
        return int(learnt.leads[learnt.nearest(int(lead))])


def moving(question: Question) -> dict[int, Moving]:
    """The asked variables that move."""
    rows, first = question.rows, question.first
    if question.both_sides or not len(rows) or first < LEAST_ROWS or not question.frame.regular:
        return {}
    order, shape = grid_order(question.frame)
    if not shape or min(shape) < LEAST_SIDE:
        return {}
    found = {}
    for v in np.flatnonzero(question.asked.any(axis=(0, 1))):
        values = np.where(question.seen[:first, :, v], question.frame.values[:first, :, v], np.nan)[:, order].astype(float)
        outlook = Outlook.of(values.reshape(first, *shape), int(rows[-1]) - first + 1, NO_CELLS)
        if outlook is not None and outlook.learnt.moves:
            found[int(v)] = Moving(order, outlook)
    return found


def _amplitude(outlook: Outlook, lead: int) -> np.ndarray:
    """Root (y, x // 2 + 1) of the power of the scores of what came a lead after earlier origins, for noise of variance one."""
    tried = [one.origin for one in outlook.learnt.tried[outlook.learnt.nearest(lead)]]
    rows = [row for row in tried if outlook.seen[row + lead].any()] or tried
    some = [rows[i] for i in np.linspace(0, len(rows) - 1, min(ORIGINS, len(rows))).astype(int)]
    power = np.mean([_power(_scores_of(outlook, origin, lead)) for origin in some], axis=0)
    shape = outlook.frames.shape[1:]
    ring = _ring(shape)
    found = np.sqrt(np.interp(ring, np.arange(len(power)), power))
    found[0, 0] = found.ravel()[1]
    weight = np.full(found.shape, 2.0)
    weight[:, 0] = 1.0
    weight[:, -1] = 1.0 if shape[1] % 2 == 0 else 2.0
    return np.asarray(found / np.sqrt((weight * found**2).sum() / (shape[0] * shape[1])))


def _scores_of(outlook: Outlook, origin: int, lead: int) -> np.ndarray:
    """Normal scores (y, x) of what came, by what would have been said; zero where either is unknown."""
    told = outlook.earlier(origin).quantiles(lead)[0].reshape(len(LEVELS), -1)
    truth = np.where(outlook.seen[origin + lead], outlook.frames[origin + lead], np.nan).ravel()
    return np.nan_to_num(scores_of(truth, told)).reshape(outlook.frames.shape[1:])


def _power(scores: np.ndarray) -> np.ndarray:
    """Mean power (k,) by wave number, in waves over the shorter side, of a field that fades to nothing at its borders."""
    window = np.hanning(scores.shape[0] + 2)[1:-1, None] * np.hanning(scores.shape[1] + 2)[1:-1]
    power = np.abs(np.fft.rfft2(scores * window)) ** 2
    ring = np.rint(_ring(scores.shape)).astype(int)
    count = np.bincount(ring.ravel())
    return np.asarray(np.bincount(ring.ravel(), power.ravel()) / np.maximum(count, 1) + 1e-12)


def _ring(shape: tuple[int, ...]) -> np.ndarray:
    return np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])) * min(shape)
