"""Low-rank steps beside the linear layers of the blocks; folded into them when training is over, so that nothing of them stays."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

RANK, SCALE = 8, 2.0


class LowRank(nn.Module):
    """A frozen linear layer and a product of two thin matrices beside it, zero at first.

    Source: Hu et al. (2021), arXiv:2106.09685.
    """

    def __init__(self, layer: nn.Linear, rank: int = RANK) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        rank = min(rank, layer.in_features, layer.out_features)
        self.inner = nn.Parameter(torch.empty(rank, layer.in_features))
        self.outer = nn.Parameter(torch.zeros(layer.out_features, rank))
        nn.init.kaiming_uniform_(self.inner, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) + SCALE * F.linear(F.linear(x, self.inner), self.outer)

    def folded(self) -> nn.Linear:
        """The layer with the product added to its weights."""
        with torch.no_grad():
            self.layer.weight += SCALE * self.outer @ self.inner
        return self.layer


def add_low_rank(module: nn.Module, rank: int = RANK) -> None:
    """Put a `LowRank` around every linear layer inside, in place."""
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Linear):
            setattr(module, name, LowRank(child, rank))
        else:
            add_low_rank(child, rank)


def fold(module: nn.Module) -> None:
    """Put plain layers in the places of all `LowRank` inside, in place."""
    for name, child in list(module.named_children()):
        if isinstance(child, LowRank):
            setattr(module, name, child.folded())
        else:
            fold(child)
