"""The loop: schedule by hand, learning, exact restarts, broken batches."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import corpora
from chronotope.errors import NoFileError
from chronotope.training.checkpoint import load_checkpoint
from chronotope.training.corpus import Corpus
from chronotope.training.loop import Schedule, to_torch, train, validate
from chronotope.training.objectives import OBJECTIVES, quantile_regression
from corpora import Killed, loop, train_small
from tiles import small_network


@pytest.mark.parametrize("step, rate", [(0, 0.1), (4, 0.5), (9, 1), (50, 1), (75, 1), (80, 0.8), (99, 0.04), (100, 0), (120, 0)])
def test_the_rate_warms_up_stays_and_falls_to_zero(step, rate):
    assert Schedule(100, 1.0, 10, 0.25).at(step) == pytest.approx(rate)


def test_without_decay_the_rate_stays():
    assert Schedule(100, 2.0, 1, 0.0).at(99) == 2.0


class Same:
    """One batch, again and again; perhaps broken at one step."""

    def __init__(self, corpus, broken=None):
        self.one, self.broken = corpus.batch(0), broken

    def batch(self, step):
        if step != self.broken:
            return self.one
        bad = type(self.one)(**vars(self.one))
        bad.tokens = type(bad.tokens)(**vars(bad.tokens))
        bad.tokens.context = np.full_like(bad.tokens.context, np.nan)
        return bad


def _lines(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_a_few_steps_lower_the_loss_of_one_batch(packed, tmp_path):
    same = Same(Corpus(packed, 0, worlds=0.0, examples=2))
    train(small_network(2), same, None, loop(16, every_log=4, every_save=16), tmp_path, False)
    lines = _lines(tmp_path)
    assert lines[-1]["loss"] < 0.9 * lines[0]["loss"]
    assert lines[-1]["mix"] == lines[0]["mix"] and lines[-1]["step"] == 16


def test_a_network_that_answers_the_mix_has_the_mix_s_loss(packed):
    network = small_network(0, head=0.0)
    for layer in (network.head.gate, network.head.move):
        torch.nn.init.zeros_(layer.bias)
    batch = to_torch(Corpus(packed, 0, worlds=0.0, examples=3).batch(1))
    batch["tokens"]["error"][..., -2:] = 1e3  # without the distributions, which the plain mix does not have
    _, parts = quantile_regression(network, batch)
    assert parts["loss"] == pytest.approx(parts["mix"], rel=0.02)  # the head's gaps are open by 0.7 %


def test_the_loss_does_not_know_the_unit_of_the_floors(packed):
    batch = to_torch(Corpus(packed, 0, worlds=0.0, examples=2).batch(3))
    network = small_network(1)
    loss = []
    for factor in (1.0, 64.0):
        tokens = batch["tokens"] | {k: batch["tokens"][k] * factor for k in ("centre", "spread")}
        error = batch["tokens"]["error"]
        tokens["error"] = torch.where(error < 500, error * factor, error)
        loss.append(quantile_regression(network, batch | {"tokens": tokens, "truth": batch["truth"] * factor})[1]["mix"])
    assert loss[0] == pytest.approx(loss[1], rel=1e-3)


def _state(folder):
    return load_file(folder / "checkpoint.safetensors")


def _assert_same_bits(a, b):
    assert a.keys() == b.keys()
    assert [k for k in a if not torch.equal(a[k], b[k])] == []


@pytest.fixture(scope="module")
def straight(packed, tmp_path_factory):
    """Folder, averaged weights and report of an unbroken training."""
    folder = tmp_path_factory.mktemp("straight")
    _, average, report = train_small(folder, packed)
    return folder, average, report


def test_a_checkpoint_holds_weights_their_average_and_the_optimizer(straight):
    state = _state(straight[0])
    names = {k.split(".", 1)[0] for k in state}
    assert names == {"network", "average", "optimizer"}
    assert any((state[f"network.{k}"] != v).any() for k, v in straight[1].items())
    assert all(torch.equal(state[f"average.{k}"], v) for k, v in straight[1].items())
    parameters = dict(small_network().named_parameters())
    assert {k for k in state if k.endswith(".exp_avg")} == {f"optimizer.{k}.exp_avg" for k in parameters}


def test_stopped_after_three_steps_and_resumed_it_ends_at_the_same_bits(straight, packed, tmp_path):
    with pytest.raises(Killed):
        train_small(tmp_path, packed, cut=3)
    assert any((_state(tmp_path)[k] != v).any() for k, v in _state(straight[0]).items())
    network, average, report = train_small(tmp_path, packed, resume=True)
    _assert_same_bits(_state(tmp_path), _state(straight[0]))
    _assert_same_bits(average, straight[1])
    assert report["tokens"] == straight[2]["tokens"]


def test_killed_in_the_middle_of_a_step_and_resumed_it_ends_at_the_same_bits(straight, packed, tmp_path):
    where = f"Path({str(tmp_path)!r}), Path({str(packed)!r})"
    code = f"from pathlib import Path\nimport corpora\ncorpora.train_small({where}, cut=4, hard=True, every_save=1)"
    tests = Path(corpora.__file__).parent
    path = os.pathsep.join([str(tests), *([os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else [])])
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, capture_output=True, timeout=300)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    about = load_checkpoint(tmp_path / "checkpoint.safetensors", small_network(), None)[1]
    assert about["step"] == 4
    train_small(tmp_path, packed, resume=True)
    _assert_same_bits(_state(tmp_path), _state(straight[0]))


def test_a_partial_checkpoint_does_not_replace_a_whole_one(straight, packed, tmp_path, monkeypatch):
    with pytest.raises(Killed):
        train_small(tmp_path, packed, cut=2, every_save=1)
    before = (tmp_path / "checkpoint.safetensors").read_bytes()

    def cut_off(tensors, path, metadata=None):
        Path(path).write_bytes(b"half")
        raise Killed

    monkeypatch.setattr("chronotope.training.checkpoint.save_file", cut_off)
    with pytest.raises(Killed):
        train_small(tmp_path, packed, resume=True, every_save=1)
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == before


def test_resuming_where_nothing_was_saved_is_refused(packed, tmp_path):
    with pytest.raises(NoFileError, match="must exist to resume.*Start without --resume"):
        train_small(tmp_path, packed, resume=True)


def test_a_broken_batch_is_skipped_and_counted(packed, tmp_path):
    corpus = Corpus(packed, 0, worlds=0.0, examples=2)
    network = small_network(3)
    average, report = train(network, Same(corpus, broken=2), None, loop(5, every_save=5), tmp_path / "a", False)
    assert report["skipped"] == 1
    assert all(torch.isfinite(v).all() for v in [*network.state_dict().values(), *average.values()])
    clean, whole = train(small_network(3), Same(corpus), None, loop(5, every_save=5), tmp_path / "b", False)
    assert "skipped" not in whole and any(not torch.equal(clean[k], v) for k, v in average.items())
    broken = [line for line in _lines(tmp_path / "a") if line.get("skipped")]
    assert [line["step"] for line in broken] == [4] and np.isfinite(broken[0]["loss"])


def test_the_average_is_that_of_the_weights_by_hand(packed, tmp_path):
    network = small_network(4)
    first = {k: v.detach().clone() for k, v in network.state_dict().items()}
    average, _ = train(network, Same(Corpus(packed, 0, worlds=0.0, examples=1)), None, loop(1, every_save=1), tmp_path, False)
    for name, value in network.state_dict().items():
        keep = min(0.5 ** (1 / 4), 1 / 10)  # half-life of 4 steps, shorter at the start
        assert torch.allclose(average[name], keep * first[name] + (1 - keep) * value, atol=1e-6)


def test_validation_leaves_the_weights_as_they_were(packed):
    network, other = small_network(5), small_network(6)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    corpus = Corpus(packed, 0, worlds=0.0, examples=1, part="validation")
    found = validate(network, other.state_dict(), corpus, loop(), batches=1)
    _assert_same_bits(before, network.state_dict())
    batch = to_torch(corpus.batch(0))
    with torch.no_grad():
        assert found["check_loss"] == pytest.approx(OBJECTIVES["quantile_regression"](other, batch)[1]["loss"], abs=1e-4)
