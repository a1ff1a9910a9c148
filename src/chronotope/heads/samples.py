"""The samples head: quantiles of every cell, and a Gaussian copula of low rank that says which cells move together.

A sample is a normal number for every cell - a mix of a few factors that all cells share and of one of its own - put through the cell's
quantiles. Whatever the loadings are, each number is standard normal, so that samples of one cell always follow its quantiles.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import torch
from torch import Tensor, nn

from chronotope.heads.head import Head
from chronotope.heads.normal import NORMAL_BASE
from chronotope.heads.quantile import DISTRIBUTIONS, QuantileHead

SCORES = tuple(NormalDist().inv_cdf((k + 1) / (len(NORMAL_BASE) + 1)) for k in range(len(NORMAL_BASE)))  # of the nine levels
SMALL = 0.1  # spread of the first loadings: at zero itself an energy score has no slope


class Copula(NamedTuple):
    """A joint distribution of cells.

    Attributes:
        quantiles: (s, q, p, levels), of each cell.
        loading: (s, q, p, r), of the shared factors; two cells' normal numbers have the covariance of their products over
            sqrt(1 + |loading|^2) of both.
    """

    quantiles: Tensor
    loading: Tensor


class SamplesHead(Head):
    """Query tokens and floors to a joint distribution.

    Args:
        width, patch, floors: of the network and its tokens.
        detail, distributions: of the quantiles (`QuantileHead`).
        rank: number of shared factors.
    """

    want = "samples"
    reads = QuantileHead.reads
    starts = "the quantiles of an untrained quantile head, the cells nearly independent"

    def __init__(self, width: int, patch: int, floors: int, detail: int = 0, distributions: int = DISTRIBUTIONS, rank: int = 8) -> None:
        super().__init__()
        self.patch, self.rank = patch, rank
        self.marginal = QuantileHead(width, patch, floors, detail, distributions)
        self.loading = nn.Linear(width, patch * rank)
        nn.init.normal_(self.loading.weight, std=SMALL * width**-0.5)
        nn.init.normal_(self.loading.bias, std=SMALL)

    def forward(self, x: Tensor, centre: Tensor, error: Tensor, is_available: Tensor, spread: Tensor) -> Copula:
        """The distribution of the cells of query tokens (s, q, d); the other arguments as of `QuantileHead`."""
        loading = self.loading(x).float().unflatten(-1, (self.patch, self.rank))
        return Copula(self.marginal(x, centre, error, is_available, spread), loading)


def draw(joint: Copula, count: int, generator: torch.Generator | None = None) -> Tensor:
    """Joint samples (count, s, q, p); what is drawn has a slope in quantiles and loadings."""
    device, (s, q, p, rank) = joint.loading.device, joint.loading.shape
    factors = torch.randn(count, rank, generator=generator, device=device)
    own = torch.randn(count, s, q, p, generator=generator, device=device)
    shared = torch.einsum("mr,sqpr->msqp", factors, joint.loading)
    return at_scores(joint.quantiles.float(), (shared + own) * (1 + joint.loading.square().sum(-1)).rsqrt())


def at_scores(quantiles: Tensor, score: Tensor) -> Tensor:
    """Values (m, ...) that cells with nine quantiles (..., levels) have at normal scores (m, ...).

    Linear in the score between two levels, and on along the last piece outside of them.
    """
    known = torch.tensor(SCORES, device=score.device)
    k = (torch.bucketize(score.detach().contiguous(), known) - 1).clamp(0, len(SCORES) - 2)
    share = (score - known[k]) / (known[k + 1] - known[k])
    every = quantiles.expand(*score.shape, quantiles.shape[-1])
    low, high = (every.gather(-1, index[..., None])[..., 0] for index in (k, k + 1))
    return low + share * (high - low)
