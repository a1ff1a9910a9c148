"""--report of the verbs: a page that compares on the file's own past, and reads nothing after the origin."""

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from asked import sea, stations
from chronotope.calls import proof
from chronotope.calls.forecast import ForecastCall
from chronotope.calls.reporting import command_of

LINEAR = ct.load("baseline:linear")


@pytest.fixture
def few(monkeypatch):
    """A back-test of two plain methods from three origins, so that tests are quick."""
    monkeypatch.setattr(proof, "FLOORS", ("last_value", "drift"))
    monkeypatch.setattr(proof, "MOST", 3)


@pytest.fixture
def flows(tmp_path):
    rng = np.random.default_rng(0)
    hours = pd.date_range("2024-03-01", periods=240, freq="h")
    rows = [
        (t, f"s{i}", 40 + i / 10, -74 + i / 10, 50 + 20 * np.sin(k / 4 + i) + rng.normal()) for i in range(6) for k, t in enumerate(hours)
    ]
    table = pd.DataFrame(rows, columns=["time", "place", "lat", "lon", "flow"])
    table.loc[700:705, "flow"] = np.nan
    table.to_csv(tmp_path / "flows.csv", index=False)
    pd.DataFrame({"lat": [40.15], "lon": [-73.85]}).to_csv(tmp_path / "at.csv", index=False)
    return tmp_path / "flows.csv"


@pytest.mark.parametrize(
    ("verb", "options", "words"),
    [
        ("forecast", {"horizon": 3, "model": "baseline:linear"}, "origins|earlier moments of this file"),
        ("backcast", {"horizon": 3, "model": "baseline:linear"}, "the record begun later 3 times"),
        ("impute", {"model": "baseline:linear"}, "runs of six values hidden"),
        ("interpolate", {"model": "baseline:neighbour_mean", "at": "at.csv"}, "places hidden altogether"),
        ("simulate", {"horizon": 3, "members": 5, "model": "baseline:linear"}, "earlier moments of this file"),
        ("detect", {"model": "baseline:linear"}, "Most surprising"),
        ("backtest", {"horizon": 3, "every": 12, "models": ["baseline:linear", "baseline:drift"]}, "Back-test of flow"),
    ],
)
def test_every_verb_writes_its_page(few, flows, tmp_path, monkeypatch, verb, options, words):
    monkeypatch.chdir(tmp_path)
    output = {} if verb == "backtest" else {"output": "out.nc"}
    ct.run(verb, file="flows.csv", report="page.html", **output, **options)
    page = (tmp_path / "page.html").read_text()
    assert any(word in page for word in words.split("|")) and "What was understood of the file" in page
    assert f"chronotope {verb} flows.csv" in page and [p.name for p in tmp_path.glob(".*")] == []


def test_the_comparison_reads_nothing_after_the_origin(few):
    field = stations(120)
    at = field.times[80]
    changed = stations(120)
    changed.dataset["temp"][:, 81:] = 1e6
    made = [proof.forecasts(LINEAR, one, LINEAR.forecast(one, 4, at=at, target="temp"), 0.1, "temp") for one in (field, changed)]
    pd.testing.assert_frame_equal(*(one.scores.drop(columns=["seconds", "peak_mb"]) for one in made))
    assert made[0].trials.sizes["origin"] == 3 and made[0].trials["valid_time"].values.max() <= at


def test_hidden_values_are_not_read_and_the_best_rule_wins():
    field = stations(60)  # temperature is a straight line, which the linear rule fills without a miss
    scores = proof.gaps(ct.load("baseline:climatology"), field, "temp").scores.set_index("model")
    assert scores["mae"]["baseline:linear"] < 0.01 and scores["mae"].idxmax() == "baseline:climatology"
    assert scores["mae_ratio"].min() == 1 or scores["mae"].min() == 0
    assert (scores["n"] == scores["n"].iloc[0]).all() and scores["mae"].max() > 1


def test_what_was_before_is_compared_on_later_beginnings():
    field = stations(40)
    field.dataset["temp"][:] = np.arange(40.0)
    found = proof.beginnings(LINEAR, field, LINEAR.backcast(field, 4, target="temp"), "temp")
    scores = found.scores.set_index("model")
    assert scores.loc["baseline:linear", "mae"] == pytest.approx(2.5) and (scores["n"] == 3 * 4 * 3).all()  # 1 to 4 steps away
    short = field.isel(time=slice(0, 14))
    assert "too short to begin it later" in proof.beginnings(LINEAR, short, LINEAR.backcast(short, 4)).notes[0]


def test_misses_of_directions_go_the_shorter_way():
    values, truth = np.tile(np.array([[350.0], [355.0], [0.0], [4.0], [8.0]]), 3), np.array([0.0, 2.0, 358.0])
    assert proof._scores(values, truth, False, circle=True)["mae"] == pytest.approx(4 / 3)


def test_cells_are_compared_from_their_own_means():
    field = sea(6).isel(depth=0)
    model = ct.load("baseline:bilinear")
    made = model.downscale(field, factor=2)
    found = proof.fine(model, field, made)
    assert found.scores is None and "too small" in found.notes[0]  # 3 x 4 cells


def test_an_answer_that_took_long_is_not_asked_again():
    field = stations(60)
    found = proof.forecasts(LINEAR, field, LINEAR.forecast(field, 2), 100.0)
    assert found.scores is None and "took 100 s" in found.notes[0]


def test_the_command_can_be_typed():
    call = ForecastCall(file="my flows.csv", horizon=6, at=["2024-03-01 12:00"], output="o.nc", quantiles="0.1,0.5,0.9", overwrite=True)
    assert command_of(call, "forecast") == (
        "chronotope forecast 'my flows.csv' --quantiles 0.1,0.5,0.9 --output o.nc --horizon 6 --at '2024-03-01 12:00'"
    )


@pytest.mark.parametrize(("topic", "model"), [("tracks", "baseline:constant_velocity"), ("events", "baseline:homogeneous_poisson")])
def test_a_demo_of_a_topic_ends_in_a_page_and_scores(tmp_path, monkeypatch, topic, model):
    monkeypatch.setattr(proof, "PATH_PLAIN", ("stay",))
    monkeypatch.setattr(proof, "EVENT_FLOORS", ("smoothed_rates",))
    made = ct.run("demo", topic=topic, model=model, out=tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["forecast.nc", "report.html"] and made.facts["badge"] in page.replace(
        "&#x27;", "'"
    )
    assert ("simulated by this package" in page) == (topic == "tracks") and {row["model"] for row in made.facts["rows"]} > {model}


def test_an_unknown_topic_is_refused():
    with pytest.raises(ct.ArgumentError, match="weather, traffic"):
        ct.run("demo", topic="wether")


def test_one_quantile_may_be_a_plain_number():
    assert ForecastCall(file="flows.csv", horizon=6, output="o.nc", quantiles=0.9).quantiles == (0.9,)
