"""ST-GNN of the Graph WaveNet kind: gated dilated convolutions along time, diffusion convolutions along the edges.

Source: Wu et al. (2019), arXiv:1906.00121; Li et al. (2018), arXiv:1707.01926 for the diffusion.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.baselines.networks.adjacency import Learned, given, walk
from chronotope.baselines.networks.head import LEVELS, last_layer
from chronotope.baselines.networks.panel_network import PanelNetwork
from chronotope.baselines.networks.windows import Shape
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError

ADJACENCIES = ("given", "learned", "both")


class Diffusion(nn.Module):
    """A linear map of what a place holds and of what reaches it in one and two steps of each walk: (b, t, n, d) -> same."""

    def __init__(self, width: int, walks: int, order: int = 2) -> None:
        super().__init__()
        self.order = order
        self.map = nn.Linear(width * (1 + walks * order), width)

    def forward(self, x: Tensor, walks: list[Tensor]) -> Tensor:
        heard = [x]
        for step in walks:
            last = x
            for _ in range(self.order):
                last = torch.einsum("mn,btnd->btmd", step, last)
                heard.append(last)
        return self.map(torch.cat(heard, -1))


class GatedTime(nn.Module):
    """tanh times sigmoid of a causal convolution over two steps `dilation` apart: (b, t, n, d) -> (b, t - dilation, n, d)."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.map = nn.Linear(2 * width, 2 * width)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.map(torch.cat([x[:, : -self.dilation], x[:, self.dilation :]], -1)).chunk(2, -1)
        return a.tanh() * b.sigmoid()


class STGNN(nn.Module):
    """Blocks of gated time and diffusion until one step is left, whose skips and the coming steps' knowns are read by a small head."""

    fixed: Tensor

    def __init__(self, shape: Shape, weights: Tensor, adjacency: str, width: int, dropout: float) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        fixed = [] if adjacency == "learned" or not weights.any() else [walk(weights)]
        if fixed and not torch.equal(weights, weights.T):
            fixed.append(walk(weights.T))
        self.register_buffer("fixed", torch.stack(fixed) if fixed else torch.empty(0, *weights.shape))
        self.learned = None if adjacency == "given" or shape.places < 2 else Learned(shape.places)
        walks = len(fixed) + (self.learned is not None)
        steps = _dilations(shape.context)
        self.embed = nn.Linear(shape.past, width)
        self.times = nn.ModuleList(GatedTime(width, step) for step in steps)
        self.spaces = nn.ModuleList(Diffusion(width, walks) for _ in steps)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in steps)
        self.skips = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(len(steps) + 1))
        self.known = nn.Linear(shape.future * shape.horizon, 2 * width)
        self.mix = nn.Linear(2 * width, 2 * width)
        self.head = last_layer(2 * width, shape.horizon * shape.variables)

    def walks(self) -> list[Tensor]:
        """The steps of all walks, (n, n) each: along the edges, against them, the learned one."""
        return [*self.fixed.unbind(0), *([] if self.learned is None else [self.learned()])]

    def forward(self, past: Tensor, future: Tensor) -> Tensor:
        x, walks = self.embed(past), self.walks()
        total = self.skips[-1](x[:, -1])
        for time, space, norm, skip in zip(self.times, self.spaces, self.norms, self.skips):
            inner = time(x)
            total = total + skip(inner[:, -1])
            x = norm(x[:, time.dilation :] + self._drop(space(inner, walks)))
        total = total + self.known(future.transpose(1, 2).flatten(2))
        out = self.head(self._drop(F.relu(self.mix(F.relu(total)))[:, None])[:, 0])
        return out.unflatten(-1, (self.shape.horizon, self.shape.variables, LEVELS)).transpose(1, 2)

    def _drop(self, x: Tensor) -> Tensor:
        """Whole channels left out, the same for all places and steps of a window, so that the order of places means nothing."""
        if not self.training or not self.dropout:
            return x
        keep = torch.rand(len(x), 1, 1, x.shape[-1]) >= self.dropout
        return x * keep / (1 - self.dropout)


def st_gnn(adjacency: str = "both", width: int = 24, dropout: float = 0.1, **options: Any) -> PanelNetwork:
    """An ST-GNN predictor; `options` are those of `PanelNetwork`.

    Args:
        adjacency: "given" (the edges; the nearest places where there are none), "learned" or "both".

    Raises:
        ArgumentError: there is no such adjacency.
    """
    if adjacency not in ADJACENCIES:
        raise ArgumentError(f"adjacency must be one of {', '.join(ADJACENCIES)}; found {adjacency!r}.")
    return PanelNetwork("st_gnn", partial(_build, adjacency=adjacency, width=width, dropout=dropout), **options)


def _build(shape: Shape, panel: Panel, adjacency: str, width: int, dropout: float) -> nn.Module:
    return STGNN(shape, given(panel), adjacency, width, dropout)


def _dilations(context: int) -> list[int]:
    """1, 2, 4, 4, 4 ... as far as they fit into `context` steps."""
    out: list[int] = []
    while context > 1:
        step = min((1, 2, 4)[min(len(out), 2)], context - 1)
        out.append(step)
        context -= step
    return out
