"""Checkpoints: all tensors in one safetensors file with the counters beside them, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from chronotope.errors import NoFileError


def save_checkpoint(
    path: Path, network: nn.Module, average: dict[str, torch.Tensor], optimizer: torch.optim.Optimizer, about: dict
) -> None:
    """Write network, averaged weights, optimizer state and `about` (JSON) to `path`."""
    tensors = {f"network.{k}": v.detach().clone() for k, v in network.state_dict().items()}
    tensors |= {f"average.{k}": v.clone() for k, v in average.items()}
    names = [name for name, _ in network.named_parameters()]
    for i, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{names[i]}.{k}": torch.as_tensor(v).clone() for k, v in state.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file({k: v.contiguous() for k, v in tensors.items()}, partial, metadata={"about": json.dumps(about)})
    os.replace(partial, path)


def load_checkpoint(path: Path, network: nn.Module, optimizer: torch.optim.Optimizer | None) -> tuple[dict[str, torch.Tensor], dict]:
    """Restore what `save_checkpoint` wrote; returns the averaged weights and `about`.

    Raises:
        NoFileError: there is no checkpoint at `path`.
    """
    if not path.exists():
        raise NoFileError(f"A checkpoint must exist to resume from; {path} does not. Start without --resume.")
    with safe_open(path, "pt") as file:
        about = json.loads(file.metadata()["about"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    part = lambda prefix: {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}  # noqa: E731
    network.load_state_dict(part("network."))
    if optimizer is not None:
        saved = optimizer.state_dict()
        names = [name for name, _ in network.named_parameters()]
        states = part("optimizer.")
        for i, name in enumerate(names):
            own = {k.rsplit(".", 1)[1]: v for k, v in states.items() if k.rsplit(".", 1)[0] == name}
            if own:
                saved["state"][i] = own
        optimizer.load_state_dict(saved)
    return part("average."), about
