"""Sites to cells and cells to sites, by hand and against planes that interpolation must repeat."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.errors import ArgumentError, KindError
from chronotope.harmonize.convert import grid_to_points, points_to_grid
from chronotope.opening.open import open_field


def plane(lat, lon, hole=None):
    lat, lon = np.asarray(lat, float), np.asarray(lon, float)
    values = np.array(np.broadcast_to(2 * lat[:, None] + 3 * lon[None, :], (2, len(lat), len(lon))))
    if hole is not None:
        values[(slice(None), *hole)] = np.nan
    return open_field(
        xr.Dataset({"v": (("time", "lat", "lon"), values)}, {"time": pd.date_range("2020", periods=2), "lat": lat, "lon": lon})
    )


def test_bilinear_repeats_a_plane_in_any_order_and_convention():
    places = pd.DataFrame({"place": ["a", "b", "c"], "lat": [1.3, -2.0, 4.99], "lon": [0.7, -3.2, -365.1 + 360]})
    for lat, lon in ((np.arange(-5.0, 6), np.arange(-6.0, 7)), (np.arange(5.0, -6, -1), np.arange(-6.0, 7))):
        out = grid_to_points(plane(lat, lon), places)
        np.testing.assert_allclose(out.dataset["v"].values[0], 2 * places["lat"] + 3 * places["lon"])
    east = plane(np.arange(-5.0, 6), np.arange(354.0, 367))
    np.testing.assert_allclose(grid_to_points(east, places).dataset["v"].values[0], 2 * places["lat"] + 3 * (places["lon"] + 360))
    assert out.kind == "graph" and list(out.dataset["place"].values) == ["a", "b", "c"] and out.panel().latlon.shape == (3, 2)


def test_outside_is_missing_and_a_hole_is_left_out_of_the_mean():
    field = plane([0.0, 1.0], [0.0, 1.0], hole=(0, 0))
    out = grid_to_points(field, [[0.5, 0.5], [0.1, 0.1], [3.0, 0.5], [0.5, 200.0]]).dataset["v"].values[0]
    assert out[0] == pytest.approx((3 + 2 + 5) / 3) and np.isnan(out[1:]).all()
    near = grid_to_points(field, [[0.9, 0.2], [0.1, 0.1]], "nearest").dataset["v"].values[0]
    assert near[0] == 2.0 and np.isnan(near[1])


def test_curvilinear_grids_by_nearest():
    field = open_field(builders.curvilinear())
    out = grid_to_points(field, [[71.11, -9.2]], "nearest").dataset["ice"].values[:, 0]
    np.testing.assert_array_equal(out, field.dataset["ice"].values[:, 1, 1])
    assert np.isnan(grid_to_points(field, [[20.0, 100.0]], "nearest").dataset["ice"].values).all()
    corner = grid_to_points(field, np.array([[70.0, -10.0]])).dataset["ice"].values[:, 0]
    np.testing.assert_allclose(corner, field.dataset["ice"].values[:, 0, 0], atol=1e-6)


def test_gathering_by_hand():
    values = np.array([[1.0, 3.0, 10.0, 7.0], [np.nan, 4.0, np.nan, 7.0]])
    data = xr.Dataset(
        {"v": (("time", "place"), values, {"units": "mm"})},
        {
            "time": pd.date_range("2020", periods=2),
            "place": list("abcd"),
            "lat": ("place", [0.4, 0.6, 1.5, 9.0]),
            "lon": ("place", [359.6, 0.2, 0.1, 0.0]),
        },
    )
    field = open_field(data)
    truth = {
        "mean": [2, 10, 4, np.nan],
        "sum": [4, 10, 4, np.nan],
        "max": [3, 10, 4, np.nan],
        "min": [1, 10, 4, np.nan],
        "count": [2, 1, 1, 0],
    }
    for how, cells in truth.items():
        out = points_to_grid(field, [1.5, 0.5], [0.0, 1.0], how)
        got = out.dataset["v"].transpose("time", "lat", "lon").values
        np.testing.assert_array_equal([got[0, 1, 0], got[0, 0, 0], got[1, 1, 0], got[1, 0, 0]], cells, err_msg=how)
        assert any("1 places lie outside: d" in f.text for f in out.findings) and out.kind == "grid"


def test_there_and_back():
    field = plane(np.arange(0.0, 4), np.arange(0.0, 5))
    places = [[lat, lon] for lat in range(4) for lon in range(5)]
    back = points_to_grid(grid_to_points(field, places, "nearest"), np.arange(0.0, 4), np.arange(0.0, 5))
    np.testing.assert_array_equal(back.dataset["v"].transpose("time", "lat", "lon").values, field.dataset["v"].values)


def test_refusals():
    field = plane([0.0, 1.0], [0.0, 1.0])
    with pytest.raises(ArgumentError, match="lat and lon"):
        grid_to_points(field, pd.DataFrame({"a": [1], "b": [2]}))
    with pytest.raises(ArgumentError, match="method"):
        grid_to_points(field, [[0.0, 0.0]], "cubic")
    with pytest.raises(KindError, match="events_to_counts"):
        points_to_grid(open_field(builders.events_table()), [0.0, 1.0], [0.0, 1.0])
    with pytest.raises(ArgumentError, match="how"):
        points_to_grid(open_field(builders.stations()), [0.0, 1.0], [0.0, 1.0], "median")
