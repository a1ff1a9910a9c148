"""What a forecast hands to the predictor, and how the answer comes back."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from asked import Recorder, sea, stations
from chronotope.baselines import BASELINES
from chronotope.errors import ArgumentError, DataError, TimeError
from chronotope.tasks.verbs import Model


def test_names_units_dims_order_and_coordinates_come_back():
    field = stations()
    out = Model(Recorder()).forecast(field, 5).to_xarray()
    assert out["temp"].dims == ("quantile", "place", "time") and out["rain"].dims == ("quantile", "time", "place")
    assert out["temp"].attrs["units"] == "K" and list(out.data_vars) == ["temp", "rain"]
    assert list(out["place"].values) == ["s0", "s1", "s2"] and out["lat"].values.tolist() == [50, 51, 52]
    assert out["time"].values[0] == np.datetime64("2024-01-02T16:00") and out.sizes["time"] == 5
    assert out["quantile"].values.tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


def test_values_land_at_their_lead_level_and_place():
    out = Model(Recorder()).forecast(stations(), 4, quantiles=(0.25, 0.5)).to_xarray()
    assert out["rain"].sel(quantile=0.25).isel(place=2).values.tolist() == [251, 252, 253, 254]


def test_a_duration_is_the_same_as_its_steps():
    field = stations()
    assert Model(Recorder()).forecast(field, "3h").to_xarray().equals(Model(Recorder()).forecast(field, 3).to_xarray())
    assert Model(Recorder()).forecast(field, pd.Timedelta("1D")).to_xarray().sizes["time"] == 24


def test_months_are_counted_by_the_calendar():
    out = Model(Recorder()).forecast(stations(freq="MS"), "3MS").to_xarray()
    assert list(pd.DatetimeIndex(out["time"].values).strftime("%Y-%m-%d")) == ["2027-05-01", "2027-06-01", "2027-07-01"]


@pytest.mark.parametrize("horizon", [0, -1, "90min", "soon", True, 2.5, None, "0h"])
def test_a_horizon_that_is_no_number_of_steps_is_refused(horizon):
    with pytest.raises(ArgumentError, match="horizon must be"):
        Model(Recorder()).forecast(stations(), horizon)


@pytest.mark.parametrize("levels", [(), (0.5, 0.1), (0.0, 0.5), (0.5, 1.0), (0.5, 0.5), "many"])
def test_levels_must_increase_between_0_and_1(levels):
    with pytest.raises(ArgumentError, match="quantiles must be"):
        Model(Recorder()).forecast(stations(), 2, quantiles=levels)


def test_nothing_after_the_origin_reaches_the_predictor():
    recorder = Recorder()
    Model(recorder).forecast(stations(), 6, at="2024-01-01 20:00")
    question = recorder.calls[0]
    assert np.isnan(question.frame.values[21:]).all() and len(question.frame.times) == 27
    assert question.frame.values[20, 0, 0] == 20 and question.seen[20, 0, 0] and question.rows.tolist() == list(range(21, 27))
    assert not question.seen[3, 1, 0]


@pytest.mark.parametrize("name", ["mix", "ridge", "seasonal_naive"])
def test_changing_the_future_changes_nothing(name):
    field = stations(80)
    changed = field.dataset.copy(deep=True)
    changed["temp"][:, 60:] = -1e30
    changed["rain"][60:] = np.nan
    model = Model(BASELINES[name]())
    other = type(field)(changed, field.kind, field.variables, field.space)
    at = field.times[59]
    first, second = (model.forecast(f, 8, at=at).to_xarray() for f in (field, other))
    xr.testing.assert_identical(first, second)


def test_a_moment_between_steps_stands_for_the_step_before():
    recorder = Recorder()
    out = Model(recorder).forecast(stations(), 2, at="2024-01-01 20:59").to_xarray()
    assert out["time"].values[0] == np.datetime64("2024-01-01T21:00")


@pytest.mark.parametrize("at", ["2023-12-31", "2030-01-01"])
def test_an_origin_outside_the_data_is_refused(at):
    with pytest.raises(TimeError, match="within the data, 2024-01-01"):
        Model(Recorder()).forecast(stations(), 2, at=at)


@pytest.mark.parametrize("at", ["yesterday-ish", 17, [], "2024-01-01T05:00Z", float("nan"), ["2024-01-01", "2024-01-01"]])
def test_an_origin_that_is_no_moment_is_refused(at):
    with pytest.raises(ArgumentError, match="at must"):
        Model(Recorder()).forecast(stations(), 2, at=at)


def test_several_origins_have_init_and_lead_time():
    at = ["2024-01-01 10:00", "2024-01-01 20:00"]
    out = Model(Recorder()).forecast(stations(), 3, at=at).to_xarray()
    assert out["temp"].dims == ("quantile", "place", "init_time", "lead_time")
    assert out["rain"].dims == ("quantile", "init_time", "lead_time", "place")
    assert out["lead_time"].dtype == "timedelta64[ns]" and out["lead_time"].values[2] == np.timedelta64(3, "h")
    assert out["init_time"].values.tolist() == pd.DatetimeIndex(at).values.astype("datetime64[ns]").tolist() and "time" not in out


def test_each_of_several_origins_is_what_it_is_alone():
    field, model = stations(), Model(BASELINES["last_value"]())
    both = model.forecast(field, 3, at=[field.times[10], field.times[20]]).to_xarray()
    alone = model.forecast(field, 3, at=field.times[20]).to_xarray()
    np.testing.assert_array_equal(both["rain"].isel(init_time=1).values, alone["rain"].values)


def test_a_list_of_one_origin_still_has_its_dims():
    assert "init_time" in Model(Recorder()).forecast(stations(), 3, at=["2024-01-01 10:00"]).to_xarray().dims


def test_unequal_months_keep_their_exact_stamps():
    field = stations(freq="MS")
    fc = Model(Recorder()).forecast(field, 2, at=[field.times[0], field.times[1]])
    assert fc.to_xarray()["valid_time"].values[1, 0] == np.datetime64("2024-03-01")
    table = fc.to_pandas()
    assert set(table["time"]) == {pd.Timestamp("2024-02-01"), pd.Timestamp("2024-03-01"), pd.Timestamp("2024-04-01")}


def test_only_the_target_is_answered_and_the_rest_is_read():
    recorder = Recorder()
    out = Model(recorder).forecast(stations(), 2, target="rain").to_xarray()
    question = recorder.calls[0]
    assert list(out.data_vars) == ["rain"] and question.seen[..., 0].any() and not question.asked[..., 0].any()


def test_known_future_is_seen_and_not_asked():
    recorder, field = Recorder(), stations()
    out = Model(recorder).forecast(field, 4, at=field.times[30], known_future=("temp",)).to_xarray()
    question = recorder.calls[0]
    assert list(out.data_vars) == ["rain"]
    assert question.frame.values[31:, 0, 0].tolist() == [31, 32, 33, 34] and question.seen[31:, 0, 0].all()
    assert np.isnan(question.frame.values[31:, :, 1]).all()


def test_holes_of_what_is_known_ahead_are_said():
    field = stations()
    field.dataset["temp"].loc[{"time": field.times[32]}] = np.nan
    made = Model(Recorder()).forecast(field, 4, at=field.times[30], known_future="temp")
    assert "temp: known ahead, but not in 1 of 4 asked steps, which are answered without it" in made.meta["warnings"]


def test_known_future_beyond_the_data_is_refused():
    with pytest.raises(TimeError, match="the data ends at"):
        Model(Recorder()).forecast(stations(), 4, known_future="temp")


def test_a_known_variable_cannot_be_asked():
    with pytest.raises(ArgumentError, match="both target and known_future"):
        Model(Recorder()).forecast(stations(), 4, target="temp", known_future="temp")
    with pytest.raises(ArgumentError, match="all are named"):
        Model(Recorder()).forecast(stations(), 4, known_future=("temp", "rain"))


def test_context_cuts_what_is_seen():
    recorder = Recorder()
    Model(recorder).forecast(stations(), 2, context="6h")
    assert len(recorder.calls[0].frame.times) == 8 and recorder.calls[0].frame.values[0, 0, 0] == 34


def test_land_is_not_asked_and_stays_missing_and_levels_come_back():
    recorder = Recorder()
    out = Model(recorder).forecast(sea(), 3).to_xarray()["sst"]
    assert out.dims == ("quantile", "time", "depth", "lat", "lon")
    assert np.isnan(out.isel(lat=0)).all() and np.isfinite(out.isel(lat=slice(1, None))).all()
    assert not recorder.calls[0].asked[:, :4].any()


def test_a_field_without_any_value_before_the_origin_is_refused():
    field = sea()
    empty = type(field)(field.dataset * np.nan, field.kind, field.variables, field.space)
    with pytest.raises(DataError, match="must be observed"):
        Model(Recorder()).forecast(empty, 3)


def test_meta_says_where_the_numbers_come_from_and_ignores_the_future():
    field = stations()
    meta = Model(Recorder()).forecast(field, 3, at=field.times[10]).meta
    assert meta["model"] == "recorder" and meta["origin"] == "2024-01-01T10:00:00" and meta["step"] == "1h"
    cut = Model(Recorder()).forecast(field.isel(time=slice(0, 11)), 3).meta
    assert meta["data_hash"] == cut["data_hash"]


def test_an_xarray_dataset_is_opened_on_the_way():
    out = Model(Recorder()).forecast(sea().to_xarray(), 2).to_xarray()
    assert out["sst"].dims == ("quantile", "time", "depth", "lat", "lon")


@pytest.mark.parametrize(("horizon", "steps"), [("12h", 144), ("5min", 1), ("1D", 288), ("1 day", 288), (3, 3), (3.0, 3), ("90min", 18)])
def test_a_horizon_in_clock_units_counts_steps_of_five_minutes(horizon, steps):
    field = stations(freq="5min")
    time = Model(Recorder()).forecast(field, horizon).dataset["time"].values
    assert len(time) == steps and time[0] - field.times[-1] == np.timedelta64(5, "m")


@pytest.mark.parametrize("horizon", ["7min", "90s", "0h", "-1h", "3MS", "1Y", "soon", 1.5, None, True, [3]])
def test_a_horizon_that_is_no_number_of_steps_is_refused_in_one_sentence(horizon):
    with pytest.raises(ArgumentError, match="horizon must be"):
        Model(Recorder()).forecast(stations(freq="5min"), horizon)


@pytest.mark.parametrize("horizon", [10**9, 10**25])
def test_a_horizon_beyond_all_dates_is_refused(horizon):
    with pytest.raises((ArgumentError, TimeError), match="horizon must"):
        Model(Recorder()).forecast(stations(), horizon)


@pytest.mark.parametrize("length", ["2d", "2D", "2 d", "48h"])
def test_days_may_be_written_small(length):
    field = ct.open({"values": np.arange(90.0).reshape(30, 3), "time": pd.date_range("2024-01-01", periods=30, freq="12h").values})
    assert ct.load("baseline:last_value").forecast(field, length).dataset.sizes["time"] == 4
    assert ct.open({"values": np.arange(9.0).reshape(3, 3)}, step="1d").step == "D"


def test_a_step_that_one_stamp_cannot_tell_is_said():
    table, model = pd.DataFrame({"time": ["2024-01-01"], "flow": [1.0]}), ct.load("baseline:last_value")
    with pytest.warns(ct.DataWarning, match="one time stamp tells no step; D is taken"):
        model.forecast(ct.open(table), 3)
    assert not any("tells no step" in text for text in model.forecast(ct.open(table, step="1h"), 3).meta["warnings"])


@pytest.mark.parametrize(("steps", "at", "said"), [(5, None, "5 moments"), (30, "2016-01-03", "3 moments"), (8, None, "")])
def test_a_past_of_few_moments_is_said(steps, at, said):
    days = pd.date_range("2016-01-01", periods=steps)
    field, model = ct.open(pd.DataFrame({"time": days, "flow": np.arange(steps) % 3 * 1.0})), ct.load("baseline:last_value")
    texts = [text for text in model.forecast(field, 2, at=at).meta["warnings"] if "intervals are too narrow" in text]
    assert [text[:22] for text in texts] == [f"flow seen at {said}"] * bool(said)
