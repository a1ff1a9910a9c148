"""The unit that a loss of values is counted in: half what the floors promise, half what they then miss.

A loss near one means as good as the floors are, and no example explodes. Half of the weight follows the unit of the whole example, half
that of each series, so that calm series count too.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from chronotope.heads.normal import NORMAL_BASE
from chronotope.heads.quantile import plain_quantiles
from chronotope.training.objectives.objective import by_example

LEAST_ERROR = 0.02  # scaled; series that the floors know exactly do not dominate
FARTHEST = 30  # errors of the floors that a truth may lie from their mix


class Units(NamedTuple):
    """What losses of values need.

    Attributes:
        floor: quantiles of the floors' plain mix (s, q, p, levels).
        truth: (s, q, p), not farther from the mix than the floors' error allows.
        unit: (s,), one over the unit of a series; `weight` (s, q, p) is the batch's times it.
    """

    floor: Tensor
    truth: Tensor
    unit: Tensor
    weight: Tensor


def units_of(batch: dict) -> Units:
    """The units of a batch's series."""
    truth, weight = batch["truth"], batch["weight"]
    with truth.device:  # constants are made where the batch is
        floor = plain_quantiles(*(batch["tokens"][name] for name in ("centre", "error", "is_available")))
    mix, error = floor[..., len(NORMAL_BASE) // 2], (floor[..., -1] - floor[..., 0]) / (2 * NORMAL_BASE[-1])
    bound = FARTHEST * error.clamp(min=LEAST_ERROR)
    truth = torch.maximum(torch.minimum(truth, mix + bound), mix - bound)
    mass = weight.sum((1, 2))
    missed = (weight * 0.5 * (error + (truth - mix).abs())).sum((1, 2))
    size = (by_example(missed, batch) / by_example(mass, batch).clamp(min=1e-12)).clamp(min=LEAST_ERROR)
    own = (missed / mass.clamp(min=1e-12)).clamp(min=LEAST_ERROR)
    unit = 0.5 / size[batch["example"]] + 0.5 / own
    return Units(floor, truth, unit, weight * unit[:, None, None])
