"""What is known besides the values: read, printed, cut, written, and without influence unless a forecast asks for it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from asked import Recorder
from chronotope.data.known_future import joined
from chronotope.data.writers import write
from chronotope.errors import ArgumentError, DataError, KindError, TimeError
from chronotope.harmonize.clocks import localize
from chronotope.harmonize.convert import points_to_grid
from chronotope.harmonize.resample import resample
from chronotope.opening.open import open_field
from chronotope.tasks.load import load
from chronotope.tasks.verbs import Model

HOURS = pd.date_range("2024-03-01", periods=240, freq="h")


def flows(extra: dict | None = None) -> pd.DataFrame:
    """Ten days of three places."""
    rng = np.random.default_rng(0)
    values = 50 + 20 * np.sin(2 * np.pi * (np.arange(240)[:, None] / 24 + np.arange(3) / 3)) + rng.normal(size=(240, 3))
    rows = [(HOURS[k], f"s{i}", values[k, i]) for k in range(240) for i in range(3)]
    return pd.DataFrame(rows, columns=["time", "place", "flow"]).assign(**(extra or {}))


SITES = pd.DataFrame(
    {
        "sensor": ["s2", "s0", "s1"],
        "lat": [40.2, 40.0, 40.1],
        "lon": [-74.0, -74.1, -74.2],
        "elevation [m]": [12.0, 10.0, 11.0],
        "road class": ["side", "main", "main"],
        "street": ["C road", "A road", "B road"],
        "lit": [True, False, True],
    }
)
NOTES = pd.DataFrame({"time": ["2024-03-02 10:00", "2024-03-05"], "place": ["s1", None], "text": ["roadworks, until noon", "parade"]})
POINTS = pd.DataFrame({"name": ["x", "y", "z"], "kind": ["school", "school", "station"], "lat": [40.0, 40.05, 40.1], "lon": [-74.0] * 3})
CALENDAR = pd.DataFrame({"date": ["2024-03-05", "2024-03-11", "2024-03-20"], "holiday": ["Carnival", "Founders", "Carnival"]})
WEATHER = pd.DataFrame({"time": pd.date_range("2024-03-01", periods=20, freq="12h"), "rain [mm]": np.arange(20.0)})


def full(**changes):
    return open_field(flows(), **({"sites": SITES, "notes": NOTES, "pois": POINTS, "future": CALENDAR} | changes))


def test_columns_of_sites_are_attributes_of_their_places():
    static = full().side.static
    assert static["elevation"].values.tolist() == [10.0, 11.0, 12.0] and static["elevation"].attrs["units"] == "m"
    assert static["road_class"].values.tolist() == ["main", "main", "side"], "labels are restored"
    assert static["street"].values.tolist() == ["A road", "B road", "C road"] and static["lit"].values.tolist() == [0, 1, 1]
    coded = full().dataset["road_class"]
    assert coded.dtype == np.int16 and coded.values.tolist() == [0, 0, 1] and coded.attrs["flag_meanings"] == "main side"


def test_attributes_alone_need_no_positions():
    field = open_field(flows(), sites=SITES.drop(columns=["lat", "lon"]))
    assert "lat" not in field.dataset.coords and field.side.static["elevation"].values.tolist() == [10.0, 11.0, 12.0]
    with pytest.raises(DataError, match="sites= must hold columns lat and lon .* or attributes"):
        open_field(flows(), sites=SITES[["sensor"]])


def test_roles_and_the_printed_page():
    field = full()
    assert field.side.roles == {
        "flow": "target", "holiday": "known_future", "elevation": "static", "road_class": "static", "street": "static", "lit": "static",
    }  # fmt: skip
    page = str(field)
    for line in (
        "static      elevation [m], road_class (2 kinds), street, lit",
        "known ahead holiday (2 kinds), until 2024-03-20",
        "notes       2, 2024-03-02 10:00:00 to 2024-03-05 00:00:00",
        "points      3 of interest: school 2, station 1",
    ):
        assert line in page, line
    assert "nothing" in repr(open_field(flows()).side)


def test_notes_stay_text_and_points_stay_where_they_are():
    side = full().side
    assert side.notes["text"].tolist() == ["roadworks, until noon", "parade"] and side.notes["place"].tolist() == ["s1", ""]
    assert side.notes["time"].tolist() == [pd.Timestamp("2024-03-02 10:00"), pd.Timestamp("2024-03-05")]
    assert side.points_of_interest["kind"].tolist() == ["school", "school", "station"]
    assert side.points_of_interest["lat"].tolist() == [40.0, 40.05, 40.1]


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_all_of_it_is_written_and_read(tmp_path, suffix):
    field = open_field(
        flows({"weather": np.resize(["dry", "rain", "dry", "snow"], 720)}), sites=SITES, notes=NOTES, pois=POINTS, future=CALENDAR
    )
    again = open_field(write(field, tmp_path / f"a{suffix}"))
    assert again.variables == ("flow",) and again.side.roles == field.side.roles and again.side.roles["weather"] == "past"
    pd.testing.assert_frame_equal(again.side.notes, field.side.notes)
    pd.testing.assert_frame_equal(again.side.points_of_interest, field.side.points_of_interest)
    for name in ("static", "past", "known_future"):
        one, two = getattr(again.side, name), getattr(field.side, name)
        assert set(one.data_vars) == set(two.data_vars)
        for word in two.data_vars:
            np.testing.assert_array_equal(one[word].values, two[word].values)
    same = open_field(field.to_xarray())
    pd.testing.assert_frame_equal(same.side.notes, field.side.notes)
    assert same.side.roles == field.side.roles


def test_what_was_no_target_is_none_after_writing_either(tmp_path):
    data = builders.stations()
    name = next(iter(data.data_vars))
    data["other"] = data[name] * 2
    field = open_field(data, target=name)
    assert field.side.roles["other"] == "past"
    assert open_field(write(field, tmp_path / "a.nc")).variables == (name,)


def test_labels_of_cf_files_are_restored():
    data = builders.grid(t=3)
    cover = np.array([[1, 2, 5, 5]] * 3, np.int8)
    data["cover"] = (("lat", "lon"), cover, {"flag_values": np.array([1, 2, 5], np.int8), "flag_meanings": "sea forest bare_rock"})
    data["state"] = (("time", "lat", "lon"), np.stack([cover] * 3), data["cover"].attrs)
    field = open_field(data)
    assert field.variables == ("sst",), "codes are no quantities"
    assert field.side.static["cover"].values[0].tolist() == ["sea", "forest", "bare_rock", "bare_rock"]
    assert field.side.past["state"].values[2, 0].tolist() == ["sea", "forest", "bare_rock", "bare_rock"]


def test_parts_take_their_side_with_them():
    part = full().sel(place=["s2", "s0"])
    assert part.side.static["street"].values.tolist() == ["C road", "A road"]
    assert part.side.notes["text"].tolist() == ["parade"], "notes of other places are left behind"
    assert full().isel(time=slice(0, 24)).side.known_future.sizes["time"] == 3, "what is known ahead stays known"


def test_words_in_a_long_table_are_attributes_or_categories_or_left_aside():
    words = {
        "quarter": np.resize(["Mill", "Quay", "Quay"], 720),
        "weather": np.resize(["dry", "rain"], 720),
        "remark": [f"r{i}" for i in range(720)],
    }
    field = open_field(flows(words))
    assert field.side.static["quarter"].values.tolist() == ["Mill", "Quay", "Quay"]
    assert field.side.past["weather"].values[:2].tolist() == [["dry", "rain", "dry"], ["rain", "dry", "rain"]]
    assert "columns left aside: remark" in str(field)


@pytest.mark.parametrize("rows", [slice(None), slice(0, None, 3)])
def test_numbers_beside_the_target_of_a_table_are_its_past_or_attributes(rows):
    numbers = {"rain [mm]": np.where(np.arange(720) % 7, np.arange(720) / 4, np.nan), "beds": np.resize([10, 20, 30], 720)}
    table = flows(numbers).iloc[rows]
    if rows.step:
        table = table.drop(columns="place")  # a single place, in columns
    field = open_field(table, target="flow")
    assert field.variables == ("flow",) and field.side.roles == {"flow": "target", "rain [mm]": "past", "beds": "static"}
    np.testing.assert_array_equal(field.side.past["rain [mm]"].values.ravel(), table["rain [mm]"])
    assert field.side.past["rain [mm]"].attrs["units"] == "mm" and field.side.static["beds"].values[0] == 10
    with pytest.raises(ArgumentError, match="found 'rain \\[mm\\]'. It lies beside the target: open the data without target="):
        load("baseline:drift").forecast(field, 1, known_future="rain [mm]")


@pytest.mark.parametrize("option", ["sites", "edges", "notes", "pois", "future"])
def test_a_side_file_that_is_not_there_is_a_warning(option, tmp_path):
    field = open_field(flows(), **{option: tmp_path / "absent.csv"})
    assert field.shape == (240, 3)
    assert [f.level for f in field.findings if f.text.startswith(f"{option}= names a file that is not there")] == ["warning"]


UNREADABLE = {
    "notes": ("a,b\n1,2\n", "notes= must hold a column of text; side.csv holds a, b"),
    "pois": ("name,kind\nx,school\n", "pois= must hold columns lat and lon"),
    "future": ("holiday\nyes\n", "future= must hold a time column; side.csv holds holiday"),
    "sites": ("", "sites= must be readable; A table must hold text; side.csv is empty"),
    "edges": ("from,to\nu,v\n", "edges= must join places"),
}


@pytest.mark.parametrize("option", UNREADABLE)
def test_a_side_file_that_cannot_be_read_is_told_in_one_sentence(option, tmp_path):
    content, sentence = UNREADABLE[option]
    (tmp_path / "side.csv").write_text(content)
    with pytest.raises((DataError, TimeError)) as told:
        open_field(flows(), **{option: tmp_path / "side.csv"})
    assert str(told.value).startswith(sentence), str(told.value)


def test_side_files_of_other_formats(tmp_path):
    features = [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [8.0, 50.0]}, "properties": {"kind": "mill"}}]
    (tmp_path / "p.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (tmp_path / "n.jsonl").write_text('{"time": "2024-03-02", "note": "closed for works"}\n{"time": "2024-03-03", "note": "open"}\n')
    SITES.to_parquet(tmp_path / "s.parquet")
    field = open_field(flows(), pois=tmp_path / "p.geojson", notes=tmp_path / "n.jsonl", sites=tmp_path / "s.parquet")
    assert field.side.points_of_interest.to_dict("records") == [{"lat": 50.0, "lon": 8.0, "kind": "mill"}]
    assert field.side.notes["text"].tolist() == ["closed for works", "open"] and "elevation" in field.side.static
    with pytest.raises(KindError, match="notes= must be a file or a table; found int"):
        open_field(flows(), notes=3)


# known ahead


def asked(field, known=(), at=None, horizon=12):
    spy = Recorder()
    Model(spy).forecast(field, horizon, at=at, known_future=known)
    return spy.calls[0]


def test_a_calendar_is_read_where_it_is_named_and_nowhere_else():
    question = asked(full())
    assert question.frame.variables == ("flow",) and full().panel().variables == ("flow",)
    question = asked(full(), "holiday", at="2024-03-10 18:00", horizon=12)
    assert question.frame.variables == ("flow", "holiday=Carnival", "holiday=Founders")
    days = question.frame.times.astype("datetime64[D]")
    begun = days >= np.datetime64("2024-03-05")
    assert not question.asked[..., 1:].any() and question.seen[begun][..., 1:].all(), "known throughout the calendar, never asked"
    carnival, founders = question.frame.values[:, 0, 1], question.frame.values[:, 0, 2]
    np.testing.assert_array_equal(carnival == 1, days == np.datetime64("2024-03-05"))
    np.testing.assert_array_equal(founders == 1, days == np.datetime64("2024-03-11"))
    assert (question.frame.values[-6:, :, 2] == 1).all(), "the last six hours asked lie in the holiday"


def test_what_is_known_ahead_brings_its_unit_and_is_no_total():
    frame = asked(open_field(flows(), future=WEATHER), "rain [mm]", at="2024-03-08").frame
    assert len(frame.units) in (0, 2) and len(frame.totals) in (0, 2) and frame.variables[1].startswith("rain")


@pytest.mark.parametrize("name", ["baseline:mix", pytest.param("tiny", marks=pytest.mark.weights)])
def test_models_that_look_at_units_take_a_calendar(name):
    made = load(name).forecast(full(), 6, at="2024-03-10 18:00", known_future="holiday")
    assert np.isfinite(made.median["flow"].values).all()


def test_days_stay_days_on_another_clock():
    field = localize(full(), "Europe/Berlin")  # the calendar now begins its days at 23:00
    panel = asked(field, "holiday", at="2024-03-10 18:00").frame
    assert panel.values[:, 0, 1][np.isfinite(panel.values[:, 0, 1])].sum() == 24
    assert str(panel.times[panel.values[:, 0, 1] == 1][0])[:13] == "2024-03-04T23"


def test_before_the_calendar_begins_nothing_is_known():
    question = asked(full(future=CALENDAR.iloc[1:]), "holiday")
    assert not question.seen[:100, :, 1:].any() and question.seen[-12:, :, 1:].all()


def test_values_on_a_coarser_clock_hold_until_the_next():
    panel = asked(open_field(flows(), future=WEATHER), "rain [mm]", at="2024-03-05 05:00").frame
    np.testing.assert_array_equal(panel.values[:, 1, 1], np.arange(len(panel.times)) // 12)


def test_values_per_place():
    table = pd.DataFrame({"time": HOURS.repeat(3), "sensor": ["s2", "s1", "s0"] * 240, "price": np.tile([3.0, 2.0, 1.0], 240)})
    panel = asked(open_field(flows(), future=table), "price", at="2024-03-09").frame
    assert panel.values[-1, :, 1].tolist() == [1.0, 2.0, 3.0]


def test_a_dataset_on_the_same_places():
    base = open_field(builders.stations())
    ahead = builders.stations()[list(builders.stations().data_vars)[:1]]
    name = str(list(ahead.data_vars)[0])
    field = open_field(builders.stations(), future=ahead.rename({name: "told"}))
    assert field.side.roles["told"] == "known_future" and field.variables == base.variables
    np.testing.assert_array_equal(field.side.known_future["told"].values, base.dataset[name].values)
    with pytest.raises(DataError, match="must lie on the places of the data"):
        open_field(builders.stations(), future=builders.grid())


def declared(values):
    table = pd.DataFrame({"time": HOURS, "flow": np.where(np.arange(240) < 200, np.arange(240.0), np.nan), "temp": values})
    return table


def test_a_declared_variable_is_set_apart_and_the_record_ends_with_the_others():
    field = open_field(declared(np.arange(240.0)), future=["temp"])
    assert field.variables == ("flow",) and field.dataset.sizes["time"] == 200
    question = asked(field, "temp")
    assert question.frame.times[-1] == np.datetime64("2024-03-09T19:00") and question.asked[200:, 0, 0].all()
    np.testing.assert_array_equal(question.frame.values[:, 0, 1], np.arange(212.0))
    one = open_field(declared(np.arange(240.0)), target="flow", future=["temp"])
    assert one.variables == ("flow",) and "temp" in one.side.known_future


def test_a_variable_that_begins_after_the_others_ended_is_known_ahead_and_longer_ones_are_warned_of():
    late = open_field(declared(np.where(np.arange(240) >= 200, 1.0, np.nan)))
    assert late.side.roles == {"flow": "target", "temp": "known_future"} and late.dataset.sizes["time"] == 200
    longer = open_field(declared(np.arange(240.0)))
    assert longer.variables == ("flow", "temp") and "temp go on for 40 stamps after the last value of flow" in str(longer)
    assert "forecast with known_future='temp'" in str(longer)
    assert load("baseline:mix").forecast(longer, 12, known_future="temp").variables == ("flow",)
    assert "known ahead" not in str(open_field(declared(np.where(np.arange(240) < 200, 1.0, np.nan))))


def test_refusals_of_known_futures():
    field = full()
    with pytest.raises(ArgumentError, match=r"known_future must name .*\(flow, holiday\); found 'snow'"):
        asked(field, "snow")
    with pytest.raises(TimeError, match="known_future must be in the data for all 400 steps"):
        asked(field, "holiday", horizon=400)
    with pytest.raises(ArgumentError, match="future= must leave a variable"):
        open_field(declared(np.arange(240.0)), future=["flow", "temp"])
    with pytest.raises(ArgumentError, match=r"future= must name variables of the data \(flow, temp\) or a file; found 'snow'"):
        open_field(declared(np.arange(240.0)), future=["snow"])
    with pytest.raises(DataError, match=r"says several at 2024-03-05"):
        full(future=pd.concat([CALENDAR, CALENDAR]))
    with pytest.raises(DataError, match="'flow' of the future given is among them"):
        full(future=pd.DataFrame({"time": HOURS, "flow": 1.0}))
    labels = pd.DataFrame({"date": pd.date_range("2024-03-01", periods=60).repeat(1), "saint": [f"saint {i % 30}" for i in range(60)]})
    with pytest.raises(ArgumentError, match="at most 24 labels; 'saint' has 30"):
        asked(full(future=labels), "saint")


# poison: what may not be read changes nothing


def poisoned(table: pd.DataFrame, column: str, after: str, clock: str = "time") -> pd.DataFrame:
    return table.assign(**{column: table[column].where(pd.to_datetime(table[clock]) <= pd.Timestamp(after), 1e6)})


AT = "2024-03-08 12:00"


@pytest.mark.parametrize("name", ["baseline:mix", "baseline:ridge", pytest.param("tiny", marks=pytest.mark.weights)])
def test_the_future_of_a_variable_matters_only_where_it_is_named(name):
    model = load(name)
    answers = {}
    for key, weather in (("clean", WEATHER), ("poison", poisoned(WEATHER, "rain [mm]", AT))):
        field = open_field(flows(), future=weather)
        answers[key] = model.forecast(field, 6, at=AT).to_xarray()
        answers[key, "panel"] = asked(field, "rain [mm]", at=AT).frame.values
    assert answers["clean"].equals(answers["poison"])
    assert not np.array_equal(answers["clean", "panel"], answers["poison", "panel"], equal_nan=True), "named, it is handed to the model"


@pytest.mark.parametrize("name", ["baseline:mix", pytest.param("tiny", marks=pytest.mark.weights)])
def test_a_declared_variable_and_a_plain_one_do_not_leak(name):
    model, table = load(name), declared(np.arange(240.0))
    bad = poisoned(table, "temp", AT)
    for options in ({"future": ["temp"]}, {}):
        one, two = (model.forecast(open_field(part, **options), 6, at=AT, target="flow").to_xarray() for part in (table, bad))
        assert one.equals(two)


@pytest.mark.parametrize("name", ["baseline:mix", pytest.param("tiny", marks=pytest.mark.weights)])
def test_notes_points_and_attributes_change_no_forecast(name):
    model = load(name)
    bare = model.forecast(full(), 6, at=AT).to_xarray()["flow"].values
    other = full(
        notes=pd.DataFrame({"time": ["2030-01-01"], "text": ["everything stands still tomorrow"]}),
        pois=POINTS.assign(lat=0.0),
        sites=SITES.assign(**{"elevation [m]": -1e6, "road class": "none"}),
        future=CALENDAR.iloc[:1],
    )
    np.testing.assert_array_equal(model.forecast(other, 6, at=AT).to_xarray()["flow"].values, bare)


def test_the_named_future_does_change_what_ridge_or_the_network_may_see():
    """The mask says that the future of a named variable is seen, and only that."""
    question = asked(full(), "holiday", at=AT)
    assert question.seen[-12:, :, 1:].all() and not question.seen[-12:, :, 0].any()


def test_results_carry_the_attributes_of_their_places():
    out = Model(Recorder()).forecast(full(), 3).to_xarray()
    assert out["elevation"].values.tolist() == [10.0, 11.0, 12.0] and not {"note", "poi", "future_time"} & set(out.dims)
    assert isinstance(out, xr.Dataset)


def test_notes_and_points_outlive_other_places_and_attributes_do_not():
    grid = points_to_grid(full(), [40.0, 40.1, 40.2], [-74.2, -74.1, -74.0])
    assert len(grid.side.notes) == 2 and len(grid.side.points_of_interest) == 3 and "holiday" in grid.side.known_future
    assert not grid.side.static.data_vars
    assert resample(full(), "6h").side.roles == full().side.roles
    moved = localize(full(), "Europe/Berlin").side.notes["time"]
    assert moved.tolist() == [pd.Timestamp("2024-03-02 09:00"), pd.Timestamp("2024-03-04 23:00")], (
        "their clock moves with that of the values"
    )


def test_events_carry_notes_and_points(tmp_path):
    field = open_field(builders.events_table(), notes=NOTES, pois=POINTS)
    again = open_field(write(field, tmp_path / "e.nc"))
    assert field.kind == again.kind == "events" and again.side.notes["text"].tolist() == ["roadworks, until noon", "parade"]
    assert again.side.points_of_interest["kind"].tolist() == ["school", "school", "station"]


def test_places_that_are_not_there_and_positions_that_are_none_are_told(tmp_path):
    field = full(notes=NOTES.assign(place=["s9", "s1"]))
    assert "1 notes name places that the data has not, such as 's9'" in str(field)
    table = pd.DataFrame({"time": HOURS[:8].repeat(2), "place": ["s0", "s9"] * 8, "price": 1.0})
    table.loc[15, "place"] = "s1"
    assert "7 rows of the future given name places that the data has not" in str(full(future=table))
    SITES.assign(lat=["40.1", "north", "40.2"]).to_csv(tmp_path / "sites.csv", index=False)
    with pytest.raises(DataError, match=r"sites= must hold positions as numbers; sites.csv line 3, column 'lat' holds 'north'"):
        full(sites=tmp_path / "sites.csv")
    with pytest.raises(DataError, match=r"pois= must hold positions as numbers; the pois given line 2"):
        full(pois=POINTS.astype({"lon": object}).assign(lon=["west", "-74", "-74"]))


def test_known_variables_bring_a_unit_and_a_nature_each():
    field = full()
    names = tuple(str(name) for name in field.side.known_future.data_vars)
    panel, count = joined(field, field.panel(), names, 4)
    assert count > 0 and len(panel.variables) == len(panel.units) == len(panel.totals) == panel.values.shape[2]


def test_what_is_known_ahead_and_changes_nothing_is_said():
    days = pd.date_range("2024-01-01", periods=67, freq="D")
    table = pd.DataFrame({"time": days[:60], "sales": np.arange(60.0) % 7})
    feasts = pd.DataFrame({"date": ["2024-01-20", "2024-03-02", "2024-03-07"], "feast": ["old", "new", "old"]})
    field = open_field(table, future=feasts)
    told = load("baseline:mix").forecast(field, 5, known_future="feast").meta["warnings"]
    assert len(told) == 1 and told[0].startswith("feast=new: known ahead, but the same in all of the past")
    assert load("baseline:mix").forecast(field, 5, at="2024-02-10", known_future="feast").meta["warnings"] == []
    for name in ("ridge", "last_value"):
        assert "reads nothing that is known ahead" in load(f"baseline:{name}").forecast(field, 5, known_future="feast").meta["warnings"][0]
    assert load("baseline:ridge").forecast(field, 5).meta["warnings"] == []


@pytest.mark.parametrize("name", ["last_value", "seasonal_naive", "climatology", "drift", "kriging", "knn", "mix", "ridge"])
def test_models_that_read_what_is_known_ahead_are_those_that_say_so(name):
    price = np.random.default_rng(0).integers(0, 2, 86)
    days = pd.date_range("2024-01-01", periods=86, freq="D")
    rows = [pd.DataFrame({"time": days[:80], "place": k, "lat": 40.0, "lon": 3 + k, "y": 9 * price[:80] + k}) for k in range(4)]
    ahead = [pd.DataFrame({"time": days, "price": np.where(np.arange(86) < 80, price, new)}) for new in (price, 1 - price)]
    model = load(f"baseline:{name}")
    one, other = (model.forecast(open_field(pd.concat(rows), future=each), 6, known_future="price").to_xarray() for each in ahead)
    assert one.equals(other) != model.predictor.reads_known
