"""What a configuration will take, before it is run: parameters, memory, work of a step."""

from __future__ import annotations

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from chronotope.backbone.network import Network
from chronotope.training.config import PretrainConfig
from chronotope.training.corpus import SERIES, Corpus
from chronotope.training.loop import recompute, to_torch
from chronotope.training.run import build_network


def plan(config: dict) -> dict:
    """Figures of a run in one process, from one question that is really asked; batches are taken as full.

    Returns:
        name, parameters; `weights_mb` and `checkpoint_mb` on disk; `state_mb` (weights, gradients, optimizer, average) and `activations_mb`
        (kept for the backward pass of a batch) in memory; `tokens` and `gflop` (matrix products of both passes) of a step.
    """
    options = PretrainConfig.of(**config)
    loop, examples = options.loop, options.draws.examples
    batch = Corpus(None, options.seed, worlds=1.0, examples=1).batch(0)
    tokens = to_torch(batch)["tokens"]
    network = build_network(options)
    flop, kept = _forward(network, tokens, loop.in_half("cpu"))
    if loop.recompute:  # inputs of the blocks, and what one block at a time keeps meanwhile
        recompute(network)
        _, inputs = _forward(network, tokens, loop.in_half("cpu"))
        flop, kept = flop * 4 / 3, inputs + (kept - inputs) / options.network.blocks
    parameters = sum(p.numel() for p in network.parameters())
    series, length = batch.tokens.context.shape[0], batch.tokens.context.shape[1] + batch.tokens.query.shape[1]
    full = examples * SERIES / series  # cost is linear in series
    return {
        "name": options.name, "parameters": parameters, "weights_mb": parameters * 2 / 1e6, "checkpoint_mb": parameters * 16 / 1e6,
        "state_mb": parameters * 20 / 1e6, "activations_mb": kept * full / 1e6,
        "tokens": examples * SERIES * length * loop.accumulate, "gflop": 3 * flop * full * loop.accumulate / 1e9,
    }  # fmt: skip


def _forward(network: Network, tokens: dict, bf16: bool) -> tuple[float, float]:
    """Operations of the matrix products of a forward pass, and bytes that are kept for the backward one."""
    kept = {p.untyped_storage().data_ptr(): 0 for p in network.parameters()}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept.setdefault(storage.data_ptr(), storage.nbytes())
        return tensor

    def note(block: torch.nn.Module, given: tuple) -> None:
        keep(given[0])

    hooks = [block.register_forward_pre_hook(note) for block in network.blocks]
    with FlopCounterMode(display=False) as flops, saved_tensors_hooks(keep, lambda tensor: tensor):
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            answer = network(**tokens)
    for hook in hooks:
        hook.remove()
    assert answer is not None  # all that is kept lives until here
    return flops.get_total_flops(), sum(kept.values())
