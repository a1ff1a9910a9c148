"""Growth: weights to begin with, as they are or in a network of twice their width that answers as they do.

Every channel and every head stands twice, and what reads them shares its weight between the two in unequal parts, so that they learn
different things from then on.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from chronotope.backbone.network import Network
from chronotope.errors import ArgumentError

ENDS = ("relation.0", "head.gate", "head.move", "head.steps")  # what they write is not doubled
STARTS = ("embed_context.inner", "embed_context.skip", "embed_query.inner", "embed_query.skip", "relation")  # nor what these read
UNEVEN = 0.2  # the shares of two copies lie within 0.5 -+ this


def begin_from(network: Network, weights: Network, seed: int = 0) -> None:
    """Have `network` answer as `weights` do, in place; a head's network of single steps that they lack keeps its start.

    Args:
        network: of the same shape, or of twice the width and heads.
        weights: what to begin with.
        seed: of the shares.

    Raises:
        ArgumentError: the shapes do not fit.
    """
    own, other = network.config, weights.config
    same, twice = (replace(other, width=k * other.width, heads=k * other.heads, detail=own.detail) for k in (1, 2))
    if own not in (same, twice) or other.detail not in (0, own.detail):
        raise ArgumentError(
            f"`start` must name weights of this shape, or of half its width and heads; they have width {other.width}, heads {other.heads}, "
            f"blocks {other.blocks}, factor {other.factor}, detail {other.detail}. Change the configuration, or begin without them."
        )
    state = weights.state_dict()
    if own != same:
        chance = torch.Generator().manual_seed(seed)
        state = {name: doubled(name, old, own.blocks, chance) for name, old in state.items()}
    network.load_state_dict(network.state_dict() | state)


def doubled(name: str, old: Tensor, blocks: int, chance: torch.Generator) -> Tensor:
    """A tensor of a network as it stands in one of twice the width."""
    if name.startswith("relation.2"):
        return _twice(old.unflatten(0, (blocks, -1)), 1).flatten(0, 1)  # the biases of each block's heads
    if name == "head.sharpness":
        return old
    if not name.startswith(ENDS):
        old = _twice(old.unflatten(0, (3, -1)), 1).flatten(0, 1) if "qkv" in name else _twice(old, 0)
    if old.dim() == 2 and not name.startswith(STARTS):
        if name.startswith("head.steps") and "token" not in name:
            return old
        share = 0.5 + UNEVEN * (2 * torch.rand(old.shape, generator=chance) - 1)
        old = torch.cat([old * share, old * (1 - share)], dim=1)
    return old


def _twice(a: Tensor, axis: int) -> Tensor:
    return torch.cat([a, a], dim=axis)
