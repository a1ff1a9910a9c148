"""What `chronotope demo TOPIC` shows: samples that ship, and where none does a simulation that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.opening.samples import sample
from chronotope.worlds import compose
from chronotope.worlds.movers import wander

SIMULATED = "simulated by this package, as no record of the kind ships"


@dataclass(frozen=True)
class Topic:
    """One demonstration.

    Attributes:
        words: what is shown.
        open: makes the data.
        horizon: steps ahead.
        is_simulated: whether the data are.
        options: of the forecast.
    """

    words: str
    open: Callable[[], Field]
    horizon: int
    is_simulated: bool = False
    options: dict[str, Any] = field(default_factory=dict)


def weather() -> Field:
    """A year of hourly weather of three airports."""
    return sample("nyc_weather")


def earthquakes() -> Field:
    """Four months of earthquakes."""
    return sample("earthquakes")


def traffic() -> Field:
    """A week of speeds at 60 places of a road network, every five minutes, up to a morning's rush hour."""
    world = compose(4, temporal="seasonal", spatial="traffic", freq="5min", places=60, steps=2304).field
    stamps = pd.DatetimeIndex(world.times)
    last = int(np.flatnonzero((stamps.hour == 8) & (stamps.minute == 30) & (stamps.dayofweek < 5))[-1])
    return _named(world.isel(time=slice(max(0, last - 2015), last + 1)), "speed", "km/h", "simulated speed", "simulated road network")


def epidemic() -> Field:
    """Daily cases in 40 districts over the year in which an epidemic comes."""
    world = compose(4, spatial="epidemic", layout="clustered", places=40, steps=400).field
    total = world.dataset["value"].sum("place").values
    last = int(np.clip(total.argmax() + 14, 150, len(total) - 1))
    return _named(world.isel(time=slice(0, last + 1)), "cases", "per day", "simulated new cases", "simulated epidemic")


def ocean() -> Field:
    """Daily sea surface temperature anomalies on 20 x 20 cells, carried by a current."""
    world = compose(3, spatial="advection", temporal="autoregression", layout="grid", places=400, steps=400, freq="D")
    xy = world.panel.xy
    assert xy is not None
    x, y = (np.unique(xy[:, i]) for i in (0, 1))
    order = np.lexsort((xy[:, 0], xy[:, 1]))
    values = world.panel.values[..., 0]
    values = (values - values.mean()) / values.std()
    attrs = {"units": "K", "long_name": "simulated temperature anomaly"}
    array = (("time", "y", "x"), values[:, order].reshape(len(values), len(y), len(x)).astype(np.float32), attrs)
    coords = {"time": world.panel.times, "y": ("y", y / 1000, {"units": "km"}), "x": ("x", x / 1000, {"units": "km"})}
    return Field(xr.Dataset({"sst": array}, coords), "grid", ("sst",), ("y", "x"), step=world.panel.freq, source="simulated ocean")


def ships() -> Field:
    """Fifteen hours of 25 ships off a coast, a fix every ten minutes."""
    where = wander(np.random.default_rng(5), 90, 25, 45.0, {})
    clock = pd.date_range("2024-05-01 06:00", periods=len(where), freq="10min").values.astype("datetime64[ns]")
    spot = {"lat": 54.0 + 0.6 * where[..., 1], "lon": 6.5 + 1.2 * where[..., 0]}
    coords = {"time": clock, "object": [f"ship {i + 1}" for i in range(where.shape[1])]}
    places = {name: (("time", "object"), values) for name, values in spot.items()}
    dataset = xr.Dataset({}, coords).assign_coords(places)
    return Field(dataset, "tracks", (), (), source="simulated ships")


def _named(made: Field, name: str, units: str, words: str, source: str) -> Field:
    """A simulated variable under a name that people know."""
    dataset = made.dataset.rename({made.variables[0]: name})
    dataset[name].attrs.update(units=units, long_name=words)
    return replace(made, dataset=dataset, variables=(name,), source=source)


TOPICS: dict[str, Topic] = {
    "weather": Topic(
        "Temperature at three airports of New York, a day ahead", lambda: sample("nyc_weather"), 24, options={"target": "temp"}
    ),
    "traffic": Topic("Speeds on a road network, an hour ahead in the morning's rush", traffic, 12, True),
    "epidemic": Topic("New cases in 40 districts, a week ahead", epidemic, 7, True),
    "events": Topic(
        "Earthquakes around Indonesia, four weeks ahead", lambda: sample("earthquakes"), 4, options={"step": "7D", "cell": 2.0}
    ),
    "tracks": Topic("Ships off a coast, two hours ahead", ships, 12, True),
    "ocean": Topic("Temperature anomalies carried by a current, five days ahead", ocean, 5, True),
}
