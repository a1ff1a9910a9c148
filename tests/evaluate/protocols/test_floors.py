"""Tables of floors on fields whose best floor is known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from asked import stations
from chronotope.baselines import DOWNSCALE_FLOORS, EVENT_FLOORS, FLOORS, GAP_FLOORS
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError
from chronotope.evaluate.protocols.floor_tasks.tracks import ALONE, windows_of
from chronotope.evaluate.protocols.floors import floors
from chronotope.opening.open import open_field


def grid(steps=40, size=16):
    times = pd.date_range("2024-01-01", periods=steps, freq="1h").values.astype("datetime64[ns]")
    y, x = np.mgrid[:size, :size]
    values = np.sin(2 * np.pi * (x - 1.0 * np.arange(steps)[:, None, None]) / size) + np.cos(2 * np.pi * y / size)
    coords = {"time": times, "y": 1000.0 * np.arange(size), "x": 1000.0 * np.arange(size)}
    return Field(xr.Dataset({"rain": (("time", "y", "x"), values)}, coords), "grid", ("rain",), ("y", "x"))


def walkers():
    """Three walk straight at 2 m a step; one stops after a while; the second misses a step."""
    rows = []
    for who in range(3):
        for k in range(40):
            if who != 1 or k != 25:
                rows.append((f"w{who}", pd.Timestamp("2024-01-01") + pd.Timedelta(k, "s"), 2.0 * k, 10.0 * who))
    rows += [("s", pd.Timestamp("2024-01-01") + pd.Timedelta(k, "s"), 2.0 * min(k, 20), -50.0) for k in range(40)]
    return open_field(pd.DataFrame(rows, columns=["person", "time", "x", "y"]), kind="tracks")


def check(table, names, prefix):
    assert set(table["model"]) == {prefix + name for name in names}
    assert (table["n"] > 0).all() and table.attrs["split"]
    assert set(table.columns) - {"model", "variable"} == set(table.attrs["definitions"])


def test_forecast_floors_of_sites():
    table = floors(stations(steps=120), 3, origins=4)
    check(table, FLOORS, "baseline:")
    best = table[table["variable"] == "temp"].iloc[0]["model"]
    assert best in ("baseline:drift", "baseline:ridge", "baseline:mix", "baseline:anomaly_persistence")


def test_on_a_grid_that_moves_advection_is_the_best_floor_of_a_short_record():
    table = floors(grid(), 2, origins=2).set_index("model")
    assert "baseline:advection" in table.index and table.loc["baseline:advection", "mae"] < 0.5 * table.loc["baseline:last_value", "mae"]


def test_gap_and_place_floors():
    table = floors(stations(steps=120, n=6), task="impute", target="temp")
    check(table, ("last_value", "seasonal_naive", "climatology", "mix", *GAP_FLOORS), "baseline:")
    assert table.set_index("model").loc["baseline:linear", "mae"] < 0.01, "a ramp is a straight line"
    between = floors(stations(steps=120, n=8), task="interpolate", target="temp", seed=1)
    check(between, ("neighbour_mean", "inverse_distance", "kriging", "others_mean"), "baseline:")
    assert between.set_index("model").loc["baseline:kriging", "mae"] < between.set_index("model").loc["baseline:others_mean", "mae"]
    with pytest.raises(DataError, match="four places"):
        floors(stations(), task="interpolate")


def test_downscaling_floors():
    table = floors(grid(), task="downscale", factor=2)
    check(table, [*DOWNSCALE_FLOORS, "area_to_point"], "baseline:")
    assert list(table["model"])[-3:] == ["baseline:bicubic", "baseline:bilinear", "baseline:nearest_cell"]
    with pytest.raises(ArgumentError, match="factor must be from 2"):
        floors(grid(), task="downscale", factor=17)


def test_path_floors_count_windows_by_hand():
    table = floors(walkers(), 12)
    check(table, ALONE, "floor:")
    assert (table["n"] == 21 + 21 + (25 - 20 + 1) + 0 + 21).all() or (table["n"] == 21 * 3 + 6).all()
    windows, who = windows_of(walkers(), 20)
    straight = np.abs(np.diff(windows, axis=1)[..., 0] - 2).max(axis=1) < 1e-9
    row = table.set_index("model").loc["floor:constant_velocity"]
    assert row["ade"] * len(windows) == pytest.approx(_errors_of_the_stopping_one(windows[~straight]))
    with pytest.raises(DataError, match="even steps"):
        floors(walkers(), 60)


def _errors_of_the_stopping_one(windows):
    total = 0.0
    for window in windows[:, :, 0]:
        path = window[7] + (window[7] - window[6]) * np.arange(1, 13)
        total += np.abs(path - window[8:]).mean()
    return total


def test_event_floors():
    rng = np.random.default_rng(0)
    stamps = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.uniform(0, 60, 900)), unit="D")
    lat, lon = 40 + 0.1 * rng.random(900) ** 2, -74 + 0.1 * rng.random(900)
    table = floors(open_field(pd.DataFrame({"time": stamps, "lat": lat, "lon": lon}), kind="events"), origins=4)
    check(table, EVENT_FLOORS, "baseline:")
    gain = table.set_index("model")["gain"]
    assert gain["baseline:homogeneous_poisson"] == 0 and gain["baseline:kde_season"] > 0.1


def test_a_task_that_the_kind_does_not_have_is_refused():
    with pytest.raises(ArgumentError, match="for a field of kind graph"):
        floors(stations(), task="downscale")
