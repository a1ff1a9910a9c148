"""Longer tables of a back-test: parts that add up, comparisons, and scores from saved forecasts."""

import numpy as np
import pandas as pd
import pytest

from asked import stations
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError, NoFileError, OutputExistsError
from chronotope.evaluate.protocols.backtest import backtest, rescore
from chronotope.evaluate.scores.error_map import error_map
from chronotope.questions import AbstractQuantilePredictor

MODELS = ["baseline:last_value", "baseline:drift", "baseline:marginal"]


def noisy():
    field = stations(steps=400, freq="6h", start="2024-01-15")
    rng = np.random.default_rng(0)
    dataset = field.dataset.map(lambda a: (a + rng.normal(size=a.shape) * 3).where(rng.random(a.shape) > 0.1))
    return Field(dataset, field.kind, field.variables, field.space)


@pytest.mark.parametrize(
    "by, labels",
    [("lead", [1, 2, 3, 4]), ("place", ["s0", "s1", "s2"]), ("hour", [0, 6, 12, 18]), ("season", ["MAM"]),
     ("region", ["north-east", "south-west"])],
)  # fmt: skip
def test_parts_add_up_to_the_whole(by, labels):
    whole, parts = backtest(MODELS, noisy(), 4, 3), backtest(MODELS, noisy(), 4, 3, by=by)
    assert list(parts[by].unique()) == labels and len(parts) == len(whole) * len(labels)
    for (model, variable), rows in parts.groupby(["model", "variable"]):
        total = whole[(whole["model"] == model) & (whole["variable"] == variable)].iloc[0]
        assert rows["n"].sum() == total["n"]
        for score in ("mae", "coverage80"):
            assert np.average(rows[score], weights=rows["n"]) == pytest.approx(total[score], rel=1e-12)
        assert np.average(rows["rmse"] ** 2, weights=rows["n"]) == pytest.approx(total["rmse"] ** 2, rel=1e-12)
        assert np.average(rows["wql"], weights=rows["size"]) == pytest.approx(total["wql"], rel=1e-12)
    assert set(parts.columns) - {"model", "variable"} == set(parts.attrs["definitions"])


def test_errors_of_the_last_value_on_a_ramp_grow_with_the_lead():
    table = backtest("baseline:last_value", stations(), 3, 1, target="temp", by="lead")
    np.testing.assert_allclose(table.sort_values("lead")["mae"], [1, 2, 3])


def test_seasons_in_their_order():
    field = stations(steps=400, freq="1D", start="2023-01-01")
    table = backtest("baseline:last_value", field, 30, 30, start="2023-02-01", target="temp", by="season")
    assert list(table["season"]) == ["DJF", "MAM", "JJA", "SON"]


def test_a_rival_brings_gaps_and_their_doubt():
    table = backtest(MODELS, noisy(), 4, 1, target="rain", against="marginal").set_index("model")
    own = table.loc["baseline:marginal"]
    assert own["mae_gap"] == 0 and own["dm_p"] == 1
    other = table.loc["baseline:last_value"]
    assert other["mae_gap"] == pytest.approx(other["mae"] - own["mae"]) and other["mae_gap_low"] < other["mae_gap"] < other["mae_gap_high"]
    assert 0 <= other["dm_p"] < 0.01 and "dm_p" in table.attrs["definitions"]
    with pytest.raises(ArgumentError, match="against must be one of"):
        backtest(MODELS, noisy(), 4, against="tiny")
    with pytest.raises(ArgumentError, match="by must be one of"):
        backtest(MODELS, noisy(), 4, by="week")


def test_saved_forecasts_give_the_same_table(tmp_path):
    file = tmp_path / "run.nc"
    table = backtest(MODELS, noisy(), 4, 5, save=file)
    again = rescore(file)
    pd.testing.assert_frame_equal(again, table)
    assert again.attrs == table.attrs
    arguments = {"by": "place", "against": "baseline:drift"}
    costs = ["seconds", "peak_mb"]
    longer = rescore(file, **arguments).drop(columns=costs)
    pd.testing.assert_frame_equal(longer, backtest(MODELS, noisy(), 4, 5, **arguments).drop(columns=costs))
    with pytest.raises(OutputExistsError):
        backtest(MODELS, noisy(), 4, 5, save=file)


def test_what_is_no_saved_run_is_refused(tmp_path):
    with pytest.raises(NoFileError, match="does not"):
        rescore(tmp_path / "none.nc")
    stations().dataset.to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(DataError, match="was not"):
        rescore(tmp_path / "other.nc")


def test_regions_may_be_given_and_are_kept_with_the_forecasts(tmp_path):
    shore = backtest(MODELS, noisy(), 4, 5, by="region", regions=["sea", "land", "land"], save=tmp_path / "run")
    assert list(shore["region"].unique()) == ["land", "sea"] and (tmp_path / "run" / "forecasts.nc").exists()
    pd.testing.assert_frame_equal(rescore(tmp_path / "run", by="region"), shore)
    with pytest.raises(ArgumentError, match="a label for each of the 3 places"):
        backtest(MODELS, noisy(), 4, by="region", regions=["sea"])
    bare = Field(noisy().dataset.drop_vars(["lat", "lon"]), "graph", ("temp", "rain"), ("place",))
    with pytest.raises(ArgumentError, match="positions"):
        backtest(MODELS, bare, 4, by="region")


def test_the_weighted_sum_of_an_error_map_is_the_score():
    field = noisy()
    whole = backtest(MODELS, field, 4, 5).set_index(["model", "variable"])
    parts = backtest(MODELS, field, 4, 5, by="place")
    for model in MODELS:
        for score in ("mae", "wql", "coverage80"):
            made = error_map(parts, field, model, score)
            for name in ("temp", "rain"):
                assert made[name].dims == ("place",) and list(made["place"].values) == ["s0", "s1", "s2"]
                total = float((made[name] * made[f"{name}_weight"]).sum())
                assert total == pytest.approx(whole.loc[(model, name), score], rel=1e-6 if score == "wql" else 1e-10)
    with pytest.raises(ArgumentError, match="by place"):
        error_map(backtest(MODELS, field, 4, 5, by="lead"), field)


class Learner(AbstractQuantilePredictor):
    """The mean of what it was fitted on; remembers how long that was."""

    name = "learner"
    kind = "network"

    def __init__(self, seen=None, log=None):
        self.mean, self.log = seen, [] if log is None else log

    def fit(self, panel, horizon):
        self.log.append((len(panel.times), horizon))
        return Learner(float(np.nanmean(panel.values)), self.log)

    def quantiles(self, question):
        rows = question.rows
        return np.where(question.asked[rows], np.full((len(question.levels), 1, 1, 1), self.mean, np.float32), np.nan)


def test_models_that_learn_are_fitted_on_the_past_of_each_origin_only():
    field, once, thrice = stations(steps=100), Learner(), Learner()
    backtest(once, field, 4, 5, refit=0)
    assert once.log == [(81, 4)]
    backtest(thrice, field, 4, 5, refit=2)
    assert thrice.log == [(81, 4), (91, 4)]
    with pytest.raises(ArgumentError, match="refit must be"):
        backtest(once, field, 4, refit=-1)


def test_time_and_memory_are_told():
    class Hungry(Learner):
        name = "hungry"

        def quantiles(self, question):
            eaten = np.ones(100 * 2**17)  # 100 MB: more than an allocator keeps at hand
            return super().quantiles(question) * np.float32(eaten[0])

    row = backtest(Hungry(1.0), stations(), 4, 5, target="temp").iloc[0]
    assert row["seconds"] > 0 and (np.isnan(row["peak_mb"]) or 90 < row["peak_mb"] < 180)
