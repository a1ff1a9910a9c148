"""Regridding against spherical integrals, hand-computed cells and a slow obvious overlap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.errors import ArgumentError, DimensionError, KindError
from chronotope.harmonize.regrid import regrid
from chronotope.harmonize.sphere import cell_areas, lon_edges
from chronotope.inspect.sphere import EARTH_RADIUS
from chronotope.opening.open import open_field


def on_grid(lat, lon, values=None, seed=0) -> xr.Dataset:
    lat, lon = np.asarray(lat, float), np.asarray(lon, float)
    values = np.random.default_rng(seed).normal(10, 3, (2, len(lat), len(lon))) if values is None else np.broadcast_to(
        values, (2, len(lat), len(lon))
    )  # fmt: skip
    return xr.Dataset({"v": (("time", "lat", "lon"), np.array(values))}, {"time": pd.date_range("2020", periods=2), "lat": lat, "lon": lon})


def field_on(*args, **kwargs):
    return open_field(on_grid(*args, **kwargs))


GLOBE = np.arange(-87.5, 90, 5.0), np.arange(2.5, 360, 5.0)


def test_areas_of_the_globe_and_of_one_band():
    assert cell_areas(*GLOBE).sum() == pytest.approx(4 * np.pi * EARTH_RADIUS**2, rel=1e-12)
    band = cell_areas(np.array([15.0, 45.0]), np.array([0.0, 90.0, 180.0, 270.0]))[0].sum()
    assert band == pytest.approx(2 * np.pi * EARTH_RADIUS**2 * 0.5, rel=1e-12), "from 0 to 30 degrees north is a quarter of the globe"


NEW = {
    "coarse": (np.arange(-80, 90, 20.0), np.arange(10, 360, 20.0)),
    "fine": (np.arange(-89, 90, 2.0), np.arange(1, 360, 2.0)),
    "odd": (np.array([-80.0, -50, -10, 10, 50, 80]), np.array([36.0, 108, 180, 252, 324])),
    "north first, -180 to 180": (np.arange(88.5, -90, -3.0), np.arange(-178.5, 180, 3.0)),
    "across the dateline": (np.arange(-85, 90, 10.0), np.concatenate([np.arange(15, 180, 30.0), np.arange(-165, 0, 30.0)])),
    "poles are centres": (np.linspace(-90, 90, 37), np.arange(0, 360, 7.5)),
}


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_area_integral_is_conserved(name, dtype):
    lat, lon = NEW[name]
    data = on_grid(*GLOBE)
    data["v"] = data["v"].astype(dtype)
    out = regrid(open_field(data), lat, lon).dataset["v"].transpose("time", "lat", "lon").values
    before = (data["v"].values.astype(float) * cell_areas(*GLOBE)).sum((1, 2))
    after = (out.astype(float) * cell_areas(lat, lon)).sum((1, 2))
    np.testing.assert_allclose(after, before, rtol=1e-5 if dtype == np.float32 else 1e-10)


def test_a_constant_stays_and_a_hand_made_cell_is_right():
    out = regrid(field_on(*GLOBE, values=7.0), *NEW["coarse"]).dataset["v"].values
    np.testing.assert_allclose(out, 7.0, rtol=1e-12)
    field = field_on([10.0, 30.0], [0.0, 20.0], values=[[1.0, 2.0], [3.0, 4.0]])
    out = regrid(field, [0.0, 20.0], [-10.0, 10.0, 30.0], least=0).dataset["v"].values[0]
    south, north = np.sin(np.deg2rad(20)) - np.sin(np.deg2rad(10)), np.sin(np.deg2rad(30)) - np.sin(np.deg2rad(20))
    assert out[1, 1] == pytest.approx((1.5 * south + 3.5 * north) / (south + north))
    assert out[0, 0] == pytest.approx(1.0) and out[0, 2] == pytest.approx(2.0)
    half = regrid(field, [0.0, 20.0], [-10.0, 10.0, 30.0], least=0.6).dataset["v"].values[0]
    assert np.isfinite(half[1, 1]) and np.isnan(half[[0, 0, 1], [0, 2, 0]]).all(), "cells half outside are not 60 % observed"


def test_masked_cells_take_no_part():
    values = np.ones((4, 4))
    values[:2, :2] = [[5.0, np.nan], [np.nan, np.nan]]
    field = field_on([-15.0, -5, 5, 15], [0.0, 10, 20, 30], values=values)
    out = regrid(field, [-10.0, 10.0], [5.0, 25.0], least=0.2).dataset["v"].values[0]
    np.testing.assert_allclose(out, [[5.0, 1.0], [1.0, 1.0]])
    assert np.isnan(regrid(field, [-10.0, 10.0], [5.0, 25.0]).dataset["v"].values[0, 0, 0]), "a quarter is less than half"
    assert np.isnan(regrid(field, [-10.0, 10.0], [105.0, 125.0], least=0).dataset["v"].values).all()


def test_amounts_are_shared_out_and_their_sum_is_kept():
    field = field_on(*GLOBE)
    for lat, lon in (NEW["coarse"], NEW["fine"], NEW["across the dateline"]):
        out = regrid(field, lat, lon, total=True).dataset["v"].values
        np.testing.assert_allclose(out.sum((1, 2)), field.dataset["v"].values.sum((1, 2)), rtol=1e-10)


def test_both_conventions_and_both_orders_give_the_same():
    east = on_grid(*GLOBE)
    west = east.assign_coords(lon=(east["lon"] + 180) % 360 - 180).sortby("lon").isel(lat=slice(None, None, -1))
    for method in ("conservative", "bilinear", "nearest"):
        one, two = (
            regrid(open_field(d), [-31.0, 1.0, 33.0], [170.0, 175.0, -178.0, -171.0], method).dataset["v"].values for d in (east, west)
        )
        np.testing.assert_allclose(one, two, rtol=1e-12, err_msg=method)
        assert np.isfinite(one).all()


@pytest.mark.parametrize("lon0", [-180.0, 0.0, 170.0])
def test_bilinear_repeats_a_plane_and_crosses_the_seam(lon0):
    lat, lon = np.arange(-20, 25, 5.0), lon0 + np.arange(0, 50, 5.0)
    field = field_on(lat, lon, values=2 * lat[:, None] + 3 * (lon - lon0)[None, :])
    new_lat, new_lon = np.array([-13.0, 0.1, 12.0]), lon0 + np.array([1.0, 12.5, 44.0])
    out = regrid(field, new_lat, new_lon, "bilinear").dataset["v"].values[0]
    np.testing.assert_allclose(out, 2 * new_lat[:, None] + 3 * (new_lon - lon0)[None, :], atol=1e-9)
    closed = field_on(*GLOBE, values=np.broadcast_to(np.arange(72.0), (36, 72)))
    assert regrid(closed, [0.0, 1.0], [359.9, 0.1], "bilinear").dataset["v"].values[0, 0] == pytest.approx([71 * 0.52, 71 * 0.48])


def test_nearest_takes_the_cell_and_never_mixes():
    field = field_on(*GLOBE)
    out = regrid(field, [-87.0, 3.0], [1.0, 358.0], "nearest").dataset["v"].values
    np.testing.assert_array_equal(out[:, 0, 0], field.dataset["v"].values[:, 0, 0])
    np.testing.assert_array_equal(out[:, 1, 1], field.dataset["v"].values[:, 18, 71])
    assert np.isnan(regrid(field_on([0.0, 1.0], [0.0, 1.0]), [10.0, 11.0], [0.0, 1.0], "nearest").dataset["v"].values).all()


def test_curvilinear_grids_by_nearest():
    field = open_field(builders.curvilinear())
    out = regrid(field, [70.05, 71.05], [-9.05, -8.0], "nearest")
    assert out.space == ("lat", "lon") and out.dataset["ice"].dims == ("time", "lat", "lon")
    np.testing.assert_array_equal(out.dataset["ice"].values[:, 0, 0], field.dataset["ice"].values[:, 0, 1])


def test_levels_dims_attributes_and_a_panel():
    field = open_field(builders.levels())
    out = regrid(field, [9.0, 7.0], [179.0, 181.0, 183.0])
    assert (
        out.dataset["water"].dims == ("time", "depth", "lat", "lon")
        and out.units == field.units
        and out.dataset["water"].dtype == np.float32
    )
    assert out.panel().values.shape == (5, 6, 4) and "regrid: conservative" in out.dataset.attrs["history"]
    np.testing.assert_array_equal(out.dataset["lat"].values, [9.0, 7.0])


def test_refusals():
    field = field_on(*GLOBE)
    with pytest.raises(ArgumentError, match="method"):
        regrid(field, [0.0, 1.0], [0.0, 1.0], "cubic")
    with pytest.raises(ArgumentError, match="least"):
        regrid(field, [0.0, 1.0], [0.0, 1.0], least=2)
    with pytest.raises(DimensionError, match="lat"):
        regrid(field, [0.0, 2.0, 1.0], [0.0, 1.0])
    with pytest.raises(DimensionError, match="two rows"):
        regrid(field, [0.0], [0.0, 1.0])
    with pytest.raises(DimensionError, match="once round"):
        lon_edges(np.arange(0, 400, 10.0))
    with pytest.raises(KindError, match="points_to_grid"):
        regrid(open_field(builders.stations()), [0.0, 1.0], [0.0, 1.0])
