"""Growth: weights to begin with, as they are or in a network of twice their width that answers as they do.

Every channel and every head stands twice, and what reads them shares its weight between the two in unequal parts, so that they learn
different things from then on. What stands twice is seen in the sizes of the two networks: a layer's outputs piece by piece (`SplitLinear`),
and its inputs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from chronotope.backbone.mixers.mixer import Mixer
from chronotope.backbone.network import Network
from chronotope.backbone.shape import NetworkConfig
from chronotope.errors import ArgumentError
from chronotope.heads.head import Head
from chronotope.heads.registry import HEADS

UNEVEN = 0.2  # the shares of two copies lie within 0.5 -+ this


@torch.no_grad()
def begin_from(network: Network, weights: Network, seed: int = 0) -> None:
    """Have `network` answer as `weights` do, in place; parts that they lack keep their start.

    Args:
        network: of the same shape, or of twice the width and heads; its head may be another one.
        weights: what to begin with.
        seed: of the shares.

    Raises:
        ArgumentError: the shapes do not fit, or a mixer cannot be doubled.
    """
    own, other = network.config, weights.config
    free: dict[str, Any] = {"detail": own.detail, "head": own.head, "options": _options(own, other.head) | _options(other)}
    same, twice = (replace(other, **free, width=k * other.width, heads=k * other.heads) for k in (1, 2))
    if own not in (same, twice) or other.detail not in (0, own.detail):
        raise ArgumentError(
            f"`start` must name weights of this shape, or of half its width and heads; they have width {other.width}, heads {other.heads}, "
            f"blocks {other.blocks}, factor {other.factor}, detail {other.detail}. Change the configuration, or begin without them."
        )
    fixed = [type(m).__name__ for m in network.modules() if isinstance(m, Mixer) and not m.doubles]
    if own != same and fixed:
        raise ArgumentError(f"`start` must name weights of this width, since {fixed[0]} cannot be doubled; they have {other.width}.")
    take(network, weights, torch.Generator().manual_seed(seed))


def take(new: nn.Module, old: nn.Module, chance: torch.Generator) -> None:
    """Give a module the parameters of one of the same kind, as large or half as wide, and so with the modules in it."""
    own = dict(new.named_parameters(recurse=False))
    for name, parameter in old.named_parameters(recurse=False):
        own[name].copy_(grown(parameter, own[name], _pieces(old, parameter), _pieces(new, own[name]), chance))
    children = dict(new.named_children())
    for name, child in old.named_children():
        other = _head_like(children[name], child) if isinstance(child, Head) else children.get(name)
        if other is not None:
            take(other, child, chance)


def grown(old: Tensor, new: Tensor, pieces: tuple[int, ...], wanted: tuple[int, ...], chance: torch.Generator) -> Tensor:
    """A parameter as it stands where `new` does; `pieces` are those of its first axis, `wanted` those of the first axis of `new`."""
    if old.dim():
        parts = zip(old.split(pieces), pieces, wanted, strict=True)
        old = torch.cat([part if size == goal else torch.cat([part, part]) for part, size, goal in parts])
    if old.dim() == 2 and old.shape[1] != new.shape[1]:
        share = 0.5 + UNEVEN * (2 * torch.rand(old.shape, generator=chance) - 1)
        old = torch.cat([old * share, old * (1 - share)], dim=1)
    return old


def _options(config: NetworkConfig, head: str | None = None) -> dict[str, dict]:
    """Options of the mixers of a network, or of its head where that is another one than `head`."""
    return {name: given for name, given in config.options.items() if (name in HEADS) == (name == config.head != head)}


def _pieces(module: nn.Module, parameter: Tensor) -> tuple[int, ...]:
    return getattr(module, "pieces", tuple(parameter.shape[:1]))


def _head_like(head: nn.Module, other: Head) -> nn.Module | None:
    """The head, or the part of it, that is of the kind of another one."""
    return next((module for module in head.modules() if type(module) is type(other)), None)
