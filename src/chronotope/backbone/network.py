"""The network: embed tokens, alternate two ball partitions over the blocks, and give their vectors to a head."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.backbone.block import Block
from chronotope.backbone.linear import SplitLinear
from chronotope.backbone.shape import NetworkConfig
from chronotope.heads.options import build
from chronotope.heads.registry import HEADS

FAINT = -5.0  # logarithm of a prompt's weight beside another token, before it is learned
BLOCKED = -1e4  # exp of it is zero in bf16 and float32


class Embed(nn.Module):
    """Residual two-layer embedding of raw token features."""

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.inner, self.outer, self.skip = nn.Linear(features, width), nn.Linear(width, width), nn.Linear(features, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.skip(x) + self.outer(F.gelu(self.inner(x)))


class Prompt(nn.Module):
    """Learned tokens before those of every series; at first they weigh next to nothing."""

    def __init__(self, count: int, width: int) -> None:
        super().__init__()
        self.tokens = nn.Parameter(torch.randn(count, width) * 0.02)
        self.weight = nn.Parameter(torch.full((), FAINT))

    def forward(self, x: Tensor, position: Tensor, key: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens (s, p + t, d), positions (s, p + t) and keys (s, p + c) with the prompts in front."""
        series, count = len(x), len(self.tokens)
        x = torch.cat([self.tokens.to(x.dtype).expand(series, -1, -1), x], dim=1)
        return x, torch.cat([position.new_zeros(series, count), position], 1), torch.cat([key.new_ones(series, count), key], 1)


class Network(nn.Module):
    """Tokens of any number of series to what the head answers."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_context = Embed(config.context_width, config.width)
        self.embed_query = Embed(config.query_width, config.width)
        self.prompt = Prompt(config.prompts, config.width) if config.prompts else None
        biases = SplitLinear(32, (config.heads,) * config.blocks, bias=True)
        self.relation = nn.Sequential(nn.Linear(config.relations, 32), nn.GELU(), biases)
        times, spaces = config.time.split("+"), config.space.split("+")
        self.blocks = nn.ModuleList(
            Block(config.width, config.heads, config.factor, times[i % len(times)], spaces[i % len(spaces)], config.options)
            for i in range(config.blocks)
        )
        self.norm = nn.LayerNorm(config.width)
        options = ({"detail": config.detail} if config.detail else {}) | config.options.get(config.head, {})
        self.head = build(HEADS[config.head], config.width, config.patch, config.floors, **options)

    @property
    def parts(self) -> dict[str, list[nn.Module]]:
        """Its modules by the part of the work that they do; every parameter belongs to one part."""
        embedding = [self.embed_context, self.embed_query, self.relation, *([self.prompt] if self.prompt is not None else [])]
        return {"embedding": embedding, "blocks": [*self.blocks, self.norm], "head": [self.head]}

    def forward(
        self, context: Tensor, query: Tensor, position: Tensor, key: Tensor, balls: tuple[Tensor, Tensor], relation: tuple[Tensor, Tensor],
        **known: Tensor,
    ) -> Any:  # fmt: skip
        """What the head answers; shapes of the arguments as in `tokens.tokenizer.Tokens`, `known` holds those that heads read."""
        count = context.shape[1]
        queries = self.head.vectors == "query"
        x = self.encode(context, query, position, key, balls, relation, first=count if queries else 0)
        x = x.contiguous() if queries else x[:, :count].contiguous()
        known["key"] = key
        return self.head(x, **{name: known[name] for name in self.head.reads})

    def encode(
        self, context: Tensor, query: Tensor, position: Tensor, key: Tensor, balls: tuple[Tensor, Tensor], relation: tuple[Tensor, Tensor],
        first: int = 0,
    ) -> Tensor:  # fmt: skip
        """Vectors of the tokens (s, c + q - first, d) from number `first` on, before any head; the last block works on these alone."""
        x = torch.cat([self.embed_context(context), self.embed_query(query)], dim=1)
        if self.prompt is not None:
            x, position, key = self.prompt(x, position, key)
        time_bias = _time_bias(key, query.shape[1])
        if self.prompt is not None:
            faint = torch.zeros_like(time_bias[:1, :, :1])
            faint[..., : self.config.prompts] = self.prompt.weight
            time_bias = time_bias + faint
        biases = [self._ball_bias(r, b) for r, b in zip(relation, balls, strict=True)]
        for i, block in enumerate(self.blocks):
            side, leaves = i % 2, self.config.prompts + first if i == len(self.blocks) - 1 else 0
            x = block(x, position, time_bias, balls[side], biases[side][i], leaves)
        return self.norm(x)

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
