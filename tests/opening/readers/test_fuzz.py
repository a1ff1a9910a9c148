"""Broken files end in a Field or in one ChronotopeError; a few hundred of the cases of benchmarks/fuzz_open.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

LIBRARIES = ("a.nc", "a.h5", "a.grib", "a.tif", "a.mp4", "a.gpkg")  # C code that a broken file may send round for ever
PATH = Path(__file__).resolve().parents[3] / "benchmarks" / "fuzz_open.py"
SPEC = importlib.util.spec_from_file_location("fuzz_open", PATH)
fuzz = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(fuzz)


def test_broken_text_ends_in_a_field_or_a_sentence():
    assert fuzz.run(fuzz.texts(), range(300), seed=1, apart=False) == []


@pytest.mark.filterwarnings("ignore")
def test_broken_binaries_end_in_a_field_or_a_sentence(tmp_path):
    seeds = {name: raw for name, raw in fuzz.binaries(tmp_path).items() if name not in LIBRARIES}
    assert fuzz.run(seeds, range(150), seed=1, apart=False) == []  # C libraries are left to the long run, in child processes


def test_the_good_files_open_as_they_are(tmp_path):
    for name, raw in fuzz.texts().items():
        (tmp_path / name).write_bytes(raw)
        assert fuzz.open_field(tmp_path / name).dataset.sizes, name


def test_an_uncaught_exception_is_a_finding(tmp_path, monkeypatch):
    def breaks(path):
        raise KeyError("lon")

    monkeypatch.setattr(fuzz, "open_field", breaks)
    (tmp_path / "a.csv").write_text("time,a\n")
    assert fuzz.tried(tmp_path / "a.csv").startswith("KeyError at test_fuzz.py")
