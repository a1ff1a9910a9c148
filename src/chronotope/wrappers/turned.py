"""Turned: the mean of what is answered about a field turned and mirrored in all ways, so that answers turn with the field.

A network whose places have only relative positions should not care which way is up; which of two places at one distance comes first, and
where tiles end, still does. The mean over a group does not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError
from chronotope.questions import Predictor, Question
from chronotope.wrappers.averaged import directions
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted

_MIRRORS = [np.diag([east, north]) for east in (1.0, -1.0) for north in (1.0, -1.0)]
_SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])
WAYS = {4: _MIRRORS, 8: [*_MIRRORS, *(mirror @ _SWAP for mirror in _MIRRORS)]}


class Turned(AbstractWrapper):
    """A predictor asked in every way to lay a plane; places are named in the order of their positions, whatever order they came in.

    Args:
        base: any predictor.
        ways: 8, or 4 without quarter turns.

    Raises:
        ArgumentError: `ways` is neither.
    """

    def __init__(self, base: Predictor, ways: int = 8) -> None:
        if ways not in WAYS:
            raise ArgumentError(f"ways must be one of {', '.join(map(str, WAYS))}; found {ways!r}.")
        self.base, self._ways = base, ways

    def quantiles(self, question: Question) -> np.ndarray:
        """See `AbstractQuantilePredictor`."""
        xy = question.frame.xy
        if xy is None or len(xy) < 2 or directions(question).any():
            return ask(self.base, question)
        middle = (xy.min(axis=0) + xy.max(axis=0)) / 2
        total = np.zeros((len(question.levels), len(question.rows), *question.asked.shape[1:]))
        for way in WAYS[self._ways]:
            laid = (xy - middle) @ way
            order = np.lexsort(np.round(laid / (np.abs(laid).max() + 1e-12), 9).T)
            part = question.of_places(order)
            part = replace(part, frame=replace(part.frame, xy=laid[order]))
            total[:, :, order] += ask(self.base, part)
        return np.maximum.accumulate(total / self._ways, axis=0).astype(np.float32)

    def fit(self, panel: Panel, horizon: int) -> Turned:
        """See `AbstractWrapper`."""
        return Turned(fitted(self.base, panel, horizon), self._ways)
