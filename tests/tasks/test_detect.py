"""What is surprising is told: by value, at a rate, and as events."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from asked import sea, stations
from chronotope.baselines import BASELINES
from chronotope.errors import ArgumentError, DataError
from chronotope.opening.open import open_field
from chronotope.tasks.results.detection import PARTS
from chronotope.tasks.verbs import Model

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.DataWarning")
LINEAR = Model(BASELINES["linear"]())


def day(seed=0, steps=600, places=8, noise=0.5) -> np.ndarray:
    """Hourly temperatures (t, n) with a day and a front that all places share."""
    rng = np.random.default_rng(seed)
    hours = np.arange(steps)[:, None]
    front = np.convolve(rng.normal(size=steps + 23), np.ones(24) / 24, "valid")[:, None] * 10
    return 12 + 6 * np.sin(2 * np.pi * hours / 24) + front + 1.5 * np.arange(places) + noise * rng.normal(size=(steps, places))


def opened(values: np.ndarray, name="temp", unit="degC"):
    t, n = values.shape
    coords = {"time": pd.date_range("2024-01-01", periods=t, freq="1h"), "place": [f"s{i}" for i in range(n)]}
    coords |= {"lat": ("place", 50 + np.arange(n) / 10), "lon": ("place", 8 + np.arange(n) / 10)}
    return open_field(xr.Dataset({name: (("time", "place"), values, {"units": unit})}, coords))


def test_every_part_has_the_dims_of_the_input():
    field = stations()
    out = LINEAR.detect(field).to_xarray()
    assert list(out.data_vars) == [f"{name}_{part}" for name in ("temp", "rain") for part in PARTS]
    for name in ("temp", "rain"):
        source = field.dataset[name]
        for part in PARTS:
            assert out[f"{name}_{part}"].dims == source.dims and out[f"{name}_{part}"].shape == source.shape
        seen = np.isfinite(source.values)
        assert np.isfinite(out[f"{name}_score"].values[seen]).all() and np.isnan(out[f"{name}_score"].values[~seen]).all()
        assert out[f"{name}_flag"].dtype == bool and not out[f"{name}_flag"].values[~seen].any()
    assert out["temp_expected"].attrs["units"] == "K"


def test_levels_and_land_of_a_grid_come_back_where_they_were():
    out = LINEAR.detect(sea()).to_xarray()
    assert out["sst_score"].dims == ("time", "depth", "lat", "lon")
    assert np.isnan(out["sst_score"].isel(lat=0)).all() and np.isfinite(out["sst_score"].isel(lat=1)).all()


@pytest.mark.parametrize("rate", [0.05, 0.01])
@pytest.mark.parametrize("kind", ["even", "counts", "dry", "direction"])
def test_about_the_rate_of_clean_values_is_flagged(rate, kind):
    rng, level = np.random.default_rng(3), day(3)
    if kind == "counts":
        field = opened(rng.poisson(np.exp(level / 20)).astype(float), "bikes", "")
    elif kind == "dry":
        field = opened(np.round(np.where(rng.random(level.shape) < 0.85, 0, rng.gamma(0.6, 3, level.shape)), 1), "rain", "mm")
    elif kind == "direction":
        field = opened(np.mod(10 * level + 20 * rng.normal(size=level.shape), 360), "wind_direction", "degrees")
    else:
        field = opened(level)
    found = LINEAR.detect(field, rate)
    share = found.meta["flagged"] / found.meta["observed"]
    assert 0.5 * rate <= share <= 1.5 * rate


def test_a_spike_is_found_and_does_not_leak_into_what_is_expected():
    clean, values = day(), day()
    values[100, 3] += 8
    plain, found = (LINEAR.detect(opened(x)) for x in (clean, values))
    out, before = found.to_xarray(), plain.to_xarray()
    assert out["temp_flag"].values[100, 3] and out["temp_score"].values.argmax() == 100 * 8 + 3
    assert abs(out["temp_expected"].values[100, 3] - before["temp_expected"].values[100, 3]) < 0.5
    near = np.abs(out["temp_expected"].values[95:106, 3] - before["temp_expected"].values[95:106, 3])
    assert near.max() < 0.8
    event = found.events().iloc[0]
    assert event["kind"] == "point" and event["places"] == ["s3"] and event["start"] <= pd.Timestamp("2024-01-05 04:00") <= event["end"]
    assert event["evidence"].startswith("temp at s3")


def spoilt(kind: str) -> tuple[np.ndarray, int, slice]:
    values, place, rows = day(1), 2, slice(300, 340)
    if kind == "stuck":
        values[rows, place] = values[300, place]
    elif kind == "level":
        values[rows, place] += 4
    elif kind == "drift":
        rows = slice(300, 380)
        values[rows, place] += np.linspace(0, 8, 80)
    elif kind == "outage":
        values[rows, place] = np.nan
    elif kind == "unit":
        values[rows, place] = 1.8 * values[rows, place] + 32
    elif kind == "swapped":
        values[rows, place], values[rows, 6] = values[rows, 6].copy(), values[rows, place].copy()
    return values, place, rows


@pytest.mark.parametrize("kind", ["stuck", "level", "drift", "outage", "unit", "swapped"])
def test_what_is_planted_is_named(kind):
    values, place, rows = spoilt(kind)
    events = LINEAR.detect(opened(values)).events()
    hours = pd.date_range("2024-01-01", periods=600, freq="1h")
    mine = [f"s{place}" in places for places in events["places"]]
    there = events[np.array(mine) & (events["end"] >= hours[rows.start]) & (events["start"] < hours[rows.stop - 1])]
    assert kind in set(there["kind"]), events.head(5).to_string()


def test_an_affine_unit_and_the_order_of_places_change_nothing_else():
    values, order = spoilt("level")[0], np.array([5, 2, 7, 0, 3, 1, 6, 4])
    plain = LINEAR.detect(opened(values)).to_xarray()
    warm = LINEAR.detect(opened(1.8 * values + 32, unit="degF")).to_xarray()
    moved = LINEAR.detect(opened(values).isel(place=order)).to_xarray()
    np.testing.assert_allclose(warm["temp_expected"], 1.8 * plain["temp_expected"] + 32, atol=2e-2)
    assert (warm["temp_flag"].values != plain["temp_flag"].values).mean() < 1e-3
    np.testing.assert_allclose(moved["temp_expected"], plain["temp_expected"].isel(place=order), atol=2e-2)


def test_the_table_holds_every_observed_value_once_and_files_hold_the_same(tmp_path):
    found = LINEAR.detect(stations())
    table = found.to_pandas()
    assert list(table.columns) == ["time", "place", "lat", "lon", "variable", "value", *PARTS]
    assert len(table) == 2 * 3 * 40 - 2 and table["value"].notna().all()
    back = pd.read_csv(found.save(tmp_path / "a.csv"))
    np.testing.assert_allclose(back["score"], table["score"], rtol=1e-6)
    again = xr.open_dataset(found.save(tmp_path / "a.nc"))
    assert set(again.data_vars) == set(found.to_xarray().data_vars) and "rate" in again.attrs["chronotope"]


def test_missing_stamps_are_no_rows_of_the_answer_and_an_outage():
    field = opened(np.delete(day(2), np.arange(200, 230), axis=0))
    hours = pd.date_range("2024-01-01", periods=600, freq="1h").delete(np.arange(200, 230))
    field = open_field(field.dataset.assign_coords(time=hours))
    found = LINEAR.detect(field)
    assert found.to_xarray().sizes["time"] == 570
    gone = found.events().query("kind == 'outage'")
    assert len(gone) == 1 and len(gone.iloc[0]["places"]) == 8


def test_the_same_call_says_the_same():
    one, two = (LINEAR.detect(opened(day())) for _ in range(2))
    xr.testing.assert_identical(one.to_xarray(), two.to_xarray())


@pytest.mark.parametrize("values", [np.full((50, 2), 3.0), np.zeros((50, 2)), np.arange(20.0)[:, None]])
def test_what_never_surprises_is_not_flagged_as_a_whole(values):
    found = LINEAR.detect(opened(values))
    assert np.isfinite(found.to_xarray()["temp_score"]).all() and found.meta["flagged"] <= 0.1 * values.size


@pytest.mark.parametrize("rate", [0, 1, -0.1, "a", None, True, np.nan])
def test_rates_that_cannot_be(rate):
    with pytest.raises(ArgumentError, match="rate must be"):
        LINEAR.detect(stations(), rate)


def test_too_little_is_refused():
    with pytest.raises(DataError, match="at least 8 steps"):
        LINEAR.detect(stations(steps=6))
    field = stations()
    with pytest.raises(DataError, match="must be observed"):
        LINEAR.detect(type(field)(field.dataset * np.nan, field.kind, field.variables, field.space))


def test_only_the_target_is_looked_at():
    found = LINEAR.detect(stations(), target="rain")
    assert found.variables == ("rain",) and set(found.to_pandas()["variable"]) == {"rain"}


def test_a_place_is_drawn_with_its_flags():
    values = day()
    values[100, 3] += 8
    axes = LINEAR.detect(opened(values)).plot()
    hours = pd.date_range("2024-01-01", periods=600, freq="1h")
    assert axes.get_title("left") == "s3 (most surprising of 8 places)" and hours[100].to_datetime64() in axes.lines[1].get_xdata()
    with pytest.raises(ArgumentError, match="place must be"):
        LINEAR.detect(opened(values)).plot(place="nowhere")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("height", [12.0, 30.0, 60.0])
def test_a_single_value_far_off_is_a_point_however_wide_it_is_seen(seed, height):
    rng = np.random.default_rng(seed)
    values = 20 + 5 * np.sin(2 * np.pi * np.arange(240) / 24)[:, None] + 0.2 * rng.normal(size=(240, 6)).cumsum(0)
    values[100, 1] += height
    event = LINEAR.detect(opened(values)).events().iloc[0]
    assert (event["kind"], event["places"]) == ("point", ["s1"])
    assert event["start"] == event["end"] == pd.Timestamp("2024-01-05 04:00")


def test_members_of_an_ensemble_have_rows_of_their_own_in_the_table():
    values = np.stack([day(1, steps=60, places=2), day(2, steps=60, places=2)], axis=1)
    coords = {"time": pd.date_range("2024-01-01", periods=60, freq="1h"), "member": [0, 1], "place": ["a", "b"]}
    field = open_field(xr.Dataset({"temp": (("time", "member", "place"), values)}, coords))
    table = LINEAR.detect(field).to_pandas()
    assert len(table) == values.size
    second = table[(table["variable"] == "temp[member=1]") & (table["place"] == "b")]
    np.testing.assert_array_equal(second["value"], values[:, 1, 1])


def test_a_place_that_stands_still_hides_nothing_elsewhere():
    values = day(steps=300, places=5)
    values[:, 1] = 14.0
    values[150, 3] += 12.0
    whole = LINEAR.detect(opened(values)).to_xarray()
    assert whole["temp_flag"].values[150, 3] and not whole["temp_flag"].values[:, 1].any()
    values[:100, 1] = day(1, 300, 5)[:100, 1]
    late = LINEAR.detect(opened(values)).to_xarray()
    assert late["temp_flag"].values[150, 3] and late["temp_flag"].values[100:, 1].mean() > 0.9
    assert 0.0 < np.delete(late["temp_flag"].values, 1, axis=1).mean() < 0.03


def test_a_total_that_rests_now_and_then_is_not_stuck_but_one_that_never_did_is():
    rng = np.random.default_rng(0)
    gains = rng.poisson(3.0, (300, 2)) + 1.0
    gains[:, 0] *= np.arange(300) % 60 < 40
    gains[200:230, 1] = 0.0
    events = LINEAR.detect(opened(np.cumsum(gains, axis=0), "cases", "")).events()
    stuck = events[events["kind"] == "stuck"]
    assert len(stuck) == 1 and stuck["places"].iloc[0] == ["s1"]


@pytest.mark.parametrize("seed", range(3))
def test_a_stretch_beyond_all_else_is_flagged_whole_and_named(seed):
    values, rows = day(seed, 480, 1), slice(400, 440)
    values[rows] *= 1024
    field = opened(values)
    found = LINEAR.detect(field)
    flags = found.to_xarray()["temp_flag"].values[:, 0]
    assert flags[rows].all() and flags.sum() < 40 + 12
    first = found.events().iloc[0]
    assert first["kind"] == "unit" and "1024 times" in first["evidence"]
    assert (first["start"], first["end"]) == (field.times[rows.start], field.times[rows.stop - 1])


def test_a_total_does_not_stand_still_before_its_first():
    rng = np.random.default_rng(0)
    total = np.cumsum(np.where(np.arange(300)[:, None] < 120, 0, rng.poisson(4, (300, 4))), axis=0).astype(float)
    found = LINEAR.detect(opened(total, "cases", "1"))
    assert not found.to_xarray()["cases_flag"].values[:110].any() and "stuck" not in set(found.events()["kind"])


@pytest.mark.parametrize("seed", [0, 4])
def test_an_exchange_is_one_event_of_two_places_with_the_steps_of_the_exchange(seed):
    values, rows = day(seed, 400), slice(200, 240)
    values[rows, [1, 6]] = values[rows, [6, 1]]
    field = opened(values)
    events = LINEAR.detect(field).events()
    swapped = events[events["kind"] == "swapped"]
    assert [sorted(places) for places in swapped["places"]] == [["s1", "s6"]]
    assert (swapped["start"].iloc[0], swapped["end"].iloc[0]) == (field.times[200], field.times[239])
