"""The training loop: batches by number, one update a step, averaged weights, log, checkpoint - exact under restart."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from chronotope.backbone.half import has_bf16
from chronotope.errors import unknown
from chronotope.training.batch import Batch, Batches
from chronotope.training.checkpoint import load_checkpoint, restore, save_checkpoint, state_of, whole
from chronotope.training.distributed import Team
from chronotope.training.log import Meter
from chronotope.training.objectives.goal import Goal
from chronotope.training.prefetch import prefetch

FROZEN = ConfigDict(extra="forbid")
Steps = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=FROZEN)
class Schedule:
    """Knobs of the learning rate by step: warm-up, stable, then linear decay to zero."""

    steps: int = Field(gt=0, description="of the whole training")
    rate: float = Field(default=1e-3, gt=0, description="largest learning rate")
    warmup: int = Field(default=200, ge=1, description="steps until the rate is reached")
    decay: float = Field(default=0.25, ge=0, le=1, description="share of the steps, the last ones, in which it falls to zero")

    def at(self, step: int) -> float:
        falling = (self.steps - step) / max(1.0, self.steps * self.decay)
        return self.rate * min(1.0, (step + 1) / self.warmup, max(falling, 0.0))


@dataclass(frozen=True, config=FROZEN)
class LoopConfig:
    """Knobs of the loop."""

    schedule: Schedule
    goal: Goal = Field(default_factory=Goal)
    accumulate: int = Field(default=1, ge=1, description="batches of a step, which teach what one of all would")
    average: float = Field(default=300.0, gt=0, description="half-life of the averaged weights, in steps")
    clip: float = Field(default=1.0, gt=0, description="largest norm of the gradient")
    weight_decay: float = Field(default=0.02, ge=0, description="of all parameters, norms and biases too")
    freeze: list[str] = Field(default_factory=list, description="parts that stay as they are: embedding, blocks, head")
    rates: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict, description="rates of parts, in units of the schedule's")
    bf16: bool | None = Field(default=None, description="autocast matrix products to bf16; none: where the processor gains by it")
    recompute: bool = Field(default=False, description="the blocks in the backward pass: less memory, a third more work")
    compile: bool = Field(default=False, description="the feed-forward layers; what mixes series has changing shapes")
    every_log: Steps = Field(default=50, description="steps between lines of the log")
    every_save: Steps = Field(default=500, description="steps between checkpoints")
    every_check: Steps = Field(default=1000, description="steps between validations")
    workers: int = Field(default=1, ge=0, description="processes that prepare batches; 0 for none")

    def in_half(self, device: torch.device | str) -> bool:
        """Whether products are autocast to bf16 on a device."""
        return has_bf16(str(device)) if self.bf16 is None else self.bf16


def to_torch(batch: Batch, device: str | torch.device = "cpu") -> dict:
    """A batch as tensors."""
    turn = lambda a: torch.from_numpy(np.ascontiguousarray(a)).to(device)  # noqa: E731
    tokens = {k: tuple(turn(x) for x in v) if isinstance(v, tuple) else turn(v) for k, v in vars(batch.tokens).items()}
    return {"tokens": tokens} | {name: turn(array) for name, array in batch.own().items()}


def train(
    network: nn.Module, corpus: Batches, check: Batches | None, config: LoopConfig, folder: Path, resume: bool,
    tell: Callable[[dict], None] = lambda line: None, team: Team = Team(), deadline: float = float("inf"),
    tokens: int = 0,
) -> tuple[dict[str, Tensor], dict]:  # fmt: skip
    """Train to the schedule's end, or to the deadline; returns the averaged weights and a report (step, tokens seen, last validation).

    Args:
        network: changed in place.
        corpus: where batches come from.
        check: validation batches, or None.
        config: how.
        folder: gets the checkpoint and `log.jsonl`.
        resume: go on from the checkpoint in `folder`.
        tell: called with every log line.
        team: the processes that train together.
        deadline: `time.monotonic()` before which the run ends with a checkpoint.
        tokens: that the network has seen before step 0.
    """
    run = Run(network, config, team)
    report: dict = {"step": 0, "tokens": tokens}
    if resume:
        tensors, about = load_checkpoint(folder)
        run.average, report = restore(tensors, network, run.optimizer), {"step": int(about["step"])} | about["report"]
    first, steps = report["step"], config.schedule.steps
    meter = Meter(steps, first, team)
    drawn, own = team.plan(corpus, config.accumulate)
    numbers = (step * config.accumulate + place for step in range(first, steps) for place in own)
    slowest = 0.0
    folder.mkdir(parents=True, exist_ok=True)
    with closing(prefetch(drawn, numbers, config.workers)) as batches:  # type: ignore[type-var]
        for step in range(first, steps):
            began, done = time.monotonic(), step + 1
            run.update(step, batches, len(own), meter)
            stop = deadline < float("inf") and team.agree(time.monotonic() + slowest > deadline)
            ends = stop or done == steps
            if ends or done % config.every_log == 0 or done % config.every_save == 0:
                report = meter.report(report | {"step": done})
            if ends or done % config.every_log == 0:
                line = meter.line(done, config.schedule.at(step))
                if check is not None and (done == steps or done % config.every_check == 0):
                    report["validation"] = validate(network, run.average, check, config, team=team)
                    line |= report["validation"]
                if team.writes:
                    with (folder / "log.jsonl").open("a") as log:
                        log.write(json.dumps(line) + "\n")
                    tell(line)
            if ends or done % config.every_save == 0:
                tensors = state_of(network, run.average, run.optimizer)
                if team.writes:
                    save_checkpoint(folder, tensors, {"step": done, "report": report})
            if stop:
                break
            slowest = max(slowest, time.monotonic() - began)
    return {name: whole(tensor) for name, tensor in run.average.items()}, report


class Run:
    """Network, optimizer and average of a training, and what one step does to them."""

    def __init__(self, network: nn.Module, config: LoopConfig, team: Team) -> None:
        if config.recompute:
            recompute(network)
        if config.compile:
            for block in _blocks(network):
                block.feed.compile(dynamic=True)
        for module in chosen(network, config.freeze, "freeze"):
            module.requires_grad_(False)
        self.network, self.config, self.team, self.module = network, config, team, team.wrap(network)
        decay, rate = config.weight_decay, config.schedule.rate
        self.optimizer = torch.optim.AdamW(groups(network, config), lr=rate, betas=(0.9, 0.98), weight_decay=decay, fused=True)
        self.average = {k: v.detach().clone() for k, v in network.state_dict().items()}
        self.keep = 0.5 ** (1.0 / config.average)

    def update(self, step: int, batches: Iterator[Batch], count: int, meter: Meter) -> None:
        """One step from the next `count` batches."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.schedule.at(step) * group["share"]
        sums: dict[str, float] = {}
        tokens = 0
        for number in range(count):
            with meter.waiting():
                batch = next(batches)
            tokens += batch.tokens.context.shape[0] * (batch.tokens.context.shape[1] + batch.tokens.query.shape[1])
            for name, value in self._backward(batch, number == count - 1).items():
                sums[name] = sums.get(name, 0.0) + value / self.config.accumulate
        meter.step(sums, self.finish(step), tokens)

    def finish(self, step: int) -> float:
        """Clip, update, average; returns the norm of the gradients."""
        norm = self.team.clip(self.network, self.config.clip)
        if np.isfinite(norm):  # one broken batch must not end, nor spoil, a long run; the log counts them
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        _average(self.average, self.network, min(self.keep, (step + 1) / (step + 10)))
        return norm

    def _backward(self, batch: Batch, last: bool) -> dict[str, float]:
        device = self.team.device
        with self.team.together(self.module, last):
            with torch.autocast(device.type, torch.bfloat16, enabled=self.config.in_half(device)):
                loss, parts = self.config.goal(self.module, to_torch(batch, device))
            (loss * (self.team.size / self.config.accumulate)).backward()  # where processes meet, they take the mean
        return parts


def chosen(network: nn.Module, names: Iterable[str], knob: str) -> list[nn.Module]:
    """The modules of some parts of a network.

    Raises:
        ArgumentError: the network has no such part.
    """
    parts = getattr(network, "parts", {})
    for name in names:
        if name not in parts:
            raise unknown(f"`{knob}` must name parts of the network, which", name, parts)
    return [module for name in names for module in parts[name]]


def groups(network: nn.Module, config: LoopConfig) -> list[dict[str, Any]]:
    """What the optimizer moves, in groups with a share of the rate: the rest first, then the parts that have a rate of their own."""
    own = [(share, [p for m in chosen(network, [name], "rates") for p in m.parameters()]) for name, share in config.rates.items()]
    taken = {id(p) for _, some in own for p in some}
    rest = [p for p in network.parameters() if id(p) not in taken]
    return [{"params": [p for p in some if p.requires_grad], "share": share} for share, some in [(1.0, rest), *own]]


def validate(
    network: nn.Module, weights: dict[str, Tensor], corpus: Batches, config: LoopConfig, batches: int = 12, team: Team = Team()
) -> dict[str, float]:
    """Loss of the averaged weights on fixed batches, beside the plain mix's; processes share out the batches."""
    own = {k: v.detach().clone() for k, v in network.state_dict().items()}
    network.load_state_dict(weights)
    total: dict[str, float] = {}
    with torch.no_grad():
        for first in range(0, batches, team.size):
            number = first + team.rank
            with torch.autocast(team.device.type, torch.bfloat16, enabled=config.in_half(team.device)):
                _, parts = config.goal(network, to_torch(corpus.batch(min(number, batches - 1)), team.device))
            for k, v in parts.items():
                total[k] = total.get(k, 0.0) + v / batches * (number < batches)  # all must take part in every call
    network.load_state_dict(own)
    return {f"check_{k}": round(v, 5) for k, v in team.total(total).items()}


def recompute(network: nn.Module) -> None:
    """Have the blocks of a network forget what they computed, and compute it anew when the backward pass needs it."""
    for block in _blocks(network):
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)


def _blocks(network: nn.Module) -> Iterable[Any]:
    return getattr(network, "blocks", ())


@torch.no_grad()
def _average(average: dict[str, Tensor], network: nn.Module, keep: float) -> None:
    for name, value in network.state_dict().items():
        average[name].mul_(keep).add_(value, alpha=1 - keep)
