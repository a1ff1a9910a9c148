"""Tracks, events and moving points on the command line."""

import json

import pandas as pd
import pytest
from tests.tasks.events.test_forecast import table
from tests.tasks.points.test_forecast import cruise
from tests.tasks.tracks.test_forecast import walks
from tests.tasks.tracks.test_gaps import holed

FAST = ("-m", "baseline:paths_mix")


@pytest.fixture
def tracks(call):
    walks(objects=5, steps=40).to_csv("walks.csv", index=False)


def told(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_tracks(call, tracks):
    holed(walks(objects=5, steps=40), [(1, 25), (1, 26)])[0].to_csv("holed.csv", index=False)
    last = walks(objects=5, steps=40).groupby("id").last()
    pd.DataFrame({"name": ["gate"], "x": [last["x"].iloc[0]], "y": [last["y"].iloc[0]]}).to_csv("gates.csv", index=False)
    kind = ("--kind", "tracks", *FAST, "--json")
    drawn = told(call("simulate", "walks.csv", "--horizon", "3", "--members", "5", *kind, "-o", "drawn.csv"))
    assert drawn["sizes"]["member"] == 5 and set(pd.read_csv("drawn.csv")["member"]) == set(range(5))
    told(call("impute", "holed.csv", *kind, "-o", "whole.csv"))
    assert pd.read_csv("whole.csv")["filled"].sum() == 4  # two moments, x and y
    came = told(call("arrival", "walks.csv", "--horizon", "3", "--places", "gates.csv", "--radius", "4", *kind, "-o", "came.csv"))
    assert came["meta"]["radius"] == 4 and {"object", "place", "chance", "next", "q0.5"} <= set(pd.read_csv("came.csv"))
    scored = told(
        call("backtest", "walks.csv", "--kind", "tracks", "--horizon", "3", "--every", "6", *FAST, "-m", "baseline:stay", "--json")
    )
    assert {"ade", "fde", "miss", "best20", "ade_ratio"} <= set(scored["rows"][0])
    page = call("info", "walks.csv", "--kind", "tracks").stdout
    assert "speed" in page and "gaps" in page
    refused = call("arrival", "walks.csv", "--kind", "tracks", "--horizon", "3", "--places", "none.csv", "--radius", "4", "-o", "came2.csv")
    assert refused.exit_code == 2 and "--places" in refused.stderr


def test_events(call):
    table().to_csv("events.csv", index=False)
    words = ("events.csv", "--kind", "events", "--step", "7D", "--cell", "0.2", "-m", "baseline:hawkes", "--json")
    told(call("simulate", *words, "--horizon", "2", "--members", "4", "-o", "drawn.csv"))
    assert {"member", "time", "lat", "lon", "size"} == set(pd.read_csv("drawn.csv"))
    found = told(call("detect", *words, "--rate", "0.05", "-o", "flags.csv", "--events", "clusters.csv"))
    assert found["meta"]["step"] == "7D" and len(pd.read_csv("flags.csv")) == 600


def test_moving_points(call):
    cruise().to_csv("cruise.csv", index=False)
    rows = pd.DataFrame({"time": ["2024-05-04 02:00"], "lat": [50.3], "lon": [9.4]})
    rows.to_csv("rows.csv", index=False)
    words = ("cruise.csv", "--kind", "points", *FAST, "--json")
    made = told(call("forecast", *words, "--horizon", "3", "--along", "rows.csv", "-o", "ahead.csv"))
    assert made["sizes"]["row"] == 1 and len(pd.read_csv("ahead.csv")) == 1
    told(call("forecast", *words, "--horizon", "3", "-o", "own.csv"))
    assert set(pd.read_csv("own.csv")["variable"]) == {"lat", "lon", "sst"}


def test_a_page_about_moving_points(call, tmp_path):
    cruise().to_csv("cruise.csv", index=False)
    made = call(
        "forecast", "cruise.csv", "--kind", "points", "--horizon", "3", "-m", "baseline:paths_mix", "-o", "a.nc", "--report", "a.html"
    )
    assert made.exit_code == 0 and (tmp_path / "a.nc").exists()
    assert "chronotope backtest FILE --kind points does it" in (tmp_path / "a.html").read_text()
