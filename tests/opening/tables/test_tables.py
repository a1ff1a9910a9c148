"""Tables to Fields: what a column is, and what a wrong table is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import builders
from chronotope.errors import ArgumentError, DataError, TimeError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load


def test_wide_by_place():
    table = builders.wide_table()
    field = open_field(table)
    assert field.kind == "graph" and list(field.dataset["place"].values) == ["p0", "p1", "p2"]
    np.testing.assert_array_equal(field.panel().values[:, :, 0], table[["p0", "p1", "p2"]].to_numpy(np.float32))


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%m/%d/%y", "%-m/%-d/%Y", "%d.%m.%Y"])
def test_wide_by_date_in_every_style(form):
    days = pd.date_range("2020-01-29", periods=20, freq="D")
    values = np.arange(40.0).reshape(2, 20)
    table = pd.DataFrame(values, columns=days.strftime(form))
    table.insert(0, "Country/Region", ["A", "A"])
    table.insert(1, "Province/State", ["north", None])
    table.insert(2, "Lat", [1.0, 2.0])
    table.insert(3, "Long_", [3.0, 4.0])
    field = open_field(table)
    np.testing.assert_array_equal(field.times, days.values.astype("datetime64[ns]"))
    assert list(field.dataset["place"].values) == ["A, north", "A"]
    np.testing.assert_array_equal(field.panel().values[:, :, 0], values.T)
    np.testing.assert_array_equal(field.dataset["lat"].values, [1.0, 2.0])


def test_long_table_with_text_ids_and_units_in_names(tmp_path):
    table = builders.long_table()
    table.to_csv(tmp_path / "rivers.csv", index=False)
    field = open_field(tmp_path / "rivers.csv")
    assert list(field.dataset["place"].values) == ["01", "02", "00"], "leading zeros belong to the names"
    assert field.units == {"flow(m3/s)": "m3/s", "rain": ""}
    one = field.dataset["rain"].sel(place="02").to_series().dropna()
    truth = table[table["basin"] == "02"].set_index("time")["rain"].dropna()
    np.testing.assert_allclose(one.values, truth.values)
    assert field.panel().freq == "6h"


def test_options_win_over_names():
    table = builders.long_table().rename(columns={"basin": "qq", "time": "moment"}).assign(date="2000-01-01")
    field = open_field(table, time="moment", place="qq", target="rain")
    assert field.variables == ("rain",) and field.dataset.sizes["place"] == 3


def test_positions_by_option():
    table = builders.long_table().rename(columns={"lat": "breite", "lon": "laenge"})
    assert open_field(table).panel().latlon is None
    np.testing.assert_array_equal(open_field(table, lat="breite", lon="laenge").panel().latlon[0], [11.0, 19.0])


def test_day_and_month_are_told_apart_by_the_evenness_of_the_steps():
    field = open_field(pd.DataFrame({"time": ["05/03/2020", "06/03/2020", "07/03/2020", "08/03/2020"], "a": range(4), "b": range(4)}))
    assert str(field.times[1])[:10] == "2020-03-06"
    assert any("day, month, year" in f.text and f.level == "warning" for f in field.findings), "a choice must be said"


def test_year_month_day_columns_are_one_clock():
    table = pd.DataFrame({"year": 2013, "month": 1, "day": 1, "hour": range(5), "origin": "EWR", "temp": np.arange(5.0)})
    assert str(open_field(table).times[3])[:13] == "2013-01-01T03"


@pytest.mark.parametrize(
    ("cells", "truth"),
    [
        ([1456722000, 1456722600, 1456723200], "2016-02-29T05:00"),
        ([1456722000000, 1456722600000, 1456723200000], "2016-02-29T05:00"),
        ([1929, 1930, 1931], "1929-01-01T00:00"),
        ([20200131, 20200201, 20200202], "2020-01-31T00:00"),
        (["2020-03-29T01:00:00+01:00", "2020-03-29T03:00:00+02:00", "2020-03-29T04:00:00+02:00"], "2020-03-29T00:00"),
        (["31/01/2020", "01/02/2020", "02/02/2020"], "2020-01-31T00:00"),
        (["2020-01-01 5:00", "2020-01-01 6:00", "2020-01-01 7:00"], "2020-01-01T05:00"),
    ],
)
def test_times_in_many_writings(cells, truth):
    field = open_field(pd.DataFrame({"time": cells, "a": [1.0, 2, 3], "b": [4.0, 5, 6]}))
    assert str(field.times[0])[:16] == truth
    assert (np.diff(field.times) > np.timedelta64(0)).all()


def test_a_matrix_without_times_is_steps_by_places_and_says_so(tmp_path):
    (tmp_path / "flu.txt").write_text("0.0,0.0,7.0\n1.0,0.0,21.0\n1.0,0.0,2.0\n")
    field = open_field(tmp_path / "flu.txt", start="2012-08-01", step="7D")
    assert field.panel().values[1, 2, 0] == 21 and field.panel().freq == "7D"
    assert any("no column of times" in f.text for f in field.findings)
    assert any("give start= and step=" in f.text for f in open_field(tmp_path / "flu.txt").findings)


def test_sensor_ids_above_broken_numbers_are_a_header(tmp_path):
    (tmp_path / "speed.csv").write_text("773869,767541\n64.375,67.6\n62.6,68.5\n")
    field = open_field(tmp_path / "speed.csv", start="2012-03-01", step="5min")
    assert list(field.dataset["place"].values) == ["773869", "767541"] and field.shape == (2, 2)


def test_semicolons_and_decimal_commas(tmp_path):
    (tmp_path / "a.csv").write_text("Datum;Ort;Wert\n01.02.2020;x;1,5\n02.02.2020;x;2,5\n03.02.2020;x;\n")
    field = open_field(tmp_path / "a.csv", place="Ort")
    np.testing.assert_array_equal(field.panel().values[:, 0, 0], [1.5, 2.5, np.nan])
    assert str(field.times[0])[:10] == "2020-02-01"


def test_a_table_without_time_is_refused_with_its_columns():
    with pytest.raises(TimeError, match="name, score"):
        open_field(pd.DataFrame({"name": ["a", "b"], "score": [1.0, 2.0]}))


def test_text_in_a_number_column_is_named_by_line_and_column(tmp_path):
    lines = ["time,a,b"] + [f"2020-01-{d:02d},{d},{d}" for d in range(1, 20)]
    lines[7] = "2020-01-07,7,seven"
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match=r"t\.csv line 8, column 'b' holds 'seven'"):
        open_field(tmp_path / "t.csv")


def test_a_cell_that_is_no_time_is_named():
    table = pd.DataFrame({"time": ["2020-01-01", "2020-01-02", "yesterday"], "a": [1.0, 2, 3]})
    with pytest.raises(TimeError, match=r"line 4 holds 'yesterday'"):
        open_field(table, time="time")


def test_repeated_stamps_with_different_values_are_refused():
    with pytest.raises(TimeError, match="2020-01-01"):
        open_field(pd.DataFrame({"time": ["2020-01-01"] * 2 + ["2020-01-02"], "place": "a", "v": [1.0, 2.0, 3.0]}))


def test_repeated_rows_with_equal_values_are_kept_once():
    field = open_field(pd.DataFrame({"time": ["2020-01-01"] * 2 + ["2020-01-02"], "place": "a", "v": [1.0, 1.0, 3.0]}))
    np.testing.assert_array_equal(field.panel().values.ravel(), [1, 3])
    assert any("1 rows repeat" in f.text for f in field.findings)


def test_rows_out_of_order_are_sorted_and_said():
    table = builders.wide_table().iloc[[3, 0, 1, 5, 4, 2]]
    field = open_field(table)
    np.testing.assert_array_equal(field.panel().values, open_field(builders.wide_table()).panel().values)
    assert any("sorted" in f.text for f in field.findings)


def test_events_and_tracks_are_told_apart():
    events = open_field(builders.events_table())
    assert events.kind == "events" and events.dataset["time"].dims == ("event",) and events.variables == ("magnitude",)
    tracks = open_field(builders.tracks_table())
    assert tracks.kind == "tracks" and tracks.dataset["lat"].dims == ("time", "object")
    assert float(tracks.dataset["lon"].sel(object="ship2")[3]) == pytest.approx(-0.94)


def test_categories_of_events_are_not_tracks():
    table = builders.events_table(60).drop(columns="magnitude").rename(columns={"type": "place"})
    assert open_field(table).kind == "events"


def test_an_unknown_column_in_an_option_is_refused_with_the_choice():
    with pytest.raises(ArgumentError, match="place= must name a column"):
        open_field(builders.long_table(), place="bassin")


def test_an_empty_table_is_refused():
    with pytest.raises(DataError, match="rows"):
        open_field(builders.wide_table().iloc[:0])


NAMES = st.sampled_from(["time", "date", "value", "lat", "x", "id", "a(mm)", "2020-01-01", "7", ""])
CELLS = st.one_of(
    st.none(),
    st.integers(-5, 3000),
    st.floats(allow_nan=True, allow_infinity=False, width=32),
    st.sampled_from(["", "b", "2020-01-02", "1e3"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=4, unique=True), st.data())
def test_any_small_table_opens_or_is_refused_in_one_sentence(names, data):
    rows = data.draw(st.lists(st.tuples(*[CELLS for _ in names]), min_size=0, max_size=5))
    try:
        field = open_field(pd.DataFrame(rows, columns=names))
        assert field.kind in ("events", "tracks") or field.panel().values.ndim == 3
    except (DataError, ArgumentError) as error:
        assert 10 < len(str(error)) < 600


def profiles():
    rows = [
        (f"690{k}", day, 30.0 + k + 0.1 * i, -40.0 + 0.1 * i, depth, 20 - depth / 10)
        for k in range(3)
        for i, day in enumerate(pd.date_range("2023-01-01", periods=9, freq="10D"))
        for depth in (5, 10, 20)
    ]
    return pd.DataFrame(rows, columns=["float_id", "time", "latitude", "longitude", "depth", "temp"])


@pytest.mark.parametrize("kind", [None, "points"])
def test_floats_with_several_depths_at_one_time_are_profiles_and_not_thinned_to_the_last(kind):
    field = open_field(profiles(), kind=kind)
    assert field.kind == "points" and dict(field.dataset.sizes) == {"event": 27, "level": 3}
    np.testing.assert_array_equal(field.dataset["depth"][0], [5, 10, 20])
    one = open_field(profiles().query("depth == 10"), kind="points")
    assert one.dataset.sizes["object"] == 3 and float(np.nanmax(one.dataset["temp"])) == 19.0


def test_an_answer_of_one_object_is_tracks_again(tmp_path):
    fixes = pd.DataFrame(
        {"id": "a", "time": pd.date_range("2024-01-01", periods=40, freq="h"), "lat": 50 + 0.01 * np.arange(40), "lon": 8.0}
    )
    made = load("baseline:constant_velocity").forecast(open_field(fixes, kind="tracks"), 4)
    assert open_field(made.save(tmp_path / "ahead.csv")).kind == "tracks"


def test_a_member_in_a_name_is_no_unit_and_runs_of_a_long_table_are_named():
    table = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=4), "sst[number=0]": 1.0, "wind [m/s]": 2.0})
    assert open_field(table).units == {"sst[number=0]": "", "wind [m/s]": "m/s"}
    members = pd.DataFrame([(t, "a", k, k + 0.5) for t in table["time"] for k in range(3)], columns=["time", "place", "run", "sst"])
    with pytest.raises(DataError, match="They differ in 'run'"):
        open_field(members)


@pytest.mark.parametrize("column, levels", [("member", [0, 1, 2]), ("depth [cm]", [5.0, 20.0, 60.0]), ("level", [1000.0, 850.0, 500.0])])
@pytest.mark.parametrize("where", [["place", "lat", "lon"], ["lat", "lon"], ["place"], []])
def test_a_column_of_levels_or_members_is_an_axis(column, levels, where):
    times, places = pd.date_range("2024-01-01", periods=4, freq="h"), [("a", 40.0, 8.0), ("b", 41.0, 9.0)][: 2 if where else 1]
    rows = [(t, *p, z, 100 * i + 10 * k + j) for i, t in enumerate(times) for j, z in enumerate(levels) for k, p in enumerate(places)]
    table = pd.DataFrame(rows, columns=["time", "place", "lat", "lon", column, "temp"])[["time", *where, column, "temp"]]
    cube = open_field(table.drop(index=table.index[-2])).dataset["temp"].transpose("time", ..., "place")
    expected = np.add.outer(100.0 * np.arange(4), np.add.outer(np.arange(3), 10 * np.arange(len(places))))
    expected.reshape(4, -1)[-1, -2] = np.nan
    assert cube.dims[1] == column.split(" ")[0] and cube[cube.dims[1]].values.tolist() == levels
    np.testing.assert_array_equal(cube.values, expected)


def test_probes_at_several_depths_keep_their_names():
    times, probes = pd.date_range("2024-01-01", periods=4), [("P1", 50.0, 8.0), ("P2", 51.0, 8.0)]
    rows = [(t, *probe, z, 20.0 + z) for t in times for probe in probes for z in (5, 20)]
    field = open_field(pd.DataFrame(rows, columns=["time", "probe", "lat", "lon", "depth_cm", "moisture"]))
    assert field.dataset["place"].values.tolist() == ["P1", "P2"] and field.dataset["moisture"].shape == (4, 2, 2)


def test_soundings_with_depths_of_their_own_are_no_axis():
    rows = [(t, "a", 10.0 * k + i, 20.0 - k) for i, t in enumerate(pd.date_range("2024-01-01", periods=6)) for k in range(5)]
    with pytest.raises(DataError, match="They differ in 'depth'"):
        open_field(pd.DataFrame(rows, columns=["time", "place", "depth", "temp"]))


def test_gauges_called_as_the_geological_survey_calls_them_have_positions():
    flow = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=5), "g1": 1.5, "g2": 2.5})
    sites = pd.DataFrame({"site_no": ["g1", "g2"], "dec_lat_va": [45.0, 45.1], "dec_long_va": [-75.0, -75.1]})
    assert open_field(flow, sites=sites).dataset["lat"].values.tolist() == [45.0, 45.1]


def test_years_that_are_left_out_are_columns_of_dates_and_numbers_of_places_are_none():
    years = [1950, 1970, 1980, 1990, 2010]
    table = pd.DataFrame({"iso3": ["DEU", "FRA"], "name": ["Germany", "France"], **{str(year): [year / 10, year / 5] for year in years}})
    field = open_field(table)
    assert [int(str(stamp)[:4]) for stamp in field.times] == years and field.dataset["value"].values[:, 1].tolist() == [
        y / 5 for y in years
    ]
    stations = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=5).astype(str), "1701": 1.0, "1802": 2.0, "1950": 3.0})
    assert list(open_field(stations).dataset["place"].values) == ["1701", "1802", "1950"]


def test_rows_of_bands_at_stamps_of_their_own_are_told_how_to_open():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"mjd": np.sort(58000 + rng.uniform(0, 90, 60)), "filter": np.resize(list("gri"), 60), "mag": rng.normal(size=60)})
    said = [note.text for note in open_field(table).findings if note.level == "warning"]
    assert any("give place='filter'" in text for text in said)
    assert open_field(table, place="filter").dataset["place"].values.tolist() == list("gri")
    even = table.assign(mjd=58000 + np.arange(60))
    assert not any("give place=" in note.text for note in open_field(even).findings)


@pytest.mark.parametrize(("form", "name"), [("%y%b%d", "YYMMMDD"), ("%d-%b-%y", "date")])
def test_two_digits_before_a_month_are_years_where_stamps_follow_one_another_so(form, name):
    days = pd.date_range("2018-01-01", periods=400)
    for part in (days, days[:4]) if form.startswith("%d") else (days,):
        table = pd.DataFrame({name: part.strftime(form).str.upper(), "east": np.arange(len(part)) % 7.0})
        assert (open_field(table).times == part.values).all()


def test_seconds_tell_the_clock_and_frames_beside_them_are_no_values(tmp_path):
    frames = np.repeat(np.r_[0:50, 500:550], 2)
    walk = pd.DataFrame(
        {
            "frame": frames,
            "time_s": frames / 25,
            "period": frames // 500 + 1,
            "player": ["a", "b"] * 100,
            "x": frames / 10.0,
            "y": 1.0,
            "pulse": 60 + frames % 7,
        }
    )
    field = open_field(walk, kind="tracks", start="2024-05-01")
    assert str(field.times[-1])[:23] == "2024-05-01T00:00:21.960" and field.variables == ("period", "pulse")
    assert open_field(walk.drop(columns="pulse"), kind="tracks", start="2024-05-01").variables == ("period",)
    days = pd.date_range("2019-11-01", periods=300)
    years = days.year + (days.day_of_year - 1) / (365 + days.is_leap_year)
    table = pd.DataFrame({"date": days, "MJD": 58788 + np.arange(300), "yyyy.yyyy": years.round(4), "east": np.arange(300) % 7.0})
    field = open_field(table)
    assert field.variables == ("east",) and any("tell the time again: MJD, yyyy.yyyy" in note.text for note in field.findings)
    assert list(open_field(table.assign(MJD=np.arange(300) % 5)).dataset["place"].values) == ["MJD", "east"]


@pytest.mark.parametrize("ends", [("von", "nach"), ("origen", "destino"), ("Von Station", "Nach Station")])
def test_counts_between_places_are_pairs_in_other_languages_too(ends):
    days, wards = pd.date_range("2024-01-01", periods=30), ["Chirurgie", "Innere", "Kinder"]
    rows = [(day, a, b, k) for k, day in enumerate(days) for a in wards for b in wards if a != b]
    field = open_field(pd.DataFrame(rows, columns=["Datum", *ends, "Verlegungen"]))
    assert field.variables == ("Verlegungen",) and "Innere->Kinder" in field.dataset["place"].values and field.dataset.sizes["place"] == 6


@pytest.mark.parametrize(
    "corner", ["time,temp,temp,flow\n,s1,s2,s1\n", "time,s1,s2,s1\n,temp,temp,flow\n", ",s1,s2,s1\n,temp,temp,flow\ntime,,,\n"]
)
def test_columns_named_by_two_rows_are_places_and_their_variables(tmp_path, corner):
    (tmp_path / "two.csv").write_text(corner + "".join(f"2024-01-{day:02d},{day},{2 * day},{3 * day}\n" for day in range(1, 31)))
    made = open_field(tmp_path / "two.csv").to_xarray()
    assert list(made.place.values) == ["s1", "s2"]
    assert made.temp.isel(time=4).values.tolist() == [5, 10] and made.flow.isel(time=4).values[0] == 15


def test_two_rows_of_names_of_which_neither_is_measured_are_joined_and_units_stay_units(tmp_path):
    rows = "".join(f"{day:02d}.01.2024;{day},5;4;{day};5\n" for day in range(1, 31))
    (tmp_path / "joined.csv").write_text("Tag;Raum A;;Raum B;\n;alt;neu;alt;neu\n" + rows)
    field = open_field(tmp_path / "joined.csv")
    assert list(field.dataset.place.values) == ["Raum A_alt", "Raum A_neu", "Raum B_alt", "Raum B_neu"]
    assert field.dataset["value"].values[0].tolist() == [1.5, 4, 1, 5]
    (tmp_path / "units.csv").write_text("time,temp,flow\n,degC,m3/s\n" + "".join(f"2024-01-{day:02d},{day},4\n" for day in range(1, 31)))
    assert open_field(tmp_path / "units.csv").dataset["temp"].attrs["units"] == "degC"


@pytest.mark.parametrize(
    ("names", "first"),
    [
        ([f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, 15)], "2024-01-01T00:00"),
        ([f"{m // 60}:{m % 60:02d}" for m in range(15, 1440, 15)] + ["24:00"], "2024-01-01T00:15"),
        ([f"{m // 60:02d}:{m % 60:02d}" for m in range(30, 1440, 30)] + ["00:00"], "2024-01-01T00:30"),
        ([f"{h:02d}:00-{h + 1:02d}:00" for h in range(24)], "2024-01-01T00:00"),
        ([f"HE{h}" for h in range(1, 25)], "2024-01-01T00:00"),
        ([f"H{h:02d}" for h in range(24)], "2024-01-01T00:00"),
        ([f"Q{k}" for k in range(1, 97)], "2024-01-01T00:00"),
    ],
)
def test_a_row_per_day_and_a_column_per_moment_of_it_is_a_series(names, first):
    days, size = pd.date_range("2024-01-01", periods=30, freq="D"), len(names)
    wide = pd.DataFrame(np.arange(30.0 * size).reshape(30, size), columns=names)
    wide.insert(0, "Date", days.strftime("%d.%m.%Y"))
    field = open_field(wide)
    assert str(field.times[0])[:16] == first and (np.diff(field.times) == np.timedelta64(1440 // size, "m")).all()
    assert field.dataset["value"].values.ravel().tolist() == list(range(30 * size))
    two = open_field(pd.concat([wide.assign(meter=1), wide.assign(meter=2, total=0.5)]))
    assert two.dataset["value"].shape == (30 * size, 2)


def test_days_of_25_hours_in_columns_need_the_clock_and_other_columns_stay_places():
    days = pd.date_range("2023-10-28", periods=3, freq="D")
    wide = pd.DataFrame(
        {"Date": days} | {f"H{h}": [float(h) if h < 25 or day == days[1] else np.nan for day in days] for h in range(1, 26)}
    )
    with pytest.raises(TimeError, match="Name the clock"):
        open_field(wide)
    field = open_field(wide, clock="Europe/Berlin")
    assert len(field.times) == 73 and (np.diff(field.times) == np.timedelta64(1, "h")).all()
    three = pd.DataFrame({"Date": days, "07:00": [1.0, 2, 3], "14:00": [1.0, 2, 3], "21:00": [1.0, 2, 3]})
    assert open_field(three).dataset.sizes["place"] == 3


@pytest.mark.parametrize(("columns", "ends"), [(8, "words7"), (9, "words7, ...")])
def test_columns_left_aside_that_are_not_named_are_hinted_at(columns, ends):
    table = pd.DataFrame({"time": np.repeat(pd.date_range("2024-01-01", periods=15, freq="h"), 2), "place": ["a", "b"] * 15})
    table = table.assign(value=np.arange(30.0), **{f"words{i}": [f"some text {i} {k}" for k in range(30)] for i in range(columns)})
    said = [one.text for one in open_field(table).findings if one.text.startswith("columns left aside")]
    assert len(said) == 1 and said[0].endswith(ends)
