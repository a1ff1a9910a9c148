"""Block means of grids."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, KindError
from chronotope.harmonize.upscale import upscale


def grid(values, lon=None):
    t, y, x = values.shape
    coords = {"time": pd.date_range("2024-01-01", periods=t), "lat": np.arange(y) + 0.5, "lon": np.arange(x) + 0.5 if lon is None else lon}
    return Field(xr.Dataset({"z": (("time", "lat", "lon"), values, {"units": "m"})}, coords), "grid", ("z",), ("lat", "lon"))


def test_means_of_blocks_by_hand():
    coarse = upscale(grid(np.arange(2 * 5 * 6, dtype=float).reshape(2, 5, 6)), 2).dataset
    assert coarse["z"].shape == (2, 2, 3) and coarse["z"].attrs["units"] == "m"
    assert coarse["z"].values[0, 0, 0] == (0 + 1 + 6 + 7) / 4 and coarse["z"].values[1, 1, 2] == 30 + (16 + 17 + 22 + 23) / 4
    np.testing.assert_allclose(coarse["lat"], [1, 3])
    np.testing.assert_allclose(coarse["lon"], [1, 3, 5])


def test_the_whole_is_conserved_for_two_factors():
    values = np.random.default_rng(0).normal(size=(3, 6, 8))
    coarse = upscale(grid(values), (3, 2)).dataset["z"].values
    assert coarse.shape == (3, 2, 4)
    np.testing.assert_allclose(coarse.mean(), values.mean(), rtol=1e-12)


def test_gaps_count_as_the_share_says():
    values = np.ones((1, 2, 4))
    values[0, 0, 0] = np.nan
    assert np.isnan(upscale(grid(values), 2).dataset["z"].values[0, 0, 0])
    np.testing.assert_array_equal(upscale(grid(values), 2, least=0.5).dataset["z"].values[0, 0], [1, 1])


def test_longitudes_have_no_seam():
    coarse = upscale(grid(np.ones((1, 2, 4)), lon=np.array([178.0, 179.0, -180.0, -179.0])), (1, 4))
    np.testing.assert_allclose(coarse.dataset["lon"], [179.5])


def test_what_cannot_be_is_refused():
    with pytest.raises(ArgumentError, match="at most the cells"):
        upscale(grid(np.ones((1, 2, 4))), 3)
    with pytest.raises(ArgumentError, match="whole number"):
        upscale(grid(np.ones((1, 2, 4))), 1.5)
    with pytest.raises(ArgumentError, match="share"):
        upscale(grid(np.ones((1, 2, 4))), 2, least=0)
    sites = xr.Dataset({"z": (("time", "place"), np.ones((1, 2)))}, {"time": pd.date_range("2024", periods=1), "place": ["a", "b"]})
    with pytest.raises(KindError, match="points_to_grid"):
        upscale(Field(sites, "graph", ("z",), ("place",)), 2)


def test_what_is_lost_is_said():
    values = np.ones((1, 5, 6))
    values[0, 0, 0] = np.nan
    values[0, 2:4, 2:4] = np.nan
    told = upscale(grid(values), 2).dataset.attrs["history"]
    assert "left out, as they fill no block: 1 along" in told
    assert "20.0% of the blocks" in told  # one of five; the sixth holds nothing
    whole = upscale(grid(np.ones((1, 4, 4))), 2).dataset.attrs["history"]
    assert "left out" not in whole and "missing" not in whole
