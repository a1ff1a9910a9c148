"""CandidateFloor: a candidate of the evidence by itself, with the quantiles of its own misses."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.naive import LastValue
from chronotope.evidence.candidates import DISTRIBUTIONS, POINTS
from chronotope.evidence.candidates.residual import around_its_misses
from chronotope.evidence.case import Case
from chronotope.evidence.past import Past
from chronotope.model.nature import by_nature
from chronotope.questions import AbstractQuantilePredictor, Question
from chronotope.tokens.tiling import by_tiles
from chronotope.tokens.tokenizer import Tile, asked_rows


class CandidateFloor(AbstractQuantilePredictor):
    """Of some candidates, at every series and lead, the one that missed least in its trials; where none speaks, the last value.

    Args:
        name: of the floor.
        candidates: names out of `evidence.candidates.POINTS`.
        words: one line for tables.
    """

    kind = "floor"

    def __init__(self, name: str, candidates: tuple[str, ...], words: str) -> None:
        self.name, self.candidates, self.__doc__ = name, candidates, words

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) of the asked cells; see `AbstractQuantilePredictor`."""
        found = by_nature(question, lambda one: by_tiles(one, self._say))
        left = question.asked[question.rows] & ~np.isfinite(found).all(axis=0)
        return np.where(left, LastValue().quantiles(question), found) if left.any() else found

    def _say(self, tile: Tile, starts: np.ndarray) -> np.ndarray:
        rows, anchor = asked_rows(tile, starts)
        case = Case(Past(tile.series, True, rows, anchor), rows, anchor, POINTS, DISTRIBUTIONS)
        tried, asked, error = case.stack(self.candidates)
        shape = (*case.trials.shape, len(self.candidates))
        best = np.where(tried.is_available.reshape(shape).any(axis=2), error, np.inf).argmin(axis=-1)  # (s, l)
        at = case.trials.at(best, case.asked.lead)[..., None]
        value, there = (np.take_along_axis(a, at, -1)[..., 0] for a in (asked.value, asked.is_available))
        then = np.take_along_axis(tried.value.reshape(shape), best[:, :, None, None], -1)[..., 0]
        quantiles, _ = around_its_misses(case, then, value)
        return np.where(there[..., None], quantiles, np.nan)
