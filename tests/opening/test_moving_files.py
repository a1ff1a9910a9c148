"""Best tracks, GPX and film."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import builders
from chronotope.errors import DataError, KindError, TimeError
from chronotope.opening.open import open_field

HURDAT = """AL011851,            UNNAMED,      2,
18510625, 0000,  , HU, 28.0N,  94.8W,  80, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999,
18510625, 0600,  , HU, 28.0N,  95.4W,  80,  990, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999,
AL021851,                TWO,      1,
18510705, 1200,  , TS, 22.2S, 170.5E,  -99, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999,
"""
GPX = """<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><name>walk</name><trkseg>
<trkpt lat="47.0" lon="8.0"><ele>400</ele><time>2020-05-01T10:00:00Z</time></trkpt>
<trkpt lat="47.1" lon="8.1"><ele>410</ele><time>2020-05-01T10:00:05Z</time></trkpt></trkseg></trk></gpx>"""


def test_hurdat_positions_signs_and_missing_codes(tmp_path):
    (tmp_path / "b.txt").write_text(HURDAT)
    data = open_field(tmp_path / "b.txt")
    assert data.kind == "tracks"
    storm = data.dataset.sel(object="AL011851", time="1851-06-25T06:00")
    assert (float(storm["lat"]), float(storm["lon"]), float(storm["wind_kt"]), float(storm["pressure_hpa"])) == (28.0, -95.4, 80.0, 990.0)
    other = data.dataset.sel(object="AL021851", time="1851-07-05T12:00")
    assert (float(other["lat"]), float(other["lon"])) == (-22.2, 170.5) and np.isnan(float(other["wind_kt"]))
    assert data.units["wind_kt"] == "knot"


def test_a_broken_storm_line_is_named(tmp_path):
    (tmp_path / "b.txt").write_text(HURDAT.replace("18510625, 0600", "1851x"))
    with pytest.raises(DataError, match=r"b\.txt line 3"):
        open_field(tmp_path / "b.txt")


def test_ibtracs_skips_its_line_of_units(tmp_path):
    (tmp_path / "ib.csv").write_text(
        "SID,SEASON,NAME,ISO_TIME,NATURE,LAT,LON,WMO_WIND,WMO_PRES\n ,Year, , , ,degrees_north,degrees_east,kts,mb\n"
        "A,1980,X,1980-01-01 00:00:00,TS,-12.5,60.5,35,998\nA,1980,X,1980-01-01 06:00:00,TS,-12.6,60.1, ,996\n"
    )
    data = open_field(tmp_path / "ib.csv")
    assert data.kind == "tracks" and data.dataset["lat"].values.ravel().tolist() == [-12.5, -12.6]
    assert np.isnan(data.dataset["wind_kt"].values[1, 0])


def test_gpx_fixes(tmp_path):
    (tmp_path / "w.gpx").write_text(GPX)
    data = open_field(tmp_path / "w.gpx")
    assert data.kind == "tracks" and list(data.dataset["object"].values) == ["walk"]
    np.testing.assert_array_equal(data.dataset["lon"].values.ravel(), [8.0, 8.1])
    assert str(data.times[1]) == "2020-05-01T10:00:05.000000000"


def test_gpx_without_times_and_with_entities_is_refused(tmp_path):
    (tmp_path / "a.gpx").write_text(GPX.replace("<time>2020-05-01T10:00:00Z</time>", "").replace("<time>2020-05-01T10:00:05Z</time>", ""))
    with pytest.raises(TimeError, match="times"):
        open_field(tmp_path / "a.gpx")
    (tmp_path / "b.gpx").write_text(GPX.replace("<gpx", '<!DOCTYPE gpx [<!ENTITY a "b">]><gpx'))
    with pytest.raises(DataError, match="entities"):
        open_field(tmp_path / "b.gpx")


def test_frames_in_arrays_gifs_and_folders(tmp_path):
    image = pytest.importorskip("PIL.Image")
    film = np.random.default_rng(0).integers(0, 255, (11, 5, 7, 3), dtype=np.uint8)
    np.save(tmp_path / "film.npy", film)
    field = open_field(tmp_path / "film.npy", step="40ms", start="2000-01-01")
    assert field.kind == "video" and field.panel().values.shape == (11, 35, 3)
    back = field.unpanel(field.panel().values, field.times, dim=None)
    np.testing.assert_array_equal(back["value"].transpose("time", "y", "x", "c").values, film)
    folder = tmp_path / "frames"
    folder.mkdir()
    for i, frame in enumerate(film):
        image.fromarray(frame).save(folder / f"f{i}.png")
    np.testing.assert_array_equal(open_field(folder).panel().values, field.panel().values)
    grey = [image.fromarray(np.full((4, 6), 20 * i, np.uint8)) for i in range(4)]
    grey[0].save(tmp_path / "g.gif", save_all=True, append_images=grey[1:], duration=100)
    made = open_field(tmp_path / "g.gif")
    assert made.kind == "video" and made.panel().freq == "100ms" and made.panel().values[:, 0, 0].tolist() == [0, 20, 40, 60]


def test_pedestrian_archives_without_header(tmp_path):
    rows = [f"{10 * k}\t{p}.0\t{p + 0.3 * k}\t{2 * p - 0.1 * k}" for k in range(8) for p in range(3)]
    (tmp_path / "eth.txt").write_text("\n".join(rows) + "\n")
    field = open_field(tmp_path / "eth.txt", kind="tracks", step="40ms")
    assert field.kind == "tracks" and field.dataset.sizes["object"] == 3
    with pytest.raises(KindError, match="common clock"):
        field.panel()


def test_a_real_excerpt_of_hurdat(tmp_path):
    path = builders.SHARED / "hurricanes_atlantic" / "hurdat2_sample.txt"
    if not path.exists():
        pytest.skip("no shared data here")
    assert open_field(path).kind == "tracks"


@pytest.mark.parametrize("kind", ["tracks", "points"])
def test_a_kind_that_is_given_overrides_the_guess(kind):
    minutes = pd.date_range("2024-01-01", periods=40, freq="min")
    table = pd.concat(
        [pd.DataFrame({"time": minutes, "id": i, "lat": 50 + i + np.arange(40) / 1e3, "lon": 8.0, "temp": 15.0}) for i in range(3)]
    )
    assert open_field(table, kind=kind).kind == kind and open_field(table).kind == "tracks"


def test_vehicles_go_on_where_trips_end_and_what_numbers_the_rows_is_no_object():
    minutes = pd.date_range("2024-05-01 04:00", periods=240, freq="2min")
    way = np.arange(240) / 90
    rows = [
        pd.DataFrame({"tripId": [f"{k}/{i // 45}" for i in range(240)], "vehicle.vehicle.id": f"bus{k}", "timestamp": minutes,
                      "latitude": 52.5 + 0.05 * np.sin(way + k), "longitude": 13.4 + 0.08 * np.cos(way + k)})
        for k in range(3)
    ]  # fmt: skip
    field = open_field(pd.concat(rows).assign(id=[str(i) for i in range(720)]))
    assert field.kind == "tracks" and list(field.dataset["object"].values) == ["bus0", "bus1", "bus2"]


@pytest.mark.parametrize("whole", [True, False])
def test_the_track_of_an_aircraft_is_where_it_heads_and_names_nothing(whole):
    steps = np.arange(200)
    course = 90 + 60 * np.sin(steps / 15)
    rows = {"timestamp": pd.date_range("2024-01-01", periods=200, freq="10s"), "latitude": 48 + np.cumsum(np.cos(np.radians(course))) / 50}
    rows |= {"longitude": 8 + np.cumsum(np.sin(np.radians(course))) / 50, "track": course.round() if whole else course}
    flights = [pd.DataFrame({**rows, "icao24": name, "altitude": 3000.0 + steps}) for name in ("4b1613", "3c6444")]
    field = open_field(pd.concat(flights))
    assert field.kind == "tracks" and "track" in field.variables
    assert any("2 objects by 'icao24'" in note.text for note in field.findings)


def test_numbers_that_are_not_whole_name_no_object():
    steps = np.arange(240)
    course = (5 * (steps // 6) + 0.5) % 360
    table = pd.DataFrame({"timestamp": pd.date_range("2024-01-01", periods=240, freq="10s"), "latitude": 48 + steps / 500})
    field = open_field(table.assign(longitude=8 + steps / 700, track=course, altitude=3000.0 + steps))
    assert not any("by 'track'" in note.text for note in field.findings)
