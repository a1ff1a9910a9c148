"""A linear layer whose outputs are several things side by side, and says where one ends and the next begins."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn


class SplitLinear(nn.Linear):
    """`nn.Linear(inputs, sum(pieces))`; a network that grows doubles each piece for itself."""

    def __init__(self, inputs: int, pieces: Sequence[int], bias: bool = False) -> None:
        super().__init__(inputs, sum(pieces), bias)
        self.pieces = tuple(pieces)
