"""A built corpus has a record and a hash, refuses forbidden licences and every copy of what is kept out, and is what training reads."""

import json

import numpy as np
import pytest
import yaml

from chronotope.errors import ArgumentError, DataError, NoFileError, OutputExistsError
from chronotope.training.builder import build, domain_weights, leaks, packed_hash, read_manifest, verify
from chronotope.training.corpus import Corpus
from chronotope.training.sources import Entry, load_packed
from corpora import write_raw

ROWS = [
    {"name": "hourly", "path": "hourly.npz", "domain": "flow", "licence": "CC BY 4.0", "source": "made here", "cadence": "1 h"},
    {"name": "daily", "path": "daily.csv", "domain": "rain", "licence": "public domain", "weight": 2.0},
]
KEPT = {"other": {"other/0/v": np.random.default_rng(0).normal(size=300).cumsum()}}


def manifest(folder, rows=ROWS, **more):
    path = folder / "manifest.yaml"
    path.write_text(yaml.safe_dump({"sets": rows, **more} if more else rows))
    return read_manifest(path)


@pytest.fixture
def data(tmp_path):
    write_raw(tmp_path / "data")
    return tmp_path / "data"


def test_what_is_built_is_what_training_reads(data, tmp_path):
    record = build(manifest(tmp_path), data, tmp_path / "out", KEPT)
    corpus = Corpus(tmp_path / "out", 1, worlds=0.0, examples=1)
    assert [about["name"] for _, about in corpus.real] == ["daily", "hourly"] and corpus.batch(0).weight.sum() == pytest.approx(1, rel=1e-5)
    assert [Entry(**row).name for row in yaml.safe_load((tmp_path / "out" / "corpus.yaml").read_text())] == ["hourly", "daily"]
    hourly = record["sets"][0]
    assert hourly["source"] == "made here" and hourly["cadence"] == "1 h" and record["sets"][1]["source"] == "daily.csv"
    assert len(hourly["file"]) == 64 and record["compared_with"] == ["other"]
    assert sum(r["share"] for r in record["sets"]) == pytest.approx(1)
    assert json.loads((tmp_path / "out" / "record.json").read_text()) == record


def test_the_same_manifest_gives_the_same_hash_and_other_data_another(data, tmp_path):
    first = build(manifest(tmp_path), data, tmp_path / "out", {})
    again = build(manifest(tmp_path), data, tmp_path / "out", {}, overwrite=True)
    assert first == again
    values = dict(np.load(data / "hourly.npz"))
    values["values"] = values["values"] + 1
    np.savez(data / "hourly.npz", **values)
    assert build(manifest(tmp_path), data, tmp_path / "out", {}, overwrite=True)["hash"] != first["hash"]
    assert build(manifest(tmp_path, temperature=3.0), data, tmp_path / "two", {})["hash"] != first["hash"]
    with pytest.raises(OutputExistsError, match="--overwrite"):
        build(manifest(tmp_path), data, tmp_path / "out", {})


@pytest.mark.parametrize("licence", ["CC BY-NC-SA 3.0", "CC BY-ND 4.0", "non-commercial research", "none stated", "for research only"])
def test_a_licence_that_forbids_is_refused_by_name(tmp_path, licence):
    with pytest.raises(DataError, match=r"'walks' says"):
        manifest(tmp_path, [*ROWS, {"name": "walks", "path": "w.csv", "domain": "x", "licence": licence}])


def test_wrong_manifests_end_in_a_sentence(tmp_path):
    with pytest.raises(DataError, match="must name its licence; 'a'"):
        manifest(tmp_path, [{"name": "a", "path": "a.csv", "domain": "x"}])
    with pytest.raises(DataError, match="'a' holds 'colour'"):
        manifest(tmp_path, [{"name": "a", "path": "a.csv", "domain": "x", "licence": "CC0", "colour": 1}])
    with pytest.raises(DataError, match="'hourly' stands"):
        manifest(tmp_path, [ROWS[0], ROWS[0]])
    with pytest.raises(ArgumentError, match="temperature"):
        manifest(tmp_path, temperature=0)
    with pytest.raises(NoFileError, match="absent.yaml"):
        read_manifest(tmp_path / "absent.yaml")


LEAKS = {
    "subset": lambda x: x[50:250],
    "shifted and rescaled": lambda x: -3 * x[20:] + 7,
    "resampled": lambda x: x[:400].reshape(-1, 2).mean(axis=1),
    "superset": lambda x: np.concatenate([np.random.default_rng(1).normal(size=40), x]),
}


@pytest.mark.parametrize("how", LEAKS)
def test_a_planted_leak_is_caught_and_named_and_nothing_is_left(data, tmp_path, how):
    with np.load(data / "hourly.npz") as raw:
        x = np.nan_to_num(raw["values"][:, 3, 1].astype(float), nan=0.0)
    plain = dict(np.load(data / "hourly.npz"))
    plain["values"] = np.nan_to_num(plain["values"])
    np.savez(data / "hourly.npz", **plain)
    with pytest.raises(DataError, match=r"in 'hourly' secret/3/v is a .*of hourly/3/"):
        build(manifest(tmp_path), data, tmp_path / "out", {**KEPT, "secret": {"secret/3/v": LEAKS[how](x)}})
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out*"))


def test_verify_sees_changes_strays_and_leaks(data, tmp_path):
    out = tmp_path / "out"
    build(manifest(tmp_path), data, out, KEPT)
    assert verify(out, KEPT) == []
    panel, _ = load_packed(out / "daily")
    secret = {"set": {"set/0/v": np.array(panel.values[:, 1, 0], float)}}
    assert leaks(out / "daily", secret) and any("daily: set/0/v" in line for line in verify(out, secret))
    before = packed_hash(out / "hourly")
    values = np.load(out / "hourly" / "values.npy")
    values[0] += 1
    np.save(out / "hourly" / "values.npy", values)
    assert packed_hash(out / "hourly") != before and verify(out, KEPT) == ["hourly has changed since it was built"]
    (out / "daily").rename(out / "stray")
    assert "daily is not there" in verify(out, KEPT) and "stray is in no record" in verify(out, KEPT)
    with pytest.raises(NoFileError, match="record.json"):
        verify(tmp_path, KEPT)


def test_temperature_evens_domains_and_leaves_sets_within_one():
    rows = [{"weight": w, "shape": [100, 10, 1], "domain": d} for w, d in ((1, "a"), (3, "a"), (16, "b"))]
    assert domain_weights(rows, 1.0) == [1, 3, 16]
    even = domain_weights(rows, 1e9)
    assert even[0] + even[1] == pytest.approx(even[2], rel=1e-4) and even[1] / even[0] == pytest.approx(3)
    half = domain_weights(rows, 2.0)
    assert half[2] / (half[0] + half[1]) == pytest.approx(2, rel=1e-4)  # (16 / 4) ** (1 / 2)
