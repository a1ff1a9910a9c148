"""Checkpoints: parts of at most 16 MB and an index that is replaced last, so that the old checkpoint stays until the new one is whole.

    network, average, optimizer --state_of--> tensors by name --save_checkpoint--> files --load_checkpoint--> tensors --restore-->

Tensors are stored whole, however many processes share them out, so that a run goes on with more or fewer processes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

from chronotope.errors import DataError, NoFileError
from chronotope.training.files import write_whole

INDEX = "checkpoint.json"
PARTS = "checkpoint-*.safetensors"
PART = 15_500_000  # bytes of tensors in a part; one tensor that has more stands alone
ONE_FILE = "checkpoint.safetensors"  # as version 0.1.0 wrote it; still read


def save_checkpoint(folder: Path, tensors: dict[str, Tensor], about: dict) -> None:
    """Write tensors and `about` (JSON, with `step`) to `folder`; what was there before goes when all is written.

    Raises:
        ChronotopeError: it cannot be written; the old checkpoint is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = list(_parts(tensors))
    names = [f"checkpoint-{about['step']:08d}-{number:02d}.safetensors" for number in range(len(parts))]
    step, need = saved_step(folder), sum(t.nbytes for t in tensors.values())
    left = "start again" if step is None else f"go on with --resume: the checkpoint of step {step} is whole"
    write_whole(_files(folder, names, parts, about), need, f"Make room, then {left}.")
    for path in [*folder.glob(PARTS), folder / ONE_FILE]:
        if path.name not in names:
            path.unlink(missing_ok=True)


def load_checkpoint(folder: Path) -> tuple[dict[str, Tensor], dict]:
    """Tensors and `about` as they were saved.

    Raises:
        NoFileError: there is no checkpoint in `folder`, or a part is missing.
        DataError: a part cannot be read.
    """
    index = _index(folder)
    if index is None:
        raise NoFileError(f"A checkpoint must exist to resume from; {folder} holds none. Start without --resume.")
    tensors: dict[str, Tensor] = {}
    for name in index["parts"]:
        if not (folder / name).exists():
            raise NoFileError(f"A checkpoint must have all of its {len(index['parts'])} parts; {folder} has no {name}. Copy it there.")
        try:
            tensors |= load_file(folder / name)
        except SafetensorError as error:
            raise DataError(f"A part of a checkpoint must be whole; {folder / name} is not ({error}). Copy it again.") from error
    return tensors, index["about"]


def saved_step(folder: Path) -> int | None:
    """The step of the checkpoint in `folder`, or None."""
    index = _index(folder)
    return None if index is None else int(index["about"]["step"])


def state_of(network: nn.Module, average: dict[str, Tensor], optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Everything a run goes on from, as whole tensors by name. Processes that share out weights must all call it."""
    tensors = {f"network.{k}": v for k, v in network.state_dict().items()} | {f"average.{k}": v for k, v in average.items()}
    for name, parameter in network.named_parameters():
        tensors |= {f"optimizer.{name}.{k}": torch.as_tensor(v) for k, v in optimizer.state.get(parameter, {}).items()}
    return {name: whole(tensor) for name, tensor in tensors.items()}


def restore(tensors: dict[str, Tensor], network: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Put the state back into network and optimizer, shared out as they are; returns the averaged weights.

    Raises:
        DataError: the state is that of another network.
    """
    own = network.state_dict()
    weights, average = _under("network.", tensors), _under("average.", tensors)
    shapes, needed = ({k: tuple(v.shape) for k, v in some.items()} for some in (weights, own))
    if shapes != needed:
        wrong = sorted(k for k in shapes.keys() | needed.keys() if shapes.get(k) != needed.get(k))[0]
        raise DataError(
            f"A checkpoint must be of the configured network; {wrong} has shape {shapes.get(wrong)} there and {needed.get(wrong)} here. "
            "Go on with the configuration it was begun with, or begin in another folder."
        )
    network.load_state_dict({k: _like(v, own[k]) for k, v in weights.items()})
    for name, parameter in network.named_parameters():
        state = _under(f"optimizer.{name}.", tensors)
        if state:
            optimizer.state[parameter] = {
                k: _like(v, parameter) if v.shape == parameter.shape else v.to(parameter.device) for k, v in state.items()
            }
    return {k: _like(v, own[k]) for k, v in average.items()}


def whole(tensor: Tensor) -> Tensor:
    """A tensor on the CPU, gathered if processes share it out."""
    tensor = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
    return tensor.detach().cpu().contiguous()


def _like(tensor: Tensor, own: Tensor) -> Tensor:
    """A whole tensor on the device of `own`, shared out as it is."""
    if isinstance(own, DTensor):
        return distribute_tensor(tensor.to(own.device), own.device_mesh, own.placements, src_data_rank=None)
    return tensor.to(own.device)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}


def _parts(tensors: dict[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    part: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if part and sum(t.nbytes for t in part.values()) + tensor.nbytes > PART:
            yield part
            part = {}
        part[name] = tensor
    yield part


def _files(folder: Path, names: list[str], parts: list[dict[str, Tensor]], about: dict) -> Iterator[tuple[Path, bytes]]:
    for name, part in zip(names, parts, strict=True):
        yield folder / name, save(part)
    yield folder / INDEX, json.dumps({"about": about, "parts": names}).encode()


def _index(folder: Path) -> dict | None:
    if (folder / INDEX).exists():
        return json.loads((folder / INDEX).read_text())
    if not (folder / ONE_FILE).exists():
        return None
    with safe_open(folder / ONE_FILE, "pt") as file:
        return {"about": json.loads(file.metadata()["about"]), "parts": [ONE_FILE]}
