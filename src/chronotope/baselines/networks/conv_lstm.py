"""ConvLSTM: an LSTM whose matrix products are convolutions over the frame.

Source: Shi et al. (2015), arXiv:1506.04214, without peephole connections.
"""

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

State = tuple[Tensor, Tensor]


class ConvLSTM(nn.Module):
    """One layer over frames (b, t, c, y, x) -> (b, t, d, y, x); gates in the order of `torch.nn.LSTM`: input, forget, cell, output."""

    def __init__(self, channels: int, width: int, kernel: int = 3) -> None:
        super().__init__()
        self.width = width
        self.gates = nn.Conv2d(channels + width, 4 * width, kernel, padding=kernel // 2)
        assert self.gates.bias is not None
        nn.init.ones_(self.gates.bias[width : 2 * width])  # remember at first

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        hidden, cell = state or self.blank(x)
        out = []
        for frame in x.unbind(1):
            i, f, g, o = self.gates(torch.cat([frame, hidden], 1)).chunk(4, 1)
            cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
            hidden = o.sigmoid() * cell.tanh()
            out.append(hidden)
        return torch.stack(out, 1), (hidden, cell)

    def blank(self, x: Tensor) -> State:
        """A state of zeros for frames x."""
        zeros = x.new_zeros(len(x), self.width, *x.shape[-2:])
        return zeros, zeros


class ConvLSTMForecaster(nn.Module):
    """One ConvLSTM reads the past, its state starts another that is fed with what is known of the coming steps."""

    def __init__(self, shape: Shape, grid: Lattice, width: int, kernel: int) -> None:
        super().__init__()
        self.grid, self.variables = grid, shape.variables
        self.reader = ConvLSTM(shape.past, width, kernel)
        self.writer = ConvLSTM(shape.future, width, kernel)
        self.mix = nn.Linear(width, width)
        self.head = last_layer(width, shape.variables)

    def forward(self, past: Tensor, future: Tensor) -> Tensor:
        _, state = self.reader(self.grid.frames(past))
        hidden, _ = self.writer(self.grid.frames(future), state)
        out = self.head(torch.relu(self.mix(self.grid.places(hidden))))
        return out.unflatten(-1, (self.variables, LEVELS))


def conv_lstm(width: int = 20, kernel: int = 3, **options: Any) -> PanelNetwork:
    """A ConvLSTM predictor; `kernel` is odd, `options` are those of `PanelNetwork`."""
    return PanelNetwork("conv_lstm", partial(_build, width=width, kernel=kernel), **options)


def _build(shape: Shape, panel: Panel, width: int, kernel: int) -> nn.Module:
    return ConvLSTMForecaster(shape, lattice(panel), width, kernel)
