"""Ball attention: dense attention among the series of a ball, at each token time, steered by their relations."""

from __future__ import annotations

from einops import rearrange
from torch import Tensor, nn

from chronotope.backbone.linear import SplitLinear
from chronotope.backbone.mixers.attention import attend
from chronotope.backbone.mixers.mixer import Mixer


class BallAttention(Mixer):
    """Series of a ball read one another at the same token time; cost grows linearly with the number of balls."""

    axis = "place"
    third = "balls"
    needs = "a partition of the series into balls, and a bias per pair and head"

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = SplitLinear(width, (width,) * 3)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, index: Tensor, bias: Tensor) -> Tensor:
        """Mix (s, t, d) along s inside balls.

        Args:
            x: tokens (s, t, d).
            index: int (b, g) series of each ball, -1 where not full; every series is in exactly one ball.
            bias: (b, h, g, g) from the relations, very negative where a ball is not full.
        """
        qkv = self.qkv(x)[index.clamp(min=0)]
        q, k, v = rearrange(qkv, "b g t (c h d) -> c b t h g d", c=3, h=self.heads)
        mixed = rearrange(attend(q, k, v, bias[:, None]), "b t h g d -> b g t (h d)")
        there = index >= 0
        out = x.new_zeros(x.shape[0], x.shape[1], x.shape[2], dtype=mixed.dtype)
        out[index[there]] = mixed[there]
        return self.out(out)
