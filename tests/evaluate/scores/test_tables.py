"""One accumulator for all tables: a metric that is planted reaches each of them, and a model that breaks stands in each of them."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from asked import stations
from chronotope.baselines import BASELINES, TRACK_FLOORS
from chronotope.errors import ArgumentError, DataError
from chronotope.evaluate.asking import sentence
from chronotope.evaluate.metrics import METRICS, Metric, mae
from chronotope.evaluate.metrics.metric import COUNT, Sum
from chronotope.evaluate.protocols import four_axis
from chronotope.evaluate.protocols.benchmark import benchmark, summary
from chronotope.evaluate.scores.sums import assemble, cells, collapse, gathered
from chronotope.evaluate.scores.table import broken_lines
from chronotope.evaluate.sets.suites import HeldOut
from chronotope.evaluate.sets.yardsticks import Yardstick
from chronotope.questions import AbstractQuantilePredictor
from sheets import noise

SENTENCE = "This model must not be asked; it was."


class Last(AbstractQuantilePredictor):
    name, kind = "last", "network"

    def quantiles(self, question):
        return BASELINES["last_value"]().quantiles(question)


class Refusing(Last):
    """Breaks over a mistake of the call."""

    name = "refusing"

    def quantiles(self, question):
        raise ArgumentError(SENTENCE)


class Stumbling(Last):
    """Breaks over a mistake of its own, and says nothing."""

    name = "stumbling"

    def quantiles(self, question):
        raise AssertionError


class Flat(Last):
    """Answers in a shape that nobody asked for."""

    name = "flat"

    def quantiles(self, question):
        return super().quantiles(question)[:, :1]


BREAKERS = {"refusing": SENTENCE, "stumbling": "AssertionError", "flat": "answer must hold (quantile"}


def backtested(models, tmp_path=None):
    return ct.backtest([*models, "baseline:last_value", "baseline:drift"], stations(), 3, 2)


def benchmarked(models, tmp_path):
    values = np.random.default_rng(0).normal(10, 1, (120, 3, 2)).astype("float32")
    np.savez(tmp_path / "a.npz", values=values, start="2024-01-01T00:00:00", step_seconds=3600, variable=["flow", "speed"])
    return benchmark(models, [HeldOut("made", "test", "a.npz", 6, origins=2)], tmp_path)


def carded(models, tmp_path=None):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(four_axis, "FLOORS", {"forecast": ("last_value",), "impute": ("linear",), "interpolate": ("neighbour_mean",)})
        one = Yardstick("noise", "graph", "b", "world", 6, lambda root: noise(8, 120))
        return four_axis.run((one,), {"noise": one.open()}, models, learners=())


def stressed(models, tmp_path=None):
    field = stations(steps=260)
    return ct.stress([*models, "baseline:last_value"], field, 4, drift="step", faults="noise", before=60, after=40, every=8, target="temp")


TABLES = {"backtest": backtested, "benchmark": benchmarked, "four-axis": carded, "stress": stressed}


@pytest.mark.parametrize("name", TABLES)
def test_a_planted_metric_is_a_column_of_every_table(name, tmp_path, monkeypatch):
    near = Sum("near", "point", lambda point, truth: np.abs(point - truth) < 1)
    within = Metric(lambda x, y: np.mean(np.abs(x - y) < 1), "larger", 1.0, words="share within one", sums=(near, COUNT))
    monkeypatch.setitem(METRICS, "within_one", within)
    table = TABLES[name]([Last()], tmp_path)
    assert table["within_one"].between(0, 1).all() and table["within_one"].nunique() > 1
    assert table.attrs["definitions"]["within_one"] == "share within one"


def test_a_planted_metric_reaches_the_floors_of_every_task_and_saved_runs(tmp_path, monkeypatch):
    worst = Sum("cube", "point", lambda point, truth: np.abs(point - truth) ** 3)
    monkeypatch.setitem(METRICS, "cubed", Metric(mae, sums=(worst, COUNT)))
    steps = Sum("steps", "paths", lambda paths, truth: np.full(len(truth), truth.shape[1] * 1.0))
    monkeypatch.setitem(METRICS, "steps", Metric(mae, needs="paths", sums=(steps, Sum("n", "paths", lambda p, t: np.ones(len(t))))))
    assert ct.floors(stations(steps=120, n=6), task="impute", target="temp")["cubed"].notna().all()
    first = ct.backtest("baseline:drift", stations(), 3, 2, save=tmp_path / "run.nc")
    assert first["cubed"].equals(ct.rescore(tmp_path / "run.nc")["cubed"])
    rows = [(f"w{who}", pd.Timestamp("2024-01-01") + pd.Timedelta(k, "s"), 2.0 * k, 10.0 * who) for who in range(3) for k in range(30)]
    table = ct.floors(ct.open(pd.DataFrame(rows, columns=["person", "time", "x", "y"]), kind="tracks"), 5)
    assert (table["steps"] == 5).all() and "cubed" not in table


@pytest.mark.parametrize("model", [Refusing(), Stumbling(), Flat()], ids=lambda model: model.name)
@pytest.mark.parametrize("name", TABLES)
def test_a_model_that_breaks_stands_in_the_table_and_the_others_go_on(name, model, tmp_path):
    table = TABLES[name]([model, Last()], tmp_path)
    bad, good = (table[table["model"] == one] for one in (model.name, "last"))
    assert len(bad) and bad["broken"].str.contains(BREAKERS[model.name], regex=False).all()
    assert bad["mae"].isna().all() and bad["wql"].isna().all() and (bad["n"] == 0).all()
    assert (good["broken"] == "").all() and good["mae"].notna().all()
    alone = TABLES[name]([Last()], tmp_path)
    pd.testing.assert_series_equal(good["wql"], alone.loc[alone["model"] == "last", "wql"], check_index=False)
    (line,) = broken_lines(table)
    assert line.startswith(f"{model.name} broke: {bad['broken'].iloc[0]}") and broken_lines(alone) == []
    assert "broken" in table.attrs["definitions"]


def test_a_floor_that_breaks_is_no_measure(tmp_path, monkeypatch):
    monkeypatch.setitem(BASELINES, "ridge", Stumbling)
    table = benchmarked([Last()], tmp_path)
    assert table.loc[table["broken"] != "", "model"].unique().tolist() == ["ridge"]
    others = table[(table["broken"] == "") & table["is_floor"]]
    assert others.groupby("variable")["wql_ratio"].min().tolist() == [1, 1] and (table["best_floor_wql"] != "ridge").all()
    assert summary(table).loc["ridge", "broken"] == 1 and summary(table)["broken"].sum() == 1


ROOMS = [
    ("downscale", BASELINES, "nearest_cell"), ("tracks", TRACK_FLOORS, "constant_velocity"), ("events", BASELINES, "hawkes"),
    ("impute", BASELINES, "linear"),
]  # fmt: skip


@pytest.mark.parametrize("task, room, name", ROOMS)
def test_a_floor_that_breaks_in_any_task_is_shown(task, room, name, monkeypatch):
    def broken(*args):
        raise RuntimeError("lost its way")

    monkeypatch.setitem(room, name, broken)
    table = ct.floors(field_of(task), 5, task=task, **({"factor": 2} if task == "downscale" else {})).set_index("model")
    bad = table[table["broken"] != ""]
    assert bad.index.unique().tolist() == [f"{'baseline' if task in ('impute', 'events', 'downscale') else 'floor'}:{name}"]
    assert (bad["broken"] == "RuntimeError: lost its way").all() and (bad["n"] == 0).all() and (table.drop(bad.index)["n"] > 0).all()


def field_of(task):
    if task == "impute":
        return stations(steps=120, n=6)
    rng = np.random.default_rng(0)
    if task == "downscale":
        times = pd.date_range("2024-01-01", periods=40, freq="1h")
        coords = {"time": times, "y": np.arange(8.0), "x": np.arange(8.0)}
        return ct.open(xr.Dataset({"rain": (("time", "y", "x"), rng.random((40, 8, 8)))}, coords))
    if task == "tracks":
        rows = [(f"w{who}", pd.Timestamp("2024-01-01") + pd.Timedelta(k, "s"), 2.0 * k, 10.0 * who) for who in range(3) for k in range(30)]
        return ct.open(pd.DataFrame(rows, columns=["person", "time", "x", "y"]), kind="tracks")
    stamps = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.uniform(0, 60, 300)), unit="D")
    return ct.open(pd.DataFrame({"time": stamps, "lat": 40 + 0.1 * rng.random(300), "lon": -74 + 0.1 * rng.random(300)}), kind="events")


def test_where_every_model_broke_a_wrong_call_is_refused_and_a_fault_is_shown():
    for call in (lambda models: ct.backtest(models, stations(), 3, 2), lambda models: ct.stress(models, stations(steps=260), 4, every=8)):
        with pytest.raises(ArgumentError, match="must not be asked"):
            call([Refusing()])
        table = call([Stumbling(), Refusing()])
        assert set(table["model"]) == {"stumbling", "refusing"} and (table["broken"] != "").all()


def test_an_empty_truth_is_refused_still():
    with pytest.raises(DataError, match="must be observed"):
        ct.backtest([Last()], stations(), 2, origins=[stations().times[-1]])


def test_what_broke_is_saved_with_the_run(tmp_path):
    first = ct.backtest([Stumbling(), Last()], stations(), 3, 2, save=tmp_path / "run.nc")
    pd.testing.assert_frame_equal(ct.rescore(tmp_path / "run.nc"), first)
    by_place = ct.rescore(tmp_path / "run.nc", by="place", against="last")
    bad = by_place[by_place["model"] == "stumbling"]
    assert (bad["broken"] == "AssertionError").all() and bad["mae_gap"].isna().all() and len(bad) == 2 * 3


def test_a_model_that_breaks_in_some_rows_says_in_how_many():
    table = pd.DataFrame({"model": ["a", "a", "b", "c", "c"], "broken": ["", "no", "", "x", "y"]})
    assert broken_lines(table) == ["a broke in 1 of 2 rows: no", "c broke: x (elsewhere in other words)"]


def test_a_fault_that_says_too_much_is_cut():
    said = sentence(ValueError("word " * 100))
    assert said.startswith("ValueError: word word") and said.endswith("...") and len(said) < 220
    assert sentence(ArgumentError("word " * 100)) == ("word " * 100).strip()


def test_sums_by_hand():
    truth = np.array([[[1.0], [np.nan]], [[3.0], [-2.0]]])
    answer = np.stack([truth + shift for shift in np.linspace(-1, 1, 9)]) + 0.5
    made = assemble([collapse(answer, truth, detail=True)])
    scores = made.scores()
    assert scores["n"] == 3 and scores["mae"] == scores["rmse"] == scores["bias"] == 0.5 and scores["coverage80"] == 1
    assert scores["r2"] == pytest.approx(1 - 3 * 0.25 / np.sum((np.array([1, 3, -2]) - 2 / 3) ** 2))
    assert np.allclose(made.leads.sum(axis=2), made.totals) and np.allclose(made.places.sum(axis=2), made.totals)
    point = gathered(cells(truth + 2.0, truth, "point").reshape(-1, 2, 2).sum(axis=2), "point", made.cost).scores()
    assert point["mae"] == 2 and point["n"] == 3 and "wql" not in point
