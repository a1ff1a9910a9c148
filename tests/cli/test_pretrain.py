"""`chronotope pretrain`: presets under configurations, plans, and what is refused; the training itself is tested in tests/training."""

import json

import pytest

from chronotope.calls.pretrain import PretrainCall, configuration


def test_a_configuration_replaces_fields_of_the_preset(tmp_path):
    (tmp_path / "c.yaml").write_text("width: 64\ndevice: cpu\n")
    alone = configuration(PretrainCall(preset="tiny"))
    both = configuration(PretrainCall(file=tmp_path / "c.yaml", preset="tiny"))
    assert alone["width"] == 128 and both == alone | {"width": 64, "device": "cpu"}
    assert configuration(PretrainCall(file=tmp_path / "c.yaml")) == {"width": 64, "device": "cpu"}


def test_a_dry_run_says_what_it_would_take_and_trains_nothing(call, tmp_path):
    result = call("pretrain", "--preset", "tiny", "--dry-run", "--json")
    facts = json.loads(result.stdout)
    assert result.exit_code == 0 and facts["parameters"] > 1e6 and facts["state_mb"] == pytest.approx(facts["parameters"] * 20 / 1e6)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "words, sentence",
    [
        ((), "CONFIG.yaml or --preset must be given"),
        (("--preset", "huge"), "must be one of tiny, small, base; found 'huge'"),
        (("--preset", "tiny", "--minutes", "0"), "--minutes must be above 0; found '0'"),
        (("--preset", "tiny", "--pack", "0"), "--pack must be at least 1; found '0'"),
        (("--preset", "tiny", "--pack", "16"), "--pack needs `shards`"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(call, words, sentence):
    result = call("pretrain", *words)
    assert result.exit_code == 2 and sentence in " ".join(result.stderr.split())


def test_a_misspelt_knob_is_refused_with_the_nearest(call, tmp_path):
    (tmp_path / "c.yaml").write_text("widht: 64\n")
    result = call("pretrain", str(tmp_path / "c.yaml"), "--preset", "tiny")
    assert result.exit_code == 2 and "A configuration has no 'widht'; the nearest it has is 'width'." in " ".join(result.stderr.split())
