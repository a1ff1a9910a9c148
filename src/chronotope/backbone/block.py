"""One block: mix along time, mix across the series of a ball, transform each token."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.backbone.mixers.attention import TimeAttention
from chronotope.backbone.mixers.ball import BallAttention


class FeedForward(nn.Module):
    """Two layers with GELU, token by token."""

    def __init__(self, width: int, factor: int) -> None:
        super().__init__()
        self.inner = nn.Linear(width, factor * width)
        self.outer = nn.Linear(factor * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.outer(F.gelu(self.inner(x)))


class Block(nn.Module):
    """Pre-norm residual block over (s, t, d)."""

    def __init__(self, width: int, heads: int, factor: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.time = TimeAttention(width, heads)
        self.space = BallAttention(width, heads)
        self.feed = FeedForward(width, factor)

    def forward(self, x: Tensor, position: Tensor, time_bias: Tensor, ball: Tensor, ball_bias: Tensor) -> Tensor:
        x = x + self.time(self.norms[0](x), position, time_bias)
        x = x + self.space(self.norms[1](x), ball, ball_bias)
        return x + self.feed(self.norms[2](x))
