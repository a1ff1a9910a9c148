"""Absolute error of the median."""

from __future__ import annotations

from torch import Tensor

from chronotope.heads.quantile import MIDDLE
from chronotope.training.objectives.objective import by_example
from chronotope.training.objectives.pinball import Pinball
from chronotope.training.objectives.units import units_of


class Point(Pinball):
    """Absolute error of the median in the asked cells, in units of the floors' errors."""

    def losses(self, answer: Tensor, batch: dict) -> Tensor:
        units = units_of(batch)
        return by_example((answer[..., MIDDLE] - units.truth).abs() * units.weight, batch)
