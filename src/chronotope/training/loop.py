"""The training loop: batch by step number, one update, averaged weights, log, checkpoint - exact under restart."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import nn

from chronotope.training.checkpoint import load_checkpoint, save_checkpoint
from chronotope.training.corpus import Batch, Corpus
from chronotope.training.objectives import OBJECTIVES


@dataclass(frozen=True)
class Schedule:
    """Learning rate by step: warm-up, stable, then linear decay to zero over the last `decay` share of `steps`."""

    steps: int
    rate: float = 1e-3
    warmup: int = 200
    decay: float = 0.25

    def at(self, step: int) -> float:
        falling = (self.steps - step) / max(1.0, self.steps * self.decay)
        return self.rate * min(1.0, (step + 1) / self.warmup, max(falling, 0.0))


@dataclass(frozen=True)
class LoopConfig:
    """How to train.

    Attributes:
        schedule: steps and learning rates.
        average: half-life of the weight average, in steps.
        clip: largest gradient norm.
        bf16: autocast matrix products to bf16.
        every_log, every_save, every_check: steps between log lines, checkpoints and validations.
        workers: processes that prepare batches (0: none).
        objective: name in `OBJECTIVES`.
        weight_decay: of matrices.
    """

    schedule: Schedule
    average: float = 300.0
    clip: float = 1.0
    bf16: bool = True
    every_log: int = 50
    every_save: int = 500
    every_check: int = 1000
    workers: int = 1
    objective: str = "quantile_regression"
    weight_decay: float = 0.02


def to_torch(batch: Batch, device: str = "cpu") -> dict:
    """A batch as tensors."""
    turn = lambda a: torch.from_numpy(np.ascontiguousarray(a)).to(device)  # noqa: E731
    tokens = {k: tuple(turn(x) for x in v) if isinstance(v, tuple) else turn(v) for k, v in vars(batch.tokens).items()}
    return {"tokens": tokens, "truth": turn(batch.truth), "weight": turn(batch.weight), "example": turn(batch.example)}


def train(
    network: nn.Module, corpus: Corpus, check: Corpus | None, config: LoopConfig, folder: Path, resume: bool,
    tell: Callable[[dict], None] = lambda line: None,
) -> tuple[dict[str, torch.Tensor], dict]:  # fmt: skip
    """Train to the schedule's end; returns the averaged weights and a report (tokens seen, last validation).

    Args:
        network: changed in place.
        corpus: where batches come from.
        check: validation batches, or None.
        config: how.
        folder: gets `checkpoint.safetensors` and `log.jsonl`.
        resume: go on from the checkpoint in `folder`.
        tell: called with every log line.
    """
    optimizer = _optimizer(network, config)
    average = {k: v.detach().clone() for k, v in network.state_dict().items()}
    path, first = folder / "checkpoint.safetensors", 0
    report: dict = {"tokens": 0}
    if resume:
        average, about = load_checkpoint(path, network, optimizer)
        first, report = int(about["step"]), about["report"]
    folder.mkdir(parents=True, exist_ok=True)
    keep = 0.5 ** (1.0 / config.average)
    objective = OBJECTIVES[config.objective]
    sums: dict[str, float] = {}
    seen, began = 0, time.perf_counter()
    with (folder / "log.jsonl").open("a") as log:
        batches = _prefetch(corpus, first, config.schedule.steps, config.workers)
        for step, batch in batches:
            for group in optimizer.param_groups:
                group["lr"] = config.schedule.at(step)
            with torch.autocast("cpu", torch.bfloat16) if config.bf16 else nullcontext():
                loss, parts = objective(network, to_torch(batch))
            loss.backward()
            norm = float(nn.utils.clip_grad_norm_(network.parameters(), config.clip))
            if np.isfinite(norm):
                optimizer.step()
                sums |= {k: sums.get(k, 0.0) + v for k, v in {**parts, "norm": norm}.items()}
            else:  # one broken batch must not end, nor spoil, a long run; the log counts them
                report["skipped"] = report.get("skipped", 0) + 1
                sums["skipped"] = sums.get("skipped", 0.0) + config.every_log
            optimizer.zero_grad(set_to_none=True)
            _average(average, network, min(keep, (step + 1) / (step + 10)))
            size = batch.tokens.context.shape[0] * (batch.tokens.context.shape[1] + batch.tokens.query.shape[1])
            seen += size
            report["tokens"] += size
            done = step + 1
            if done % config.every_log == 0 or done == config.schedule.steps:
                count = config.every_log if done % config.every_log == 0 else done % config.every_log
                spent = time.perf_counter() - began
                rate = (done - first) / spent
                line = {
                    "step": done, **{k: round(v / count, 5) for k, v in sums.items()}, "rate": config.schedule.at(step),
                    "tokens_per_s": round(seen / spent), "left_s": round((config.schedule.steps - done) / rate),
                }  # fmt: skip
                sums = {}
                if check is not None and (done % config.every_check == 0 or done == config.schedule.steps):
                    report["validation"] = validate(network, average, check, config)
                    line |= report["validation"]
                log.write(json.dumps(line) + "\n")
                log.flush()
                tell(line)
            if done % config.every_save == 0 or done == config.schedule.steps:
                save_checkpoint(path, network, average, optimizer, {"step": done, "report": report})
    return average, report


def validate(network: nn.Module, weights: dict, corpus: Corpus, config: LoopConfig, batches: int = 12) -> dict[str, float]:
    """Loss of the averaged weights on fixed batches, beside the plain mix's."""
    own = {k: v.detach().clone() for k, v in network.state_dict().items()}
    network.load_state_dict(weights)
    total: dict[str, float] = {}
    with torch.no_grad():
        for number in range(batches):
            with torch.autocast("cpu", torch.bfloat16) if config.bf16 else nullcontext():
                _, parts = OBJECTIVES[config.objective](network, to_torch(corpus.batch(number)))
            for k, v in parts.items():
                total[k] = total.get(k, 0.0) + v / batches
    network.load_state_dict(own)
    return {f"check_{k}": round(v, 5) for k, v in total.items()}


def _optimizer(network: nn.Module, config: LoopConfig) -> torch.optim.Optimizer:
    # one group in the order of named_parameters, so that checkpoints can name states; decay of norms and biases is harmless at this size
    return torch.optim.AdamW(network.parameters(), lr=config.schedule.rate, betas=(0.9, 0.98), weight_decay=config.weight_decay, fused=True)


@torch.no_grad()
def _average(average: dict[str, torch.Tensor], network: nn.Module, keep: float) -> None:
    for name, value in network.state_dict().items():
        average[name].mul_(keep).add_(value, alpha=1 - keep)


_WORKER: Corpus | None = None


def _start_worker(corpus: Corpus) -> None:
    global _WORKER
    torch.set_num_threads(1)
    _WORKER = corpus


def _work(step: int) -> Batch:
    assert _WORKER is not None
    return _WORKER.batch(step)


def _prefetch(corpus: Corpus, first: int, last: int, workers: int) -> Iterator[tuple[int, Batch]]:
    """Batches in the order of steps, prepared ahead by other processes."""
    if workers == 0:
        for step in range(first, last):
            yield step, corpus.batch(step)
        return
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # a second, spinning thread makes small products dearer
        os.environ.setdefault(name, "1")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(corpus,)) as pool:
        ahead = 4 * workers + 2
        waiting: list[Future] = [pool.submit(_work, step) for step in range(first, min(first + ahead, last))]
        for step in range(first, last):
            batch = waiting.pop(0).result()
            if step + ahead < last:
                waiting.append(pool.submit(_work, step + ahead))
            yield step, batch
