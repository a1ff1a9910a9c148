"""Small fields and the forecasts of them whose every number is known; stand-ins that have what a view reads of a Forecast."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field

LEVELS = (0.1, 0.2, 0.5, 0.8, 0.9)


@dataclass
class KnownForecast:
    """A forecast made by hand: dims quantile + those of its field."""

    result: xr.Dataset
    history: Field
    meta: dict = member(default_factory=lambda: {"model": "by hand", "version": "0.0", "seed": 0})

    def to_xarray(self) -> xr.Dataset:
        return self.result


def sites(n: int = 3, steps: int = 30, with_places: bool = True) -> Field:
    """Hourly flow at n sites, place i at time t holding 10 i + t % 24."""
    times = pd.date_range("2024-03-01", periods=steps, freq="h").values.astype("datetime64[ns]")
    values = 10.0 * np.arange(n)[None] + (np.arange(steps) % 24)[:, None]
    coords: dict = {"time": times, "place": [f"s{i}" for i in range(n)]}
    if with_places:
        coords |= {"lat": ("place", 40 + 0.1 * np.arange(n)), "lon": ("place", -74 + 0.2 * np.arange(n))}
    return Field(xr.Dataset({"flow": (("time", "place"), values, {"units": "veh/h"})}, coords), "graph", ("flow",), ("place",))


def grid(steps: int = 12) -> Field:
    """Six-hourly temperature on a 3 x 4 grid with longitudes 200 to 207.5 and falling latitudes; two levels."""
    times = pd.date_range("2024-01-01", periods=steps, freq="6h").values.astype("datetime64[ns]")
    values = np.arange(steps * 2 * 12, dtype=float).reshape(steps, 2, 3, 4)
    array = (("time", "level", "lat", "lon"), values, {"units": "K"})
    coords = {"time": times, "level": [850, 500], "lat": [45.0, 42.5, 40.0], "lon": [200.0, 202.5, 205.0, 207.5]}
    return Field(xr.Dataset({"air": array}, coords), "grid", ("air",), ("lat", "lon"))


def forecast_of(source: Field, read: int, horizon: int) -> KnownForecast:
    """A forecast from step `read` whose quantile at level p is the last value read plus 10 (p - 0.5) (lead + 1)."""
    dataset = source.to_xarray()
    times = dataset["time"].values[read : read + horizon]
    last = dataset.isel(time=read - 1)
    away = 10 * (np.array(LEVELS)[:, None] - 0.5) * (1 + np.arange(horizon))
    spread = xr.DataArray(away, dims=("quantile", "time"), coords={"quantile": list(LEVELS), "time": times})
    made = {}
    for name in source.variables:
        array = dataset[name]
        made[name] = (last[name].drop_vars("time") + spread).transpose("quantile", *array.dims).assign_attrs(array.attrs)
    return KnownForecast(xr.Dataset(made, coords={k: v for k, v in dataset.coords.items() if k != "time"}), source)


def at_origins(source: Field, reads: list[int], horizon: int) -> KnownForecast:
    """The same from several origins: dims quantile, init_time, lead_time, ..."""
    parts = []
    for read in reads:
        one = forecast_of(source, read, horizon).result
        origin = source.times[read - 1]
        parts.append(one.assign_coords(time=one["time"].values - origin).rename(time="lead_time").expand_dims(init_time=[origin]))
    return KnownForecast(xr.concat(parts, dim="init_time", join="exact"), source)
