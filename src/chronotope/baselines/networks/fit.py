"""Fit: the one small trainer of all networks here, with early stopping on the last part of the training rows."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Loss = Callable[[nn.Module, np.ndarray], Tensor]


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Attributes:
        steps: updates at most; the learning rate falls along half a cosine over them.
        batch: windows per update.
        rate, decay: of AdamW.
        checks: looks at the held-out rows; patience: looks without a better one before training stops.
        held_out: share of the training windows, the last in time, that only decide when to stop.
        again: train once more on all training windows for as many steps as were best.
        members: networks with seeds seed, seed + 1, ... whose quantiles are averaged.
    """

    steps: int = 600
    batch: int = 16
    rate: float = 3e-3
    decay: float = 1e-3
    checks: int = 12
    patience: int = 4
    held_out: float = 0.15
    again: bool = True
    seed: int = 0
    members: int = 1


@dataclass(frozen=True)
class Fitted:
    """A trained network, the step that was best, and the held-out loss at the start and there."""

    network: nn.Module
    steps: int
    first: float
    best: float


def fit(build: Callable[[], nn.Module], loss: Loss, windows: int, gap: int, training: Training) -> Fitted:
    """Train one network; the seed decides everything and torch's own state is left as it was.

    Args:
        build: makes the network.
        loss: of the windows with the given numbers, as a scalar.
        windows: how many there are, in order of time.
        gap: windows left out between those trained on and those held out, so that no answer of the first reaches into the second.
    """
    held = max(int(training.held_out * windows), 1)
    early, late = np.arange(max(windows - held - gap, 1)), np.arange(windows - held, windows)
    look = late[np.unique(np.linspace(0, held - 1, 96).astype(int))]
    with torch.random.fork_rng(devices=[]):
        found = _train(build, loss, early, training, look)
        if training.again and found.steps:
            last = _train(build, loss, np.arange(windows), training, np.arange(0), found.steps)
            found = replace(found, network=last.network)
    return found


def fit_members(build: Callable[[], nn.Module], loss: Loss, windows: int, gap: int, training: Training) -> list[Fitted]:
    """`training.members` networks, each with a seed of its own."""
    return [fit(build, loss, windows, gap, replace(training, seed=training.seed + i)) for i in range(training.members)]


def _train(build: Callable[[], nn.Module], loss: Loss, index: np.ndarray, training: Training, look: np.ndarray, steps: int = 0) -> Fitted:
    """Train on windows `index`; keep the weights that are best on `look`, or the last after `steps` where nothing is looked at."""
    torch.manual_seed(training.seed)
    rng = np.random.default_rng(training.seed)
    network = build()
    optimiser = torch.optim.AdamW(network.parameters(), lr=training.rate, weight_decay=training.decay)
    every = max(training.steps // training.checks, 1)
    first = best = _look(network, loss, look)
    kept: tuple[int, Any] = (0, copy.deepcopy(network.state_dict()))
    order = _batches(rng, index, training.batch)
    for step in range(1, (steps or training.steps) + 1):
        _update(network, optimiser, loss, next(order), _rate(step, training))
        if len(look) and step % every == 0:
            now = _look(network, loss, look)
            if now < best:
                best, kept = now, (step, copy.deepcopy(network.state_dict()))
            elif step - kept[0] >= training.patience * every:
                break
    if len(look):
        network.load_state_dict(kept[1])
    return Fitted(network.eval(), kept[0], first, best)


def _update(network: nn.Module, optimiser: torch.optim.Optimizer, loss: Loss, index: np.ndarray, rate: float) -> None:
    network.train()
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad()
    loss(network, index).backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()


def _rate(step: int, training: Training) -> float:
    warm = min(step / max(0.05 * training.steps, 1), 1.0)
    return training.rate * warm * (0.02 + 0.98 * (1 + math.cos(math.pi * step / training.steps)) / 2)


def _look(network: nn.Module, loss: Loss, index: np.ndarray) -> float:
    """Mean loss of the windows `index`, without dropout."""
    if not len(index):
        return math.inf
    network.eval()
    with torch.no_grad():
        parts = [float(loss(network, part)) * len(part) for part in np.array_split(index, max(len(index) // 16, 1))]
    return sum(parts) / len(index)


def _batches(rng: np.random.Generator, index: np.ndarray, size: int):
    """Windows in random order, all of them before any comes again."""
    while True:
        order = rng.permutation(index)
        for i in range(0, max(len(order) - size + 1, 1), size):
            yield order[i : i + size]
