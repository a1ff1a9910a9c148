"""Gated delta rule: a memory of key and value pairs that fades with time and overwrites what a key held before."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.backbone.linear import SplitLinear
from chronotope.backbone.mixers.mixer import Mixer
from chronotope.backbone.mixers.scan import delta_scan, elapsed


class GatedDelta(Mixer):
    """Every readable token corrects the memory towards its value by a learned share; every token asks it with its query.

    Causal in the order of tokens. Between tokens the memory fades at a rate that the token says, times the time that passed.
    """

    axis = "time"
    third = "mask"
    needs = "positions that do not fall; any spacing"

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = SplitLinear(width, (width,) * 3)
        self.gates = SplitLinear(width, (heads,) * 3)
        self.rate = nn.Parameter(torch.linspace(-7.0, -4.0, heads))  # before softplus, in 1 / patches
        self.share = nn.Parameter(torch.zeros(heads))
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, position: Tensor, mask: Tensor) -> Tensor:
        """Mix (s, t, d) along t.

        Args:
            x: tokens (s, t, d).
            position: (s, t) in patches.
            mask: bool (s, t), True where others may read a token; the others ask the memory and leave it as it is.
        """
        q, k, v = rearrange(self.qkv(x), "s t (c h d) -> c s h t d", c=3, h=self.heads)
        share, rate, loud = rearrange(self.gates(x), "s t (c h) -> c s h t", c=3)
        since, gap = (a[:, None] for a in elapsed(position, mask))
        fade = -F.softplus(rate + self.rate[:, None]) * since
        beta = torch.sigmoid(share + self.share[:, None]) * mask[:, None]
        answer = delta_scan(F.normalize(q, dim=-1), F.normalize(k, dim=-1), v, beta, fade)
        answer = answer * (-F.softplus(self.rate)[:, None] * gap).exp()[..., None] * 2 * torch.sigmoid(loud)[..., None]
        return self.out(rearrange(answer, "s h t d -> s t (h d)"))
