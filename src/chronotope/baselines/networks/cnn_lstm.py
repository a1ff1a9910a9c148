"""CNN-LSTM: convolutions make features of each frame, an LSTM at every cell follows them along time."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from chronotope.baselines.networks.head import LEVELS, last_layer
from chronotope.baselines.networks.lattice import Lattice, lattice
from chronotope.baselines.networks.panel_network import PanelNetwork
from chronotope.baselines.networks.windows import Shape
from chronotope.data.panel import Panel


class FrameFeatures(nn.Module):
    """Three convolutions with kernels `kernel` and dilations 1, 2 and 4 over frames (b, t, c, y, x) -> (b, t, d, y, x)."""

    def __init__(self, channels: int, width: int, kernel: int) -> None:
        super().__init__()
        sizes = (channels, width, width, width)
        self.layers = nn.ModuleList(
            nn.Conv2d(sizes[i], sizes[i + 1], kernel, padding=(kernel // 2) * 2**i, dilation=2**i) for i in range(3)
        )

    def forward(self, x: Tensor) -> Tensor:
        out = x.flatten(0, 1)
        for layer in self.layers:
            out = torch.relu(layer(out))
        return out.unflatten(0, x.shape[:2])


class CNNLSTM(nn.Module):
    """Features per frame, an LSTM per cell, then all coming steps at once; a kernel of 1 is the same LSTM without neighbours."""

    def __init__(self, shape: Shape, grid: Lattice, width: int, kernel: int) -> None:
        super().__init__()
        self.grid, self.shape = grid, shape
        self.features = FrameFeatures(shape.past, width, kernel)
        self.lstm = nn.LSTM(width + shape.past, width, batch_first=True)
        self.known = nn.Linear(shape.future * shape.horizon, width)
        self.mix = nn.Linear(2 * width, 2 * width)
        self.head = last_layer(2 * width, shape.horizon * shape.variables)

    def forward(self, past: Tensor, future: Tensor) -> Tensor:
        near = self.grid.places(self.features(self.grid.frames(past)))
        series = torch.cat([near, past], -1).transpose(1, 2)
        hidden = self.lstm(series.flatten(0, 1))[0][:, -1].unflatten(0, series.shape[:2])
        ahead = self.known(future.transpose(1, 2).flatten(2))
        out = self.head(torch.relu(self.mix(torch.relu(torch.cat([hidden, ahead], -1)))))
        return out.unflatten(-1, (self.shape.horizon, self.shape.variables, LEVELS)).transpose(1, 2)


def cnn_lstm(width: int = 20, kernel: int = 3, **options: Any) -> PanelNetwork:
    """A CNN-LSTM predictor; `kernel` is odd, `options` are those of `PanelNetwork`."""
    return PanelNetwork("cnn_lstm", partial(_build, width=width, kernel=kernel), **options)


def _build(shape: Shape, panel: Panel, width: int, kernel: int) -> nn.Module:
    return CNNLSTM(shape, lattice(panel), width, kernel)
