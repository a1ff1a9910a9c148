"""One block: mix along time, mix across the series of a ball, transform each token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.backbone.mixers import MIXERS
from chronotope.backbone.mixers.graph import ball_edges
from chronotope.backbone.mixers.mixer import Mixer
from chronotope.errors import ArgumentError
from chronotope.heads.options import build

TIME, SPACE = "time_attention", "ball_attention"  # what the shipped weights are made of


class FeedForward(nn.Module):
    """Two layers with GELU, token by token."""

    def __init__(self, width: int, factor: int) -> None:
        super().__init__()
        self.inner = nn.Linear(width, factor * width)
        self.outer = nn.Linear(factor * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.outer(F.gelu(self.inner(x)))


class Block(nn.Module):
    """Pre-norm residual block over (s, t, d); the two mixers are names in `MIXERS`, `options` theirs by name."""

    def __init__(
        self, width: int, heads: int, factor: int, time: str = TIME, space: str = SPACE,
        options: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.time = build(_mixer("time", time), width, heads, **options.get(time, {}))
        self.space = build(_mixer("place", space, "space"), width, heads, **options.get(space, {}))
        self.feed = FeedForward(width, factor)

    def forward(self, x: Tensor, position: Tensor, time_bias: Tensor, ball: Tensor, ball_bias: Tensor, first: int = 0) -> Tensor:
        """Mix and transform; tokens before `first` are read along time and left out of what is returned."""
        steer = time_bias if self.time.third == "bias" else readable(time_bias)
        x = (x + self.time(self.norms[0](x), position, steer))[:, first:]
        where = (ball, ball_bias) if self.space.third == "balls" else ball_edges(ball, ball_bias)
        x = x + self.space(self.norms[1](x), *where)
        return x + self.feed(self.norms[2](x))


def readable(bias: Tensor) -> Tensor:
    """Which tokens others may read, bool (s, t), from a bias (s, 1, t, t) in which every row allows the same ones and the token itself."""
    allowed = bias[:, 0] == 0
    return torch.cat([allowed[:, -1, :-1], allowed[:, 0, -1:]], -1)


def _mixer(axis: str, name: str, argument: str | None = None) -> type[Mixer]:
    """The class of a name, if it mixes along that axis."""
    fitting = [key for key, mixer in MIXERS.items() if mixer.axis == axis]
    if name not in fitting:
        raise ArgumentError(f"Block({argument or axis}=) must be one of {', '.join(fitting)}; found {name!r}.")
    return MIXERS[name]
