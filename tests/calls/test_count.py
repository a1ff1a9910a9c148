"""count, and that what errors advise works: every advised command is run as it is written."""

import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import chronotope as ct
from chronotope.cli.main import app


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Events, tracks and moving points of four days."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.uniform(0, 96, 600)), unit="h")
    at = {"lat": 40 + rng.uniform(0, 0.4, 600), "lon": 8 + rng.uniform(0, 0.4, 600)}
    pd.DataFrame({"time": times, **at, "mag": rng.uniform(1, 5, 600)}).to_csv("events.csv", index=False)
    hours = pd.date_range("2024-01-01", periods=96, freq="h")
    walk = {"lat": 40 + np.cumsum(rng.normal(0, 0.01, (96, 5)), 0), "lon": 8 + np.cumsum(rng.normal(0, 0.01, (96, 5)), 0)}
    rows = {"time": np.repeat(hours, 5), "id": np.tile(list("abcde"), 96), **{name: value.ravel() for name, value in walk.items()}}
    pd.DataFrame(rows).to_csv("tracks.csv", index=False)
    pd.DataFrame({**rows, "heat": rng.normal(20, 1, 480)}).to_csv("points.csv", index=False)
    return tmp_path


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_every_event_is_counted_once(files):
    made = call("count", "events.csv", "--cell", "0.1", "--step", "6h", "--keep-partial", "-o", "counts.nc")
    assert made.exit_code == 0, made.stderr
    field = ct.open("counts.nc")
    assert field.kind == "grid" and int(field.dataset["count"].sum()) == 600 and field.dataset["count"].dtype.kind in "iu"
    by_hand = pd.read_csv("events.csv", parse_dates=["time"])
    first = by_hand[(by_hand["time"] < "2024-01-01 06:00")]
    assert int(field.dataset["count"].isel(time=0).sum()) == len(first)


def test_a_size_and_a_step_are_chosen(files):
    made = call("count", "events.csv", "-o", "counts.csv")
    assert made.exit_code == 0, made.stderr
    assert "cells" in made.stdout and "steps of 1h" in made.stdout
    assert call("forecast", "counts.csv", "--horizon", "2", "-m", "baseline:mix", "-o", "fc.nc").exit_code == 0


def test_tracks_are_counted_by_fix_or_by_object(files):
    for how in ("count", "distinct"):
        assert call("count", "tracks.csv", "--cell", "0.5", "--step", "1D", "--how", how, "-o", f"{how}.nc").exit_code == 0
    fixes, objects = (ct.open(f"{how}.nc").dataset["count"] for how in ("count", "distinct"))
    assert int(fixes.sum()) == 480 and 20 <= int(objects.sum()) < 100


def test_moving_sensors_are_averaged(files):
    words = ("--kind", "points", "--how", "mean", "--cell", "0.02", "--step", "1D", "--keep-partial")
    assert call("count", "points.csv", *words, "-o", "means.nc").exit_code == 0
    table = pd.read_csv("points.csv", parse_dates=["time"])
    means = ct.open("means.nc").dataset["heat"]
    half = (means["lat"].values[1] - means["lat"].values[0]) / 2
    for time, lat, lon in [(0, 3, 2), (1, 4, 4), (2, 2, 3)]:
        at = {"lat": float(means["lat"][lat]), "lon": float(means["lon"][lon])}
        inside = (table["time"].dt.floor("D") == means["time"].values[time]) & ((table["lat"] - at["lat"]).abs() < abs(half))
        inside &= (table["lon"] - at["lon"]).abs() < abs(half)
        np.testing.assert_allclose(float(means[time, lat, lon]), table["heat"][inside].mean(), err_msg=str(at))
    assert np.isfinite(means).sum() > 20


def test_places_instead_of_cells(files):
    pd.DataFrame({"place": ["north", "south"], "lat": [40.35, 40.05], "lon": [8.2, 8.2]}).to_csv("places.csv", index=False)
    assert call("count", "events.csv", "--places", "places.csv", "--step", "1D", "--keep-partial", "-o", "p.nc").exit_code == 0
    counts = ct.open("p.nc").dataset["count"]
    lat = pd.read_csv("events.csv")["lat"]
    assert counts.sum("time").values.tolist() == [int((lat > 40.2).sum()), int((lat < 40.2).sum())]


def test_fixed_places_need_no_counting(files):
    made = call("count", "sample:us_income", "-o", "x.nc")
    assert made.exit_code == 2 and "is read as graph, which needs none" in made.stderr


ADVISED = {"events": ("events.csv", "events"), "tracks": ("tracks.csv", "tracks"), "points": ("points.csv", "points")}


@pytest.mark.parametrize("kind", ADVISED)
def test_what_an_error_advises_works(files, kind):
    """The refusal of a verb that needs fixed places names a command; it is run as it stands, and the verb then works on its output."""
    file, kind = ADVISED[kind]
    verb = ("finetune", file, "-m", "tiny", "-o", "tuned") if kind == "tracks" else ("embed", file, "-m", "baseline:mix", "-o", "found.nc")
    refused = call(*verb, "--kind", kind)
    assert refused.exit_code == 2
    advice = re.search(r"chronotope (count FILE .*?-o (\S+\.nc))", refused.stderr)
    assert advice, refused.stderr
    words = advice[1].replace("FILE", file).replace("SIZE", "0.2").replace("STEP", "3h")
    made = call(*shlex.split(words), "--kind", kind)
    assert made.exit_code == 0, made.stderr
    after = call("detect", advice[2], "-m", "baseline:mix", "-o", "found.nc")
    assert after.exit_code == 0 and Path("found.nc").exists(), after.stderr
    for name in re.findall(r"(events_to_counts|tracks_to_counts|points_to_means)", refused.stderr):
        assert getattr(ct, name)(ct.open(file, kind=kind), "3h", cells=0.2).kind == "grid"


def test_the_other_advice_of_these_errors_works(files):
    """Ask forecast for rates; ask forecast where they go; ask interpolate at a table of times and places."""
    assert ct.forecast("events.csv", 2, model="baseline:smoothed_rates", kind="events", cell=0.2).rate.sizes["time"] == 2
    assert "lat" in ct.forecast("tracks.csv", 2, model="baseline:mix", kind="tracks").dataset
    asked = pd.DataFrame({"time": ["2024-01-02 03:00"], "lat": [40.1], "lon": [8.1]})
    assert ct.interpolate("points.csv", asked, kind="points").dataset["heat"].sizes["row"] == 1


def test_films_need_no_way_out():
    frames = np.random.default_rng(0).random((12, 6, 6, 1)).astype("float32")
    field = ct.open(frames, kind="video")
    assert field.panel().values.shape == (12, 36, 1)
    assert ct.Model(ct.load("baseline:last_value").predictor).forecast(field, 2).dataset.sizes["time"] == 2
