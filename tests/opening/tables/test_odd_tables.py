"""Tables that are no field at first sight: scattered reports, trips, clocks that count from a start, pedestrians without a header."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import DataError, TimeError
from chronotope.opening.open import open_field


def reports(scattered: bool) -> pd.DataFrame:
    """Twenty stations that report at moments of their own, or all at the same; s3 says two things at one of them."""
    rng = np.random.default_rng(0)
    rows = []
    for hour in range(6):
        for i in range(20):
            minute = int(rng.integers(0, 60)) if scattered else 0
            stamp = pd.Timestamp("2020-01-01") + pd.Timedelta(hours=hour, minutes=minute)
            rows.append((stamp, f"s{i}", 40 + i / 10, -100 + i / 10, 5.0 + i))
    rows.append((*rows[3][:4], 99.0))
    return pd.DataFrame(rows, columns=["time", "station", "lat", "lon", "t"])


def test_scattered_reports_that_contradict_are_events_and_it_is_said():
    field = open_field(reports(scattered=True))
    assert field.kind == "events" and field.dataset.sizes["event"] == 121
    said = [f.text for f in field.findings if f.level == "warning"]
    assert any("'s3' has several at" in text and "event of its own" in text for text in said)
    assert (field.dataset["t"] == 99).sum() == 1 and (field.dataset["t"] == 8).sum() == 6


def test_contradictions_on_a_common_clock_are_still_refused():
    with pytest.raises(TimeError, match="'s3' has several at 2020-01-01T00:00:00"):
        open_field(reports(scattered=False))


def test_single_trips_are_events_and_counts_of_pairs_a_graph():
    trips = pd.DataFrame(
        {
            "start": ["2020-01-01T06:54", "2020-01-01T06:54", "2020-01-01T07:30"],
            "from_station": [1018.0, 1018.0, np.nan],
            "to_station": [1001, 1018, 1001],
            "bike": [7, 8, 9],
        }
    )
    field = open_field(trips)
    assert field.kind == "events" and field.dataset["from_station"].values.tolist() == ["1018", "1018", ""]
    flows = pd.DataFrame(
        [(f"2020-01-01T0{h}:00", o, d, 10 * o + d + h) for h in range(3) for o in range(2) for d in range(2)],
        columns=["time", "origin", "destination", "trips"],
    )
    field = open_field(flows)
    assert field.kind == "graph" and field.dataset["place"].values.tolist() == ["0->0", "0->1", "1->0", "1->1"]
    np.testing.assert_array_equal(field.dataset["trips"].values[2], [2, 3, 12, 13])


def test_a_clock_that_counts_days_from_a_start():
    table = pd.DataFrame({"t_days": [0.0, 0.5, 1.25], "lon": [139.0, 140.5, 141.0], "lat": [30.0, 31.0, 33.5], "mag": [4.0, 4.5, 5.0]})
    field = open_field(table, kind="events")
    assert (field.times - np.datetime64("1970-01-01")).astype("timedelta64[h]").tolist() == [
        pd.Timedelta(hours=h).to_pytimedelta() for h in (0, 12, 30)
    ]
    assert any("counts days from a start" in f.text for f in field.findings)


def test_pedestrians_without_a_header_are_tracks(tmp_path):
    rows = [f"{780 + 10 * k}\t{p}.0\t{8.46 + 0.3 * k + p}\t{3.59 - 0.1 * k}" for k in range(8) for p in (1, 2)]
    (tmp_path / "scene.txt").write_text("\n".join(rows))
    field = open_field(tmp_path / "scene.txt")
    assert field.kind == "tracks" and set(np.unique(field.dataset["object"].values)) == {"1.0", "2.0"}
    cells = "\n".join(f"{k}\t{k + 1}\t{k / 7:.3f}\t{k / 9:.3f}" for k in range(8))  # the first column never repeats: four series
    (tmp_path / "series.txt").write_text(cells)
    assert open_field(tmp_path / "series.txt").kind == "graph"


def test_rows_that_a_second_column_of_words_tells_apart_say_which():
    weeks = pd.date_range("2021-01-04", periods=9, freq="7D")
    rows = [(week, county, age, i) for week in weeks for i, county in enumerate("pq") for age in ("young", "old")]
    table = pd.DataFrame(rows, columns=["date", "county", "age", "cases"])
    table["cases"] += table["age"].eq("old")
    with pytest.raises(TimeError, match="They differ in 'age': pick one.*table.pivot"):
        open_field(table, place="county")
    with pytest.raises(TimeError, match="no column alone names the place. Name it with place=, one of Messstrecke, age"):
        open_field(table.rename(columns={"county": "Messstrecke"}))


def test_rows_that_stand_twice_hide_no_column_of_places():
    weeks = pd.date_range("2021-01-04", periods=9, freq="7D")
    table = pd.DataFrame([(week, name, float(len(name) + k)) for k, week in enumerate(weeks) for name in ("MQ 1", "MQ 12")])
    table.columns = ["date", "Messquerschnitt", "flow"]
    assert open_field(pd.concat([table, table.head(3)])).shape == open_field(table).shape == (9, 2)


def test_animals_as_archives_of_tracks_write_them():
    clock = pd.date_range("2023-01-01", periods=60, freq="2h")
    rng = np.random.default_rng(0)
    parts = []
    for name in ("wolf-1", "wolf-2"):
        where = 15 + rng.normal(0, 0.01, (60, 2)).cumsum(axis=0)
        part = {"event-id": np.arange(60), "timestamp": clock.astype(str), "location-long": where[:, 0], "location-lat": where[:, 1] + 35}
        parts.append(pd.DataFrame({**part, "individual-local-identifier": name}))
    field = open_field(pd.concat(parts))
    assert field.kind == "tracks" and sorted(field.dataset["object"].values) == ["wolf-1", "wolf-2"]
    assert float(field.dataset["lat"].min()) > 45 > float(field.dataset["lon"].max())


def test_trips_with_positions_are_events_where_they_start():
    rng = np.random.default_rng(0)
    ends = rng.integers(0, 3, (40, 2))
    trips = pd.DataFrame(
        {"started_at": pd.date_range("2023-06-01", periods=20, freq="37min").repeat(2), "ride_id": np.arange(40).astype(str)}
    )
    for k, side in enumerate(("start", "end")):
        where = {f"{side}_station_name": np.array(["Main", "Oak", "River"])[ends[:, k]]}
        trips = trips.assign(**where, **{f"{side}_lat": 40.7 + 0.01 * ends[:, k], f"{side}_lng": -74 + 0.01 * ends[:, k]})
    field = open_field(trips)
    assert field.kind == "events" and set(field.dataset["end_station_name"].values) == {"Main", "Oak", "River"}
    np.testing.assert_allclose(field.dataset["lat"], trips["start_lat"])
    np.testing.assert_allclose(field.dataset["lon"], trips["start_lng"])
    assert open_field(trips[::2]).kind == "events", "also where no two start at once"


def test_meters_whose_hour_comes_twice_ask_for_the_clock():
    hours = pd.date_range("2023-10-28", periods=72, freq="h", tz="Europe/London")
    table = pd.concat([pd.DataFrame({"LCLid": name, "DateTime": hours.tz_localize(None), "kwh": np.arange(72.0)}) for name in ("a1", "a2")])
    with pytest.raises(TimeError, match="clock='Europe/London'"):
        open_field(table)
    assert open_field(table, clock="Europe/London").shape == (72, 2)


def test_a_whole_number_is_no_place_because_clocks_are_set_back():
    hours = pd.date_range("2023-10-20", periods=480, freq="h", tz="Europe/Berlin").tz_localize(None)
    for name in ("CO2", "meter", "counter"):
        table = pd.DataFrame({"time": hours, name: 400 + np.arange(480) % 97, "temp": 20.5})
        with pytest.raises(TimeError, match="clock='Europe/Berlin'"):
            open_field(table)
        assert set(open_field(table, clock="Europe/Berlin").variables) == {name, "temp"}


def test_tags_are_known_by_the_name_of_their_deployment():
    rng = np.random.default_rng(0)
    fixes = [pd.DataFrame({"DeployID": f"seal{k}", "Date": pd.date_range("2024-05-01", periods=40, freq="2h"),
                           "Latitude": 56 + k + np.cumsum(rng.normal(0, 0.02, 40)), "Longitude": 3 + np.cumsum(rng.normal(0, 0.02, 40)),
                           "Depth": rng.gamma(2, 9, 40)}) for k in range(3)]  # fmt: skip
    field = open_field(pd.concat(fixes))
    assert field.kind == "tracks" and list(field.dataset["object"].values) == ["seal0", "seal1", "seal2"]


def test_what_only_hardly_ever_falls_is_said_so():
    hours = pd.date_range("2024-01-01", periods=480, freq="h")
    gains = np.random.default_rng(0).gamma(2.0, 1.0, 480) * (1 + 0.5 * np.sin(np.arange(480) * np.pi / 12))
    for reset, words in ((480, "'kwh' never falls"), (300, "'kwh' hardly ever falls")):
        kwh = np.cumsum(gains) - np.where(np.arange(480) >= reset, np.cumsum(gains)[reset - 1], 0)
        assert words in str(open_field(pd.DataFrame({"time": hours, "kwh": kwh})))


def test_events_lie_at_the_sites_that_they_name():
    taps = pd.DataFrame(
        {"time": pd.date_range("2024-01-01", periods=9, freq="37min"), "stop_id": ["a", "b", "c"] * 3, "card": np.arange(9)}
    )
    stops = pd.DataFrame({"stop_id": ["a", "b", "c"], "stop_lat": [1.0, 2.0, 3.0], "stop_lon": [4.0, 5.0, 6.0]})
    assert open_field(taps, kind="events", sites=stops).dataset["lat"].values.tolist() == [1, 2, 3] * 3
    fewer = open_field(taps, kind="events", sites=stops[:2])
    assert fewer.dataset["lon"].values.tolist() == [4, 5] * 3 and "3 events were left out" in fewer.warnings[0]
    with pytest.raises(DataError, match="give sites= that places them by name"):
        open_field(taps, kind="events")


def test_a_van_that_drives_the_same_round_every_day_is_a_track():
    turn = 2 * np.pi * (np.arange(540) % 180) / 180
    times = pd.date_range("2024-06-03", periods=540, freq="2min")
    vans = {
        name: {"lat": (52.5 + r * np.sin(turn)).round(3), "lon": (13.5 - r * np.cos(turn)).round(3)}
        for name, r in (("v1", 0.08), ("v2", 0.1))
    }
    rows = [pd.DataFrame({"vehicle": name, "time": times, **where}) for name, where in vans.items()]
    assert open_field(pd.concat(rows)).kind == "tracks"


def test_columns_called_as_satellites_call_their_days_are_dates():
    days = [f"A2018{1 + 16 * k:03d}" for k in range(23)]
    field = open_field(pd.DataFrame([["p", *range(23)], ["q", *range(23)]], columns=["pixel", *days]))
    assert [str(day)[:10] for day in field.times[:3]] == ["2018-01-01", "2018-01-17", "2018-02-02"] and field.shape == (23, 2)


def test_samples_of_numbered_stations_in_turn_are_places_and_codes_are_values():
    rng = np.random.default_rng(0)
    hours = np.sort(rng.choice(4000, 200, replace=False))
    table = pd.DataFrame({"date": pd.Timestamp("2020-01-01") + pd.to_timedelta(hours, unit="h"), "station": np.arange(200) % 4 + 101})
    table["nitrate"] = rng.gamma(2, 1, 200)
    assert open_field(table).dataset.sizes["place"] == 4
    twice = table.assign(date=table["date"].where(table.index != 11, table["date"][10]))
    assert open_field(twice).dataset.sizes["place"] == 4
    coded = open_field(table.rename(columns={"station": "code"}), target=["code", "nitrate"])
    assert set(coded.dataset.data_vars) == {"code", "nitrate"}


def test_years_of_an_inventory_are_its_clock():
    rows = [(plot, year, 100.0 + year - 1990) for plot in "ab" for year in range(1990, 2025, 5)]
    field = open_field(pd.DataFrame(rows, columns=["plot", "inventory_year", "volume"]))
    assert field.variables == ("volume",) and [str(t)[:4] for t in field.times] == [str(year) for year in range(1990, 2025, 5)]


def test_a_column_without_any_value_is_no_variable_of_one_place():
    hours = pd.date_range("2024-01-01", periods=48, freq="h")
    table = pd.DataFrame({"MTU": hours.astype(str), "price [EUR/MWh]": np.arange(48.0), "BZN|DE-LU": np.nan})
    field = open_field(table)
    assert field.variables == ("price [EUR/MWh]",) and "left aside: BZN|DE-LU" in str(field)
    assert open_field(table, target=["price [EUR/MWh]", "BZN|DE-LU"]).variables == ("price [EUR/MWh]", "BZN|DE-LU")
