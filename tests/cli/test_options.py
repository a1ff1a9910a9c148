"""Every option of every verb that opens a file changes what comes out; an option without a proof fails."""

import sqlite3
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chronotope.calls import CALLS as SCHEMAS
from chronotope.cli.printing import Manner
from chronotope.questions import AbstractQuantilePredictor
from chronotope.tasks import load as loading
from chronotope.tasks.verbs import Model

ELSEWHERE = {
    "demo",
    "pretrain",
    "benchmark",
    "corpus",
    "run",
    "downscale",
    "arrival",
    "whatif",
    "finetune",
}  # long work or none of their own, proven beside what they do
MIX, LAST, TINY = ("-m", "baseline:mix"), ("-m", "baseline:last_value"), ("-m", "tiny")
CALLS = {
    "info": ("data.csv",),
    "count": ("quakes.csv", "--kind", "events", "--step", "6h", "-o", "out.csv"),
    "forecast": ("data.csv", "--horizon", "3", *MIX, "-o", "out.csv"),
    "impute": ("data.csv", *MIX, "-o", "out.csv"),
    "backcast": ("data.csv", "--horizon", "3", *MIX, "-o", "out.csv"),
    "interpolate": ("data.csv", "--at", "places.csv", "-m", "baseline:inverse_distance", "-o", "out.csv"),
    "embed": ("data.csv", "--per", "window", *TINY, "-o", "out.csv"),
    "detect": ("data.csv", *MIX, "-o", "out.csv"),
    "simulate": ("data.csv", "--horizon", "3", "--members", "3", *MIX, "-o", "out.csv"),
    "explain": ("data.csv", "--horizon", "3", *MIX, "-o", "out.csv"),
    "backtest": ("data.csv", "--horizon", "3", "--every", "30", *MIX, *LAST, "-o", "out.csv"),
    "floors": ("data.csv", "--horizon", "3", "--origins", "2", "-o", "out.csv"),
    "stress": ("data.csv", "--horizon", "3", "--every", "20", "--before", "30", "--after", "20", *LAST, "--drift", "step", "-o", "out.csv"),
    "scores": ("saved",),
    "models": (),
    "samples": (),
}

READING = {
    "file": ("data.csv", "other.csv"),
    "kind": ("data.csv", "--kind", "events"),
    "time": ("two_clocks.csv", "--time", "issued"),
    "place": ("two_names.csv", "--place", "region"),
    "lat": ("two_lats.csv", "--lat", "north"),
    "lon": ("two_lats.csv", "--lon", "east"),
    "target": ("data.csv", "--target", "heat"),
    "sites": ("bare.csv", "--sites", "sites.csv"),
    "edges": ("data.csv", "--edges", "edges.csv"),
    "query": ("data.db", "--query", "select * from data where place <> 's2'"),
    "missing": ("coded.csv", "--missing", "-999"),
    "start": ("array.npy", "--start", "2024-01-01"),
    "step": ("data.csv", "--step", "30min"),
    "time_format": ("days.csv", "--time-format", "mdy"),
    "clock": ("data.csv", "--clock", "Europe/Berlin"),
    "crs": ("plane.csv", "--crs", "EPSG:32633"),
    "future": ("data.csv", "--future", "calendar.csv"),
    "notes": ("data.csv", "--notes", "notes.csv"),
    "pois": ("data.csv", "--pois", "pois.csv"),
    "cumulative": ("meter.csv", "--cumulative", "none"),
}
"""Option: (the source of both calls, what the second one says more)."""

RUNNING = {
    "model": LAST,
    "quantiles": ("--quantiles", "0.2,0.5"),
    "context": ("--context", "5"),
    "device": ("--device", "cuda:99"),
    "budget": ("--budget", "0.001s"),
    "places": ("--places", "places.csv"),
    "radius": ("--places", "places.csv", "--radius", "100"),
    "how": ("--how", "mean"),
    "keep_partial": ("--keep-partial",),
    "horizon": ("--horizon", "4"),
    "at": ("--at", "2024-03-02 12:00"),
    "known_future": ("--known-future", "heat"),
    "form": ("--form", "wide"),
    "cell": ("--cell", "0.5"),
    "along": ("--along", "places.csv"),
    "report": ("--report", "page.html"),
    "output": ("-o", "second.csv"),
    "overwrite": ("--overwrite",),
    "json_output": ("--json",),
    "quiet": ("-q",),
    "members": ("--members", "5"),
    "fill": ("--fill",),
    "models": LAST,
    "every": ("--every", "40"),
    "by": ("--by", "lead"),
    "against": ("--against", "baseline:mix"),
    "refit": ("--refit", "0"),
    "save": ("--save", "run"),
    "quality": ("--quality",),
    "task": ("--task", "impute"),
    "origins": ("--origins", "3"),
    "size": ("--size", "3"),
    "before": ("--before", "20"),
    "after": ("--after", "10"),
    "rate": ("--rate", "0.4"),
    "events": ("--events", "second.csv"),
    "causal": ("--causal",),
    "reconcile": ("--reconcile", "groups.csv"),
    "about": ("--about", "s1"),
    "kinds": ("--kinds", "time"),
    "most": ("--most", "1"),
    "drift": ("--drift", "ramp"),
    "fault": ("--fault", "noise"),
    "per": ("--per", "field"),
    "window": ("--window", "40"),
}

OWN = {  # where a verb needs other words for the same option
    ("detect", "edges"): ("--events", "second.csv", "--rate", "0.3"),
    ("interpolate", "at"): ("--at", "elsewhere.csv"),
    ("embed", "model"): ("-m", "baseline:spectrum"),
    ("embed", "context"): ("--context", "60"),
    ("interpolate", "model"): ("-m", "baseline:kriging"),
    ("floors", "seed"): ("--task", "impute", "--seed", "1"),
    ("backtest", "refit"): ("-m", "baseline:ridge", "--refit", "0"),
    ("stress", "rate"): ("--size", "0.3", "--every", "1", "--after", "60", "--rate", "0.9"),
    ("stress", "models"): MIX,
    ("stress", "seed"): ("--fault", "noise", "--seed", "1"),
    ("backtest", "lat"): ("--by", "region"),
    ("backtest", "lon"): ("--by", "region"),
    ("backtest", "sites"): ("--by", "region"),
    ("backtest", "crs"): ("--by", "region"),
    ("forecast", "edges"): TINY,
    ("forecast", "cumulative"): TINY,
    ("simulate", "edges"): TINY,
    ("simulate", "cumulative"): TINY,
    ("impute", "edges"): ("-m", "baseline:neighbour_mean"),
    ("interpolate", "start"): ("--sites", "sites.csv"),
    ("stress", "sites"): ("--every", "45", *TINY),
    ("stress", "edges"): ("--every", "45", *TINY),
    ("stress", "crs"): ("--every", "45", *TINY),
    ("count", "target"): ("--how", "mean"),
    ("count", "place"): ("--kind", "tracks", "--how", "distinct"),
}
TWO_PLACES = ("two_names.csv", "--place", "half")  # where the name of a place shows nowhere: four places are no two


@pytest.fixture
def folder(call):
    """A small table of two variables at four places in many forms, and side files."""
    rng = np.random.default_rng(0)
    hours = pd.date_range("2024-03-01", periods=120, freq="h")
    data = pd.DataFrame({"time": np.repeat(hours, 4), "place": [f"s{i}" for i in range(4)] * 120})
    data["lat"], data["lon"] = np.tile([40, 40.1, 40.2, 40.05], 120), np.tile([-74, -73.9, -74.1, -73.95], 120)
    data["flow"] = np.round(50 + 20 * np.sin(np.arange(480) // 4 / 4) + rng.normal(size=480) + 5 * np.tile(range(4), 120), 2)
    data["heat"] = np.round(10 + np.cos(np.arange(480) // 4 / 4) + 0.1 * rng.normal(size=480), 3)
    data.loc[200:212:4, "flow"] = data.loc[301:310:4, "heat"] = np.nan
    forms = {
        "data": data,
        "other": data.assign(flow=data["flow"] + 7),
        "two_clocks": data.assign(issued=data["time"] + pd.Timedelta("7h")),
        "two_names": data.assign(region=data["place"].map({"s0": "c", "s1": "b", "s2": "a", "s3": "d"}), half=data["place"] < "s2"),
        "two_lats": data.assign(north=data["lat"].max() - data["lat"], east=(data["lon"] ** 2).round(3)),
        "bare": data.drop(columns=["lat", "lon"]),
        "days": data.assign(time=data["time"].dt.strftime("%d/%m/%Y %H:%M")),
        "coded": data.fillna(-999),
        "meter": data[["time", "place"]].assign(reading=data["flow"].fillna(50).groupby(data["place"]).cumsum()),
        "plane": data.drop(columns=["lat", "lon"]).assign(x=4e5 + 1e4 * data["lat"], y=5e6 + 1e4 * data["lon"]),
    }
    for name, table in forms.items():
        table.to_csv(f"{name}.csv", index=False)
    at = {"lat": 40 + rng.random(300) / 5, "lon": -74 + rng.random(300) / 5}
    stamps = pd.Timestamp("2024-03-01") + pd.to_timedelta(np.sort(rng.uniform(0, 100, 300)), unit="h")
    moved = {"north": at["lon"], "east": at["lat"], "issued": stamps + pd.Timedelta("7h"), "heat": rng.random(300)}
    pd.DataFrame({"time": stamps, "id": np.arange(300) % 5, **at, "mag": rng.random(300), **moved}).to_csv("quakes.csv", index=False)
    sites = {"place": ["s0", "s1", "s2", "s3"], "lat": [40, 40.3, 40.1, 40.2], "lon": [-74, -74.2, -73.8, -74.1]}
    pd.DataFrame(sites).to_csv("sites.csv", index=False)
    pd.DataFrame({"from": ["s0", "s1"], "to": ["s2", "s3"], "weight": [1.0, 0.5]}).to_csv("edges.csv", index=False)
    pd.DataFrame({"date": ["2024-03-02", "2024-03-06"], "holiday": ["a", "b"]}).to_csv("calendar.csv", index=False)
    pd.DataFrame({"time": ["2024-03-02"], "text": ["parade"]}).to_csv("notes.csv", index=False)
    pd.DataFrame({"kind": ["mill"], "lat": [40.0], "lon": [-74.0]}).to_csv("pois.csv", index=False)
    pd.DataFrame({"name": ["p"], "lat": [40.07], "lon": [-73.97]}).to_csv("places.csv", index=False)
    pd.DataFrame({"name": ["p"], "lat": [40.12], "lon": [-74.02]}).to_csv("elsewhere.csv", index=False)
    pd.DataFrame({"place": ["s0", "s1", "s2"], "parent": ["all", "all", "all"]}).to_csv("groups.csv", index=False)
    np.save("array.npy", data["flow"].to_numpy().reshape(120, 4))
    with sqlite3.connect("data.db") as base:
        data.to_sql("data", base, index=False)
    return Path()


def outcome(call, words):
    """What a call says and writes."""
    for path in (*Path().glob("out.*"), *Path().glob("second.*"), *Path().glob("page.*")):
        path.unlink()
    result = call(*words)
    written = {path.name: path.read_bytes() for path in (*Path().glob("out.*"), *Path().glob("second.*"), *Path().glob("page.*"))}
    return result.exit_code, result.stdout, result.stderr, written


def calls_of(verb, name):
    """The call without and with an option."""
    words = list(CALLS[verb])
    if name == "file":
        other = "meter.csv" if verb == "embed" else "other.csv"  # another unit is no other vector
        return [verb, *words], [verb, other, *words[1:]]
    if (verb, name) == ("count", "kind"):
        return [verb, *words], [verb, *words, "--kind", "tracks"]
    if name in READING:
        words[0], *more = TWO_PLACES if name == "place" and verb in ("interpolate", "stress", "count") else READING[name]
        words += OWN.get((verb, name), ())
        if name == "future" and verb in ("forecast", "simulate"):
            words += ["--known-future", "holiday"]
        return [verb, *words], [verb, *words, *more]
    more = OWN.get((verb, name), RUNNING.get(name))
    assert more is not None, f"option {name!r} of {verb!r} has no proof that it does anything; add one"
    return [verb, *words, *more[:-2]], [verb, *words, *more]


NOTHING = {("count", "sites"), ("count", "start")}  # of the options that all who open have: events bring their own places and stamps
OPTIONS = [
    (verb, name)
    for verb, (schema, _) in SCHEMAS.items()
    if verb not in ELSEWHERE
    for name in (*schema.model_fields, *Manner.model_fields)
    if (verb, name) not in NOTHING
]
SPECIAL = {"threads", "verbose", "overwrite", "seed", "factor"}
"""These have tests of their own below."""


@pytest.mark.parametrize(("verb", "name"), [pair for pair in OPTIONS if pair[1] not in SPECIAL and pair[0] != "scores"])
def test_an_option_changes_what_comes_out(call, folder, verb, name):
    plain, changed = calls_of(verb, name)
    before, after = outcome(call, plain), outcome(call, changed)
    assert after[0] in (0, 2) and (before[0] == 0 or after[0] == 0), (before[1:3], after[1:3])
    assert before != after, " ".join(changed)


@pytest.mark.parametrize("verb", [verb for verb, name in OPTIONS if name == "threads"])
def test_threads_reach_the_processor(call, folder, verb, monkeypatch):
    import torch

    told = []
    monkeypatch.setattr(torch, "set_num_threads", told.append)
    assert call(verb, *CALLS[verb], "--threads", "2").exit_code == 0 and told == [2]


@pytest.mark.parametrize("verb", [verb for verb, name in OPTIONS if name == "verbose"])
def test_verbose_shows_where_a_fault_of_ours_happened(call, folder, verb, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("broken on purpose")

    module = import_module("chronotope.calls." + ("listing" if verb in ("models", "samples") else verb))
    for name in ("open_data", "open_and_warn", "_listed", "check_outputs"):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, broken)
    plain, told = call(verb, *CALLS[verb]), call(verb, *CALLS[verb], "-v")
    assert plain.exit_code == told.exit_code == 1
    assert "Traceback" in told.stderr and "Traceback" not in plain.stderr


@pytest.mark.parametrize("verb", [verb for verb, name in OPTIONS if name == "overwrite" and verb != "scores"])
def test_overwrite_replaces_and_nothing_else_does(call, folder, verb):
    Path("out.csv").write_text("mine")
    assert call(verb, *CALLS[verb]).exit_code == 2 and Path("out.csv").read_text() == "mine"
    assert call(verb, *CALLS[verb], "--overwrite").exit_code == 0 and Path("out.csv").read_text() != "mine"


class Dice(AbstractQuantilePredictor):
    """Answers with what is drawn at random."""

    name = "dice"

    def quantiles(self, question):
        import torch

        drawn = torch.rand(len(question.rows), *question.frame.values.shape[1:]).numpy()
        out = drawn + np.arange(len(question.levels), dtype="float32")[:, None, None, None]
        return np.where(question.asked[question.rows], out, np.nan).astype("float32")


@pytest.mark.parametrize("verb", ["forecast", "impute", "interpolate", "simulate"])
def test_a_seed_settles_what_is_drawn(call, folder, verb, monkeypatch):
    monkeypatch.setattr(loading, "load", lambda name=None: Model(Dice()))
    one, same, other = (outcome(call, [verb, *CALLS[verb], "--seed", seed]) for seed in (1, 1, 2))
    assert one == same != other


@pytest.mark.parametrize("verb", ["floors", "stress"])
def test_a_seed_settles_what_is_hidden_or_planted(call, folder, verb):
    plain, changed = calls_of(verb, "seed")
    assert outcome(call, plain) != outcome(call, changed)


def test_the_factor_of_a_coarse_grid(call, folder):
    times = pd.date_range("2024-01-01", periods=40, freq="D").strftime("%Y-%m-%d")
    rows = [(t, f"{i},{j}", i, j, np.sin(k / 3 + i) + j) for k, t in enumerate(times) for i in range(12) for j in range(12)]
    pd.DataFrame(rows, columns=["time", "place", "lat", "lon", "z"]).to_csv("grid.csv", index=False)
    words = ("floors", "grid.csv", "--task", "downscale", "-o", "out.csv")
    one, two = outcome(call, words), outcome(call, [*words, "--factor", "3"])
    assert one[0] == two[0] == 0 and one != two


@pytest.mark.parametrize("name", [name for verb, name in OPTIONS if verb == "scores" and name != "verbose"])
def test_options_of_saved_scores(call, folder, name):
    assert call("backtest", *CALLS["backtest"], "--save", "saved").exit_code == 0
    assert call("backtest", *CALLS["backtest"], "--target", "heat", "--save", "other", "--overwrite").exit_code == 0
    if name == "file":
        assert call("scores", "saved").stdout != call("scores", "other").stdout
        return
    if name == "overwrite":
        assert [call("scores", "saved", "-o", "out.csv", *words).exit_code for words in ((), ("--overwrite",))] == [2, 0]
        return
    assert outcome(call, ["scores", "saved"]) != outcome(call, ["scores", "saved", *RUNNING[name]])
