"""whatif from the command line: what is written and said, and what its options do."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from chronotope.cli.main import app

CALL = ("whatif", "load.csv", "--horizon", "6", "-m", "baseline:linear", "--set", "temp=+2", "--target", "load")


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(autouse=True)
def table(tmp_path, monkeypatch):
    """load.csv: 500 hours of load, temp and wind at three places; the load follows temp."""
    monkeypatch.chdir(tmp_path)
    rng, hours = np.random.default_rng(0), pd.date_range("2024-03-01", periods=500, freq="h")
    temp, wind = 10 + rng.normal(size=(500, 3)).cumsum(axis=0) * 0.3, rng.normal(size=(500, 3))
    load = 50 + 2 * temp + 5 * np.sin(2 * np.pi * np.arange(500) / 24)[:, None] + rng.normal(size=(500, 3))
    rows = {"time": np.repeat(hours, 3), "place": [f"s{i}" for i in range(3)] * 500}
    pd.DataFrame({**rows, "load": load.ravel(), "temp": temp.ravel(), "wind": wind.ravel()}).to_csv("load.csv", index=False)


def test_both_answers_and_the_difference_are_written_and_said():
    made = call(*CALL, "-o", "out.nc", "--report", "page.html", "--json")
    assert made.exit_code == 0, made.stderr
    told = json.loads(made.stdout)
    assert 3.5 < told["summary"][0]["difference"] < 4.5 and "not what temp would cause" in told["words"]
    out = xr.open_dataset("out.nc")
    assert set(out.data_vars) == {"load_as_it_is", "load_then", "load_difference"}
    assert "<svg" in open("page.html").read()


MORE = [
    *(("--set", "temp=12"), ("--at", "2024-03-15"), ("--context", "300"), ("--known-future", "temp", "--at", "2024-03-15")),
    *(("-m", "baseline:climatology"), ("--quantiles", "0.2,0.5"), ("--horizon", "7")),
]


@pytest.mark.parametrize("more", MORE)
def test_options_change_what_comes_out(more):
    plain, other = call(*CALL, "-o", "plain.csv"), call(*CALL, *more, "-o", "other.csv")
    assert plain.exit_code == 0 and other.exit_code == 0 or "must show" in other.stderr, other.stderr
    assert other.exit_code == 2 or not pd.read_csv("plain.csv").equals(pd.read_csv("other.csv"))


@pytest.mark.parametrize(
    "words, said",
    [
        (("--horizon", "6"), "Something must be different"),
        (("--horizon", "6", "--set", "temp"), "NAME=VALUE"),
        (("--horizon", "6", "--set", "wind=+1", "--target", "load"), "must show that load follows wind"),
        (("--horizon", "6", "--close", "s1"), "must have been closed before"),
    ],
)
def test_refusals_are_one_sentence(words, said):
    made = call("whatif", "load.csv", *words, "-m", "baseline:linear", "-o", "out.csv")
    assert made.exit_code == 2 and said in " ".join(made.stderr.split()), made.stderr
