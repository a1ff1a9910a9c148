"""Small packed corpora, loops of a few steps, and a training that is cut off: for tests of training, also in a process of their own."""

import os
import signal
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from chronotope.training.checkpoint import load_checkpoint
from chronotope.training.corpus import Corpus
from chronotope.training.loop import LoopConfig, Schedule, train
from chronotope.training.prefetch import Remembered
from chronotope.training.sources import Entry, pack
from tiles import rhythm, small_network

STEPS = 6


def write_raw(data: Path) -> None:
    """Two files as people have them: `hourly.npz` with places, `daily.csv`, a long table."""
    data.mkdir(parents=True, exist_ok=True)
    hourly = rhythm(400, 8, 2)
    np.savez(data / "hourly.npz", values=hourly.values, time=hourly.times, lat=50 + hourly.xy[:, 1] / 1e4, lon=8 + hourly.xy[:, 0] / 1e4)
    daily = rhythm(150, 3, freq="1D", seed=1)
    index = np.indices(daily.values.shape[:2]).reshape(2, -1)
    table = pd.DataFrame({"time": daily.times[index[0]], "place": [f"p{i}" for i in index[1]], "flow": daily.values[index[0], index[1], 0]})
    table.to_csv(data / "daily.csv", index=False)


def packed(folder: Path) -> Path:
    """Both files packed below `folder`."""
    write_raw(folder / "data")
    for name, path in (("hourly", "hourly.npz"), ("daily", "daily.csv")):
        pack(Entry(name, path, "made", "none", weight=2.0 if name == "daily" else 1.0), folder / "data", folder / "packed")
    return folder / "packed"


@cache
def drawn(packed: Path, seed: int, examples: int = 2, part: str = "train") -> Remembered:
    """A corpus without worlds whose batches are drawn once for all tests: drawing takes longer than the steps of a small network."""
    return Remembered(Corpus(packed, seed, part, worlds=0.0, examples=examples))


def loop(steps=STEPS, **changed) -> LoopConfig:
    return LoopConfig(Schedule(steps, 3e-3, 2), average=4, bf16=False, **{"every_log": 2, "every_save": 3, "workers": 0} | changed)


class Killed(RuntimeError):
    """A training that was cut off."""


@dataclass
class CutOff:
    """A corpus that ends its own process, or only raises, when a step asks for a batch."""

    corpus: Corpus | Remembered
    step: int
    hard: bool = False

    def batch(self, step):
        if step == self.step and self.hard:
            os.kill(os.getpid(), signal.SIGKILL)
        if step == self.step:
            raise Killed
        return self.corpus.batch(step)


def train_small(folder: Path, packed: Path, resume=False, cut=None, hard=False, examples=2, **changed):
    """(network, average, report) after a training of a few steps."""
    torch.set_num_threads(1)
    corpus = drawn(packed, 5, examples)
    network = small_network(1)
    average, report = train(network, corpus if cut is None else CutOff(corpus, cut, hard), None, loop(**changed), folder, resume)
    return network, average, report


def state(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of the checkpoint in a folder."""
    return load_checkpoint(folder)[0]


def differing(a: dict, b: dict) -> list[str]:
    """Names of the tensors that differ by at least one bit."""
    assert a.keys() == b.keys()
    return [k for k in a if not torch.equal(a[k], b[k])]


def farthest(a: dict, b: dict) -> float:
    """The largest difference between tensors of the same name."""
    assert a.keys() == b.keys()
    return max(float((a[k].double() - b[k].double()).abs().max()) for k in a)


def unlike(a: dict, b: dict) -> float:
    """How far two states of a run are apart: the largest difference of gradients' means, or the one that 0.1 % of the weights pass.

    A weight whose gradient is zero but for rounding (a bias before a softmax) moves by the whole rate either way, so not all can agree.
    """
    gradients = [k for k in a if k.startswith("optimizer.")]
    weights = torch.cat([(a[k] - b[k]).abs().flatten() for k in a if k not in gradients])
    return max(farthest({k: a[k] for k in gradients}, {k: b[k] for k in gradients}), float(weights.quantile(0.999)))
