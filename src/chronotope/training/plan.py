"""What a configuration will take, before it is run: parameters, memory, work of a step."""

from __future__ import annotations

from chronotope.training.config import PretrainConfig


def plan(config: dict) -> dict:
    """Figures of a run in one process, from one question that is really asked; batches are taken as full.

    Returns:
        name, parameters; `weights_mb` and `checkpoint_mb` on disk; `state_mb` (weights, gradients, optimizer, average) and `activations_mb`
        (kept for the backward pass of a batch) in memory; `tokens` and `gflop` (matrix products of both passes) of a step.
    """
    import torch
    from torch.autograd.graph import saved_tensors_hooks
    from torch.utils.flop_counter import FlopCounterMode

    from chronotope.training.corpus import SERIES, Corpus
    from chronotope.training.loop import to_torch
    from chronotope.training.run import build_network

    options = PretrainConfig.model_validate(config)
    batch = Corpus(None, options.seed, 1.0, 1).batch(0)
    network = build_network(options)
    kept = {p.untyped_storage().data_ptr(): 0 for p in network.parameters()}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept.setdefault(storage.data_ptr(), storage.nbytes())
        return tensor

    with FlopCounterMode(display=False) as flops, saved_tensors_hooks(keep, lambda tensor: tensor):
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
            network(**to_torch(batch)["tokens"])
    parameters = sum(p.numel() for p in network.parameters())
    series, length = batch.tokens.context.shape[0], batch.tokens.context.shape[1] + batch.tokens.query.shape[1]
    full = options.examples * SERIES / series  # cost is linear in series
    return {
        "name": options.name, "parameters": parameters, "weights_mb": parameters * 2 / 1e6, "checkpoint_mb": parameters * 16 / 1e6,
        "state_mb": parameters * 20 / 1e6, "activations_mb": sum(kept.values()) * full / 1e6,
        "tokens": options.examples * SERIES * length * options.accumulate,
        "gflop": 3 * flops.get_total_flops() * full * options.accumulate / 1e9,
    }  # fmt: skip
