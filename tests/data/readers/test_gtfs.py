"""Timetables: departures counted by hand, from a folder and from a zip."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from chronotope.data.open import open_field
from chronotope.errors import DataError

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
