"""Graph messages: every series reads those that an edge joins to it, at the same token time."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn

from chronotope.backbone.linear import SplitLinear
from chronotope.backbone.mixers.mixer import Mixer


class GraphMessages(Mixer):
    """Attention along sparse directed edges, softmax over the edges that arrive; cost grows with their number.

    Over all pairs of a ball it is `BallAttention`. A series at which no edge arrives reads nothing; its own value comes by the residual.
    """

    axis = "place"
    third = "edges"
    needs = "edges (source, target) and a bias per edge and head"

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = SplitLinear(width, (width,) * 3)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, edges: tuple[Tensor, Tensor], bias: Tensor) -> Tensor:
        """Mix (s, t, d) along s.

        Args:
            x: tokens (s, t, d).
            edges: int (e,) and (e,), series that are read and series that read them.
            bias: (e, h), from what is known of the edge.
        """
        source, target = edges
        q, k, v = rearrange(self.qkv(x), "s t (c h d) -> c s t h d", c=3, h=self.heads)
        score = (q[target] * k[source]).sum(-1) * q.shape[-1] ** -0.5 + bias[:, None]
        weight = _share(score.float(), target, len(x)).to(v.dtype)
        mixed = torch.zeros_like(v).index_add(0, target, weight[..., None] * v[source])
        return self.out(rearrange(mixed, "s t h d -> s t (h d)"))


def ball_edges(index: Tensor, bias: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """All pairs of the balls (b, g), -1 where not full, as edges, with their part (e, h) of the bias (b, h, g, g)."""
    pair = (index[:, :, None] >= 0) & (index[:, None, :] >= 0)
    ball, target, source = pair.nonzero(as_tuple=True)
    return (index[ball, source], index[ball, target]), bias[ball, :, target, source]


def _share(score: Tensor, target: Tensor, n: int) -> Tensor:
    """Softmax of (e, t, h) over the edges of one target."""
    shape = (n, *score.shape[1:])
    where = target[:, None, None].expand_as(score)
    top = score.new_full(shape, -torch.inf).scatter_reduce(0, where, score.detach(), "amax")
    weight = (score - top[target]).exp()
    return weight / score.new_zeros(shape).index_add(0, target, weight)[target]
