"""Likelihood of counts."""

from __future__ import annotations

from torch import Tensor

from chronotope.heads.rate import LEAST_DISPERSION, LEAST_RATE, Rate, log_probability
from chronotope.training.objectives.objective import Objective, by_example


class Count(Objective):
    """Negative logarithm of the probability of the counts in the asked cells; without a network, of Poisson's law at the base rate.

    The truth of the batch are counts, and not scaled.
    """

    want = "rate"

    def losses(self, answer: Rate, batch: dict) -> Tensor:
        return by_example(-log_probability(answer, batch["truth"]) * batch["weight"], batch)

    def plain(self, batch: dict) -> Rate:
        base = batch["tokens"]["base"].clamp(min=LEAST_RATE)
        return Rate(base, base.new_full(base.shape, LEAST_DISPERSION))
