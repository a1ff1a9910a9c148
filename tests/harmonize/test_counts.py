"""Counts and flows conserve what they count, to the last event, fix and move."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import builders
from chronotope.errors import ArgumentError, DataError, KindError
from chronotope.harmonize.counts import events_to_counts, fixes_of, tracks_to_counts
from chronotope.harmonize.flows import tracks_to_flows
from chronotope.opening.open import open_field
from chronotope.opening.samples import sample


def events(rows) -> pd.DataFrame:
    return open_field(pd.DataFrame(rows, columns=["time", "lat", "lon", "size", "type"]), kind="events")


FOUR = [
    ("2020-01-01 00:10", 10.2, 179.5, 1.0, "a"),
    ("2020-01-01 00:50", 10.2, -179.5, 2.0, "b"),
    ("2020-01-01 01:00", 10.2, -179.5, 4.0, "b"),
    ("2020-01-01 03:30", 12.9, 179.1, np.nan, "a"),
]


def test_cells_across_the_dateline_by_hand():
    out = events_to_counts(events(FOUR), "1h", cells=1.0, sums=("size",))
    assert out.kind == "grid" and out.shape == (4, 3, 2) and out.variables == ("count", "size") and out.step == "1h"
    assert list(out.dataset["lat"].values) == [10.5, 11.5, 12.5] and list(out.dataset["lon"].values) == [179.5, 180.5]
    truth = np.zeros((4, 3, 2), int)
    truth[0, 0], truth[1, 0, 1], truth[3, 2, 0] = [1, 1], 1, 1
    np.testing.assert_array_equal(out.dataset["count"].values, truth)
    assert out.dataset["size"].values.sum() == 7.0 and out.dataset["size"].values[1, 0, 1] == 4.0
    assert out.panel().values.sum() == 11.0


@pytest.mark.parametrize(("cell", "first"), [(0.1, 0.1), (0.3, 0.3), (0.05, -118.35), (0.02, 45.0)])
def test_places_written_to_the_size_of_cells_lie_each_in_a_cell_of_its_own(cell, first):
    lat, lon = np.round(cell * np.arange(12), 2), np.round(first + cell * np.arange(12), 2)
    rows = [("2020-01-01", one, two, 1.0, "a") for one in lat for two in lon]
    out = events_to_counts(events(rows), "1D", cells=cell).dataset["count"].values
    assert out.shape == (1, 12, 12) and (out == 1).all()


@pytest.mark.parametrize("step", ["5min", "1h", "7D", "MS"])
def test_every_event_is_counted_once(step):
    field = open_field(builders.events_table())
    total = len(field.dataset["time"])
    for cells in (0.5, 3.0, (np.arange(30.5, 41), np.arange(130.5, 141)), (np.arange(40.5, 29, -1), np.arange(-229.5, -219))):
        out = events_to_counts(field, step, cells=cells)
        assert int(out.dataset["count"].sum()) == total and out.dataset["count"].dtype == np.int32
    sites = pd.DataFrame({"place": ["n", "s"], "lat": [40.0, 30.0], "lon": [135.0, 135.0]})
    assert int(events_to_counts(field, step, places=sites).dataset["count"].sum()) == total
    by_type = events_to_counts(field, step, places="type").dataset["count"].sum("time")
    assert dict(zip(by_type["place"].values, by_type.values)) == field.to_pandas()["type"].value_counts().to_dict()


def test_real_earthquakes():
    field = sample("earthquakes")
    out = events_to_counts(field, "YS", cells=5.0)
    assert int(out.dataset["count"].sum()) == field.dataset.sizes["event"]
    rows = field.to_pandas()
    low, left = (5 * np.floor(rows[name].median() / 5) for name in ("lat", "lon"))
    cell = rows["lat"].between(low, low + 5, inclusive="left") & rows["lon"].between(left, left + 5, inclusive="left")
    found = out.dataset["count"].sel(lat=low + 2.5, lon=left + 2.5).sum()
    assert int(found) == int(cell.sum()) > 0


def test_what_lies_outside_is_said():
    field = events([*FOUR, ("2020-01-01 02:00", np.nan, 3.0, 1.0, "")])
    out = events_to_counts(field, "1h", cells=([10.0, 11.0], [179.0, 180.0, 181.0]))
    assert int(out.dataset["count"].sum()) == 3 and any(f.text.startswith("counts: 2 events lie outside") for f in out.findings)
    near = events_to_counts(field, "1h", places=[[10.2, 179.4]], radius=50_000)
    assert int(near.dataset["count"].sum()) == 1
    assert int(events_to_counts(field, "1h", places="type").dataset["count"].sum()) == 4


def test_an_event_on_an_edge_is_in_one_cell():
    rows = [("2020-01-01", lat, lon, 1.0, "a") for lat in (0.0, 1.0, 2.0) for lon in (5.0, 6.0, 7.0)]
    out = events_to_counts(events(rows), "1D", cells=([0.5, 1.5], [5.5, 6.5]))
    np.testing.assert_array_equal(out.dataset["count"].values[0], [[1, 2], [2, 4]])
    poles = [("2020-01-01", 90.0, 1.0, 1.0, "a"), ("2020-01-01", -90.0, 1.0, 1.0, "a"), ("2020-01-01", 3.0, 2.0, 1.0, "a")]
    assert int(events_to_counts(events(poles), "1D", cells=7.0).dataset["count"].sum()) == 3


def test_fixes_of_dense_and_of_ragged_tracks():
    dense = open_field(builders.tracks_table())
    assert dense.dataset["lat"].dims == ("time", "object")
    table = builders.tracks_table(objects=40)
    table["time"] = table["time"] + pd.to_timedelta(table.groupby("id").ngroup() * 3607, unit="s")
    ragged = open_field(table)
    assert "event" in ragged.dataset.dims
    for field, count, ships in ((dense, 36, 3), (ragged, 480, 40)):
        assert len(fixes_of(field)) == count
        out = tracks_to_counts(field, "1min", cells=0.05)
        assert int(out.dataset["count"].sum()) == count
        everywhere = tracks_to_counts(field, "1D", cells=([0.0, 60.0], [-90.0, 90.0]), distinct=True) if ships == 3 else None
        assert everywhere is None or int(everywhere.dataset["count"].sum()) == ships


def walks() -> pd.DataFrame:
    """Two walkers between three spots: A B B C and C A."""
    rows = [("w1", "00:10", 0), ("w1", "00:50", 1), ("w1", "01:10", 1), ("w1", "02:20", 2), ("w2", "00:05", 2), ("w2", "01:30", 0)]
    return pd.DataFrame([(who, f"2020-01-01 {at}", 50.0, 1.0 * spot) for who, at, spot in rows], columns=["id", "time", "lat", "lon"])


SPOTS = pd.DataFrame({"place": ["A", "B", "C", "never"], "lat": [50.0] * 4, "lon": [0.0, 1.0, 2.0, 40.0]})


def test_moves_by_hand():
    out = tracks_to_flows(open_field(walks(), kind="tracks"), "1h", places=SPOTS)
    assert list(out.dataset["place"].values) == ["A", "B", "C"] and out.kind == "graph"
    np.testing.assert_array_equal(out.dataset["outflow"].values, [[1, 0, 1], [0, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(out.dataset["inflow"].values, [[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    pairs = {(int(s), int(t)): float(w) for s, t, w in zip(out.edges.source, out.edges.target, out.edges.weight)}
    assert pairs == {(0, 1): 1.0, (1, 2): 1.0, (2, 0): 1.0}


def test_trips_by_hand():
    out = tracks_to_flows(open_field(walks(), kind="tracks"), "1h", places=SPOTS, of="trips")
    assert int(out.dataset["outflow"].sum()) == int(out.dataset["inflow"].sum()) == 2
    assert {(int(s), int(t)) for s, t in zip(out.edges.source, out.edges.target)} == {(0, 2), (2, 0)}


def test_flows_conserve_moves_in_many_tracks():
    rng = np.random.default_rng(0)
    steps = rng.normal(0, 0.02, (30, 50, 2)).cumsum(axis=1) + [48.0, 2.0]
    rows = [(f"o{i}", np.datetime64("2021-05-01") + np.timedelta64(7 * k, "m"), *steps[i, k]) for i in range(30) for k in range(50)]
    field = open_field(pd.DataFrame(rows, columns=["id", "time", "lat", "lon"]), kind="tracks")
    out = tracks_to_flows(field, "30min", cells=0.05)
    cell = np.floor(steps / 0.05).astype(int)
    moves = int((np.diff(cell, axis=1) != 0).any(axis=2).sum())
    assert int(out.dataset["inflow"].sum()) == int(out.dataset["outflow"].sum()) == int(out.edges.weight.sum()) == moves > 100
    assert out.panel().edges is not None


def test_refusals():
    field = open_field(builders.events_table())
    with pytest.raises(ArgumentError, match="either"):
        events_to_counts(field, "1h")
    with pytest.raises(ArgumentError, match="either"):
        events_to_counts(field, "1h", cells=1.0, places="type")
    with pytest.raises(DataError, match="'district'"):
        events_to_counts(field, "1h", places="district")
    with pytest.raises(ArgumentError, match="'type'"):
        events_to_counts(field, "1h", cells=1.0, sums=("type",))
    with pytest.raises(ArgumentError, match="above 0"):
        events_to_counts(field, "1h", cells=-1.0)
    with pytest.raises(KindError, match="tracks_to_counts"):
        events_to_counts(open_field(builders.tracks_table()), "1h", cells=1.0)
    with pytest.raises(DataError, match="smaller cells"):
        tracks_to_flows(open_field(builders.tracks_table()), "1h", places=SPOTS.iloc[:1])
    with pytest.raises(ArgumentError, match="'moves' or 'trips'"):
        tracks_to_flows(open_field(builders.tracks_table()), "1h", cells=1.0, of="legs")


def test_days_of_events_are_those_of_their_zone():
    stamps = pd.to_datetime(["2023-07-01 01:00", "2023-07-01 12:00", "2023-07-01 23:00", "2023-07-02 01:00", "2023-07-02 23:30"])
    rows = pd.DataFrame({"time": stamps.tz_localize("America/Chicago"), "lat": 41.9, "lon": -87.6})
    out = events_to_counts(open_field(rows, kind="events"), "1D", places=pd.DataFrame({"lat": [41.9], "lon": [-87.6]}))
    assert out.dataset["count"].values.ravel().tolist() == [3, 2]
    assert [str(stamp) for stamp in out.to_pandas()["time"]] == ["2023-07-01 00:00:00-05:00", "2023-07-02 00:00:00-05:00"]


def test_areas_take_what_lies_in_them_and_not_what_is_nearest_to_their_middle():
    geopandas, shapely = pytest.importorskip("geopandas"), pytest.importorskip("shapely")
    areas = geopandas.GeoDataFrame({"name": ["wide", "narrow"]}, geometry=[shapely.box(0, 50, 9, 51), shapely.box(9, 50, 10, 51)], crs=4326)
    rows = [("2020-01-01", 50.5, lon, 1.0, "a") for lon in (0.5, 8.5, 8.9, 9.5, 20.0)]
    for given in (areas, areas.to_crs(3857)):
        made = events_to_counts(events(rows), "1D", places=given, keep_partial=True)
        assert made.dataset["count"].sum("time").values.tolist() == [3, 1] and list(made.dataset["place"].values) == ["wide", "narrow"]
    with pytest.raises(ArgumentError, match="Areas and places go to places="):
        events_to_counts(events(rows), "1D", cells=areas)
