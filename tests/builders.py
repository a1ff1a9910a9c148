"""Tiny made datasets, one builder per layout, with gaps and odd coordinates; values follow a formula that tests can repeat."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

SHARED = Path(os.environ.get("CHRONOTOPE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def made_values(t: int, n: int, v: int = 1, seed: int = 0) -> np.ndarray:
    """(t, n, v) float32: 100 * step + place + variable / 10, with about one in nine missing."""
    step, place, variable = np.meshgrid(np.arange(t), np.arange(n), np.arange(v), indexing="ij")
    values = (100.0 * step + place + variable / 10).astype(np.float32)
    values[np.random.default_rng(seed).random(values.shape) < 0.11] = np.nan
    return values


def grid(t: int = 6, rows: int = 3, columns: int = 4, lon0: float = 178.0) -> xr.Dataset:
    """Latitudes from north to south, longitudes across the dateline in 0..360, hourly."""
    data = made_values(t, rows * columns).reshape(t, rows, columns)
    return xr.Dataset(
        {"sst": (("time", "lat", "lon"), data, {"units": "degC", "long_name": "sea surface temperature"})},
        {
            "time": pd.date_range("2001-02-27 22:00", periods=t, freq="h"),
            "lat": ("lat", 10.0 - 2 * np.arange(rows), {"units": "degrees_north"}),
            "lon": ("lon", lon0 + 2 * np.arange(columns), {"units": "degrees_east"}),
        },
    )


def curvilinear(t: int = 4, rows: int = 3, columns: int = 5) -> xr.Dataset:
    """Two-dimensional lat and lon over dims that have no coordinates."""
    j, i = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return xr.Dataset(
        {"ice": (("time", "nj", "ni"), made_values(t, rows * columns).reshape(t, rows, columns), {"units": "%"})},
        {
            "time": pd.date_range("2020-01-01", periods=t, freq="MS"),
            "latitude": (("nj", "ni"), 70.0 + j + 0.1 * i, {"units": "degrees_north"}),
            "longitude": (("nj", "ni"), -10.0 + i - 0.2 * j, {"units": "degrees_east"}),
        },
    )


def levels(t: int = 5, depth: int = 3) -> xr.Dataset:
    """One variable with a level dim between time and place, one without."""
    base = grid(t)
    water = np.stack([base["sst"].values + 0.25 * k for k in range(depth)], axis=1)
    return base.assign(water=(("time", "depth", "lat", "lon"), water, {"units": "degC"})).assign_coords(
        depth=("depth", [0.0, 5.0, 12.5][:depth])
    )


def stations(t: int = 8, n: int = 4) -> xr.Dataset:
    """A CF time series file: dims (station, time), positions over station, two variables."""
    values = made_values(t, n, 2)
    return xr.Dataset(
        {
            "tmax": (("station", "time"), values[:, :, 0].T, {"units": "degC"}),
            "rain": (("time", "station"), values[:, :, 1], {"units": "mm"}),
        },
        {
            "time": pd.date_range("2011-12-30", periods=t, freq="D"),
            "station": [f"s{i}" for i in range(n)],
            "lat": ("station", 50.0 + 0.1 * np.arange(n), {"units": "degrees_north"}),
            "lon": ("station", 359.9 + 0.1 * np.arange(n), {"units": "degrees_east"}),
        },
        {"featureType": "timeSeries"},
    )


def graph_arrays(t: int = 7, n: int = 5, v: int = 2) -> dict[str, np.ndarray]:
    """Named arrays of a sensor graph with counts, a missing code, names and edges."""
    counts = np.arange(t * n * v, dtype=np.int16).reshape(t, n, v)
    counts[2, 1] = -1
    return {
        "values": counts,
        "missing": np.array(-1),
        "start": np.array("2019-03-31T00:00:00"),
        "step_seconds": np.array(900),
        "variable": np.array(["inflow", "outflow"][:v]),
        "unit": np.array(["trips per 15 min"] * v),
        "lat": 40.0 + np.arange(n) / 100,
        "lon": -74.0 + np.arange(n) / 100,
        "location_id": np.array([f"z{i}" for i in range(n)]),
        "edges": np.array([[0, 1], [1, 2], [3, 4]]),
        "edge_weight": np.array([1.0, 0.5, 2.0], np.float32),
    }


def wide_table(t: int = 6, n: int = 3) -> pd.DataFrame:
    """One column per place, first column time."""
    values = made_values(t, n)[:, :, 0]
    return pd.DataFrame(
        {"date": pd.date_range("2024-01-31", periods=t, freq="D").strftime("%Y-%m-%d"), **{f"p{i}": values[:, i] for i in range(n)}}
    )


def long_table(t: int = 6, n: int = 3) -> pd.DataFrame:
    """One row per time and place, rows where nothing was observed left out."""
    values = made_values(t, n, 2)
    rows = [
        (stamp, f"0{i}", 10.0 + i, 20.0 - i, values[k, i, 0], values[k, i, 1])
        for k, stamp in enumerate(pd.date_range("2024-03-01", periods=t, freq="6h"))
        for i in range(n)
        if (k + i) % 4
    ]
    return pd.DataFrame(rows, columns=["time", "basin", "lat", "lon", "flow(m3/s)", "rain"])


def events_table(count: int = 40) -> pd.DataFrame:
    """Rows of time and position at irregular moments, with a number and a word as marks."""
    rng = np.random.default_rng(3)
    seconds = np.sort(rng.integers(0, 10**6, count))
    return pd.DataFrame(
        {
            "time": (np.datetime64("2020-01-01") + seconds.astype("timedelta64[s]")).astype(str),
            "lat": rng.uniform(30, 40, count).round(4),
            "lon": rng.uniform(130, 140, count).round(4),
            "magnitude": rng.exponential(1, count).round(1),
            "type": rng.choice(["a", "b"], count),
        }
    )


def tracks_table(objects: int = 3, fixes: int = 12) -> pd.DataFrame:
    """Objects on straight ways, ten seconds between fixes."""
    rows = [
        (f"ship{k}", np.datetime64("2022-05-01") + np.timedelta64(10 * i, "s"), 50 + 0.01 * i + k, -1.0 + 0.02 * i)
        for k in range(objects)
        for i in range(fixes)
    ]
    return pd.DataFrame(rows, columns=["id", "time", "lat", "lon"])
