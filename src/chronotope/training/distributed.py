"""One process or many: who takes which examples, how gradients meet, who writes.

Started by `torchrun`, each process takes its share of the batches of a step - or of the examples of a batch, if there are more processes
than batches - and the gradients of all add up to that of the whole step. So the number of processes changes how fast a run is, and not
what it learns.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
import torch.distributed as dist
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as knobs
from torch import nn
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel

from chronotope.errors import ArgumentError
from chronotope.training.batch import Batch, Batches

LAST_WORK = 0.5
"""Seconds in which gloo's threads put down their last tensors: FSDP keeps them alive, and one that does so while Python ends aborts it."""


@knobs(frozen=True, config=ConfigDict(extra="forbid"))
class Machine:
    """Knobs of where a training runs."""

    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="auto is the accelerator where there is one")
    parallel: Literal["none", "ddp", "fsdp"] = Field(
        default="ddp", description="how many processes (`torchrun`) share the work, or none to refuse them; a process alone needs neither"
    )
    threads: int = Field(default=0, ge=0, description="of the training process; 0 leaves torch's choice")


@dataclass(frozen=True)
class Share:
    """A corpus whose batches hold only the examples of one of `size` processes."""

    corpus: Batches
    rank: int
    size: int

    def batch(self, step: int) -> Batch:
        return share(self.corpus.batch(step), self.rank, self.size)


@dataclass(frozen=True)
class Team:
    """The processes of one training.

    Attributes:
        rank, size: which of how many this one is.
        parallel: "ddp", every process holds the weights, or "fsdp", the weights are shared out; one process alone needs neither.
        device: where this process computes.
    """

    rank: int = 0
    size: int = 1
    parallel: str = "none"
    device: torch.device = torch.device("cpu")

    @property
    def writes(self) -> bool:
        """Files and words are those of the first process alone."""
        return self.rank == 0

    def plan(self, corpus: Batches, accumulate: int) -> tuple[Batches, range]:
        """What this process draws from, and which of the `accumulate` batches of a step are its own."""
        if accumulate % self.size == 0:
            return corpus, range(self.rank, accumulate, self.size)
        return Share(corpus, self.rank, self.size), range(accumulate)

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network on this process's device, ready to be called; FSDP shares out its weights in place."""
        network.to(self.device)
        if self.size == 1:
            return network
        if self.parallel == "ddp":
            devices = [self.device] if self.device.type == "cuda" else None
            return DistributedDataParallel(network, device_ids=devices)
        mesh = dist.device_mesh.init_device_mesh(self.device.type, (self.size,))
        for layer in getattr(network, "blocks", ()):
            fully_shard(layer, mesh=mesh)
        fully_shard(network, mesh=mesh, ignored_params={p for p in network.parameters() if p.ndim == 0})  # a single number is not cut
        return network

    def together(self, module: nn.Module, last: bool) -> AbstractContextManager:
        """Around forward and backward of one batch: gradients meet after the last one of a step."""
        if isinstance(module, DistributedDataParallel):
            return nullcontext() if last else module.no_sync()
        if isinstance(module, FSDPModule):
            module.set_requires_gradient_sync(last)
        return nullcontext()

    def clip(self, network: nn.Module, most: float) -> float:
        """Scale the gradients down to a norm of at most `most`; returns the norm they had."""
        if self.size == 1 or self.parallel == "ddp":
            return float(nn.utils.clip_grad_norm_(network.parameters(), most))
        grads = [p.grad for p in network.parameters() if p.grad is not None]
        alone = [g for g in grads if not isinstance(g, DTensor)]
        for grad in alone:
            dist.all_reduce(grad.div_(self.size))
        squares = torch.stack([g.to_local().square().sum() for g in grads if isinstance(g, DTensor)]).sum()
        dist.all_reduce(squares)
        norm = float((squares + sum(g.square().sum() for g in alone)).sqrt())
        for grad in grads:
            grad.mul_(min(1.0, most / (norm + 1e-6)))
        return norm

    def total(self, numbers: dict[str, float]) -> dict[str, float]:
        """Sums over all processes; each must have the same names."""
        if self.size == 1 or not numbers:
            return dict(numbers)
        names = sorted(numbers)
        values = torch.tensor([numbers[name] for name in names], dtype=torch.float64, device=self.device)
        dist.all_reduce(values)
        return dict(zip(names, values.tolist(), strict=True))

    def agree(self, decision: bool) -> bool:
        """The first process's decision, in all of them."""
        return self.total({"decision": float(decision and self.writes)})["decision"] > 0

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def join(machine: Machine = Machine()) -> Iterator[Team]:
    """The team that `torchrun` started, or this process alone.

    Raises:
        ArgumentError: there is no such device, or many processes were started and `parallel` is "none".
    """
    size, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    where, parallel = pick_device(machine.device), machine.parallel
    if size == 1:
        yield Team(device=where)
        return
    if parallel == "none":
        raise ArgumentError(f"`parallel` must be ddp or fsdp where many processes train; found none and {size} processes. Set it.")
    if where.type == "cuda":
        where = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        torch.cuda.set_device(where)
    dist.init_process_group("nccl" if where.type == "cuda" else "gloo")
    try:
        yield Team(rank, size, parallel, where)
    finally:
        dist.destroy_process_group()
        time.sleep(LAST_WORK)


def pick_device(name: str) -> torch.device:
    """The device of a name; "auto" is the accelerator where there is one.

    Raises:
        ArgumentError: there is none.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise ArgumentError("`device` must be there; found cuda, and torch sees no accelerator. Write cpu or auto.")
    return torch.device(name)


def share(batch: Batch, rank: int, size: int) -> Batch:
    """The examples of one of `size` processes, weighted as in the whole batch, so that the losses of all add up to the whole one.

    A process for which no example is left takes the first one with weight zero, since all must take part when gradients meet.
    """
    owners = np.unique(batch.example)
    mine = owners[rank::size]
    keep = np.isin(batch.example, mine if len(mine) else owners[:1])
    place = np.cumsum(keep) - 1
    rows = [keep[ball.max(axis=1)] for ball in batch.tokens.balls]
    cut: dict[str, Any] = {k: v[keep] for k, v in vars(batch.tokens).items() if not isinstance(v, tuple)}
    cut["balls"] = tuple(np.where(b[r] >= 0, place[b[r]], -1) for b, r in zip(batch.tokens.balls, rows, strict=True))
    cut["relation"] = tuple(a[r] for a, r in zip(batch.tokens.relation, rows, strict=True))
    own = {name: array[keep] for name, array in batch.own().items()}
    own["weight"] *= np.float32(len(mine) > 0)
    return Batch(replace(batch.tokens, **cut), **own)
