"""Interpolate: what is observed is seen, other places are asked - also places that were never observed."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.data.projection import centre_of, to_metres
from chronotope.errors import DataError
from chronotope.tasks.forecast import channels_of
from chronotope.tasks.result import Forecast
from chronotope.tasks.times import check_levels
from chronotope.tokens.query import QUANTILE_LEVELS, Predictor, Query

GROUP = 64  # new places answered together with the observed ones, so that they do not crowd them out of the balls


def interpolate(predictor: Predictor, field: Field, at: Any, *, target: Any = None, quantiles: Any = QUANTILE_LEVELS) -> Forecast:
    """Quantiles at other places, for every step of the field; see `Model.interpolate`."""
    levels, names = check_levels(quantiles), field.chosen(target)
    panel, wanted = field.panel(), channels_of(field, names)
    if panel.xy is None:
        raise DataError("Interpolation needs positions of the places; the field has none. Give lat= and lon=, or sites= when opening it.")
    if not panel.mask[..., wanted].any():
        raise DataError(f"At least one value of {', '.join(names)} must be observed; found none.")
    places, grid = _places(at, panel)
    old, xy = _positions(places, panel)
    known = replace(panel, xy=old).take_places(np.flatnonzero(panel.mask.any(axis=(0, 2))))
    parts = [_answer(predictor, known, xy[i : i + GROUP], wanted, levels) for i in range(0, len(xy), GROUP)]
    values = np.concatenate(parts, axis=2)[..., wanted]
    result = _dataset(field, names, values, panel.times, places, grid, levels)
    meta = {"task": "interpolate", "model": predictor.name, "version": version("chronotope"), "seed": None, "places": len(places)}
    return Forecast(result, field, meta)


def _answer(predictor: Predictor, panel: Panel, xy: np.ndarray, wanted: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, t, k, v) at k new places."""
    t, n, v = panel.values.shape
    blank = np.full((t, len(xy), v), np.nan, np.float32)
    assert panel.xy is not None
    wider = replace(
        panel, values=np.concatenate([panel.values, blank], axis=1), xy=np.concatenate([panel.xy, xy]), latlon=None, edges=None, places=None
    )  # fmt: skip
    asked = np.zeros(wider.values.shape, bool)
    asked[:, n:] = wanted
    return predictor.predict(wider, Query(wider.mask, asked), levels)[:, :, n:]


def _places(at: Any, panel: Panel) -> tuple[pd.DataFrame, tuple[np.ndarray, np.ndarray] | None]:
    """A table with lat, lon (or x, y) and a name for each place; the axes too where `at` is a grid."""
    if isinstance(at, (xr.Dataset, xr.DataArray)) and {"lat", "lon"} <= set(at.coords) and at["lat"].ndim == at["lon"].ndim == 1:
        lat, lon = np.asarray(at["lat"], float), np.asarray(at["lon"], float)
        table = pd.DataFrame({"lat": np.repeat(lat, len(lon)), "lon": np.tile(lon, len(lat))})
        return table, (lat, lon)
    if isinstance(at, pd.DataFrame):
        table = at.copy()
    else:
        table = pd.DataFrame(np.atleast_2d(np.asarray(at, float)), columns=["lat", "lon"] if panel.latlon is not None else ["x", "y"])
    table.columns = [{"latitude": "lat", "longitude": "lon"}.get(str(c).lower(), str(c).lower()) for c in table.columns]
    pair = _pair(table)
    bad = np.flatnonzero(~np.isfinite(table[pair].to_numpy(float)).all(axis=1))
    if len(bad):
        raise DataError(f"Every place of `at` must have a finite position; row {bad[0]} has none. Drop it or fill it in.")
    return table.reset_index(drop=True), None


def _pair(table: pd.DataFrame) -> list[str]:
    for pair in (["lat", "lon"], ["x", "y"]):
        if set(pair) <= set(table.columns):
            return pair
    raise DataError(f"`at` must have columns lat, lon or x, y; found {', '.join(map(str, table.columns))}. Rename them.")


def _positions(places: pd.DataFrame, panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """The old (n, 2) and the new places (k, 2) on one plane."""
    pair = _pair(places)
    points = places[pair].to_numpy(float)
    if pair == ["x", "y"]:
        if panel.latlon is not None:
            raise DataError("`at` must have columns lat and lon, as the field has; found x and y. Convert them to degrees.")
        assert panel.xy is not None
        return panel.xy, points
    if panel.latlon is None:
        raise DataError("`at` must have columns x and y, as the field has; found lat and lon. Convert them to the field's plane.")
    both = to_metres(np.concatenate([panel.latlon, points]), centre_of(panel.latlon))  # one projection for old and new places
    return both[: len(panel.latlon)], both[len(panel.latlon) :]


def _dataset(
    field: Field,
    names: tuple[str, ...],
    values: np.ndarray,
    times: np.ndarray,
    places: pd.DataFrame,
    grid: tuple[np.ndarray, np.ndarray] | None,
    levels: tuple[float, ...],
) -> xr.Dataset:
    """Values (q, t, k, v) under names, units and positions."""
    if values.shape[-1] != len(names):
        raise DataError("Interpolation takes variables without levels or members; pick one of them first, for example field.isel(level=0).")
    coords: dict[str, Any] = {"quantile": list(levels), "time": times}
    if grid is not None:
        dims: tuple[str, ...] = ("quantile", "time", "lat", "lon")
        coords |= {"lat": grid[0], "lon": grid[1]}
        values = values.reshape(*values.shape[:2], len(grid[0]), len(grid[1]), -1)
    else:
        dims = ("quantile", "time", "place")
        label = next((c for c in ("place", "name", "id", "station", "site") if c in places.columns), None)
        coords["place"] = places[label].astype(str).to_numpy() if label else np.arange(len(places))
        coords |= {c: ("place", places[c].to_numpy(float)) for c in _pair(places)}
    data = {name: (dims, values[..., i], dict(field.dataset[name].attrs)) for i, name in enumerate(names)}
    return xr.Dataset(data, coords)
