"""Plain space-time transformer: every (place, patch of steps) is a token, and every token reads every other.

Its attention grows with the square of places x steps, which is what the cheaper mixers avoid.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.baselines.networks.head import LEVELS, last_layer
from chronotope.baselines.networks.panel_network import PanelNetwork
from chronotope.baselines.networks.windows import Shape
from chronotope.data.panel import Panel

_WAVES = 4  # wave lengths per axis of a place's code


class Block(nn.Module):
    """Attention among all tokens (b, s, d), then a layer of its own for each; both added to what came in."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask, self.tell = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.inner, self.outer = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (a.unflatten(-1, (self.heads, -1)).transpose(1, 2) for a in self.ask(self.first(x)).chunk(3, -1))
        heard = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + _drop(self.tell(heard), self.dropout, self.training)
        return x + _drop(self.outer(F.gelu(self.inner(self.second(x)))), self.dropout, self.training)


class STTransformer(nn.Module):
    """Tokens of `patch` steps of one place, blocks, and a head that reads all tokens of a place with the coming steps' knowns."""

    def __init__(self, shape: Shape, where: Tensor, patch: int, width: int, heads: int, blocks: int, dropout: float) -> None:
        super().__init__()
        self.shape, self.patch = shape, min(patch, shape.context)
        self.patches = shape.context // self.patch
        self.register_buffer("where", where)
        self.embed = nn.Linear(shape.past * self.patch, width)
        self.place = nn.Linear(where.shape[1], width)
        self.step = nn.Parameter(0.02 * torch.randn(self.patches, 1, width))
        self.known = nn.Linear(shape.future * shape.horizon, width)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(blocks))
        self.mix = nn.Linear(self.patches * width + width, 2 * width)
        self.head = last_layer(2 * width, shape.horizon * shape.variables)

    def forward(self, past: Tensor, future: Tensor) -> Tensor:
        ahead = self.known(future.transpose(1, 2).flatten(2))
        x = past[:, past.shape[1] - self.patches * self.patch :].unflatten(1, (self.patches, self.patch))
        x = self.embed(x.transpose(2, 3).flatten(3)) + self.step + self.place(self.where) + ahead[:, None]
        tokens = x.flatten(1, 2)
        for block in self.blocks:
            tokens = block(tokens)
        own = tokens.unflatten(1, (self.patches, -1)).transpose(1, 2).flatten(2)
        out = self.head(F.relu(self.mix(F.relu(torch.cat([own, ahead], -1)))))
        return out.unflatten(-1, (self.shape.horizon, self.shape.variables, LEVELS)).transpose(1, 2)


def st_transformer(patch: int = 1, width: int = 32, heads: int = 2, blocks: int = 2, dropout: float = 0.1, **options: Any) -> PanelNetwork:
    """A plain space-time transformer; `patch` steps make one token, `options` are those of `PanelNetwork`."""
    build = partial(_build, patch=patch, width=width, heads=heads, blocks=blocks, dropout=dropout)
    return PanelNetwork("st_transformer", build, **options)


def _build(shape: Shape, panel: Panel, **sizes: Any) -> nn.Module:
    return STTransformer(shape, _where(panel), **sizes)


def _where(panel: Panel) -> Tensor:
    """Waves (n, 4w + 1) of each place's position within the extent of all; a constant where positions are not known."""
    n = panel.values.shape[1]
    out = np.ones((n, 4 * _WAVES + 1), np.float32)
    if panel.xy is not None:
        unit = (panel.xy - panel.xy.min(axis=0)) / max(float(np.ptp(panel.xy, axis=0).max()), 1e-12)
        turn = np.pi * unit[:, :, None] * 2.0 ** np.arange(_WAVES)
        out[:, 1:] = np.concatenate([np.sin(turn), np.cos(turn)], axis=-1).reshape(n, -1)
    return torch.from_numpy(out)


def _drop(x: Tensor, share: float, training: bool) -> Tensor:
    """Whole channels left out, the same for all tokens of a window."""
    if not training or not share:
        return x
    return x * (torch.rand(len(x), 1, x.shape[-1]) >= share) / (1 - share)
