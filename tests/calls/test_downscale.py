"""downscale from the command line: what is written, and what its options do."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from chronotope.cli.main import app

AXIS = np.arange(8.0)


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def coarse(tmp_path, monkeypatch):
    """coarse.nc, 8 x 8 cells of two variables in ten days; past.nc, 16 x 16 cells of the days before."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    fine = rng.normal(size=(20, 16, 16)).cumsum(axis=1).cumsum(axis=2)
    times = pd.date_range("2024-01-01", periods=20)
    centres = (np.arange(16) + 0.5) / 2 - 0.5
    past = xr.Dataset({"z": (("time", "lat", "lon"), fine[:10])}, {"time": times[:10], "lat": centres, "lon": centres})
    past.to_netcdf("past.nc")
    values = fine[10:].reshape(10, 8, 2, 8, 2).mean(axis=(2, 4))
    data = {"z": (("time", "lat", "lon"), values), "w": (("time", "lat", "lon"), -values)}
    xr.Dataset(data, {"time": times[10:], "lat": AXIS, "lon": AXIS}).to_netcdf("coarse.nc")
    return values


def test_a_file_comes_out_whose_block_means_are_those_that_went_in(coarse):
    made = call("downscale", "coarse.nc", "--factor", 2, "-o", "fine.nc", "--json")
    assert made.exit_code == 0 and json.loads(made.stdout)["meta"]["factor"] == [2, 2]
    out = xr.open_dataset("fine.nc")["z"].sel(quantile=0.5).values
    np.testing.assert_allclose(out.reshape(10, 8, 2, 8, 2).mean(axis=(2, 4)), coarse, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "more", [("--target", "z"), ("-m", "baseline:bicubic"), ("--quantiles", "0.2,0.5"), ("--factor", "3"), ("--missing", "0.5")]
)
def test_options_change_what_comes_out(coarse, more):
    data = xr.open_dataset("coarse.nc").load()
    data["z"][0, 0, 0] = 0.5
    data.to_netcdf("marked.nc")
    assert call("downscale", "marked.nc", "--factor", 2, "-o", "plain.csv").exit_code == 0
    assert call("downscale", "marked.nc", "--factor", 2, *more, "-o", "other.csv").exit_code == 0
    assert not pd.read_csv("plain.csv").equals(pd.read_csv("other.csv"))


def test_a_finer_past_says_the_factor_and_teaches(coarse):
    made = call("downscale", "coarse.nc", "--target", "z", "--like", "past.nc", "-o", "fine.nc", "--json")
    assert made.exit_code == 0 and json.loads(made.stdout)["meta"]["steps seen fine"] == 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "out.nc"), "factor"),
        (("--factor", "1", "-o", "out.nc"), "at least 2"),
        (("--factor", "2", "--context", "3", "-o", "out.nc"), "left out"),
        (("--factor", "2", "--like", "none.nc", "-o", "out.nc"), "none.nc"),
    ],
)
def test_what_cannot_be_ends_in_a_sentence(coarse, words, said):
    made = call("downscale", "coarse.nc", *words)
    assert made.exit_code == 2 and said in made.stderr and "Traceback" not in made.stderr


def test_edges_are_said_not_to_be_read(coarse):
    pd.DataFrame({"from": ["0,0"], "to": ["0,1"], "weight": [1.0]}).to_csv("edges.csv", index=False)
    made = call("downscale", "coarse.nc", "--factor", 2, "--edges", "edges.csv", "-o", "out.nc")
    assert made.exit_code in (0, 2) and "edges" in made.stderr


def test_finer_steps_keep_means_or_sums(coarse):
    words = ("downscale", "coarse.nc", "--finer-step", "12h")
    for how, reduce in (("mean", "mean"), ("sum", "sum")):
        made = call(*words, "--how", how, "-o", f"{how}.nc")
        assert made.exit_code == 0, made.stderr
        out = xr.open_dataset(f"{how}.nc")["z"].sel(quantile=0.5).values.reshape(10, 2, 8, 8)
        np.testing.assert_allclose(getattr(out, reduce)(axis=1), coarse, rtol=1e-5, atol=1e-6)
    assert "whole days" in " ".join(made.stderr.split())
    assert call(*words, "--factor", 2, "-o", "both.nc").exit_code == 2
