"""Linear attention: a weighted mean of the past whose weights are products of positive features, fading with time."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.backbone.linear import SplitLinear
from chronotope.backbone.mixers.mixer import Mixer
from chronotope.backbone.mixers.scan import decayed_scan, elapsed


class LinearAttention(Mixer):
    """Token i reads j with weight f(q_i) . f(k_j) exp(-rate x (position_i - position_j)), f = elu + 1; weights sum to one.

    Causal in the order of tokens. Positions enter through differences only, and each head has its own learned rate.
    """

    axis = "time"
    third = "mask"
    needs = "positions that do not fall; any spacing"

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = SplitLinear(width, (width,) * 3)
        self.out = nn.Linear(width, width, bias=False)
        self.log_rate = nn.Parameter(torch.linspace(-7.0, 0.0, heads))

    def forward(self, x: Tensor, position: Tensor, mask: Tensor) -> Tensor:
        """Mix (s, t, d) along t.

        Args:
            x: tokens (s, t, d).
            position: (s, t) in patches.
            mask: bool (s, t), True where others may read a token; every token reads itself.
        """
        q, k, v = rearrange(self.qkv(x), "s t (c h d) -> c s h t d", c=3, h=self.heads)
        q, k = F.elu(q) + 1, F.elu(k) + 1
        v = torch.cat([v, torch.ones_like(v[..., :1])], -1)  # the last column sums the weights
        since, gap = elapsed(position, mask)
        rate, seen = self.log_rate.exp()[:, None], mask[:, None, :, None]
        past = decayed_scan(q, k * seen, v, -rate * since[:, None]) * (-rate * gap[:, None]).exp()[..., None]
        total = past + (q * k).sum(-1, keepdim=True) * v * ~seen
        return self.out(rearrange(total[..., :-1] / total[..., -1:], "s h t d -> s t (h d)"))
