"""Temporal convolution: a few gated layers of short filters, each reaching three times as far back as the one before."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.backbone.mixers.grid import lay, read
from chronotope.backbone.mixers.mixer import Mixer

TAPS = 3


class TemporalConvolution(Mixer):
    """Dilated causal convolutions with tanh x sigmoid gates and residuals; `reach` is exactly how many patches back it sees."""

    axis = "time"
    third = "mask"
    needs = "regular positions, about one patch apart; sees `reach` patches back"
    doubles = False  # groups of channels that meet in two halves

    def __init__(self, width: int, heads: int, dilations: tuple[int, ...] = (1, 3, 9, 27)) -> None:
        super().__init__()
        self.inner = nn.Linear(width, width, bias=False)
        self.layers = nn.ModuleList(nn.Conv1d(width, 2 * width, TAPS, dilation=d, groups=heads, bias=False) for d in dilations)
        self.out = nn.Linear(width, width, bias=False)
        self.dilations, self.reach = dilations, (TAPS - 1) * sum(dilations)

    def forward(self, x: Tensor, position: Tensor, mask: Tensor) -> Tensor:
        """Mix (s, t, d) along t.

        Args:
            x: tokens (s, t, d).
            position: (s, t) in patches, rounded to whole ones.
            mask: bool (s, t), True where others may read a token.
        """
        grid, cell = lay(self.inner(x), position, mask)
        signal = grid.transpose(1, 2)
        for layer, dilation in zip(self.layers, self.dilations, strict=True):
            turn, gate = layer(F.pad(signal, ((TAPS - 1) * dilation, 0))).chunk(2, 1)
            signal = signal + torch.tanh(turn) * torch.sigmoid(gate)
        return self.out(read(signal.transpose(1, 2), cell))
