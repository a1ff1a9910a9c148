"""Weights on disk: round trip to the bit, refusals in one sentence, names that exist."""

import json

import numpy as np
import pytest
import torch

from chronotope.errors import ArgumentError, DataError, NoFileError
from chronotope.model.card import CARD, WEIGHTS, read_card, read_network, write_weights
from chronotope.model.load import SHIPPED, list_models, load_predictor
from chronotope.model.model import NetworkPredictor
from panels import ahead
from tiles import rhythm, small_network


@pytest.fixture
def folder(tmp_path):
    return write_weights(tmp_path / "mine", small_network(), "mine", {"report": {"tokens": 7}})


def test_weights_come_back_rounded_once_to_half_precision(folder):
    network, again = read_network(folder), read_network(folder)
    for (name, made), (_, first), (_, second) in zip(
        small_network().state_dict().items(), network.state_dict().items(), again.state_dict().items(), strict=True
    ):
        assert first.dtype == torch.float32 and torch.equal(first, second), name
        assert torch.equal(first, made.half().float()), name
    assert not network.training


def test_loaded_twice_they_answer_the_same_bits_and_a_second_writing_loses_nothing(folder, tmp_path):
    question = ahead(rhythm(100, 5), 8)
    first, second = (load_predictor(folder).answer(question).values for _ in range(2))
    assert np.array_equal(first, second)
    copy = write_weights(tmp_path / "copy", read_network(folder), "copy", {})
    assert np.array_equal(first, load_predictor(copy).answer(question).values)
    random = NetworkPredictor(small_network(), "random").answer(question).values
    assert 0 < np.abs(first - random).max() < 0.05 * np.ptp(random)  # half precision keeps 11 bits


def test_the_card_says_what_the_weights_are(folder):
    card = read_card(folder)
    assert card["name"] == "mine" and card["report"]["tokens"] == 7
    assert card["parameters"] == sum(p.numel() for p in small_network().parameters())
    assert load_predictor(folder).name == "mine" and load_predictor(str(folder)).name == "mine"


def test_nothing_half_written_is_left(folder):
    assert sorted(p.name for p in folder.iterdir()) == [CARD, WEIGHTS]


@pytest.mark.parametrize("name", [CARD, WEIGHTS])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(NoFileError, match=f"must hold .*{name}.*(Point to|Copy)"):
        load_predictor(folder)


def _change(folder, **architecture):
    card = json.loads((folder / CARD).read_text())
    card["architecture"] |= architecture
    (folder / CARD).write_text(json.dumps(card))


def test_weights_that_do_not_fit_their_card_are_refused(folder):
    _change(folder, width=64)
    with pytest.raises(DataError, match="must fit their card"):
        load_predictor(folder)


def test_weights_for_other_tokens_are_refused(folder):
    _change(folder, query_width=99)
    with pytest.raises(DataError, match="query_width = .*have 99.*Train them again"):
        load_predictor(folder)


def test_a_card_with_unknown_parts_is_refused(folder):
    _change(folder, wings=2)
    with pytest.raises(DataError, match="must fit their card.*wings"):
        load_predictor(folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "x"}'])
def test_a_broken_card_is_refused(folder, text):
    (folder / CARD).write_text(text)
    with pytest.raises(DataError, match="must (be JSON|hold name, architecture)"):
        load_predictor(folder)


def test_a_broken_weights_file_is_refused(folder):
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:1000])
    with pytest.raises(DataError, match="must fit their card"):
        load_predictor(folder)


def test_an_unknown_name_lists_the_names_there_are(monkeypatch, folder):
    with pytest.raises(ArgumentError, match="shipped names .*'no_such_model'"):
        load_predictor("no_such_model")
    monkeypatch.setattr("chronotope.model.load.SHIPPED", folder.parent)
    assert list_models() == [{"name": "mine", "parameters": read_card(folder)["parameters"], "tokens": 7}]
    assert load_predictor("mine").name == "mine"
    with pytest.raises(ArgumentError, match=r"shipped names \(mine\)"):
        load_predictor("no_such_model")


@pytest.mark.weights
@pytest.mark.skipif(not SHIPPED.is_dir(), reason="no weights ship yet")
def test_shipped_weights_load_by_every_name():
    for model in list_models():
        assert load_predictor(model["name"]).network is not None
