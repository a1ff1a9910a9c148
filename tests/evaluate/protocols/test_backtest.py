"""Back-tests against scores worked out by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from asked import stations
from chronotope.baselines import BASELINES
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError
from chronotope.evaluate.protocols.backtest import backtest
from chronotope.questions import AbstractQuantilePredictor
from chronotope.tasks.verbs import Model
from chronotope.view.report import scores_page


def ramp(steps=50, slope=2.0):
    times = pd.date_range("2024-01-01", periods=steps, freq="1D").values.astype("datetime64[ns]")
    values = slope * np.arange(steps)[:, None] + np.zeros(2)
    return Field(xr.Dataset({"x": (("time", "place"), values)}, {"time": times, "place": ["a", "b"]}), "graph", ("x",), ("place",))


class Off(AbstractQuantilePredictor):
    """The truth of a ramp plus a constant, at every level."""

    name = "off"
    kind = "network"

    def __init__(self, by):
        self.by = by

    def quantiles(self, question):
        rows = question.rows
        value = 2.0 * rows[:, None, None] + self.by + np.zeros(question.frame.values.shape[1:])
        return np.where(question.asked[rows], np.repeat(value[None], len(question.levels), axis=0), np.nan).astype("float32")


def test_last_value_on_a_ramp_errs_by_slope_times_lead():
    row = backtest("baseline:last_value", ramp(), 3, 1).iloc[0]
    assert row["mae"] == pytest.approx(2 * np.mean([1, 2, 3])) and row["rmse"] == pytest.approx(2 * np.sqrt(np.mean([1, 4, 9])))
    assert row["mae_ratio"] == 1 and row["model"] == "baseline:last_value"


def test_n_counts_origins_leads_and_places_with_truth():
    field = ramp()
    assert backtest("baseline:drift", field, 3, 1).iloc[0]["n"] == (46 - 40 + 1) * 3 * 2
    gone = field.dataset.copy(deep=True)
    gone["x"][45, 0] = np.nan
    assert backtest("baseline:drift", Field(gone, "graph", ("x",), ("place",)), 3, 1).iloc[0]["n"] == 42 - 3


def test_ratios_are_against_the_best_floor_of_the_call():
    table = backtest([Off(1.0), "baseline:last_value", "baseline:drift"], ramp(), 4, 2).set_index("model")
    assert table.loc["baseline:drift", "mae"] == pytest.approx(0, abs=1e-4)
    table = backtest([Off(1.0), "baseline:last_value"], ramp(), 4, 2).set_index("model")
    assert table.loc["off", "mae_ratio"] == pytest.approx(1 / 5) and table.loc["off", "coverage80"] == 0


class Near(Off):
    """The same for the first lead alone, which is easy."""

    def quantiles(self, question):
        out = super().quantiles(question)
        out[:, 1:] = np.nan
        return out


def test_what_left_out_cells_says_so_and_has_no_ratios():
    table = backtest([Near(1.0), "baseline:last_value"], ramp(), 4, 2).set_index("model")
    n = table.loc["baseline:last_value", "n"]
    assert table.loc["off", "n"] == n / 4 and np.isnan(table.loc["off", "mae_ratio"]) and table.loc["baseline:last_value", "broken"] == ""
    assert table.loc["off", "broken"] == f"{3 * n // 4} of {n} cells got no answer; the scores are of the others alone"


@pytest.mark.parametrize("regions", [{"a": "north", "b": "south", "c": "south"}, pd.Series(["south", "north"], ["b", "a"])])
def test_regions_may_be_given_by_the_names_of_places(regions):
    table = backtest("baseline:last_value", ramp(), 3, 1, by="region", regions=regions)
    assert sorted(table["region"]) == ["north", "south"]
    with pytest.raises(ArgumentError, match="'a' has none"):
        backtest("baseline:last_value", ramp(), 3, 1, regions={"b": "south"})


def test_without_a_floor_in_the_call_the_default_floors_are_the_measure():
    table = backtest(Off(1.0), ramp(slope=2.0), 4, 2)
    assert len(table) == 1 and table.attrs["best_floor"]["mae"]["x"].startswith("baseline:")


def test_one_row_per_model_and_variable():
    table = backtest(["baseline:last_value", Model(BASELINES["drift"]())], stations(), "3h", "3h")
    assert len(table) == 4 and set(table["variable"]) == {"temp", "rain"}
    assert len(backtest("baseline:drift", stations(), 3, target="rain")) == 1


def test_origins_may_be_stamps_a_number_or_start_somewhere():
    field = ramp()
    assert backtest("baseline:drift", field, 2, origins=["2024-01-20", "2024-01-25"]).attrs["origins"] == [
        "2024-01-20T00:00:00",
        "2024-01-25T00:00:00",
    ]
    assert len(backtest("baseline:drift", field, 2, origins=4).attrs["origins"]) == 4
    rolling = backtest("baseline:drift", field, 2, 5, start="2024-01-11").attrs["origins"]
    assert rolling[:2] == ["2024-01-11T00:00:00", "2024-01-16T00:00:00"]


def test_definitions_of_every_score_come_with_the_table():
    table = backtest("baseline:last_value", ramp(), 2, 2)
    assert set(table.columns) - {"model", "variable"} == set(table.attrs["definitions"])


def test_a_model_without_an_answer_has_no_score_rather_than_a_perfect_one():
    class Silent(Off):
        name = "silent"

        def quantiles(self, question):
            return super().quantiles(question) * np.nan

    row = backtest([Silent(0), "baseline:last_value"], ramp(), 2, 2).set_index("model").loc["silent"]
    assert np.isnan(row["mae"]) and np.isnan(row["wql_ratio"]) and row["n"] == 0


def test_the_spread_is_that_of_independent_errors():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2000, 1))
    times = pd.date_range("2024-01-01", periods=2000, freq="7min").values.astype("datetime64[ns]")
    field = Field(xr.Dataset({"x": (("time", "place"), values)}, {"time": times, "place": ["a"]}), "graph", ("x",), ("place",))
    row = backtest("baseline:marginal", field, 1, 1).iloc[0]
    assert row["mae_spread"] == pytest.approx(np.sqrt(1 - 2 / np.pi) / np.sqrt(row["n"]), rel=0.35)  # 200 draws of 20 blocks


WRONG = [{"horizon": 60}, {"horizon": 2, "every": 0}, {"horizon": "1h"}, {"horizon": 5, "start": "2024-02-18"}]


@pytest.mark.parametrize("arguments", WRONG)
def test_what_does_not_fit_is_refused(arguments):
    with pytest.raises(ArgumentError):
        backtest("baseline:last_value", ramp(), **{"every": 1, **arguments})


def test_no_models_and_no_truth_are_refused():
    with pytest.raises(ArgumentError, match="at least one model"):
        backtest([], ramp(), 2)
    with pytest.raises(DataError, match="must be observed"):
        backtest("baseline:last_value", ramp(), 2, origins=["2024-02-19"])


def test_a_network_trained_on_the_data_is_no_floor_and_is_measured_by_them():
    from chronotope.baselines.networks import NETWORKS
    from chronotope.baselines.networks.fit import Training

    network = Model(NETWORKS["st_gnn"](width=4, training=Training(steps=2, batch=2, again=False)))
    table = backtest(network, stations(), 2, origins=1, target="temp")
    assert list(table["model"]) == ["baseline:st_gnn"]
    assert table.attrs["best_floor"]["mae"]["temp"] != "baseline:st_gnn"


def test_a_meter_far_from_zero_is_scored_to_its_last_digit(tmp_path):
    use = np.cumsum(np.random.default_rng(0).integers(1, 9, (300, 2)), axis=0)
    times = pd.date_range("2024-01-01", periods=300, freq="1h")
    near, far = (
        ct.open(xr.Dataset({"kwh": (("time", "place"), use + level)}, {"time": times, "place": ["a", "b"]})) for level in (0, 4_000_000_000)
    )
    options = {"horizon": 3, "every": 20}
    small, large = (ct.backtest(["baseline:last_value", "baseline:drift"], field, **options).sort_values("model") for field in (near, far))
    np.testing.assert_allclose(large["mae"], small["mae"], rtol=1e-4)  # float32 knows steps of 256 there
    ct.backtest(["baseline:last_value"], far, **options, save=tmp_path / "run")
    assert ct.rescore(tmp_path / "run")["mae"].iloc[0] == pytest.approx(small.set_index("model")["mae"]["baseline:last_value"], rel=1e-4)


def test_hours_are_those_of_the_clock_of_the_source():
    times = pd.date_range("2024-06-01", periods=240, freq="1h", tz="Europe/Madrid")
    values = np.where(times.hour.isin([8, 9]), 100.0, 1.0) + 0.001 * np.arange(240)
    table = pd.DataFrame({"time": times, "load": values})
    scores = ct.backtest(["baseline:last_value"], table, 24, 24, by="hour", start="2024-06-08 23:00")
    assert scores.attrs["origins"][0] == "2024-06-08T23:00:00"
    mae = scores[scores["model"].str.contains("last_value")].dropna(subset="hour").set_index("hour")["mae"]
    assert set(mae.index[mae > 50].astype(int)) == {8, 9}


def driven(steps=120, late=None):
    """Flow is three times the rain of the same day; rain is white. From the row `late` on both are something else."""
    rain = np.random.default_rng(3).gamma(2.0, 5.0, steps)
    flow = 20 + 3 * rain
    if late is not None:
        rain[late:], flow[late:] = 999.0, -999.0
    times = pd.date_range("2024-01-01", periods=steps, freq="1D")
    return pd.DataFrame({"time": times, "rain": rain, "flow": flow})


def test_what_is_named_as_known_is_read_after_each_origin_and_not_scored():
    both = ["baseline:mix", "baseline:last_value"]
    blind = backtest(both, ct.open(driven()), 2, origins=4, target="flow").set_index("model")
    told = backtest(both, ct.open(driven()), 2, origins=4, known_future="rain")
    assert set(told["variable"]) == {"flow"}
    mae = told.set_index("model")["mae"]
    assert mae["baseline:mix"] < blind["mae"]["baseline:mix"] / 3 and mae["baseline:last_value"] == blind["mae"]["baseline:last_value"]
    said = " ".join(told.attrs["said"])
    assert "perfect forecast" in said and "baseline:last_value reads nothing" in said


def test_what_lies_beside_is_known_as_what_the_field_holds(tmp_path):
    table = driven()
    beside = ct.open(table[["time", "flow"]], future=table[["time", "rain"]])
    inside = backtest("baseline:mix", ct.open(table), 2, origins=4, known_future="rain")
    outside = backtest("baseline:mix", beside, 2, origins=4, known_future="rain", save=tmp_path / "run")
    assert outside["mae"].iloc[0] == pytest.approx(inside["mae"].iloc[0])
    again = ct.rescore(tmp_path / "run")
    assert again["mae"].tolist() == outside["mae"].tolist() and again.attrs["said"] == outside.attrs["said"] != []
    assert "perfect forecast of it" in scores_page(again, beside)


def test_nothing_but_the_known_steps_is_read_after_an_origin():
    early, late = ct.open(driven()), ct.open(driven(late=92))
    first, second = (backtest("baseline:mix", field, 2, origins=[str(early.times[89])], known_future="rain") for field in (early, late))
    assert first["mae"].tolist() == second["mae"].tolist() and first["n"].tolist()[0] == 2


def test_a_variable_is_scored_or_known_and_both_are_refused_as_are_unknown_names():
    field = ct.open(driven())
    with pytest.raises(ArgumentError, match="both target and known_future"):
        backtest("baseline:mix", field, 2, origins=4, target="rain", known_future="rain")
    with pytest.raises(ArgumentError, match="nope"):
        backtest("baseline:mix", field, 2, origins=4, known_future=["nope"])
    ahead = ct.open(driven().loc[:99, ["time", "flow"]], future=driven().loc[100:, ["time", "rain"]])
    with pytest.raises(DataError, match="'rain' has none"):
        backtest("baseline:mix", ahead, 2, origins=4, known_future="rain")
