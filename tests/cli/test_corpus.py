"""`chronotope corpus`: build, verify, and a leak that ends in one sentence."""

import json

import numpy as np
import pytest
import yaml

from chronotope.evaluate.sets import kept_out as kept
from chronotope.evaluate.sets.yardsticks import Yardstick
from corpora import write_raw
from sheets import noise


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    """A manifest of one set, and one evaluation set that is at hand."""
    write_raw(tmp_path / "data")
    rows = [{"name": "daily", "path": "daily.csv", "domain": "rain", "licence": "CC0"}]
    (tmp_path / "manifest.yaml").write_text(yaml.safe_dump(rows))
    monkeypatch.setattr(kept, "YARDSTICKS", (Yardstick("secret", "graph", "a", "world", 6, lambda root: noise(4, 100)),))
    monkeypatch.setattr(kept, "SETS", ())
    monkeypatch.setattr(kept, "SECOND", ())
    return tmp_path


def test_a_corpus_is_built_and_verified(call, manifest):
    out = manifest / "corpus"
    result = call("corpus", "build", manifest / "manifest.yaml", "--data", manifest / "data", "-o", out, "--json")
    assert result.exit_code == 0, result.stderr
    made = json.loads(result.stdout)
    assert made["compared_with"] == ["secret"] and made["sets"][0]["name"] == "daily"
    result = call("corpus", "verify", out)
    assert result.exit_code == 0 and "as it was built; no copies of 1 sets" in result.stdout


def test_a_leak_is_named_in_one_sentence(call, manifest):
    secret = noise(4, 100).panel
    np.savez(manifest / "data" / "leak.npz", values=5 * secret.values[10:, :, 0] + 3, time=secret.times[10:])
    rows = [{"name": "stolen", "path": "leak.npz", "domain": "x", "licence": "CC0"}]
    (manifest / "manifest.yaml").write_text(yaml.safe_dump(rows))
    result = call("corpus", "build", manifest / "manifest.yaml", "--data", manifest / "data", "-o", manifest / "corpus")
    assert result.exit_code == 2 and "in 'stolen' secret/0/v0 is a rescaled copy of stolen/0/" in result.stderr
    assert result.stderr.count("\n") == 1 and not (manifest / "corpus").exists()


def test_a_wrong_call_is_one_sentence(call, manifest):
    for words, said in (
        (("build", manifest / "manifest.yaml"), "--output"),
        (("build", manifest / "absent.yaml", "-o", manifest / "x"), "absent.yaml"),
        (("verify", manifest), "record.json"),
        (("mend", manifest), "build|verify"),
    ):
        result = call("corpus", *words)
        assert result.exit_code == 2 and said in result.stderr and result.stderr.count("\n") == 1, result.stderr
