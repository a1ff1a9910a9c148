"""Aligned sources against values put together by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, KindError, TimeError
from chronotope.harmonize.align import align
from chronotope.harmonize.graph import k_nearest
from chronotope.opening.open import open_field


def sites(start, periods, freq, lat, name="v", source="a", place=None, value=0.0) -> Field:
    """Values 100 * step + place + `value`, at sites on longitude 0."""
    steps, places = np.meshgrid(np.arange(periods), np.arange(len(lat)), indexing="ij")
    coords = {"time": pd.date_range(start, periods=periods, freq=freq), "place": place or [f"{source}{i}" for i in range(len(lat))]}
    coords |= {"lat": ("place", np.asarray(lat, float)), "lon": ("place", np.zeros(len(lat)))}
    data = xr.Dataset({name: (("time", "place"), 100.0 * steps + places + value, {"units": "m"})}, coords)
    return Field(data, "graph", (name,), ("place",), source=source)


def grid(start, periods, freq, name="g", lat=(0.0, 1.0, 2.0), lon=(-1.0, 0.0, 1.0), source="map") -> Field:
    lat, lon = np.array(lat), np.array(lon)
    values = 1000.0 * np.arange(periods)[:, None, None] + 10 * lat[None, :, None] + lon[None, None, :]
    coords = {"time": pd.date_range(start, periods=periods, freq=freq), "lat": lat, "lon": lon}
    return Field(xr.Dataset({name: (("time", "lat", "lon"), values)}, coords), "grid", (name,), ("lat", "lon"), source=source)


def test_sites_and_a_map_on_one_hourly_clock():
    a, b = sites("2020-01-01 00:00", 16, "15min", [0.5, 2.0]), grid("2020-01-01 01:00", 5, "h")
    out = align([a, b])
    assert out.kind == "graph" and out.variables == ("v", "g") and out.step == "1h" and out.source == "a + map"
    np.testing.assert_array_equal(out.times, pd.date_range("2020-01-01 01:00", periods=3, freq="h").values)
    np.testing.assert_allclose(out.dataset["v"].values, [[550, 551], [950, 951], [1350, 1351]])
    np.testing.assert_allclose(out.dataset["g"].values, [[5, 20], [1005, 1020], [2005, 2020]])
    assert out.dataset["v"].attrs["origin"] == "a" and out.dataset["g"].attrs["origin"] == "map" and out.units["v"] == "m"
    assert out.panel().values.shape == (3, 2, 2) and "align: 2 sources" in out.dataset.attrs["history"]


def test_the_union_keeps_gaps():
    out = align([sites("2020-01-01", 3, "h", [0.5]), grid("2020-01-01 02:00", 3, "h")], times="union")
    assert len(out.times) == 5
    np.testing.assert_array_equal(np.isfinite(out.dataset["v"].values[:, 0]), [1, 1, 1, 0, 0])
    np.testing.assert_array_equal(np.isfinite(out.dataset["g"].values[:, 0]), [0, 0, 1, 1, 1])


def test_nearest_sites_within_reach_and_names_that_clash():
    a, b = sites("2020-01-01", 3, "D", [0.0, 1.0, 5.0]), sites("2020-01-01", 3, "D", [1.01, 0.02], source="b", value=0.5)
    out = align([a, b], radius=5000)
    assert out.variables == ("v_0", "v_1") and list(out.dataset["place"].values) == ["a0", "a1", "a2"]
    np.testing.assert_array_equal(out.dataset["v_1"].values[0], [1.5, 0.5, np.nan])
    assert out.dataset["v_1"].attrs["origin_name"] == "v" and any("1 of 3 places have none within reach" in f.text for f in out.findings)
    np.testing.assert_array_equal(align([a, b], to=1).dataset["v_0"].values[0], [1.0, 0.0])


def test_to_a_grid_sites_are_averaged_and_grids_regridded():
    fine = grid("2020-01-01", 2, "D", lat=np.arange(-0.25, 2.5, 0.5), lon=np.arange(-1.25, 1.5, 0.5), source="fine", name="f")
    out = align([grid("2020-01-01", 2, "D"), sites("2020-01-01", 2, "D", [0.1, 0.4, 2.2]), fine])
    assert out.kind == "grid" and out.dataset["v"].dims == ("time", "lat", "lon")
    np.testing.assert_array_equal(out.dataset["v"].values[1, :, 1], [100.5, np.nan, 102.0])
    np.testing.assert_allclose(out.dataset["f"].values[0, 1], [9, 10, 11], atol=1e-2)  # sines of latitude weigh the rows unequally


def test_places_without_positions_meet_by_name_and_edges_stay():
    a, b = (sites("2020-01-01", 2, "D", [0.0, 1.0], source=s, place=p, value=v) for s, p, v in (("a", ["x", "y"], 0), ("b", ["y", "z"], 7)))
    bare = Field(b.dataset.drop_vars(["lat", "lon"]), "graph", ("v",), ("place",), source="b")
    out = align([k_nearest(a, 1), bare])
    np.testing.assert_array_equal(out.dataset["v_1"].values[0], [np.nan, 7.0])
    assert out.edges is not None and len(out.edges.source) == 2
    none = Field(bare.dataset.assign_coords(place=["p", "q"]), "graph", ("v",), ("place",), source="b")
    with pytest.raises(ArgumentError, match="sites="):
        align([a, none])


def test_a_given_step_and_rules_per_variable():
    a, b = sites("2020-01-01", 48, "h", [0.0], name="rain"), sites("2020-01-01", 48, "h", [0.0], name="level", source="b")
    out = align([a, b], step="1D", how={"rain": "sum"})
    np.testing.assert_allclose(out.dataset["rain"].values[:, 0], [100 * np.arange(24).sum(), 100 * np.arange(24, 48).sum()])
    np.testing.assert_allclose(out.dataset["level"].values[:, 0], [1150, 3550])


def test_refusals():
    a = sites("2020-01-01", 3, "h", [0.0])
    with pytest.raises(TimeError, match="overlap"):
        align([a, sites("2021-01-01", 3, "h", [0.0], source="b")])
    with pytest.raises(ArgumentError, match="two fields"):
        align([a])
    with pytest.raises(ArgumentError, match="to must"):
        align([a, a], to=2)
    with pytest.raises(ArgumentError, match="times"):
        align([a, a], times="outer")
    with pytest.raises(KindError, match="events_to_counts"):
        align([a, open_field(builders.events_table())])
    odd = Field(
        a.dataset.assign_coords(time=pd.DatetimeIndex(["2020-01-01", "2020-01-01 00:17:03", "2020-01-01 05:01"])),
        "graph",
        ("v",),
        ("place",),
    )
    with pytest.raises(TimeError, match="step="):
        align([a, odd])
    assert align([a, odd], step="1h").dataset["v_1"].sizes["time"] == 3


def test_stamps_without_a_zone_are_of_the_clock_beside_them_and_days_are_those_of_the_first():
    hours = pd.date_range("2023-03-20", "2023-03-31 23:00", freq="h", tz="Europe/Berlin")
    table = pd.DataFrame({"time": hours, "hour": hours.hour.astype(float)})
    local = table.assign(time=hours.tz_localize(None)).rename(columns={"hour": "wall"})
    fixed = pd.DataFrame({"time": pd.date_range("2023-03-20", periods=288, freq="h"), "steady": 1.0})
    out = align([open_field(table), open_field(local), open_field(fixed)])
    np.testing.assert_array_equal(out.dataset["hour"], out.dataset["wall"])
    said = [note.text for note in out.findings if "clock= settles it" in note.text]
    assert ["the clock of Europe/Berlin" in text for text in said] == [True, False], "an hour that Berlin leaves out is no hour of Berlin"
    days = align([open_field(table), open_field(table.assign(time=hours.tz_convert("UTC")).rename(columns={"hour": "utc"}))], step="1D")
    assert days.times[-1] == np.datetime64("2023-03-30T22:00") and np.isfinite(days.dataset["utc"].values).all()
