"""Timetables: departures counted by hand, from a folder and from a zip."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from chronotope.errors import DataError
from chronotope.opening.open import open_field

FILES = {
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\na,Aa,50,8\nb,Bb,50.1,8.1\nc,Cc,50.2,8.2\nnever,Nn,0,0\n",
    "trips.txt": "route_id,service_id,trip_id\nr,week,t1\nr,week,t2\nr,extra,t3\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t1,08:00:00,08:00:00,a,1\nt1,08:20:00,08:21:00,b,2\nt1,,,c,3\n"
    "t2,8:30:00,8:30:00,a,1\nt2,24:10:00,24:10:00,b,10\nt3,09:59:59,09:59:59,c,1\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,0,0,0,0,0,20240101,20240107\n",
    "calendar_dates.txt": "service_id,date,exception_type\nweek,20240102,2\nextra,20240102,1\n",
}


def written(folder, **changes):
    folder.mkdir()
    for name, text in (FILES | changes).items():
        if text is not None:
            (folder / name).write_text(text)
    return folder


def test_departures_by_hand(tmp_path):
    field = open_field(written(tmp_path / "feed"))
    assert field.kind == "graph" and field.dataset["place"].values.tolist() == ["a", "b", "c"]
    table = field.dataset["departures"].to_series()
    assert table[("2024-01-01 08:00", "a")] == 2 and table[("2024-01-01 08:00", "b")] == 1
    assert table[("2024-01-02 00:00", "b")] == 1  # ten past midnight is on the next day
    assert table[("2024-01-02 09:00", "c")] == 1 and table.sum() == 5
    edges = sorted(zip(field.edges.source.tolist(), field.edges.target.tolist(), field.edges.weight.tolist()))
    assert edges == [(0, 1, 2.0), (1, 2, 1.0)]
    assert field.dataset["lat"].values.tolist() == [50, 50.1, 50.2] and field.panel().freq == "1h"


def test_a_zip_and_another_step(tmp_path):
    folder = written(tmp_path / "feed")
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as archive:
        for name in FILES:
            archive.write(folder / name, f"inside/{name}")
    field = open_field(tmp_path / "feed.zip", step="10min")
    assert float(field.dataset["departures"].sum()) == 5 and field.panel().freq == "10min"
    assert float(field.dataset["departures"].sel(time="2024-01-01 08:30", place="a")) == 1
    assert np.isfinite(field.panel().values).all()


def test_what_is_wrong_is_named(tmp_path):
    broken = FILES["stop_times.txt"].replace("8:30:00,8:30:00", "8:30:00,half past")
    with pytest.raises(DataError, match=r"stop_times\.txt in f1 line 5 holds 'half past'"):
        open_field(written(tmp_path / "f1", **{"stop_times.txt": broken}))
    with pytest.raises(DataError, match=r"f2 has no trips\.txt"):
        open_field(written(tmp_path / "f2", **{"trips.txt": None}))
    with pytest.raises(DataError, match="a day with service"):
        open_field(written(tmp_path / "f3", **{"calendar.txt": None, "calendar_dates.txt": None}))
    with pytest.raises(DataError, match="'stop_lat'"):
        open_field(written(tmp_path / "f4", **{"stops.txt": "stop_id\na\n"}))


def times_of(*rows):
    """stop_times.txt with columns trip, stop, number, time, distance."""
    lines = [f"{trip},{time},{time},{stop},{number},{along}" for trip, stop, number, time, along in rows]
    return "\n".join(["trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled", *lines])


def at(field, stop):
    """The steps of the first Monday in which the stop is served."""
    first = field.dataset["departures"].sel(place=stop, time="2024-01-01")
    return [str(time)[11:16] for time in first["time"].values[first.values > 0]]


def test_blank_times_lie_evenly_between_those_that_are_given(tmp_path):
    rows = [("t1", "a", 1, "08:00:00", ""), ("t1", "b", 2, "", ""), ("t1", "c", 5, "", ""), ("t1", "d", 7, "08:30:00", "")]
    rows = [rows[2], rows[0], rows[3], rows[1]]  # the order of the file does not matter
    stops = FILES["stops.txt"] + "d,Dd,50.3,8.3\n"
    feed = written(tmp_path / "feed", **{"stop_times.txt": times_of(*rows), "stops.txt": stops, "calendar_dates.txt": None})
    field = open_field(feed, step="1min")
    assert [at(field, stop) for stop in "abcd"] == [["08:00"], ["08:10"], ["08:20"], ["08:30"]]
    assert any("2 stops of trips without a time" in finding.text for finding in field.findings)


def test_distances_along_the_shape_place_blank_times(tmp_path):
    rows = [("t1", "a", 1, "23:50:00", "0"), ("t1", "b", 2, "", "9"), ("t1", "c", 3, "24:10:00", "10")]
    feed = written(tmp_path / "feed", **{"stop_times.txt": times_of(*rows), "calendar_dates.txt": None})
    served = open_field(feed, step="1min").dataset["departures"].sel(place="b").to_series()
    assert [str(time) for time in served.index[served > 0]] == ["2024-01-02 00:08:00", "2024-01-03 00:08:00"]
    half = [*rows[:1], ("t1", "b", 2, "", ""), *rows[2:]]
    feed = written(tmp_path / "half", **{"stop_times.txt": times_of(*half), "calendar_dates.txt": None})
    served = open_field(feed, step="1min").dataset["departures"].sel(place="b").to_series()
    assert str(served.index[served > 0][0]) == "2024-01-02 00:00:00", "evenly where a distance is not given"


def test_a_stop_without_a_time_at_the_end_of_a_trip_is_told(tmp_path):
    field = open_field(written(tmp_path / "feed"))
    assert any("1 stops at the end of a trip have no time" in f.text for f in field.findings if f.level == "warning")


@pytest.mark.parametrize("exact", ["0", "1"])
def test_trips_that_repeat_by_headway_are_laid_out(tmp_path, exact):
    rows = [("t1", "a", 1, "05:00:00", ""), ("t1", "b", 2, "05:10:00", ""), ("t2", "c", 1, "12:00:00", "")]
    often = f"trip_id,start_time,end_time,headway_secs,exact_times\nt1,06:00:00,07:00:00,1200,{exact}\nt1,08:00:00,08:30:00,900,{exact}\n"
    feed = written(tmp_path / "feed", **{"stop_times.txt": times_of(*rows), "frequencies.txt": often, "calendar_dates.txt": None})
    field = open_field(feed, step="5min")
    assert at(field, "a") == ["06:00", "06:20", "06:40", "08:00", "08:15"]
    assert at(field, "b") == ["06:10", "06:30", "06:50", "08:10", "08:25"] and at(field, "c") == ["12:00"]
    assert field.edges.weight.tolist() == [5.0], "five starts take the link"


def test_platforms_know_their_station_and_stamps_their_clock(tmp_path):
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "S,Main,50.5,8.5,1,\na,Aa,,,0,S\nb,Bb,50.1,8.1,0,S\nc,Cc,50.2,8.2,0,\n"
    )
    agency = "agency_id,agency_name,agency_url,agency_timezone\n1,Bus,http://bus.example,Europe/Sofia\n"
    field = open_field(written(tmp_path / "feed", **{"stops.txt": stops, "agency.txt": agency}))
    assert field.dataset["lat"].values.tolist() == [50.5, 50.1, 50.2], "a platform without a position stands at its station"
    assert field.dataset["parent_station"].values.tolist() == ["S", "S", ""]
    assert field.dataset.attrs["timezone"] == "Europe/Sofia" and "Europe/Sofia clock" in str(field)


def test_a_feed_of_dates_only_and_rows_of_strangers(tmp_path):
    dates = "service_id,date,exception_type\nweek,20240101,1\nweek,20240103,1\n"
    strange = FILES["stop_times.txt"] + "ghost,09:00:00,09:00:00,a,1\nt1,09:30:00,09:30:00,nowhere,9\n"
    field = open_field(written(tmp_path / "feed", **{"calendar.txt": None, "calendar_dates.txt": dates, "stop_times.txt": strange}))
    days = field.dataset["departures"].sum("place").resample(time="1D").sum().to_series()
    assert days[days > 0].index.strftime("%Y-%m-%d").tolist()[:3] == ["2024-01-01", "2024-01-02", "2024-01-03"], "the second by 24:10"
    assert any("2 rows of stop_times.txt name a stop or trip" in f.text for f in field.findings if f.level == "warning")


def test_trips_without_any_time_are_told_as_such(tmp_path):
    rows = [("t1", "a", 1, "", ""), ("t1", "b", 2, "", "")]
    with pytest.raises(DataError, match=r"no such time in stop_times\.txt"):
        open_field(written(tmp_path / "blank", **{"stop_times.txt": times_of(*rows)}))
    never = "trip_id,start_time,end_time,headway_secs\nt1,06:00:00,07:00:00,0\n"
    with pytest.raises(DataError, match=r"frequencies\.txt repeats"):
        open_field(written(tmp_path / "never", **{"stop_times.txt": times_of(("t1", "a", 1, "05:00:00", "")), "frequencies.txt": never}))
    ghost = "trip_id,start_time,end_time,headway_secs\nghost,06:00:00,07:00:00,600\n"
    field = open_field(written(tmp_path / "ghost", **{"frequencies.txt": ghost}))
    assert any("1 rows without a start" in f.text for f in field.findings if f.level == "warning")
