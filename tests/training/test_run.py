"""`pretrain` from a configuration to weights that answer."""

import json

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from chronotope.errors import NoFileError
from chronotope.model.load import load_predictor
from chronotope.training.run import PretrainConfig, build_network, pretrain
from corpora import write_raw
from panels import ahead
from tiles import rhythm


def _config(folder, **changed):
    return {
        "name": "mini", "out": folder / "out", "width": 32, "blocks": 1, "heads": 2, "factor": 1, "steps": 2, "warmup": 1, "examples": 1,
        "worlds": 0.0, "workers": 0, "threads": 1, "bf16": False, "every_log": 1, "every_save": 1, "every_check": 10,
    } | changed  # fmt: skip


def _with_corpus(folder, **changed):
    write_raw(folder / "data")
    rows = [{"name": "hourly", "path": "hourly.npz", "domain": "made", "licence": "CC0"}]
    (folder / "corpus.yaml").write_text(yaml.safe_dump(rows))
    return _config(folder, corpus=folder / "corpus.yaml", data=folder / "data", packed=folder / "packed", **changed)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrain")
    told = []
    return pretrain(_with_corpus(folder), tell=told.append), told


def test_a_configuration_becomes_weights_that_forecast(trained):
    predictor = load_predictor(trained[0])
    answer = predictor.predict(*ahead(rhythm(100, 4), 6))
    assert answer.shape == (9, 6, 4, 1) and np.isfinite(answer).all()


def test_the_card_tells_what_was_done_and_on_what(trained):
    card = json.loads((trained[0] / "card.json").read_text())
    assert card["name"] == "mini" and card["config"]["steps"] == 2 and card["config"]["seed"] == 0
    assert card["corpus"][0]["licence"] == "CC0" and card["corpus"][0]["shape"] == [400, 8, 2]
    assert card["report"]["tokens"] > 0 and set(card["report"]["validation"]) == {"check_loss", "check_mix"}
    assert not any(str(trained[0].parent) in text for text in (json.dumps(card["config"]), json.dumps(card["corpus"])))


def test_every_log_line_is_told(trained):
    assert [line["step"] for line in trained[1]] == [1, 2] and all(np.isfinite(line["loss"]) for line in trained[1])
    assert [json.loads(x)["step"] for x in (trained[0] / "log.jsonl").read_text().splitlines()] == [1, 2]


def test_the_same_seed_trains_the_same_weights(trained, tmp_path):
    again = pretrain(_with_corpus(tmp_path))
    assert (again / "weights.safetensors").read_bytes() == (trained[0] / "weights.safetensors").read_bytes()


def test_a_manifest_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NoFileError, match="manifest.*no.yaml does not exist"):
        pretrain(_config(tmp_path, corpus=tmp_path / "no.yaml"))


def test_a_manifest_without_folders_is_refused(tmp_path):
    (tmp_path / "corpus.yaml").write_text("[]")
    with pytest.raises(NoFileError, match="needs `data`.*give both"):
        pretrain(_config(tmp_path, corpus=tmp_path / "corpus.yaml"))


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"worlds": 1.5}, {"stepps": 3}])
def test_a_configuration_that_cannot_be_is_refused(tmp_path, wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        PretrainConfig.model_validate(_config(tmp_path, **wrong))


def test_the_default_network_is_a_tiny_one():
    network = build_network(PretrainConfig(out=".", steps=1))
    assert 1e6 < sum(p.numel() for p in network.parameters()) < 2.5e6
