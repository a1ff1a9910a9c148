"""`chronotope benchmark` on a tiny set that is made here, and without its data."""

import json

import numpy as np
import pandas as pd
import pytest

from chronotope.evaluate.protocols import four_axis, manifest
from chronotope.evaluate.sets import suites, yardsticks
from chronotope.evaluate.sets.suites import HeldOut
from chronotope.evaluate.sets.yardsticks import Yardstick
from chronotope.opening.open import open_field
from sheets import noise


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data root with one hourly table, which is both suites."""
    times = pd.date_range("2024-01-01", periods=240, freq="h")
    flow = 50 + 20 * np.sin(2 * np.pi * np.arange(240) / 24) + np.random.default_rng(0).normal(size=240)
    (tmp_path / "root").mkdir()
    pd.DataFrame({"time": times, "a": flow, "b": 2 * flow}).to_csv(tmp_path / "root" / "wide.csv", index=False)
    monkeypatch.setenv("CHRONOTOPE_DATA", str(tmp_path / "root"))
    monkeypatch.setattr(suites, "SETS", (HeldOut("made", "traffic", "wide.csv", 6, origins=3), HeldOut("other", "traffic", "gone.csv", 6)))
    monkeypatch.setattr(suites, "QUICK", ("made", "no longer there"))
    return tmp_path


def test_every_floor_and_the_model_are_in_the_table(call, data):
    out = data / "rows.csv"
    models = ("-m", "baseline:last_value", "-m", "baseline:linear")
    result = call("benchmark", "--protocol", "zero-shot", "--suite", "quick", *models, "-o", out, "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    models = [row["model"] for row in found["summary"]]
    assert models.count("last_value") == 1 and "linear" in models and "mix" in models
    assert found["suite"] == "quick" and {row["set"] for row in found["rows"]} == {"made"}
    assert set(pd.read_csv(out)["model"]) == set(models)


def test_people_get_a_table(call, data):
    result = call("benchmark", "--protocol", "zero-shot", "-m", "baseline:last_value")
    assert result.exit_code == 0 and "quick suite: 1 data set" in result.stdout and "seasonal_naive" in result.stdout


def test_absent_sets_are_left_out_by_name_and_none_at_all_is_one_sentence(call, data, monkeypatch):
    result = call("benchmark", "--protocol", "zero-shot", "--suite", "full", "-m", "baseline:last_value")
    assert result.exit_code == 0 and "left out: other (gone.csv" in result.stdout and "full suite: 1 data set" in result.stdout
    monkeypatch.setattr(suites, "SETS", suites.SETS[1:])
    result = call("benchmark", "--protocol", "zero-shot", "--suite", "full", "-m", "baseline:last_value")
    assert result.exit_code == 2 and "gone.csv" in result.stderr and result.stderr.count("\n") == 1
    monkeypatch.setenv("CHRONOTOPE_DATA", str(data / "nowhere"))
    result = call("benchmark", "--protocol", "zero-shot")
    assert result.exit_code == 2 and "CHRONOTOPE_DATA" in result.stderr and result.stderr.count("\n") == 1


@pytest.fixture
def two_sets(monkeypatch):
    """A suite of one small simulated set and one that is not there, few floors, and a manifest that knows the first."""
    sets = (
        Yardstick("small", "graph", "a", "world", 6, lambda root: noise(8, 120)),
        Yardstick("gone", "graph", "b", "data", 6, lambda root: open_field(root / "gone.csv")),
    )
    monkeypatch.setattr(yardsticks, "YARDSTICKS", sets)
    monkeypatch.setattr(four_axis, "FLOORS", {"forecast": ("last_value",), "impute": ("linear",), "interpolate": ("neighbour_mean",)})
    known = {"small": manifest.entry(sets[0], {"small": sets[0].open()}, sets)}
    monkeypatch.setattr(manifest, "frozen", lambda: known)
    return known


def test_the_card_is_printed_written_and_made_again_from_rows(call, data, two_sets):
    rows, card, page = (data / name for name in ("rows.csv", "card.json", "card.html"))
    result = call("benchmark", "-m", "baseline:drift", "--audit", "-o", rows, "--card", card, "--report", page)
    assert result.exit_code == 0, result.stderr
    assert "memoriser" in result.stdout and "gone: left out" in result.stdout and "0 shared cells" in result.stdout
    made = json.loads(card.read_text())
    assert made["sets"]["small"].endswith("as frozen") and {one["axis"] for one in made["cells"]} == {"time", "scale"}
    assert page.read_text().startswith("<!doctype html>")
    result = call("benchmark", "--saved", rows, "--card", card)
    assert result.exit_code == 2 and "card.json" in result.stderr and result.stderr.count("\n") == 1
    again = call("benchmark", "--saved", rows, "--json")
    assert again.exit_code == 0 and json.loads(again.stdout)["cells"] == made["cells"]


def test_a_set_that_differs_is_named_and_left_out_unless_told(call, data, two_sets):
    two_sets["small"]["data"] = "0"
    result = call("benchmark", "-m", "baseline:drift")
    assert result.exit_code == 2 and "at least one set" in result.stderr
    result = call("benchmark", "-m", "baseline:drift", "--changed", "--json")
    assert result.exit_code == 0 and "differ" in json.loads(result.stdout)["sets"]["small"]


def test_an_unknown_set_is_refused_by_name(call, two_sets):
    result = call("benchmark", "--set", "nowhere")
    assert result.exit_code == 2 and "small, gone; found 'nowhere'" in result.stderr


def test_an_unknown_suite_is_refused(call):
    result = call("benchmark", "--suite", "huge")
    assert result.exit_code == 2 and "--suite" in result.stderr and result.stderr.count("\n") == 1
