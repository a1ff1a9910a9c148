"""The rate head: how many events a step brings, as a negative binomial distribution around a rate that is learned from a known one."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.heads.head import Head

LEAST_RATE, LEAST_DISPERSION = 1e-6, 1e-4
FARTHEST = 8.0  # largest change of the logarithm of a rate


class Rate(NamedTuple):
    """Counts of events: mean `rate`, variance rate + dispersion x rate^2; both (s, q, p) and above 0."""

    rate: Tensor
    dispersion: Tensor


class RateHead(Head):
    """Query tokens and a base rate to a distribution of counts.

    Args:
        width, patch: of the network and its tokens; `floors` is not read.
        dispersion: at the start.
    """

    want = "rate"
    reads = ("base",)
    starts = "the base rate, with the dispersion of its constructor"

    def __init__(self, width: int, patch: int, floors: int, dispersion: float = 0.1) -> None:
        super().__init__()
        self.patch = patch
        self.move = nn.Linear(width, 2 * patch)
        nn.init.zeros_(self.move.weight)
        nn.init.zeros_(self.move.bias)
        self.begin = math.log(math.expm1(dispersion))  # softplus of it is the dispersion

    def forward(self, x: Tensor, base: Tensor) -> Rate:
        """Distributions of the steps of query tokens (s, q, d), from the rate (s, q, p) that is expected without a network."""
        change, width = self.move(x).float().unflatten(-1, (2, self.patch)).unbind(-2)
        rate = base.clamp(min=LEAST_RATE) * change.clamp(-FARTHEST, FARTHEST).exp()
        return Rate(rate, F.softplus(width + self.begin).clamp(min=LEAST_DISPERSION))


def log_probability(answer: Rate, count: Tensor) -> Tensor:
    """Logarithm of the probability of counts (s, q, p), whole numbers of at least 0."""
    rate, shape, y = answer.rate.double(), 1 / answer.dispersion.double(), count.double()
    ways = torch.lgamma(y + shape) - torch.lgamma(shape) - torch.lgamma(y + 1)
    part = torch.log1p(rate / shape)
    return (ways - shape * part + y * ((rate / shape).log() - part)).float()
