"""What is written opens again as the same field, bit for bit, in every layout and in every format that can hold it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import builders
from chronotope.data.field import Field
from chronotope.data.writers import WRITERS, write
from chronotope.errors import KindError
from chronotope.opening.open import open_field

with contextlib.suppress(ImportError):
    import pyproj  # noqa: F401  before eccodes, which xarray may load and which brings a projection library of its own

ARRAYS, TABLES, POINTS = (".nc", ".zarr"), (".csv", ".csv.gz", ".parquet"), (".geojson", ".gpkg")
FORMATS = [suffix for suffix in WRITERS if suffix != ".gpkg" or find_spec("geopandas")]


def layouts() -> dict[str, tuple[Field, tuple[str, ...]]]:
    """One field of every layout, and the formats that can hold it."""
    film = np.random.default_rng(0).integers(0, 255, (4, 5, 7, 3), dtype=np.uint8)
    members = builders.grid().expand_dims(member=[0, 1, 2]).transpose("time", "member", "lat", "lon")
    bare = builders.grid().drop_vars(["lat", "lon"]).rename(lat="y", lon="x")
    fast = builders.tracks_table().assign(speed=np.arange(36.0) / 7)
    lonely = builders.tracks_table(30).assign(time=np.datetime64("2020-01-01", "ns") + np.arange(360).astype("timedelta64[s]"))
    profiles = xr.Dataset(
        {
            "temp": (("obs", "deep"), np.arange(12.0).reshape(4, 3)),
            "pres": (("obs", "deep"), np.tile([5.0, 10, 20], (4, 1)), {"axis": "Z"}),
        },
        {"time": ("obs", pd.date_range("2020", periods=4)), "lat": ("obs", [1.0, 2, 3, 4]), "lon": ("obs", [9.0, 8, 7, 6])},
    )
    everywhere = (*ARRAYS, *TABLES, *POINTS)
    return {
        "grid": (open_field(builders.grid()), everywhere),
        "cells without coordinates": (open_field(bare), ARRAYS + TABLES),
        "two-dimensional coordinates": (open_field(builders.curvilinear()), everywhere),
        "levels": (open_field(builders.levels()), ARRAYS),
        "members": (open_field(members), ARRAYS),
        "stations": (open_field(builders.stations()), everywhere),
        "graph": (open_field(builders.graph_arrays()), everywhere),
        "events": (open_field(builders.events_table()), everywhere),
        "tracks": (open_field(fast), everywhere),
        "tracks on clocks of their own": (open_field(lonely, kind="tracks"), ARRAYS),
        "profiles": (open_field(profiles), ARRAYS),
        "film": (open_field(film, step="33333333ns", start="2000-01-01"), ARRAYS),
    }


LAYOUTS = layouts()
HELD = [(name, suffix) for name, (_, suffixes) in LAYOUTS.items() for suffix in suffixes if suffix in FORMATS]


def assert_same(again: Field, field: Field, suffix: str) -> None:
    """Kind, names, units, stamps, every number and its mask, coordinates; edges where the format is one of arrays."""
    assert (again.kind, again.variables, again.units) == (field.kind, field.variables, field.units)
    np.testing.assert_array_equal(again.times, field.times)
    for name in field.dataset.variables:
        old = field.dataset[name]
        if (str(name).startswith("edge") or name not in again.dataset.variables) and suffix not in ARRAYS:
            continue  # a table of values has no room for edges, and names places by columns of its own
        new = again.dataset[name].transpose(*old.dims)
        words = old.dtype.kind in "OUS"
        np.testing.assert_array_equal(
            new.values.astype(str) if words else new.values.astype(old.dtype), old.values.astype(str) if words else old.values
        )
        assert suffix not in ARRAYS or words or new.dtype == old.dtype, name
    if field.kind in ("grid", "graph", "video"):
        one, two = field.panel(), again.panel()
        np.testing.assert_array_equal(two.values.view(np.uint32)[two.mask], one.values.view(np.uint32)[one.mask])
        np.testing.assert_array_equal(two.mask, one.mask)
        assert [*map(str, two.places)] == [*map(str, one.places)] and two.freq == one.freq


@pytest.mark.parametrize(("name", "suffix"), HELD, ids=[f"{name}{suffix}" for name, suffix in HELD])
def test_every_layout_comes_back_from_every_format_that_holds_it(tmp_path, name, suffix):
    field = LAYOUTS[name][0]
    assert_same(open_field(write(field, tmp_path / f"a{suffix}")), field, suffix)
    if suffix in ARRAYS and field.edges is not None:
        again = open_field(tmp_path / f"a{suffix}").edges
        for part in ("source", "target", "weight"):
            np.testing.assert_array_equal(getattr(again, part), getattr(field.edges, part))


@pytest.mark.parametrize(
    "name",
    [name for name, (_, held) in LAYOUTS.items() if ".csv" not in held and name not in ("profiles", "tracks on clocks of their own")],
)
def test_a_format_that_cannot_hold_a_layout_names_one_that_can(tmp_path, name):
    for suffix in (*TABLES, *POINTS):
        if suffix in FORMATS:
            with pytest.raises(KindError, match=r"Write \.nc or \.zarr instead"):
                write(LAYOUTS[name][0], tmp_path / f"a{suffix}")
    with pytest.raises(KindError, match=r"Write \.csv or \.nc instead"):
        write(LAYOUTS["cells without coordinates"][0], tmp_path / "a.geojson")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", layouts())
def test_every_layout_comes_back_from_its_own_dataset(name):
    field, _ = layouts()[name]
    again = open_field(field.to_xarray())
    assert (again.kind, again.space, again.variables) == (field.kind, field.space, field.variables)
    assert again.dataset.equals(field.dataset), "values, names, order of dims and coordinates"
    assert again.dataset.attrs == field.dataset.attrs


def test_forecasts_and_events_with_marks_open_again():
    field = open_field(builders.wide_table())
    quantiles = xr.concat([field.dataset["value"] + shift for shift in (-1, 0, 1)], pd.Index([0.1, 0.5, 0.9], name="quantile"))
    again = open_field(quantiles.to_dataset(name="value"))
    assert again.space == ("place",) and again.panel().variables == tuple(f"value[quantile={q}]" for q in (0.1, 0.5, 0.9))
    origins = quantiles.rename(time="init_time").expand_dims(lead_time=pd.timedelta_range("1h", periods=2, freq="h"))
    assert any("several origins" in finding.text for finding in open_field(origins.to_dataset(name="value")).findings)
    events = open_field(builders.events_table(), kind="events")
    one = open_field(events.to_xarray(), target=events.variables[:1])
    assert open_field(one.to_xarray()).variables == events.variables[:1], "marks that are no values stay so"


def test_tracks_that_only_move_are_a_row_per_fix():
    table = open_field(builders.tracks_table().drop(index=[3, 17])).to_pandas()
    assert list(table.columns) == ["time", "object", "lat", "lon"] and len(table) == 34


def test_a_file_that_was_changed_since_is_read_by_the_usual_rules(tmp_path):
    path = write(LAYOUTS["stations"][0], tmp_path / "a.nc")
    changed = xr.open_dataset(path, engine="h5netcdf").load().rename(place="site").drop_vars("rain")
    changed.to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    assert open_field(tmp_path / "b.nc").variables == ("tmax",) and open_field(path, target="rain").variables == ("rain",)


NUMBERS = st.one_of(st.none(), st.floats(width=32, allow_infinity=False, allow_nan=False), st.integers(-99, 99).map(float))
LABELS = st.lists(st.text("abcxyz0189_ -é", min_size=1, max_size=5).map(lambda s: f"p{s.strip()}"), min_size=2, max_size=4, unique=True)


@st.composite
def graphs(draw: st.DrawFn) -> Field:
    """Any sensor graph: numbers of every size, gaps of every shape, whole empty stamps and places."""
    labels, steps = draw(LABELS), draw(st.integers(2, 5))
    names = draw(st.lists(st.sampled_from(["flow", "speed", "t2m", "rain"]), min_size=1, max_size=2, unique=True))
    cells = st.lists(NUMBERS, min_size=steps * len(labels), max_size=steps * len(labels))
    data = {}
    for name in names:
        values = np.array([np.nan if cell is None else cell for cell in draw(cells)], np.float32).reshape(steps, len(labels))
        data[name] = (("time", "place"), values, {"units": draw(st.sampled_from(["degC", "m s-1", "veh/h"]))})
    start = draw(st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2250-01-01")))
    times = np.datetime64(start, "ns") + np.arange(steps) * np.timedelta64(draw(st.sampled_from([1, 60, 3600, 86400])), "s")
    where = {"lat": ("place", draw(st.lists(st.floats(-90, 90), min_size=len(labels), max_size=len(labels))))}
    where["lon"] = ("place", draw(st.lists(st.floats(-180, 360), min_size=len(labels), max_size=len(labels), unique=True)))
    return Field(xr.Dataset(data, {"time": times, "place": np.array(labels, object), **where}), "graph", tuple(names), ("place",))


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(graphs(), st.sampled_from([suffix for suffix in FORMATS if suffix != ".gpkg"]))
def test_any_graph_comes_back_bit_for_bit(tmp_path, field, suffix):
    path = write(field, tmp_path / f"a{suffix}", overwrite=True)
    again = open_field(path) if suffix in ARRAYS else open_field(path, time="time", place="place", kind="graph")
    assert_same(again, field, suffix)


WRITER = """
import sys, numpy as np, pandas as pd
from chronotope.data.writers import write
table = pd.DataFrame({"time": pd.date_range("2020", periods=10**7, freq="s"), "v": np.arange(10**7)})
print("ready", flush=True)
write(table, sys.argv[1], overwrite=True)
"""


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        while not any(part.stat().st_size > 10**5 for part in tmp_path.glob(".a.csv.*")):
            time.sleep(0.02)
            assert child.poll() is None
        os.kill(child.pid, signal.SIGKILL)
    assert path.read_text() == "old"
