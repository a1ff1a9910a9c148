"""The zone that a source's stamps carried is kept beside stamps that are UTC."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from chronotope.errors import ArgumentError, TimeError


def opened(stamps) -> dict[str, str]:
    field = ct.open(pd.DataFrame({"time": stamps, "load": np.arange(float(len(stamps)))}))
    return field.dataset["time"].attrs


@pytest.mark.parametrize(
    ("mark", "zone"), [("Z", "UTC"), ("+00:00", "UTC"), ("+02:00", "+02:00"), ("-0500", "-05:00"), ("+05:30", "+05:30")]
)
def test_the_mark_at_the_end_of_stamps_is_kept(mark, zone):
    stamps = [f"{stamp:%Y-%m-%dT%H:%M:%S}{mark}" for stamp in pd.date_range("2024-06-01", periods=30, freq="h")]
    assert opened(stamps) == {"time_zone": "UTC", "source_zone": zone}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney"])
def test_offsets_of_summer_and_winter_name_a_place(zone):
    local = pd.date_range("2024-01-01", periods=300, freq="D", tz=zone)
    assert opened([stamp.isoformat() for stamp in local])["source_zone"] == zone


@pytest.mark.parametrize("zone", ["Europe/Madrid", "UTC", "+02:00"])
def test_the_zone_of_a_type_is_kept(zone):
    assert opened(pd.date_range("2024-06-01", periods=30, freq="h", tz=zone))["source_zone"] == zone


def test_stamps_without_a_zone_have_none():
    assert "source_zone" not in opened(pd.date_range("2024-06-01", periods=30, freq="h"))


def test_the_zone_goes_with_a_forecast(tmp_path):
    frame = pd.DataFrame({"time": pd.date_range("2024-06-01", periods=60, freq="h", tz="Asia/Tokyo"), "load": np.arange(60.0)})
    answer = ct.load("baseline:last_value").forecast(ct.open(frame), 3).to_xarray()
    assert answer["time"].attrs["source_zone"] == "Asia/Tokyo"


BERLIN = pd.date_range("2023-10-28", periods=72, freq="h", tz="Europe/Berlin")
LOCAL = BERLIN.tz_localize(None)


def table(rows=slice(None), **more):
    return pd.DataFrame({"time": LOCAL.strftime("%d.%m.%Y %H:%M"), "load": np.arange(72.0), **more}).iloc[rows]


def check_utc(source, order=slice(None), **options):
    field = ct.open(source, clock="Europe/Berlin", **options)
    np.testing.assert_array_equal(field.times, BERLIN.tz_convert("UTC").tz_localize(None).values.astype("datetime64[ns]"))
    np.testing.assert_array_equal(field.panel().values[:, 0, 0], np.arange(72.0))
    assert field.dataset["time"].attrs["source_zone"] == "Europe/Berlin"


def test_the_hour_that_comes_twice_is_told_and_the_clock_settles_it():
    with pytest.raises(TimeError, match=r"2023-10-29 02:00 of 'time' comes twice, as clocks do in autumn .* clock='Europe/Berlin'"):
        ct.open(table())
    check_utc(table())
    check_utc(table(slice(None, None, -1)))


def test_the_doubled_hour_of_several_places_is_told_apart_place_by_place():
    both = pd.concat([table(site="a"), table(site="b")])
    with pytest.raises(TimeError, match="comes twice, as clocks do"):
        ct.open(both)
    check_utc(both)
    check_utc(pd.concat([table(site="a"), table(site="b")]).sort_index(kind="stable"))


def test_a_dataset_on_a_local_clock_is_turned_too():
    doubled = xr.Dataset({"load": (("time", "place"), np.arange(72.0)[:, None])}, {"time": LOCAL.values, "place": ["a"]})
    with pytest.raises(TimeError, match="comes twice, as clocks do"):
        ct.open(doubled)
    check_utc(doubled)


def test_rows_of_the_doubled_hour_in_no_order_are_refused():
    quarter = pd.date_range("2023-10-29", periods=40, freq="15min", tz="Europe/Berlin").tz_localize(None)
    mixed = pd.DataFrame({"time": quarter, "load": np.arange(40.0)}).sample(frac=1, random_state=0)
    with pytest.raises(TimeError, match="must stand in order"):
        ct.open(mixed, clock="Europe/Berlin")


def test_a_stamp_that_a_clock_leaves_out_is_refused():
    with pytest.raises(TimeError, match="2023-03-26 02:00:00 of 'time' does not"):
        ct.open(pd.DataFrame({"time": pd.date_range("2023-03-26", periods=5, freq="h"), "load": range(5)}), clock="Europe/Berlin")


def test_a_clock_that_no_map_knows_is_refused():
    with pytest.raises(ArgumentError, match="IANA"):
        ct.open(table(), clock="Europe/Nowhere")


def test_the_hour_that_spring_leaves_out_is_said():
    local = pd.date_range("2023-03-20", periods=300, freq="h", tz="Europe/Berlin").tz_localize(None)
    field = ct.open(pd.DataFrame({"time": local, "load": np.arange(300.0)}))
    assert any("2023-03-26 02:00 is missing as on the clock of Europe/Berlin" in note.text for note in field.findings)
    gone = ct.open(pd.DataFrame({"time": local.delete(np.arange(140, 160)), "load": np.arange(280.0)}))
    assert not any("clock" in note.text and "missing" in note.text for note in gone.findings)
    days = pd.date_range("2001-01-01", periods=1200).delete(1021)  # 2003-10-19, at midnight of which clocks in Brazil were set forward
    assert not any("clock" in note.text for note in ct.open(pd.DataFrame({"time": days, "load": np.arange(1199.0)})).findings)


def test_side_tables_without_a_zone_lie_on_the_clock_of_the_data():
    ahead = pd.DataFrame({"time": LOCAL[:24].strftime("%Y-%m-%d %H:%M"), "price": np.arange(24.0)})
    field = ct.open(table(), clock="Europe/Berlin", future=ahead)
    np.testing.assert_array_equal(field.dataset["future_time"].values, field.times[:24])
    fixed = ct.open(pd.DataFrame({"time": [f"{t:%Y-%m-%dT%H:%M}+02:00" for t in LOCAL[:20]], "load": np.arange(20.0)}), future=ahead)
    assert any(note.level == "warning" and "taken for UTC" in note.text for note in fixed.findings)
