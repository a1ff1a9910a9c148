"""Shares add up to the whole; two processes learn what one learns, with DDP and FSDP, and go on from one another's checkpoints."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import corpora
from chronotope.errors import ArgumentError
from chronotope.training.batch import Batches
from chronotope.training.checkpoint import load_checkpoint
from chronotope.training.distributed import Machine, Share, Team, join, pick_device, share
from chronotope.training.loop import LoopConfig, to_torch, train
from chronotope.training.objectives.goal import Goal
from corpora import CutOff, Killed, drawn, farthest, state, unlike
from tiles import small_network


@pytest.fixture(scope="module")
def batch(packed):
    return drawn(packed, 0, 3).batch(1)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_losses_and_gradients_of_the_shares_add_up_to_those_of_the_batch(batch, size):
    network = small_network(1)
    whole, parts = Goal()(network, to_torch(batch))
    whole.backward()
    gradient = {k: p.grad.clone() for k, p in network.named_parameters()}
    network.zero_grad()
    shares = [Goal()(network, to_torch(share(batch, rank, size))) for rank in range(size)]
    sum(loss for loss, _ in shares).backward()
    assert sum(float(loss.detach()) for loss, _ in shares) == pytest.approx(float(whole.detach()), abs=1e-6)
    assert sum(part["mix"] for _, part in shares) == pytest.approx(parts["mix"], abs=1e-6)
    assert farthest(gradient, {k: p.grad for k, p in network.named_parameters()}) < 1e-6


def test_a_share_holds_each_series_once_and_its_balls_stay_together(batch):
    pieces = [share(batch, rank, 2) for rank in range(2)]
    assert sum(len(p.truth) for p in pieces) == len(batch.truth)
    for piece in pieces:
        for ball in piece.tokens.balls:
            members = ball[ball >= 0]
            assert sorted(members) == list(range(len(piece.truth)))
            assert all(len(np.unique(piece.example[row[row >= 0]])) == 1 for row in ball)


def test_a_process_without_an_example_takes_part_with_weight_zero(batch):
    idle = share(batch, 4, 5)
    assert len(idle.truth) > 0 and idle.weight.sum() == 0


def test_whole_batches_are_shared_out_where_that_comes_out_even():
    corpus = object()
    assert Team(1, 2).plan(corpus, 4) == (corpus, range(1, 4, 2))
    assert Team(1, 2).plan(corpus, 3) == (Share(corpus, 1, 2), range(3))


def test_many_processes_need_a_way_to_share(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ArgumentError, match="must be ddp or fsdp.*found none and 2 processes"), join(Machine("cpu", "none")):
        pass


def test_an_accelerator_that_is_not_there_is_refused():
    assert pick_device("cpu").type == "cpu"
    if not torch.cuda.is_available():
        assert pick_device("auto").type == "cpu"
        with pytest.raises(ArgumentError, match="found cuda, and torch sees no accelerator"):
            pick_device("cuda")


CASES = {"ddp": {}, "fsdp": {}, "ddp_batches": {"accumulate": 2}, "fsdp_batches": {"accumulate": 2}, "ddp_uneven": {}, "fsdp_resumed": {}}


def settings(name: str) -> tuple[Batches, LoopConfig]:
    """Corpus and loop of a case."""
    corpus = corpora.drawn(Path(os.environ["PACKED"]), 5, 3 if name == "ddp_uneven" else 2)
    return corpus, corpora.loop(**{"steps": 4, "every_save": 2} | CASES[name])


def work(folder: Path) -> None:
    """What each of two processes does: all cases in a row, since starting them costs most."""
    torch.set_num_threads(1)
    with join(Machine(device="cpu")) as team:
        for name in CASES:
            corpus, loop = settings(name)
            way = replace(team, parallel=name.split("_")[0])
            train(small_network(1), corpus, checked(name, corpus), loop, folder / name, name == "fsdp_resumed", team=way)
            team.wait()


def checked(name: str, corpus: Batches) -> Batches | None:
    """Validation takes time; two cases show it."""
    return corpus if name in ("ddp", "fsdp") else None


@pytest.fixture(scope="module")
def two(packed, tmp_path_factory):
    """The folder in which two processes worked; one process began what they resumed."""
    folder = tmp_path_factory.mktemp("two")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PACKED", str(packed))
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(Path(corpora.__file__).parent), os.environ.get("PYTHONPATH")])))
        patch.setenv("OMP_NUM_THREADS", "1")
        corpus, loop = settings("fsdp_resumed")
        with pytest.raises(Killed):
            train(small_network(1), CutOff(corpus, 2), None, loop, folder / "fsdp_resumed", False)
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", __file__, str(folder)]
        done = subprocess.run(command, capture_output=True, timeout=900, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
        yield folder


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_two_processes_learn_what_one_does(two, tmp_path, name):
    corpus, loop = settings(name)
    _, report = train(small_network(1), corpus, checked(name, corpus), loop, tmp_path, False)
    assert unlike(state(tmp_path), state(two / name)) < 1e-6
    about = load_checkpoint(two / name)[1]
    assert about["step"] == 4 and about["report"]["tokens"] == report["tokens"]
    a, b = ([json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()] for folder in (tmp_path, two / name))
    assert len(a) == len(b) == 2
    for key in a[-1].keys() - {"tokens_per_s", "wait", "left_s"}:
        assert b[-1][key] == pytest.approx(a[-1][key], abs=2e-5), key


@pytest.mark.slow
def test_one_process_goes_on_where_two_stopped(two, tmp_path):
    for name in ("ddp", "fsdp"):
        corpus, loop = settings(name)
        longer = replace(loop, schedule=replace(loop.schedule, steps=5))
        for file in (two / name).iterdir():
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / file.name).write_bytes(file.read_bytes())
        train(small_network(1), corpus, None, longer, tmp_path / name, True)
    train(small_network(1), corpus, None, loop, tmp_path / "one", False)
    train(small_network(1), corpus, None, longer, tmp_path / "one", True)
    assert unlike(state(tmp_path / "one"), state(tmp_path / "ddp")) < 1e-6
    assert unlike(state(tmp_path / "one"), state(tmp_path / "fsdp")) < 5e-6


if __name__ == "__main__":
    work(Path(sys.argv[1]))
