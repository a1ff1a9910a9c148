"""Gaps are asked, observed values stay."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from asked import Recorder, sea, stations
from chronotope.baselines import BASELINES
from chronotope.errors import DataError
from chronotope.opening.open import open_field
from chronotope.tasks.verbs import Model


def test_observed_values_are_untouched_at_every_quantile_and_gaps_are_filled():
    field = stations()
    out = Model(Recorder()).impute(field).to_xarray()
    before, after = field.dataset["temp"], out["temp"]
    seen = np.isfinite(before.values)
    assert after.dims == ("quantile", "place", "time")
    for q in range(9):
        np.testing.assert_array_equal(after.values[q][seen], before.values[seen])
    assert np.isfinite(after.values).all() and after.values[0, 1, 3] == 101


def test_a_straight_line_is_filled_with_itself():
    out = Model(BASELINES["last_value"]()).impute(stations()).median["temp"]
    np.testing.assert_allclose(out.values[1, 3:5], [103, 104], rtol=1e-6)


def test_missing_steps_of_a_regular_clock_are_filled_too():
    field = stations()
    shorter = field.isel(time=np.delete(np.arange(40), [7, 8]))
    out = Model(BASELINES["last_value"]()).impute(shorter).median
    assert out.sizes["time"] == 40 and out["rain"].values[7, 0] == pytest.approx(0.7)


def test_land_stays_missing():
    out = Model(Recorder()).impute(sea()).to_xarray()["sst"]
    assert np.isnan(out.isel(lat=0)).all() and np.isfinite(out.isel(lat=2)).all()


def test_nothing_to_fill_gives_the_data_back():
    out = Model(Recorder()).impute(stations(), target="rain").to_xarray()
    assert list(out.data_vars) == ["rain"]
    np.testing.assert_array_equal(out["rain"].values[4], stations().dataset["rain"].values)


def test_no_value_at_all_is_refused():
    field = sea()
    with pytest.raises(DataError, match="must be observed"):
        Model(Recorder()).impute(type(field)(field.dataset * np.nan, field.kind, field.variables, field.space))


ODD = {
    "meters": np.array([123457065.0, 123457377, np.nan, 123458224, 9007199254740991]),
    "doubles": np.array([0.1, 1 / 3, np.nan, 123456.789012345, -1e22]),
    "tiny": np.array([5e-324, -1e-300, np.nan, 1e-45, 2.5e-7]),
    "zeros": np.array([-0.0, 0.0, np.nan, -0.0, 1.5]),
    "large": np.array([1e9 + 0.1, 1e9 + 0.2, np.nan, 1e9 + 0.4, 1.7e12]),
    "single": np.array([0.1, 2**24 + 1, np.nan, 1e-30, 7], "float32"),
}


@pytest.mark.filterwarnings("ignore::chronotope.DataWarning")
@pytest.mark.parametrize("name", ODD)
def test_observed_values_come_back_bit_for_bit(name, tmp_path):
    values = np.tile(ODD[name], 4)[:, None]
    time = pd.date_range("2024-01-01", periods=20, freq="1h")
    field = open_field(xr.Dataset({"z": (("time", "place"), values)}, {"time": time, "place": ["a"]}))
    filled = Model(BASELINES["last_value"]()).impute(field)
    seen = np.isfinite(values[:, 0])
    for q in range(9):
        assert filled.to_xarray()["z"].values[q, seen, 0].tobytes() == values[seen, 0].tobytes()
    back = pd.read_csv(filled.save(tmp_path / "z.csv"))
    assert back["q0.5"].to_numpy(values.dtype)[seen].tobytes() == values[seen, 0].tobytes()
    assert pd.read_parquet(filled.save(tmp_path / "z.parquet"))["q0.5"].to_numpy()[seen].tobytes() == values[seen, 0].tobytes()


@pytest.mark.parametrize("kind", ["int16", "int32", "int64", "uint8"])
def test_whole_numbers_with_a_stamp_missing_come_back_whole(kind, tmp_path):
    top = min(np.iinfo(kind).max, 2**53) - np.arange(20)[::-1]
    time = pd.date_range("2024-01-01", periods=21, freq="1h").delete(7)
    field = open_field(xr.Dataset({"z": (("time", "place"), top.astype(kind)[:, None])}, {"time": time, "place": ["a"]}))
    filled = Model(BASELINES["last_value"]()).impute(field)
    table = pd.read_csv(filled.save(tmp_path / "z.csv"), dtype=str)
    assert list(table.loc[table["filled"] == "False", "q0.5"]) == [str(n) for n in top] and (table["filled"] == "True").sum() == 1


def test_the_table_says_what_was_filled_and_its_file_says_observed_values_once(tmp_path):
    filled = Model(Recorder()).impute(stations())
    table = filled.to_pandas()
    assert list(table.columns[:5]) == ["time", "place", "lat", "lon", "variable"] and table.columns[-1] == "filled"
    assert table["filled"].sum() == 2 and set(table.loc[table["filled"], "place"]) == {"s1"}
    observed = table[~table["filled"]]
    assert (observed["q0.1"] == observed["q0.9"]).all() and table.notna().all(axis=None)
    written = pd.read_csv(filled.save(tmp_path / "all.csv"))
    assert written.loc[written["filled"], "q0.1"].notna().all() and written.loc[~written["filled"], ["q0.1", "q0.9"]].isna().all(axis=None)
    np.testing.assert_array_equal(written["q0.5"], table["q0.5"])


def test_only_the_target_is_filled_and_given_back():
    model = Recorder()
    filled = Model(model).impute(stations(), target="temp")
    assert filled.variables == ("temp",) and set(filled.to_pandas()["variable"]) == {"temp"}
    assert not model.calls[0].asked[..., 1].any()


def test_a_context_bounds_what_is_read_beside_a_gap():
    model = Recorder()
    Model(model).impute(stations(), context=5)
    question, time = model.calls[0], stations().times
    assert question.frame.times[0] == time[0] and question.frame.times[-1] == time[9] and question.rows.tolist() == [3, 4]
    model.calls.clear()
    Model(model).impute(stations(), context="2h")
    assert [str(stamp)[11:13] for stamp in model.calls[0].frame.times[[0, -1]]] == ["01", "06"]


def test_a_gap_of_which_the_context_shows_nothing_stays_empty_and_that_is_said():
    field = stations(n=2).isel(place=[0])
    hole = field.dataset["temp"].where((field.dataset["time"] < field.times[10]) | (field.dataset["time"] >= field.times[22]))
    part = type(field)(field.dataset.assign(temp=hole), field.kind, field.variables, field.space)
    with pytest.warns(UserWarning, match="gaps stay empty"):
        filled = Model(Recorder()).impute(part, target="temp", context=3)
    assert filled.meta["left"] == int(np.isnan(filled.median["temp"].values).sum()) > 0
    assert filled.meta["filled"] + filled.meta["left"] == 12 and "gaps stay empty" in filled.meta["warnings"][-1]
