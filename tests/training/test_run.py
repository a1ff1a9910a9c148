"""`pretrain` from a configuration to weights that answer."""

import json
import shutil
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import yaml

from chronotope.backbone.block import SPACE, TIME
from chronotope.errors import ArgumentError, DataError, NoFileError, OutputExistsError
from chronotope.model.card import read_network
from chronotope.model.load import load_predictor
from chronotope.questions.kinds import SHARES
from chronotope.training import shards
from chronotope.training.checkpoint import saved_step
from chronotope.training.config import KNOBS, PRESETS, PretrainConfig, preset
from chronotope.training.objectives import OBJECTIVES
from chronotope.training.plan import plan
from chronotope.training.run import build_network, pack_shards, pretrain
from chronotope.training.sets import live_corpus, pack_missing, signature
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


def _with_two(folder, **changed):
    """A second set, of another domain."""
    config = _with_corpus(folder, **changed)
    rows = yaml.safe_load((folder / "corpus.yaml").read_text())
    (folder / "corpus.yaml").write_text(yaml.safe_dump([*rows, {"name": "daily", "path": "daily.csv", "domain": "rain", "licence": "CC0"}]))
    return config


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrain")
    told = []
    return pretrain(_with_corpus(folder), tell=told.append), told


def test_a_configuration_becomes_weights_that_forecast(trained):
    predictor = load_predictor(trained[0])
    answer = predictor.answer(ahead(rhythm(100, 4), 6)).values
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


def test_a_training_is_not_begun_anew_in_its_own_folder(trained):
    with pytest.raises(OutputExistsError, match="must hold no training yet.*2 steps.*--resume"):
        pretrain(_with_corpus(trained[0].parent))


def test_out_of_time_it_ends_with_weights_and_goes_on_to_the_same_ones(trained, tmp_path):
    folder = pretrain(_with_corpus(tmp_path), minutes=1e-9)
    assert saved_step(folder) == 1 and json.loads((folder / "card.json").read_text())["report"]["step"] == 1
    again = pretrain(_with_corpus(tmp_path), resume=True)
    assert (again / "weights.safetensors").read_bytes() == (trained[0] / "weights.safetensors").read_bytes()


def test_trained_from_shards_it_learns_nearly_the_same(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SIZE", 2)
    config = _with_corpus(tmp_path, shards=tmp_path / "shards")
    with pytest.raises(NoFileError, match="holds none.*--pack"):
        pretrain(config)
    pack_shards(config, 2)
    told = []
    pretrain(config, tell=told.append)
    assert [line["loss"] for line in told] == pytest.approx([line["loss"] for line in trained[1]], rel=0.01)
    with pytest.raises(DataError, match="has examples 1, not 2"):
        pretrain(config | {"examples": 2, "out": tmp_path / "other"})


def test_a_training_may_start_from_weights_of_its_width_or_half_of_it(trained, tmp_path):
    before = json.loads((trained[0] / "card.json").read_text())["report"]
    for times in (1, 2):
        told = []
        shape = {"width": 32 * times, "heads": 2 * times, "steps": 1, "rate": 1e-9, "out": tmp_path / str(times)}
        folder = pretrain(_with_corpus(tmp_path, **shape, start=str(trained[0])), tell=told.append)
        report = json.loads((folder / "card.json").read_text())["report"]
        assert before["tokens"] < report["tokens"] < 2 * before["tokens"]
        assert report["validation"]["check_loss"] == pytest.approx(before["validation"]["check_loss"], abs=2e-4)


def test_packing_needs_a_folder_for_shards(tmp_path):
    with pytest.raises(NoFileError, match="--pack needs `shards`"):
        pack_shards(_config(tmp_path), 1)


def test_a_manifest_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NoFileError, match="manifest.*no.yaml does not exist"):
        pretrain(_config(tmp_path, corpus=tmp_path / "no.yaml"))


@pytest.mark.parametrize("folder", ["packed", "data"])
def test_a_manifest_without_folders_is_refused(tmp_path, folder):
    with pytest.raises(NoFileError, match=f"`{folder}`.*Add it"):
        pretrain({key: value for key, value in _with_corpus(tmp_path).items() if key != folder})


def test_a_packed_corpus_needs_no_data(trained, tmp_path):
    config = _with_corpus(trained[0].parent, out=tmp_path / "out", steps=1, every_check=1)
    assert saved_step(pretrain({key: value for key, value in config.items() if key != "data"})) == 1


def test_sets_that_the_manifest_does_not_name_are_not_drawn_from(trained, tmp_path):
    shutil.copytree(trained[0].parent / "packed" / "hourly", tmp_path / "packed" / "stray")
    with pytest.raises(DataError, match="sets of the manifest alone.*also has stray"):
        pretrain(_with_corpus(tmp_path))


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"worlds": 1.5}, {"stepps": 3}])
def test_a_configuration_that_cannot_be_is_refused(tmp_path, wrong):
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        PretrainConfig.of(**_config(tmp_path, **wrong))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"time": "ball_attention"}, "must be one of time_attention, .* or several joined by"),
        ({"space": "ball_attention+none"}, "must be one of ball_attention, graph_messages"),
        ({"objective": "luck"}, "must be one of pinball"),
        ({"kinds": {"guess": 1.0}}, "to some of forecast, backcast"),
        ({"kinds": {"impute": 1.0}}, "to some of forecast, backcast"),
        ({"kinds": {"forecast": -1.0, "fine": 2.0}}, "shares of at least 0"),
        ({"kinds": {"forecast": 0.0}}, "one of them above it"),
    ],
)
def test_a_wrong_name_or_share_is_refused_with_the_right_ones(tmp_path, wrong, said):
    with pytest.raises(ArgumentError, match=said):
        PretrainConfig.of(**_config(tmp_path, **wrong))


def test_mixers_and_objective_of_the_configuration_are_those_of_the_run(tmp_path, monkeypatch):
    monkeypatch.setitem(OBJECTIVES, "other", OBJECTIVES["pinball"])
    options = PretrainConfig.of(**_config(tmp_path, blocks=2, time="state_space+time_attention", space="graph_messages", objective="other"))
    network = build_network(options)
    assert [type(block.time).__name__ for block in network.blocks] == ["StateSpace", "TimeAttention"]
    assert {type(block.space).__name__ for block in network.blocks} == {"GraphMessages"} and network.config.time == options.network.time
    assert options.loop.goal.objective == {"other": 1.0}
    old = PretrainConfig.of(**_config(tmp_path))
    assert (old.network.time, old.network.space, old.draws.kinds, old.draws.leave_out) == (TIME, SPACE, SHARES, [])


OTHERS = {
    "samples": {"head": "samples", "objective": "energy", "options": {"samples": {"rank": 2}}},
    "vectors": {"head": "probe", "objective": "contrastive", "examples": 3, "options": {"probe": {"size": 8, "hidden": 16}}},
    "sum": {"objective": {"pinball": 1.0, "crps": 0.2}, "cap": 3.0},
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_heads_and_goals_train_and_are_resumed_to_the_same_bits(tmp_path, case):
    whole, cut = (tmp_path / name for name in ("whole", "cut"))
    pretrain(_with_corpus(tmp_path, **OTHERS[case], out=whole))
    pretrain(_with_corpus(tmp_path, **OTHERS[case], out=cut), minutes=1e-9)
    assert saved_step(cut) == 1
    pretrain(_with_corpus(tmp_path, **OTHERS[case], out=cut), resume=True)
    assert (cut / "weights.safetensors").read_bytes() == (whole / "weights.safetensors").read_bytes()
    assert read_network(whole).config.head == OTHERS[case].get("head", "quantile")
    assert np.isfinite(json.loads((whole / "log.jsonl").read_text().splitlines()[-1])["loss"])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"head": "samples"}, "`objective` must judge what the head answers; pinball judges quantiles, and the head samples answers samples"),
     ({"head": "rate", "objective": "count"}, "`head` must read what the tokens hold; rate reads base, which none has"),
     ({"options": {"quantile": {"detial": 3}}}, "QuantileHead has no 'detial'; the nearest it has is 'detail'")],
)  # fmt: skip
def test_a_head_that_does_not_fit_is_refused(tmp_path, wrong, said):
    with pytest.raises(ArgumentError, match=said):
        build_network(PretrainConfig.of(**_config(tmp_path, **wrong)))


def test_every_knob_has_one_owner_and_words():
    config = PretrainConfig.of(out="runs/mine", steps=10)
    assert set(config.knobs()) == set(KNOBS) - {"out", "corpus", "data", "packed", "shards"}
    for name, path in KNOBS.items():
        owner = config
        for piece in path[:-1]:
            owner = getattr(owner, piece)
        assert len(type(owner).__pydantic_fields__[name].description) > 5, name


def test_a_configuration_says_itself_and_is_frozen(tmp_path):
    config = PretrainConfig.of(**_config(tmp_path, time="state_space", kinds={"gaps": 1.0}))
    assert PretrainConfig.of(out=config.out, **config.knobs()) == config
    with pytest.raises(FrozenInstanceError):
        config.loop.clip = 2.0


@pytest.mark.parametrize("name, near", [("widht", "width"), ("step", "steps"), ("every_logs", "every_log"), ("leaveout", "leave_out")])
def test_an_unknown_knob_is_refused_with_the_nearest(tmp_path, name, near):
    with pytest.raises(ArgumentError, match=f"^A configuration has no '{name}'; the nearest it has is '{near}'.$"):
        PretrainConfig.of(**_config(tmp_path, **{name: 3}))


def test_what_decides_the_draws_is_kept_with_the_shards(tmp_path):
    def drawn(**changed):
        options = PretrainConfig.of(**_with_two(tmp_path, **changed))
        return signature(options, pack_missing(options))

    assert drawn() == drawn(kinds=SHARES) == drawn(time="state_space") != drawn(kinds={"forecast": 1.0})
    assert drawn(leave_out=["rain"])["sets"] == ["hourly"] and drawn()["sets"] == ["hourly", "daily"]
    assert drawn(kinds={"forecast": 1.0, "pieces": 0.0}) == drawn(kinds={"forecast": 1.0})


def test_domains_that_are_left_out_stay_packed_and_are_not_drawn(tmp_path):
    options = PretrainConfig.of(**_with_two(tmp_path, leave_out=["rain"]))
    sets = pack_missing(options)
    assert [about["name"] for about in sets] == ["hourly"] and (tmp_path / "packed" / "daily" / "about.json").exists()
    assert [about["name"] for _, about in live_corpus(options, sets).real] == ["hourly"]
    for wrong, said in (["rainn"], "found 'rainn'"), (["rain", "made"], "found all of them"):
        with pytest.raises(ArgumentError, match=f"some domains of the manifest .made, rain.; {said}"):
            pack_missing(PretrainConfig.of(**_with_two(tmp_path, leave_out=wrong)))


SIZES = {"tiny": (1e6, 2e6), "small": (4e6, 5e6), "base": (3e7, 5e7)}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_configurations_of_the_promised_sizes(name):
    for accelerator in (False, True):
        options = PretrainConfig.of(**preset(name, accelerator))
        assert options.name == name and options.network.width % options.network.heads == 0
    small, large = SIZES[name]
    assert small < sum(p.numel() for p in build_network(options).parameters()) < large


def test_an_unknown_preset_is_refused():
    with pytest.raises(ArgumentError, match="tiny, small, base; found 'huge'"):
        preset("huge", False)


def test_a_plan_counts_parameters_memory_and_products(tmp_path):
    facts = plan(_config(tmp_path))
    parameters = sum(p.numel() for p in build_network(PretrainConfig.of(**_config(tmp_path))).parameters())
    assert facts["parameters"] == parameters and facts["state_mb"] == pytest.approx(parameters * 20 / 1e6)
    # every token passes every weight but the other kind's embedding, two operations each, three times: forward, and twice backward;
    # the one block of this network mixes all tokens along time and works on the query tokens alone behind that
    most = 6 * parameters * facts["tokens"] / 1e9
    assert 0.4 * most < facts["gflop"] <= 1.05 * most
    more = plan(_config(tmp_path, examples=2, accumulate=3))
    assert more["tokens"] == 6 * facts["tokens"] and more["gflop"] == pytest.approx(6 * facts["gflop"])
    assert more["activations_mb"] == pytest.approx(2 * facts["activations_mb"]) and facts["activations_mb"] > 0
    wide = plan(_config(tmp_path, width=64))
    assert 1.2 < wide["activations_mb"] / facts["activations_mb"] < 2.5


def test_recomputed_blocks_take_less_than_half_of_the_memory_for_a_third_more_work(tmp_path):
    whole, again = (plan(_config(tmp_path, blocks=4, recompute=value)) for value in (False, True))
    assert again["activations_mb"] < 0.6 * whole["activations_mb"] and again["gflop"] == pytest.approx(whole["gflop"] * 4 / 3)
