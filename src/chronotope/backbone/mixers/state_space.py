"""Selective state space: a linear system in continuous time whose input, output and pace each token chooses."""

from __future__ import annotations

import math

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.backbone.linear import SplitLinear
from chronotope.backbone.mixers.mixer import Mixer
from chronotope.backbone.mixers.scan import decayed_scan, elapsed


class StateSpace(Mixer):
    """h' = -a h + B(x) v(x) over a step of length pace(x) x elapsed time, read by C(x): (states x d / heads) numbers per head.

    The step is solved exactly for an input that is held over it. So a token held for two steps equals one token of double length,
    empty steps add up, and irregular time needs nothing else. Causal in the order of tokens.
    """

    axis = "time"
    third = "mask"
    needs = "positions that do not fall; any spacing; tokens at one moment do not add up"

    def __init__(self, width: int, heads: int, states: int = 16) -> None:
        super().__init__()
        self.heads, self.states = heads, states
        self.inner = SplitLinear(width, (width, width, states, states, heads))
        self.log_a = nn.Parameter(torch.linspace(math.log(0.02), math.log(2.0), heads))
        self.pace = nn.Parameter(torch.full((heads,), math.log(math.e - 1)))  # softplus of it is 1
        self.skip = nn.Parameter(torch.ones(heads))
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, position: Tensor, mask: Tensor) -> Tensor:
        """Mix (s, t, d) along t.

        Args:
            x: tokens (s, t, d).
            position: (s, t) in patches; the first token's step has length one.
            mask: bool (s, t), True where others may read a token; the others read the state and leave it as it is.
        """
        v, gate, b, c, pace = self.inner(x).split(self.inner.pieces, -1)
        v = rearrange(v, "s t (h d) -> s h t d", h=self.heads)
        since, gap = elapsed(position, mask)
        since = torch.where(mask & (mask.cumsum(1) == 1), 1.0, since)
        a = self.log_a.exp()[:, None]
        fade = a * F.softplus(rearrange(pace, "s t h -> s h t") + self.pace[:, None]) * since[:, None]
        held = -torch.expm1(-fade) / a  # the integral of an input held over the step; no step, no input
        b, c = (z[:, None].expand(-1, self.heads, -1, -1) for z in (b, c))
        read = decayed_scan(c, b, v * held[..., None], -fade) * (-a * F.softplus(self.pace)[:, None] * gap[:, None]).exp()[..., None]
        mixed = rearrange(read + self.skip[:, None, None] * v, "s h t d -> s t (h d)")
        return self.out(mixed * F.silu(gate))
