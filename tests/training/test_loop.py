"""The loop: schedule by hand, learning, exact restarts, broken batches."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import corpora
from chronotope.errors import ArgumentError
from chronotope.tokens.tokenizer import join
from chronotope.training.batch import Batch
from chronotope.training.checkpoint import saved_step
from chronotope.training.distributed import Team
from chronotope.training.loop import Run, Schedule, recompute, to_torch, train, validate
from chronotope.training.objectives.goal import Goal
from corpora import Killed, differing, drawn, loop, state, train_small, unlike
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
    same = Same(drawn(packed, 0, 2))
    train(small_network(2), same, None, loop(16, every_log=4, every_save=16), tmp_path, False)
    lines = _lines(tmp_path)
    assert lines[-1]["loss"] < 0.9 * lines[0]["loss"]
    assert lines[-1]["mix"] == lines[0]["mix"] and lines[-1]["step"] == 16


def test_a_network_that_answers_the_mix_has_the_mix_s_loss(packed):
    network = small_network(0, head=0.0)
    for layer in (network.head.gate, network.head.move):
        torch.nn.init.zeros_(layer.bias)
    batch = to_torch(drawn(packed, 0, 3).batch(1))
    batch["tokens"]["error"][..., -2:] = 1e3  # without the distributions, which the plain mix does not have
    _, parts = Goal()(network, batch)
    assert parts["loss"] == pytest.approx(parts["mix"], rel=0.02)  # the head's gaps are open by 0.7 %


def test_the_loss_does_not_know_the_unit_of_the_floors(packed):
    batch = to_torch(drawn(packed, 0, 2).batch(3))
    network = small_network(1)
    loss = []
    for factor in (1.0, 64.0):
        tokens = batch["tokens"] | {k: batch["tokens"][k] * factor for k in ("centre", "spread")}
        error = batch["tokens"]["error"]
        tokens["error"] = torch.where(error < 500, error * factor, error)
        loss.append(Goal()(network, batch | {"tokens": tokens, "truth": batch["truth"] * factor})[1]["mix"])
    assert loss[0] == pytest.approx(loss[1], rel=1e-3)


@pytest.fixture(scope="module")
def straight(packed, tmp_path_factory):
    """Folder, averaged weights and report of an unbroken training."""
    folder = tmp_path_factory.mktemp("straight")
    _, average, report = train_small(folder, packed)
    return folder, average, report


def test_a_checkpoint_holds_weights_their_average_and_the_optimizer(straight):
    saved = state(straight[0])
    names = {k.split(".", 1)[0] for k in saved}
    assert names == {"network", "average", "optimizer"}
    assert any((saved[f"network.{k}"] != v).any() for k, v in straight[1].items())
    assert all(torch.equal(saved[f"average.{k}"], v) for k, v in straight[1].items())
    parameters = dict(small_network().named_parameters())
    assert {k for k in saved if k.endswith(".exp_avg")} == {f"optimizer.{k}.exp_avg" for k in parameters}


def test_stopped_after_three_steps_and_resumed_it_ends_at_the_same_bits(straight, packed, tmp_path):
    with pytest.raises(Killed):
        train_small(tmp_path, packed, cut=3)
    assert any((state(tmp_path)[k] != v).any() for k, v in state(straight[0]).items())
    network, average, report = train_small(tmp_path, packed, resume=True)
    assert differing(state(tmp_path), state(straight[0])) == []
    assert differing(average, straight[1]) == []
    assert report["tokens"] == straight[2]["tokens"]


class Joined:
    """A corpus whose batches are `count` of another one's, side by side."""

    def __init__(self, corpus, count):
        self.corpus, self.count = corpus, count

    def batch(self, step):
        parts = [self.corpus.batch(step * self.count + place) for place in range(self.count)]
        owners = np.cumsum([0, *(int(p.example.max()) + 1 for p in parts)])
        return Batch(
            join([p.tokens for p in parts]), np.concatenate([p.truth for p in parts]),
            np.concatenate([p.weight for p in parts]) / self.count,
            np.concatenate([p.example + first for p, first in zip(parts, owners, strict=False)]),
        )  # fmt: skip


def test_three_batches_of_a_step_teach_what_one_batch_of_all_their_examples_does(packed, tmp_path):
    train_small(tmp_path / "parts", packed, accumulate=3)
    corpus = Joined(drawn(packed, 5, 2), 3)
    train(small_network(1), corpus, None, loop(), tmp_path / "one", False)
    train_small(tmp_path / "other", packed)
    assert unlike(state(tmp_path / "parts"), state(tmp_path / "one")) < 1e-6
    assert unlike(state(tmp_path / "parts"), state(tmp_path / "other")) > 1e-4
    a, b = _lines(tmp_path / "parts"), _lines(tmp_path / "one")
    assert [line["loss"] for line in a] == pytest.approx([line["loss"] for line in b], abs=2e-5)


def test_recomputed_blocks_learn_the_same_bits(straight, packed, tmp_path):
    train_small(tmp_path, packed, recompute=True)
    assert differing(state(tmp_path), state(straight[0])) == []


def test_recomputed_blocks_keep_less_for_the_backward_pass(packed):
    batch, sizes = to_torch(drawn(packed, 0, 1).batch(0)), []
    for again in (False, True):
        network, kept = small_network(1, blocks=4), {}
        if again:
            recompute(network)

        def keep(tensor, kept=kept):
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            loss, _ = Goal()(network, batch)
        sizes.append(sum(kept.values()))
        loss.backward()
    assert sizes[1] < 0.6 * sizes[0]


def test_a_run_ends_before_its_deadline_with_a_checkpoint_and_goes_on_to_the_same_bits(straight, packed, tmp_path):
    network = small_network(1)
    corpus = drawn(packed, 5, 2)
    _, report = train(network, corpus, None, loop(every_save=100), tmp_path, False, deadline=time.monotonic())
    assert report["step"] == saved_step(tmp_path) == 1 and _lines(tmp_path)[-1]["step"] == 1
    _, _, report = train_small(tmp_path, packed, resume=True)
    assert report["step"] == 6 and differing(state(tmp_path), state(straight[0])) == []


def test_a_line_after_a_resume_speaks_of_the_steps_since(packed, tmp_path):
    train_small(tmp_path / "every", packed, every_log=1)
    with pytest.raises(Killed):
        train_small(tmp_path / "cut", packed, cut=3, every_save=3)
    train_small(tmp_path / "cut", packed, resume=True, every_log=2)
    every, cut = _lines(tmp_path / "every"), _lines(tmp_path / "cut")
    assert [line["step"] for line in cut] == [2, 4, 6]
    assert cut[1]["loss"] == every[3]["loss"]  # of the fourth step alone
    assert cut[2]["loss"] == pytest.approx((every[4]["loss"] + every[5]["loss"]) / 2, abs=2e-5)


def test_killed_in_the_middle_of_a_step_and_resumed_it_ends_at_the_same_bits(straight, packed, tmp_path):
    where = f"Path({str(tmp_path)!r}), Path({str(packed)!r})"
    code = f"from pathlib import Path\nimport corpora\ncorpora.train_small({where}, cut=4, hard=True, every_save=1)"
    tests = Path(corpora.__file__).parent
    path = os.pathsep.join([str(tests), *([os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else [])])
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, capture_output=True, timeout=300)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert saved_step(tmp_path) == 4
    train_small(tmp_path, packed, resume=True)
    assert differing(state(tmp_path), state(straight[0])) == []


def test_a_broken_batch_is_skipped_and_counted(packed, tmp_path):
    corpus = drawn(packed, 0, 2)
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
    average, _ = train(network, Same(drawn(packed, 0, 1)), None, loop(1, every_save=1), tmp_path, False)
    for name, value in network.state_dict().items():
        keep = min(0.5 ** (1 / 4), 1 / 10)  # half-life of 4 steps, shorter at the start
        assert torch.allclose(average[name], keep * first[name] + (1 - keep) * value, atol=1e-6)


def test_validation_leaves_the_weights_as_they_were(packed):
    network, other = small_network(5), small_network(6)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    corpus = drawn(packed, 0, 1, "validation")
    found = validate(network, other.state_dict(), corpus, loop(), batches=1)
    assert differing(before, network.state_dict()) == []
    batch = to_torch(corpus.batch(0))
    with torch.no_grad():
        assert found["check_loss"] == pytest.approx(Goal()(other, batch)[1]["loss"], abs=1e-4)


def test_parts_that_are_frozen_stay_and_the_others_learn(packed, tmp_path):
    before = small_network(1).state_dict()
    network, _, _ = train_small(tmp_path, packed, freeze=["embedding", "blocks"])
    changed = {name.split(".")[0] for name in differing(before, network.state_dict())}
    assert changed == {"head"}


def test_a_frozen_training_is_resumed_to_the_same_bits(packed, tmp_path):
    train_small(tmp_path / "straight", packed, freeze=["blocks"], rates={"head": 3.0})
    with pytest.raises(Killed):
        train_small(tmp_path / "cut", packed, cut=3, freeze=["blocks"], rates={"head": 3.0})
    train_small(tmp_path / "cut", packed, resume=True, freeze=["blocks"], rates={"head": 3.0})
    assert differing(state(tmp_path / "cut"), state(tmp_path / "straight")) == []


def test_parts_have_rates_of_their_own():
    run = Run(small_network(), loop(rates={"head": 3.0, "embedding": 3.0}, freeze=["blocks"]), Team())
    found = [(group["share"], len(group["params"])) for group in run.optimizer.param_groups]
    parts = {name: sum(1 for m in modules for _ in m.parameters()) for name, modules in small_network().parts.items()}
    assert found == [(1.0, 0), (3.0, parts["head"]), (3.0, parts["embedding"])]


def test_a_part_with_three_times_the_rate_moves_three_times_as_far(packed, tmp_path):
    first, moves = small_network(1).state_dict(), []
    for number, rates in enumerate(({}, {"head": 3.0})):
        network, _, _ = train_small(tmp_path / str(number), packed, steps=1, every_save=1, weight_decay=0.0, rates=rates)
        moves.append({name: value - first[name] for name, value in network.state_dict().items()})
    for name in moves[0]:
        wanted = moves[0][name] * (3 if name.startswith("head.") else 1)
        assert torch.allclose(moves[1][name], wanted, rtol=1e-3, atol=1e-6), name


def test_rates_of_one_change_nothing(straight, packed, tmp_path):
    train_small(tmp_path, packed, rates={"head": 1.0})
    assert differing(state(tmp_path), state(straight[0])) == []


@pytest.mark.parametrize("knob", [{"freeze": ["heads"]}, {"rates": {"heads": 2.0}}])
def test_an_unknown_part_is_refused_with_the_nearest(knob):
    with pytest.raises(ArgumentError, match=f"`{next(iter(knob))}` must name parts of the network, which has no 'heads'.*'head'"):
        Run(small_network(), loop(**knob), Team())
