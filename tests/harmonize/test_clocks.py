"""Clocks against transitions known from the calendar: Berlin 2021 went forward on 28 March 02:00 and back on 31 October 03:00."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.errors import ArgumentError, TimeError
from chronotope.harmonize.clocks import localize, to_local, to_utc
from chronotope.harmonize.daylight import changes, daylight_saving
from chronotope.opening.open import open_field

BERLIN = "Europe/Berlin"


def on_clock(times) -> xr.Dataset:
    times = pd.DatetimeIndex(times)
    return xr.Dataset({"v": (("time", "place"), np.arange(len(times), dtype=float)[:, None])}, {"time": times, "place": ["a"]})


def local_hours(first: str, last: str, zone: str) -> pd.DatetimeIndex:
    """Every hour that really was, as the local clock showed it: one absent in spring, one twice in autumn."""
    return pd.date_range(first, last, freq="h", tz="UTC").tz_convert(zone).tz_localize(None)


def test_summer_and_winter_offsets():
    out = localize(open_field(on_clock(["2021-01-01 12:00", "2021-07-01 12:00"])), BERLIN)
    assert list(out.times) == [np.datetime64("2021-01-01T11:00"), np.datetime64("2021-07-01T10:00")]
    assert list(out.dataset["v"].values.ravel()) == [0.0, 1.0] and out.kind == "graph"
    assert "Europe/Berlin" in out.dataset.attrs["history"] and out.dataset["time"].attrs["time_zone"] == "UTC"


@pytest.mark.parametrize(("rule", "hour"), [("first", 0), ("second", 1)])
def test_the_repeated_hour_is_read_by_the_rule(rule, hour):
    out = localize(open_field(on_clock(["2021-10-31 01:00", "2021-10-31 02:00", "2021-10-31 03:00"])), BERLIN, ambiguous=rule)
    assert out.times[1] == np.datetime64(f"2021-10-31T0{hour}:00") and out.times[2] == np.datetime64("2021-10-31T02:00")
    assert any(f"1 stamps lie in repeated hours; rule {rule!r}" in f.text for f in out.findings)


def test_dropped_hours_are_counted():
    out = localize(open_field(on_clock(["2021-10-31 01:00", "2021-10-31 02:00", "2021-10-31 03:00"])), BERLIN, ambiguous="drop")
    assert len(out.times) == 2 and any("1 rows dropped" in f.text for f in out.findings)


def test_an_hour_that_never_was_is_refused_shifted_or_dropped():
    field = open_field(on_clock(["2021-03-28 01:00", "2021-03-28 02:00", "2021-03-28 04:00"]))
    with pytest.raises(TimeError, match="2021-03-28 02:00:00 does not.*Etc/GMT-1"):
        localize(field, BERLIN)
    assert localize(field, BERLIN, missing="shift").times[1] == np.datetime64("2021-03-28T01:00")
    assert len(localize(field, BERLIN, missing="drop").times) == 2
    assert localize(field, "Etc/GMT-1").times[1] == np.datetime64("2021-03-28T01:00")


def test_shifted_stamps_may_not_fall_on_others():
    field = open_field(on_clock(["2021-03-28 01:00", "2021-03-28 02:00", "2021-03-28 03:00"]))
    with pytest.raises(TimeError, match="stay different"):
        localize(field, BERLIN, missing="shift")


def test_the_order_tells_the_repeated_hour_and_the_way_back_is_exact():
    local = local_hours("2021-10-30", "2021-11-01", BERLIN)
    assert local.duplicated().sum() == 1
    utc = to_utc(local, BERLIN, ambiguous="infer")
    np.testing.assert_array_equal(utc, pd.date_range("2021-10-30", "2021-11-01", freq="h").values)
    summer = open_field(on_clock(pd.date_range("2021-03-27", "2021-04-02", freq="h")))
    np.testing.assert_array_equal(localize(to_local(summer, BERLIN), BERLIN).times, summer.times)
    with pytest.raises(TimeError, match="stay different"):
        to_local(open_field(on_clock(pd.date_range("2021-10-30", "2021-11-01", freq="h"))), BERLIN)


def test_wrong_words_are_refused():
    field = open_field(on_clock(["2021-01-01", "2021-01-02"]))
    with pytest.raises(ArgumentError, match="Europe/Berlin"):
        localize(field, "Berlin")
    with pytest.raises(ArgumentError, match="ambiguous"):
        localize(field, BERLIN, ambiguous="both")
    with pytest.raises(ArgumentError, match="missing"):
        localize(field, BERLIN, missing="fill")


def test_changes_known_from_the_calendar():
    springs, autumns = changes("America/New_York", np.datetime64("2012-01-01"), np.datetime64("2012-12-31"))
    assert list(springs) == [np.datetime64("2012-03-11T02:00")] and list(autumns) == [np.datetime64("2012-11-04T01:00")]


@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "Australia/Sydney"])
def test_a_clock_with_daylight_saving_is_found(zone):
    local = local_hours("2018-01-01", "2020-12-31", zone)
    table = daylight_saving(local)
    assert table.loc[0, "zone"] == zone and table.loc[0, "likely"] and table["likely"].sum() == 1
    assert table.loc[0, "repeated"] == 3
    field = open_field(on_clock(local.drop_duplicates()))
    assert daylight_saving(field).loc[0, "zone"] == zone and daylight_saving(field).loc[0, "likely"]


def test_a_blank_row_counts_as_absent_and_a_steady_clock_is_not_accused():
    steady = pd.date_range("2018-01-01", "2020-12-31", freq="h")
    assert not daylight_saving(steady)["likely"].any()
    data = on_clock(steady)
    blank = np.isin(steady.values, changes(BERLIN, steady.values[0], steady.values[-1])[0])
    data["v"].values[blank] = np.nan
    assert blank.sum() == 3 and daylight_saving(open_field(data)).loc[0, "zone"] == BERLIN


def test_a_record_full_of_single_holes_is_not_accused():
    steady = pd.date_range("2018-01-01", "2020-12-31", freq="h")
    holes = np.random.default_rng(0).random(len(steady)) < 0.05
    holes |= np.isin(steady.values, changes(BERLIN, steady.values[0], steady.values[-1])[0])
    assert not daylight_saving(steady[~holes])["likely"].any()
