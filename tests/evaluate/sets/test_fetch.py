"""Fetching asks for what is missing, by checksum, and says what is wrong in one sentence."""

import builtins

import pytest

from chronotope.errors import DataError, MissingExtraError
from chronotope.evaluate.sets.fetch import REMOTE, fetch


def test_only_missing_files_are_asked_for_with_their_checksums(tmp_path):
    (tmp_path / "metr_la_week").mkdir()
    (tmp_path / "metr_la_week" / "los_adj.csv").write_text("1")
    asked = []

    def retrieve(url, known_hash, fname, path):
        asked.append((url, known_hash))
        (path / fname).write_text("x")

    made = fetch(tmp_path, ("metr_la_week",), retrieve)
    assert [file.name for file in made] == ["los_speed.csv", "graph_sensor_locations.csv"]
    assert all(code.startswith("sha256:") and len(code) == 71 for _, code in asked) and fetch(tmp_path, ("metr_la_week",), retrieve) == []


def test_without_a_network_it_is_one_sentence(tmp_path):
    def retrieve(**asked):
        raise OSError("no route to host")

    with pytest.raises(DataError, match=r"students003.txt could not be fetched .*no route to host.*put the file there"):
        fetch(tmp_path, ("eth_ucy",), retrieve)


def test_without_pooch_the_extra_is_named(tmp_path, monkeypatch):
    real = builtins.__import__

    def absent(name, *rest, **more):
        if name == "pooch":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(MissingExtraError, match=r"chronotope\[data\]"):
        fetch(tmp_path)


def test_every_address_is_encrypted_and_every_hash_whole():
    for files in REMOTE.values():
        for file in files:
            assert file.url.startswith("https://") and len(file.sha256) == 64 and file.url.endswith(file.path.rsplit("/", 1)[1])
