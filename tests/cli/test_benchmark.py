"""`chronotope benchmark` on a tiny set that is made here, and without its data."""

import json

import numpy as np
import pandas as pd
import pytest

from chronotope.evaluate import suites
from chronotope.evaluate.suites import HeldOut


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
    result = call("benchmark", "--suite", "quick", "-m", "baseline:last_value", "-m", "baseline:linear", "-o", out, "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    models = [row["model"] for row in found["summary"]]
    assert models.count("last_value") == 1 and "linear" in models and "mix" in models
    assert found["suite"] == "quick" and {row["set"] for row in found["rows"]} == {"made"}
    assert set(pd.read_csv(out)["model"]) == set(models)


def test_people_get_a_table(call, data):
    result = call("benchmark", "-m", "baseline:last_value")
    assert result.exit_code == 0 and "quick suite: 1 data set" in result.stdout and "seasonal_naive" in result.stdout


def test_without_the_data_it_ends_in_one_sentence(call, data, monkeypatch):
    result = call("benchmark", "--suite", "full", "-m", "baseline:last_value", "-q")
    assert result.exit_code == 2 and "gone.csv" in result.stderr and result.stderr.count("\n") == 1
    monkeypatch.setenv("CHRONOTOPE_DATA", str(data / "nowhere"))
    result = call("benchmark")
    assert result.exit_code == 2 and "CHRONOTOPE_DATA" in result.stderr and result.stderr.count("\n") == 1


def test_an_unknown_suite_is_refused(call):
    result = call("benchmark", "--suite", "huge")
    assert result.exit_code == 2 and "--suite" in result.stderr and result.stderr.count("\n") == 1
