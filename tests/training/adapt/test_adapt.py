"""Fine-tuning: what moves, what must not, and that the later block decides."""

import copy
import time

import numpy as np
import pandas as pd
import pytest
import torch

import chronotope as ct
from chronotope.backbone.network import Network
from chronotope.model.load import load_predictor
from chronotope.training.adapt import adapt as adapting
from chronotope.training.adapt.lora import LowRank, add_low_rank, fold
from chronotope.training.adapt.methods import METHODS, plain
from chronotope.training.adapt.own_field import OwnField
from chronotope.training.loop import to_torch
from panels import panel_of


def swing(rows=160, places=3, seed=0):
    rng = np.random.default_rng(seed)
    base = np.sin(np.arange(rows)[:, None] / 3 + np.arange(places))
    return panel_of(base + 0.1 * rng.normal(size=(rows, places)))


@pytest.fixture(scope="module")
def tiny():
    return load_predictor("tiny").network


@pytest.fixture(scope="module")
def tokens():
    return to_torch(OwnField(swing(), 128, 0).batch(0))["tokens"]


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.values(), other.values(), strict=True))


def test_low_rank_steps_start_at_nothing_and_fold_into_the_weights():
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.GELU(), torch.nn.Linear(5, 4))
    x = torch.randn(7, 6)
    before = layers(x)
    add_low_rank(layers, 2)
    assert isinstance(layers[0], LowRank) and torch.equal(layers(x), before)
    with torch.no_grad():
        layers[0].outer.normal_()
    moved = layers(x)
    fold(layers)
    assert type(layers[0]) is torch.nn.Linear and not torch.allclose(moved, before)
    torch.testing.assert_close(layers(x), moved)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_moves_its_part_and_starts_where_the_network_stands(tiny, tokens, name):
    torch.manual_seed(0)
    held = copy.deepcopy(tiny.state_dict())
    made = METHODS[name].prepared(tiny)
    own = {key for key, value in made.named_parameters() if value.requires_grad}
    part = {
        "lora": lambda key: key.startswith("blocks.") and key.endswith((".inner", ".outer")),
        "head": lambda key: key.startswith("head."),
        "full": lambda key: True,
        "prompt": lambda key: key.startswith("prompt."),
    }[name]
    assert own and own == {key for key, _ in made.named_parameters() if part(key)} - (
        {k for k, _ in made.named_parameters() if ".feed.inner.layer" in k}
    )
    with torch.no_grad():
        far = (made(**tokens) - tiny(**tokens)).abs().max()
    assert far <= (0.05 if name == "prompt" else 0)
    kept = plain(made, made.state_dict())
    assert isinstance(kept, Network) and not any(isinstance(module, LowRank) for module in kept.modules())
    assert same(held, tiny.state_dict())


def test_training_reads_nothing_of_the_later_block():
    panel = swing()
    poisoned = panel_of(np.where(np.arange(160)[:, None] < 128, panel.values[..., 0], 1e6))
    for step in range(3):
        one, other = (OwnField(p, 128, 0).batch(step) for p in (panel, poisoned))
        np.testing.assert_array_equal(one.tokens.context, other.tokens.context)
        np.testing.assert_array_equal(one.truth, other.truth)


def test_the_validation_asks_the_later_block_alone():
    panel = swing()
    early = panel_of(np.where(np.arange(160)[:, None] < 128, panel.values[..., 0] + 5, panel.values[..., 0]))
    field = OwnField(panel, 128, 0, "validation", examples=1)
    assert field.first == 128
    one, other = (OwnField(p, 128, 0, "validation", examples=1).batch(0) for p in (panel, early))
    assert (one.weight > 0).any() and not np.array_equal(one.tokens.context, other.tokens.context)


@pytest.fixture(scope="module")
def field():
    panel = swing(200)
    return ct.open({"values": panel.values[..., 0], "time": panel.times})


def test_the_same_seed_gives_the_same_weights_and_the_base_stays(field, monkeypatch):
    monkeypatch.setattr(adapting, "QUESTIONS", 4)
    monkeypatch.setattr(adapting, "is_better", lambda gap: True)
    base = ct.load("tiny")
    held = copy.deepcopy(base.predictor.network.state_dict())
    torch.manual_seed(1)
    one = base.finetune(field, steps=3, seed=5)
    torch.manual_seed(2)
    same_seed, other_seed = base.finetune(field, steps=3, seed=5), base.finetune(field, steps=3, seed=6)
    weights = [made.predictor.network.state_dict() for made in (one, same_seed, other_seed)]
    assert same(weights[0], weights[1]) and not same(weights[0], weights[2]) and not same(weights[0], held)
    assert same(base.predictor.network.state_dict(), held) and one.name == "tiny+lora"


def test_what_is_no_better_is_not_kept_and_that_is_said(field, monkeypatch):
    monkeypatch.setattr(adapting, "QUESTIONS", 3)
    monkeypatch.setattr(adapting, "is_better", lambda gap: False)
    base = ct.load("tiny")
    made = base.finetune(field, "head", steps=2)
    row = made.report.iloc[0]
    assert made.predictor is base.predictor and not row["kept"] and "stays as it was" in made.report.attrs["said"][0]
    assert set(made.report.columns) == set(made.report.attrs["definitions"]) and row["before"] > 0 and row["steps"] == 2


def test_it_ends_within_its_minutes(field):
    began = time.monotonic()
    made = ct.load("tiny").finetune(field, "head", minutes=0.2)
    assert time.monotonic() - began < 40 and made.report["steps"].iloc[0] >= 1


def test_a_tuned_model_is_saved_and_answers_the_same(field, tmp_path, monkeypatch):
    monkeypatch.setattr(adapting, "QUESTIONS", 3)
    monkeypatch.setattr(adapting, "is_better", lambda gap: True)
    made = ct.load("tiny").finetune(field, "prompt", steps=2)
    folder = made.save(tmp_path / "own")
    with pytest.raises(ct.OutputExistsError):
        made.save(folder)
    again = ct.load(folder)
    pd.testing.assert_frame_equal(made.forecast(field, 5).to_pandas(), again.forecast(field, 5).to_pandas())
    assert made.report.iloc[0]["kept"] and made.save(folder, overwrite=True) == folder
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(ct.OutputExistsError, match="something else"):
        made.save(tmp_path / "mine", overwrite=True)


@pytest.mark.parametrize(
    ("options", "says"),
    [({"method": "magic"}, "lora, head"), ({"minutes": 0}, "minutes must"), ({"steps": 0}, "steps must"), ({"seed": -1}, "seed must")],
)
def test_a_wrong_call_is_refused(field, options, says):
    with pytest.raises(ct.ArgumentError, match=says):
        ct.load("tiny").finetune(field, **options)


def test_what_cannot_learn_is_refused(field):
    with pytest.raises(ct.ArgumentError, match="Only a network"):
        ct.load("baseline:mix").finetune(field)
    with pytest.raises(ct.ArgumentError, match="no weights|has weights"):
        ct.load("baseline:mix").save("x")
    with pytest.raises(ct.DataError, match="at least 64 steps"):
        ct.load("tiny").finetune(field.isel(time=slice(0, 40)), steps=1)


@pytest.mark.parametrize(
    ("gap", "kept"), [([0.1, 0.2, 0.1, 0.2], True), ([0.1, -0.2, 0.3, -0.1], False), ([-0.1, -0.1, -0.1, -0.2], False)]
)
def test_more_than_luck_is_kept(gap, kept):
    assert adapting.is_better(np.array(gap)) == kept


def test_a_world_that_no_plain_method_knows_is_learned(monkeypatch):
    """Each value is the product of the two before it, up to noise: tuning helps on what comes later."""
    monkeypatch.setattr(adapting, "QUESTIONS", 6)
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], (300, 3))
    for t in range(2, 300):
        x[t] = x[t - 1] * x[t - 2]
    field = ct.open({"values": x + 0.05 * rng.normal(size=x.shape), "time": pd.date_range("2024-01-01", periods=300, freq="D").values})
    row = ct.load("tiny").finetune(field, "full", steps=15).report.iloc[0]
    assert row["kept"] and row["after"] < 0.98 * row["before"]
