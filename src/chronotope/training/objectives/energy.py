"""Energy score of joint samples: E|X - y| - E|X - X'| / 2 with the norm over all asked cells of a question."""

from __future__ import annotations

import torch
from torch import Tensor

from chronotope.heads.samples import Copula, draw
from chronotope.training.objectives.objective import Objective, by_example
from chronotope.training.objectives.units import units_of

SAMPLES = 16


class Energy(Objective):
    """Energy score, cells in units of the floors' errors; without a network, of their plain mix with independent cells.

    What is drawn follows from the batch alone, so that a training that is resumed draws the same.
    """

    want = "samples"

    def losses(self, answer: Copula, batch: dict) -> Tensor:
        seed = int(batch["truth"].double().abs().sum() * 1e6) % 2**31
        samples = draw(answer, SAMPLES, torch.Generator(batch["truth"].device).manual_seed(seed))
        return energy(samples, batch)

    def plain(self, batch: dict) -> Copula:
        floor = units_of(batch).floor
        return Copula(floor, floor.new_zeros(*floor.shape[:-1], 1))


def energy(samples: Tensor, batch: dict) -> Tensor:
    """Score of joint samples (m, s, q, p), of each example (e,); every sample is held against the one before it."""
    units = units_of(batch)
    share = by_example(batch["weight"], batch)
    weight = batch["weight"] / share[batch["example"]].clamp(min=1e-12)[:, None, None] * units.unit[:, None, None] ** 2
    far, apart = (_norm(difference, weight, batch) for difference in (samples - units.truth, samples - samples.roll(1, 0)))
    return share * (far - apart / 2)


def _norm(difference: Tensor, weight: Tensor, batch: dict) -> Tensor:
    """Mean over samples of the weighted norm over the cells of each example: (m, s, q, p) to (e,)."""
    squares = (difference.square() * weight).sum((2, 3))
    total = squares.new_zeros(squares.shape).index_add_(1, batch["example"], squares)
    return total.clamp(min=1e-12).sqrt().mean(0)
