"""What of a network moves when it is adapted; `METHODS` maps a name to what prepares a copy of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from chronotope.backbone.network import Network
from chronotope.errors import ArgumentError
from chronotope.training.adapt.lora import add_low_rank, fold

PROMPTS = 8


@dataclass(frozen=True)
class Method:
    """A way to adapt.

    Attributes:
        words: what moves.
        rate: largest learning rate.
        prepared: a network to a copy of it in which what moves, and nothing else, requires gradients.
    """

    words: str
    rate: float
    prepared: Callable[[Network], Network]


def plain(network: Network, weights: dict[str, Tensor]) -> Network:
    """A network as it is kept, from a prepared one and weights for it: nothing of low-rank steps is left, numbers are those of a file."""
    made = copy.deepcopy(network)
    made.load_state_dict(weights)
    fold(made)
    halves = {name: value.to(torch.float16).to(torch.float32) for name, value in made.state_dict().items()}
    made.load_state_dict(halves)
    return made.requires_grad_(False).eval()


def _full(network: Network) -> Network:
    return _copy(network).requires_grad_(True)


def _head(network: Network) -> Network:
    made = _copy(network)
    for module in made.parts["head"]:
        module.requires_grad_(True)
    return made


def _lora(network: Network) -> Network:
    made = _copy(network)
    add_low_rank(made.blocks)
    return made


def _prompt(network: Network) -> Network:
    if network.config.prompts:
        raise ArgumentError("method must be another one: these weights have prompts already, and 'full' moves them too.")
    times = {getattr(block.time, "third", "") for block in network.blocks}
    if times != {"bias"}:
        raise ArgumentError(f"method 'prompt' is for networks with attention along time; this one has {network.config.time}. Take 'lora'.")
    made = Network(replace(network.config, prompts=PROMPTS))
    made.load_state_dict(network.state_dict(), strict=False)
    made.requires_grad_(False)
    assert made.prompt is not None
    made.prompt.requires_grad_(True)
    return made.eval()


def _copy(network: nn.Module) -> Network:
    made = copy.deepcopy(network)
    assert isinstance(made, Network)
    return made.requires_grad_(False).eval()


METHODS: dict[str, Method] = {
    "lora": Method("low-rank steps beside the layers of the blocks", 1e-3, _lora),
    "head": Method("what turns vectors into quantiles", 5e-4, _head),
    "full": Method("every weight", 1e-4, _full),
    "prompt": Method(f"{PROMPTS} tokens that every series reads", 5e-3, _prompt),
}
