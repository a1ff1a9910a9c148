"""The network: embed tokens, alternate two ball partitions over the blocks, read quantiles off the query tokens."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.backbone.block import SPACE, TIME, Block
from chronotope.heads.quantile import QuantileHead

BLOCKED = -1e4  # exp of it is zero in bf16 and float32


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of a network; stored in the card of its weights.

    `time` and `space` name the mixers; several joined by "+" take turns from block to block. `detail` is the width of the head's network of
    single steps, 0 for none.
    """

    context_width: int
    query_width: int
    relations: int
    patch: int
    floors: int
    width: int = 160
    blocks: int = 4
    heads: int = 5
    factor: int = 3
    time: str = TIME
    space: str = SPACE
    detail: int = 0

    def to_dict(self) -> dict[str, int | str]:
        return asdict(self)


class Embed(nn.Module):
    """Residual two-layer embedding of raw token features."""

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.inner, self.outer, self.skip = nn.Linear(features, width), nn.Linear(width, width), nn.Linear(features, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.skip(x) + self.outer(F.gelu(self.inner(x)))


class Network(nn.Module):
    """Tokens of any number of series to quantiles of the query patches."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_context = Embed(config.context_width, config.width)
        self.embed_query = Embed(config.query_width, config.width)
        self.relation = nn.Sequential(nn.Linear(config.relations, 32), nn.GELU(), nn.Linear(32, config.blocks * config.heads))
        times, spaces = config.time.split("+"), config.space.split("+")
        self.blocks = nn.ModuleList(
            Block(config.width, config.heads, config.factor, times[i % len(times)], spaces[i % len(spaces)]) for i in range(config.blocks)
        )
        self.norm = nn.LayerNorm(config.width)
        self.head = QuantileHead(config.width, config.patch, config.floors, config.detail)

    def forward(
        self, context: Tensor, query: Tensor, position: Tensor, key: Tensor, balls: tuple[Tensor, Tensor], relation: tuple[Tensor, Tensor],
        centre: Tensor, error: Tensor, is_available: Tensor, spread: Tensor,
    ) -> Tensor:  # fmt: skip
        """Quantiles (s, q, p, levels) in scaled units; shapes of the arguments as in `tokens.tokenizer.Tokens`."""
        x = self.encode(context, query, position, key, balls, relation)
        return self.head(self.norm(x[:, context.shape[1] :]), centre, error, is_available, spread)

    def encode(
        self, context: Tensor, query: Tensor, position: Tensor, key: Tensor, balls: tuple[Tensor, Tensor], relation: tuple[Tensor, Tensor]
    ) -> Tensor:
        """Tokens (s, c + q, d) after all blocks."""
        x = torch.cat([self.embed_context(context), self.embed_query(query)], dim=1)
        time_bias = _time_bias(key, query.shape[1])
        biases = [self._ball_bias(r, b) for r, b in zip(relation, balls, strict=True)]
        for i, block in enumerate(self.blocks):
            side = i % 2
            x = block(x, position, time_bias, balls[side], biases[side][i])
        return x

    def _ball_bias(self, relation: Tensor, ball: Tensor) -> Tensor:
        """(b, g, g, r) -> (blocks, b, h, g, g)."""
        bias = self.relation(relation).unflatten(-1, (self.config.blocks, self.config.heads)).permute(3, 0, 4, 1, 2)
        return bias + torch.where(ball >= 0, 0.0, BLOCKED)[None, :, None, None, :]


def _time_bias(key: Tensor, queries: int) -> Tensor:
    """Context tokens inside the frame may be read by all, and every token by itself: (s, 1, t, t)."""
    s, c = key.shape
    total = c + queries
    allowed = torch.zeros(s, total, total, dtype=torch.bool, device=key.device)
    allowed[:, :, :c] = key[:, None]
    allowed |= torch.eye(total, dtype=torch.bool, device=key.device)
    return torch.where(allowed, 0.0, BLOCKED)[:, None]
