"""A model that breaks is printed as broken, in words and in JSON; only a wrong call ends with 2."""

import json

import numpy as np
import pandas as pd
import pytest

from chronotope.baselines import BASELINES
from chronotope.errors import ArgumentError
from chronotope.evaluate.protocols import four_axis
from chronotope.evaluate.sets import suites, yardsticks
from chronotope.questions import AbstractQuantilePredictor
from sheets import noise


class Stumbling(AbstractQuantilePredictor):
    name, kind = "drift", "floor"

    def quantiles(self, question):
        raise RuntimeError("lost its way")


class Refusing(AbstractQuantilePredictor):
    name, kind = "drift", "floor"

    def quantiles(self, question):
        raise ArgumentError("This call is wrong; ask otherwise.")


@pytest.fixture
def table(tmp_path, monkeypatch):
    """An hourly file, which is also the data of the benchmark, and a floor that stumbles."""
    times = pd.date_range("2024-01-01", periods=260, freq="h")
    flow = 50 + 20 * np.sin(2 * np.pi * np.arange(260) / 24) + np.random.default_rng(0).normal(size=260)
    file = tmp_path / "wide.csv"
    pd.DataFrame({"time": times, "a": flow, "b": 2 * flow}).to_csv(file, index=False)
    monkeypatch.setenv("CHRONOTOPE_DATA", str(tmp_path))
    monkeypatch.setattr(suites, "SETS", (suites.HeldOut("made", "traffic", "wide.csv", 6, origins=2),))
    monkeypatch.setattr(suites, "QUICK", ("made",))
    sets = (yardsticks.Yardstick("small", "graph", "a", "world", 6, lambda root: noise(8, 120)),)
    monkeypatch.setattr(yardsticks, "YARDSTICKS", sets)
    monkeypatch.setattr(four_axis, "FLOORS", {"forecast": ("last_value",), "impute": ("linear",), "interpolate": ("neighbour_mean",)})
    monkeypatch.setitem(BASELINES, "drift", Stumbling)
    return file


CALLS = {
    "backtest": ("backtest", "FILE", "--horizon", "6", "--every", "6", "-m", "baseline:drift", "-m", "baseline:last_value"),
    "stress": ("stress", "FILE", "--horizon", "4", "--every", "12", "--before", "60", "-m", "baseline:drift", "-m", "baseline:last_value"),
    "floors": ("floors", "FILE", "--horizon", "6", "--origins", "2"),
    "zero-shot": ("benchmark", "--protocol", "zero-shot", "-m", "baseline:linear"),
    "four-axis": ("benchmark", "-m", "baseline:drift"),
}


@pytest.mark.parametrize("name", CALLS)
def test_people_and_programs_read_who_broke_and_why(call, table, name):
    words = [str(table) if word == "FILE" else word for word in CALLS[name]]
    said = call(*words)
    assert said.exit_code == 0, said.stderr
    assert "broke: RuntimeError: lost its way" in " ".join(said.stdout.split()) and "last_val" in said.stdout  # folded to 80 columns
    found = json.loads(call(*words, "--json").stdout)
    rows = found["broken"] if name == "four-axis" else [row for row in found["rows"] if row["broken"]]
    assert {row["model"].removeprefix("baseline:") for row in rows} == {"drift"}
    assert {row["broken"] for row in rows} == {"RuntimeError: lost its way"}


def test_where_every_model_broke_only_a_wrong_call_ends_with_2(call, table, monkeypatch):
    words = ("backtest", table, "--horizon", "6", "--every", "6", "-m", "baseline:drift")
    said = call(*words)
    assert said.exit_code == 0 and "baseline:drift broke: RuntimeError: lost its way" in said.stdout
    monkeypatch.setitem(BASELINES, "drift", Refusing)
    said = call(*words)
    assert said.exit_code == 2 and said.stderr.count("\n") == 1 and "ask otherwise" in said.stderr
