"""Continuous ranked probability score of the whole distribution that nine quantiles draw."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from chronotope.training.objectives.objective import by_example
from chronotope.training.objectives.pinball import Pinball, levels_of
from chronotope.training.objectives.units import units_of


class Crps(Pinball):
    """CRPS in the asked cells, in units of the floors' errors; unlike the pinball loss it weighs the ends as the tails they stand for."""

    def losses(self, answer: Tensor, batch: dict) -> Tensor:
        units = units_of(batch)
        return by_example(crps(answer, units.truth, levels_of(answer)) * units.weight, batch)


def crps(quantiles: Tensor, truth: Tensor, levels: Tensor) -> Tensor:
    """E|X - y| - E|X - X'| / 2, exactly, for X with these quantiles, linear between two levels and constant outside of them.

    Args:
        quantiles: (..., q), not falling. truth: (...). levels: (q,), rising.
    """
    ends = F.pad(levels, (1, 0)), F.pad(levels, (0, 1), value=1.0)
    length, middle = ends[1] - ends[0], (ends[0] + ends[1]) / 2
    low, high = torch.cat([quantiles[..., :1], quantiles], -1), torch.cat([quantiles, quantiles[..., -1:]], -1)
    width, y = high - low, truth[..., None]
    inside = torch.minimum(torch.maximum(y, low), high)
    split = ((inside - low) ** 2 + (high - inside) ** 2) / (2 * width.clamp(min=1e-9))
    away = torch.where((y > low) & (y < high), split, (y - (low + high) / 2).abs())
    spread = (2 * middle - 1) * (low + high) / 2 + width * length / 6
    return ((away - spread) * length).sum(-1)
