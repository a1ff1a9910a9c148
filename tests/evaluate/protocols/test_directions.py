"""Back-tests of directions count by the shorter way round, also again from the saved forecasts."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.DataWarning")
MODELS = ("baseline:mix", "baseline:last_value")


def northerly(name: str = "wind_dir", steps: int = 200):
    """Directions around north, with 12 degrees of noise."""
    values = np.random.default_rng(0).normal(0, 12, (steps, 3)) % 360
    coords = {"time": pd.date_range("2024-01-01", periods=steps, freq="h"), "place": list("abc")}
    return ct.open(xr.Dataset({name: (("time", "place"), values, {"units": "degree"})}, coords))


def test_errors_of_northerly_directions_are_small_and_their_intervals_cover(tmp_path):
    table = ct.backtest(list(MODELS), northerly(), horizon=3, every=12, start="2024-01-05", save=tmp_path / "run.nc")
    assert set(MODELS) <= set(table["model"])
    assert (table["mae"] < 20).all() and (table["rmse"] < 25).all() and (table["bias"].abs() < 10).all()
    assert table.loc[table["model"] == "baseline:mix", "coverage80"].between(0.6, 0.95).all()
    again = ct.rescore(tmp_path / "run.nc")
    pd.testing.assert_frame_equal(again, table)


def test_floors_of_gaps_count_directions_alike():
    table = ct.floors(northerly(), task="impute")
    assert table["mae"].min() < 15


def test_moving_sensors_are_scored_by_the_shorter_way_too():
    rng = np.random.default_rng(1)
    times = np.repeat(pd.date_range("2024-01-01", periods=60, freq="h"), 2)
    table = pd.DataFrame(
        {"object": ["a", "b"] * 60, "time": times, "lat": 50 + rng.normal(0, 0.01, 120), "lon": 8 + rng.normal(0, 0.01, 120)}
    )
    field = ct.open(table.assign(course=rng.normal(0, 10, 120) % 360), kind="points")
    made = ct.backtest(["baseline:last_value"], field, horizon=2, every=10)
    assert (made.loc[made["model"] == "last_value", "mae"] < 25).all()
