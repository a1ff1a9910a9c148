"""Mix: all candidates of the evidence, weighted by how little they missed on the context - what the network starts from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.evidence.candidates.evidence import gather
from chronotope.evidence.distributions import BASE
from chronotope.evidence.mix import plain_gates, plain_mix
from chronotope.model.nature import by_nature
from chronotope.model.shares import Mixed, Shares, shares_of
from chronotope.questions import AbstractQuantilePredictor, Question
from chronotope.tokens.tiling import by_tiles
from chronotope.tokens.tokenizer import Options, Tile, asked_rows


class Mix(AbstractQuantilePredictor):
    """Every candidate (last value, phases, persisting anomalies, neighbours, ridge, kriging, ...) by softmax(-3 log back-tested error).

    Args:
        options: parts switched off.
    """

    name = "mix"
    kind = "floor"

    def __init__(self, options: Options = Options()) -> None:
        self._options = options

    def options(self, **changed: bool) -> Mix:
        """The same with parts switched off: `memory=False`, `neighbours=False`."""
        return Mix(replace(self._options, **changed))

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) of the asked cells; see `AbstractQuantilePredictor`."""
        return by_nature(question, lambda one: by_tiles(one, self._say, self._options))

    def shares(self, question: Question) -> Shares | None:
        """How much of the answer each candidate has; see `model.shares`."""
        return shares_of(question, self._mixed)

    def _say(self, tile: Tile, starts: np.ndarray) -> np.ndarray:
        return self._mixed(tile, starts).answer

    def _mixed(self, tile: Tile, starts: np.ndarray) -> Mixed:
        rows, anchor = asked_rows(tile, starts)
        evidence = gather(tile.series, rows, anchor, self._options.memory)
        middle, width = plain_mix(evidence.centre, evidence.error, evidence.is_available)
        gate = plain_gates(evidence.error, evidence.is_available)
        return Mixed(middle[..., None] + width[..., None] * BASE, gate, evidence.centre)
