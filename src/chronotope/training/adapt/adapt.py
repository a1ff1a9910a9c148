"""Adapt: a network goes on learning on the earlier part of a panel, and keeps what it learned if that helps on the later part."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from chronotope.backbone.network import Network
from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.pace import paced
from chronotope.training.adapt.methods import METHODS, plain
from chronotope.training.adapt.own_field import OwnField
from chronotope.training.batch import Batch
from chronotope.training.distributed import Team
from chronotope.training.log import Meter
from chronotope.training.loop import LoopConfig, Run, Schedule, to_torch

TRAIN_SHARE = 0.8  # of the steps; the rest is validated on
LEAST_ROWS = 64
QUESTIONS, FEW, CHECKS = 24, 8, 5  # of the validation, the fewest, and how often it is made on the way
MOST_STEPS, FEWEST_STEPS = 2000, 6
REMEMBERED = 128  # batches that are drawn before the same come again
RESERVE = 3  # validations that there must be time for after a step: two are made
BETTER = 1.5  # standard errors by which the validation must be better


@dataclass
class Learned:
    """What came of it.

    Attributes:
        network: the tuned one, or that of before.
        kept: whether it is the tuned one.
        moved: parameters that moved.
        steps, seconds: of the training.
        before, after, floors: mean loss of the validation without the tuning, with it, and of the floors' plain mix; best 0.
        error: standard error of before less after.
        checks: (step, loss) of every validation.
    """

    network: Network
    kept: bool
    moved: int
    steps: int
    seconds: float
    before: float
    after: float
    floors: float
    error: float
    checks: list[tuple[int, float]] = field(default_factory=list)


def adapt(
    network: Network, panel: Panel, method: str, *, deadline: float, steps: int | None, seed: int, bf16: bool, device: str = "cpu"
) -> Learned:
    """Go on learning on a panel; the network that is given stays as it is.

    Args:
        network: pretrained.
        panel: float32 values (t, n, v).
        method: a key of `METHODS`.
        deadline: `time.monotonic()` before which all of it ends; infinity where `steps` are given.
        steps: of training, or None: as many as there is time for, by the time that the first ones take.
        seed: of every draw; with `steps` the same seed gives the same weights bit by bit.
        bf16: whether matrix products are in bf16.
        device: where it is trained.

    Raises:
        DataError: the panel is too short, or too empty to ask about.
    """
    began = time.monotonic()
    rows = len(panel.times)
    if rows < LEAST_ROWS:
        raise DataError(f"A field to learn from must have at least {LEAST_ROWS} steps; found {rows}. The model answers it as it is.")
    cut = int(TRAIN_SHARE * rows)
    batches, team = _Pool(OwnField(panel, cut, seed)), Team(device=torch.device(device))
    check = OwnField(panel, cut, seed, "validation", examples=1)
    questions = _questions(check, began + 0.15 * (deadline - began))
    with torch.random.fork_rng(), _in_one_order():
        torch.manual_seed(seed)
        moving = METHODS[method].prepared(network).to(device)
        first = time.monotonic()
        config = _config(method, 1, bf16)
        before, floors = _losses(network, questions, config, device)
        checking = time.monotonic() - first
        left = deadline - time.monotonic()
        looks = CHECKS if steps is not None else int(np.clip(0.3 * left / max(checking, 1e-6), 1, CHECKS))
        count = _steps(moving, batches, method, bf16, team, deadline - (looks + 2) * checking) if steps is None else steps
        weights, checks = _trained(moving, batches, questions, _config(method, count, bf16), team, deadline, checking, looks)
        made = plain(moving.cpu(), weights)
        after, _ = _losses(made.to(device), questions, config, device)
    gap = before - after
    error, kept = float(gap.std(ddof=1) / np.sqrt(len(gap))), is_better(gap)
    moved = sum(p.numel() for p in moving.parameters() if p.requires_grad)
    means = (float(before.mean()), float(after.mean()), float(floors.mean()))
    done = checks[-1][0] if checks else 0
    return Learned(made if kept else network, kept, moved, done, time.monotonic() - began, *means, error, checks)


def is_better(gap: np.ndarray) -> bool:
    """Whether what was gained (k,) on the questions is more than their scatter."""
    return bool(gap.mean() > BETTER * gap.std(ddof=1) / np.sqrt(len(gap)))


class _Pool:
    """The first batches again and again, drawn once."""

    def __init__(self, source: OwnField) -> None:
        self._source, self._drawn = source, dict[int, Batch]()

    def batch(self, step: int) -> Batch:
        number = step % REMEMBERED
        if number not in self._drawn:
            self._drawn[number] = self._source.batch(number)
        return self._drawn[number]


def _config(method: str, steps: int, bf16: bool) -> LoopConfig:
    schedule = Schedule(steps=steps, rate=METHODS[method].rate, warmup=max(1, min(20, steps // 5)), decay=0.5)
    return LoopConfig(schedule=schedule, average=max(1.0, steps / 12), weight_decay=0.0, bf16=bf16, workers=0)


def _questions(check: OwnField, until: float) -> list[Batch]:
    """The questions of the validation; fewer where drawing them would take until then, but some."""
    drawn: list[Batch] = []
    while len(drawn) < QUESTIONS and (len(drawn) < FEW or time.monotonic() < until):
        drawn.append(check.batch(len(drawn)))
    return drawn


def _steps(moving: Network, batches: _Pool, method: str, bf16: bool, team: Team, deadline: float) -> int:
    """How many steps fit before the deadline, by the time of two that are forgotten again."""
    held = {name: value.clone() for name, value in moving.state_dict().items()}
    began = time.monotonic()
    run, meter = Run(moving, _config(method, 2, bf16), team), Meter(2, 0, team)
    for step in range(2):
        run.update(step, iter([batches.batch(step)]), 1, meter)
    each = (time.monotonic() - began) / 2
    moving.load_state_dict(held)
    left = deadline - time.monotonic()
    return int(np.clip(0.9 * left / max(each, 1e-6), FEWEST_STEPS, MOST_STEPS))


def _trained(
    moving: Network,
    batches: _Pool,
    questions: list[Batch],
    config: LoopConfig,
    team: Team,
    deadline: float,
    checking: float,
    looks: int,
) -> tuple[dict[str, Tensor], list[tuple[int, float]]]:
    """The averaged weights that were best in a validation on the way, and all of these."""
    steps = config.schedule.steps
    at = {round(steps * k / looks) for k in range(1, looks + 1)} - {0}
    run, meter, checks = Run(moving, config, team), Meter(steps, 0, team), list[tuple[int, float]]()
    best, weights, slowest = float("inf"), {k: v.clone() for k, v in run.average.items()}, 0.0
    for step in paced(range(steps)):
        began = time.monotonic()
        run.update(step, iter([batches.batch(step)]), 1, meter)
        slowest = max(slowest, time.monotonic() - began)
        stop = time.monotonic() + RESERVE * checking + slowest > deadline
        if step + 1 in at or stop:
            own = {k: v.clone() for k, v in moving.state_dict().items()}
            moving.load_state_dict(run.average)
            began = time.monotonic()
            loss = float(_losses(moving, questions, config, str(team.device))[0].mean())
            checking = max(checking, time.monotonic() - began)
            moving.load_state_dict(own)
            checks.append((step + 1, loss))
            if loss < best:
                best, weights = loss, {k: v.clone() for k, v in run.average.items()}
        if stop:
            break
    return {name: value.cpu() for name, value in weights.items()}, checks


def _losses(network: Network, questions: list[Batch], config: LoopConfig, device: str) -> tuple[np.ndarray, np.ndarray]:
    """Losses (k,) of a network on questions, and those of the floors' plain mix."""
    found = []
    with torch.no_grad():
        for batch in questions:
            with torch.autocast(device.split(":")[0], torch.bfloat16, enabled=config.in_half(device)):
                found.append(config.goal(network, to_torch(batch, device))[1])
    return np.array([one["loss"] for one in found]), np.array([one["mix"] for one in found])


@contextmanager
def _in_one_order() -> Iterator[None]:
    """Sums are added in the same order every time."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
