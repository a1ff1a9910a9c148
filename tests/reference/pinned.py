"""Pinned answers: forecast, impute and interpolate on the samples and four worlds, both weights, in single precision.

They must not move while walls do. Where a change is meant to move them, remake the file and say why, with sizes, in LAB.md:

    PYTHONPATH=src:tests/reference python -m pinned
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import chronotope as ct
from chronotope.model.load import load_predictor
from chronotope.model.model import NetworkPredictor
from chronotope.tasks.verbs import Model

FILE = Path(__file__).with_name("pins.npz")
LEVELS = (0.1, 0.5, 0.9)
WEIGHTS = ("tiny", "small")
WORLDS = {"traffic": 3, "epidemic": 5, "gaussian": 11, "hydrology": 4}
MOST = 600  # numbers kept of an answer, evenly spread


def _gaps(dataset: xr.Dataset, share: float = 0.1) -> xr.Dataset:
    rng = np.random.default_rng(1)
    return dataset.map(lambda a: a.where(rng.random(a.shape) > share) if "time" in a.dims else a)


def sources() -> dict[str, xr.Dataset]:
    """The data sets, small, with one cell in ten taken out."""
    air = ct.sample("air_temperature").dataset.isel(lat=slice(2, 6), lon=slice(4, 8), time=slice(0, 240))
    weather = ct.sample("nyc_weather").dataset.isel(time=slice(0, 600))
    income = ct.sample("us_income").dataset.isel(place=slice(0, 20)).drop_dims("edge")
    made = {f"world_{name}": _world(name, seed) for name, seed in WORLDS.items()}
    return {name: _gaps(data.load()) for name, data in {"air": air, "weather": weather, "income": income, **made}.items()}


def _world(family: str, seed: int) -> xr.Dataset:
    return ct.worlds.draw(seed, family=family, places=14, steps=320).field.dataset


def _places(field: ct.Field) -> pd.DataFrame | None:
    """Three places between the known ones, or None where no positions are known."""
    data = field.dataset
    pair = next((pair for pair in (("lat", "lon"), ("x", "y")) if set(pair) <= set(data.coords)), None)
    if pair is None:
        return None
    first, second = (np.ravel(data[name].values) for name in pair)
    where = [(np.nanquantile(first, q), np.nanquantile(second, 1 - q)) for q in (0.35, 0.5, 0.7)]
    return pd.DataFrame(where, columns=list(pair))


def model(name: str) -> Model:
    """The shipped weights, products in single precision."""
    return Model(NetworkPredictor(load_predictor(name).network, name, bf16=False))


def answers(name: str, source: str, data: xr.Dataset) -> dict[str, np.ndarray]:
    """float32 (k,) of every question about one data set, by the weights of a name."""
    asked, field = model(name), ct.open(data)
    made = {
        "forecast": asked.forecast(field, 12, at=field.dataset["time"].values[-15], quantiles=LEVELS),
        "impute": asked.impute(field, quantiles=LEVELS),
    }
    places = _places(field)
    if places is not None and field.dataset.sizes.get("place", 9) > 4:
        made["interpolate"] = asked.interpolate(field, at=places, quantiles=LEVELS)
    return {f"{name}/{source}/{verb}": _some(forecast) for verb, forecast in made.items()}


def _some(forecast: ct.Forecast) -> np.ndarray:
    values = np.concatenate([np.ravel(a.values.astype(np.float32)) for a in forecast.dataset.data_vars.values()])
    values = values[np.isfinite(values)]
    return values[np.unique(np.linspace(0, len(values) - 1, MOST).astype(int))]


if __name__ == "__main__":
    found: dict[str, np.ndarray] = {}
    for source, data in sources().items():
        for name in WEIGHTS:
            found |= answers(name, source, data)
    np.savez_compressed(FILE, **found)  # type: ignore[arg-type]
    print(f"{len(found)} answers, {FILE.stat().st_size / 1e3:.0f} kB")
