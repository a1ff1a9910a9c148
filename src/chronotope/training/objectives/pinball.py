"""Pinball loss of nine quantiles."""

from __future__ import annotations

import torch
from torch import Tensor

from chronotope.heads.normal import NORMAL_BASE
from chronotope.training.objectives.objective import Objective, by_example
from chronotope.training.objectives.units import units_of


class Pinball(Objective):
    """Twice the pinball loss, averaged over levels and asked cells; without a network, that of the floors' plain mix."""

    want = "quantiles"

    def losses(self, answer: Tensor, batch: dict) -> Tensor:
        units = units_of(batch)
        return by_example(2 * pinball(answer, units.truth, levels_of(answer)) * units.weight, batch)

    def plain(self, batch: dict) -> Tensor:
        return units_of(batch).floor


def levels_of(answer: Tensor) -> Tensor:
    """The levels 0.1 .. 0.9, where an answer is."""
    return torch.arange(1, len(NORMAL_BASE) + 1, device=answer.device) / (len(NORMAL_BASE) + 1)


def pinball(quantiles: Tensor, truth: Tensor, levels: Tensor) -> Tensor:
    """Pinball loss averaged over levels; smaller is better, best is 0: (..., q), (...) -> (...)."""
    miss = truth[..., None] - quantiles
    return torch.maximum(levels * miss, (levels - 1) * miss).mean(-1)
