"""Directions north of all compass: their means stay there, whatever makes them."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from chronotope.harmonize.turning import averaged

NORTH = {"units": "degree", "standard_name": "wind_from_direction"}
TIMES = pd.date_range("2024-01-01", periods=48, freq="h")
LAT, LON = 50 + np.arange(4) / 10, 8 + np.arange(4) / 10


def northerly(*shape: int) -> np.ndarray:
    """Directions within 30 degrees of north, of both sides."""
    return np.random.default_rng(0).uniform(-30, 30, shape) % 360


def sites(name="wind_dir"):
    coords = {"time": TIMES, "place": list("abcd"), "lat": ("place", LAT), "lon": ("place", LON)}
    return ct.open(xr.Dataset({name: (("time", "place"), northerly(48, 4), NORTH)}, coords))


def grid(name="wind_dir"):
    return ct.open(xr.Dataset({name: (("time", "lat", "lon"), northerly(48, 4, 4), NORTH)}, {"time": TIMES, "lat": LAT, "lon": LON}))


def sensors():
    rng = np.random.default_rng(1)
    lat, lon = 50 + rng.uniform(0, 0.1, 96), 8 + rng.uniform(0, 0.1, 96)
    table = pd.DataFrame({"object": ["a", "b"] * 48, "time": np.repeat(TIMES, 2), "lat": lat, "lon": lon, "wind_dir": northerly(96)})
    return ct.open(table, kind="points")


CELLS = (LAT[:3] + 0.05, LON[:3] + 0.05)
MADE = {
    "resample": lambda: ct.resample(sites(), "6h"),
    "upscale": lambda: ct.upscale(grid(), 2),
    "regrid conservative": lambda: ct.regrid(grid(), *CELLS),
    "regrid bilinear": lambda: ct.regrid(grid(), *CELLS, "bilinear"),
    "grid_to_points": lambda: ct.grid_to_points(grid(), pd.DataFrame({"lat": CELLS[0], "lon": CELLS[1]})),
    "points_to_grid": lambda: ct.points_to_grid(sites(), np.array([50.05, 50.25]), np.array([8.05, 8.25])),
    "points_to_means": lambda: ct.points_to_means(sensors(), "6h", cells=0.5),
    "align": lambda: ct.align([grid(), sites("heading")], step="3h"),
}


@pytest.mark.parametrize("name", MADE)
def test_means_of_northerly_directions_are_northerly(name):
    made = MADE[name]()
    for variable in made.variables:
        values = made.dataset[variable].values
        seen = values[np.isfinite(values)]
        assert len(seen) and seen.min() >= 0 and seen.max() < 360
        assert (np.abs((seen + 180) % 360 - 180) <= 30 + 1e-6).all()
    assert any("sines and cosines" in finding.text for finding in made.findings)


def test_a_mean_of_directions_by_hand_and_none_where_they_point_all_ways():
    def mean(part: np.ndarray) -> np.ndarray:
        return np.asarray(part.mean(axis=0))

    np.testing.assert_allclose(averaged(np.array([[350.0, 80.0, 0.0], [20.0, 100.0, 180.0]]), True, mean), [5, 90, np.nan])


def test_the_standard_name_tells_a_direction_too_and_other_variables_are_averaged_as_numbers():
    told = ct.upscale(grid("dd"), 2).dataset["dd"].values
    assert (np.abs((told + 180) % 360 - 180) <= 30).all()
    plain = xr.Dataset({"level": (("time", "lat", "lon"), northerly(48, 4, 4))}, {"time": TIMES, "lat": LAT, "lon": LON})
    coarse = ct.upscale(ct.open(plain), 2)
    np.testing.assert_allclose(coarse.dataset["level"].values[0, 0, 0], plain["level"].values[0, :2, :2].mean())
    assert not any("sines" in finding.text for finding in coarse.findings)
