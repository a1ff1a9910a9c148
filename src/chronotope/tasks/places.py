"""Places that are asked about: a table, pairs of numbers or a grid, beside the places of a panel on one plane."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.columns import TIME_NAMES, by_name
from chronotope.data.field import Field
from chronotope.data.folding import plane_of
from chronotope.data.geometry import without_geometry
from chronotope.data.panel import Panel
from chronotope.data.projection import centre_of, to_metres
from chronotope.errors import DataError

LABELS = ("place", "name", "id", "station", "site")
PAIRS = {"latitude": "lat", "longitude": "lon", "lat": "lat", "lon": "lon", "lng": "lon", "long": "lon", "x": "x", "y": "y"}
FAR = 2.0  # times the widest gap from one known place to the next


@dataclass(frozen=True)
class Places:
    """Places that are asked about.

    Attributes:
        table: a row per place in the order they were asked, with columns lat, lon or x, y.
        pair: ("lat", "lon") or ("x", "y").
        label: the column that names them, or None.
        grid: the axes (lat, lon) where a grid was asked.
    """

    table: pd.DataFrame
    pair: tuple[str, str]
    label: str | None = None
    grid: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def points(self) -> np.ndarray:
        """float64 (k, 2), in the order of `pair`."""
        return self.table[list(self.pair)].to_numpy(float)

    @property
    def names(self) -> np.ndarray:
        """What the places are called, in the type that the table has; their numbers where no column names them."""
        return np.arange(len(self.table)) if self.label is None else self.table[self.label].to_numpy()

    @property
    def further(self) -> list[str]:
        """The columns that neither name a place nor say where it lies."""
        return [name for name in self.table.columns if name not in (*self.pair, self.label)]


def places_of(at: Any, field: Field, called: str = "at") -> Places:
    """What the caller asked about, in an argument that is `called` so.

    Raises:
        DataError: there is no place, or one has no position that can be.
    """
    if isinstance(at, (xr.Dataset, xr.DataArray)) and {"lat", "lon"} <= set(at.coords) and at["lat"].ndim == at["lon"].ndim == 1:
        lat, lon = np.asarray(at["lat"], float), np.asarray(at["lon"], float)
        table = pd.DataFrame({"lat": np.repeat(lat, len(lon)), "lon": np.tile(lon, len(lat))})
        return _checked(Places(table, ("lat", "lon"), grid=(lat, lon)), called)
    if isinstance(at, Mapping) and not isinstance(at, xr.Dataset):
        at = pd.DataFrame({name: np.atleast_1d(column) for name, column in at.items()})
    if isinstance(at, pd.DataFrame):
        plain = without_geometry(at, "lat" in field.dataset.coords)
        return _checked(_as_dims(_of_table(plain, called), field), called)
    try:
        numbers = np.atleast_2d(np.asarray(at, float))
    except (ValueError, TypeError):
        numbers = np.empty((0, 0))
    if numbers.ndim != 2 or numbers.shape[1] != 2:
        raise DataError(f"`{called}` must be a table with columns lat, lon or x, y, or pairs of numbers, (lat, lon); found {at!r:.60}.")
    pair = ("lat", "lon") if "lat" in field.dataset.coords else ("x", "y")
    return _checked(Places(pd.DataFrame(numbers, columns=list(pair)), pair), called)


def positions(places: Places, panel: Panel, field: Field) -> tuple[np.ndarray, np.ndarray]:
    """The known (n, 2) and the asked places (k, 2) on one plane.

    Raises:
        DataError: degrees are asked of a plane, or a plane of degrees.
    """
    points = places.points
    if places.pair == ("x", "y"):
        plane, size = plane_of(field.dataset, field.space)
        if plane is None and panel.latlon is not None:
            raise DataError("`at` must have columns lat and lon, as the field has; found x and y. Convert them to degrees.")
        known = panel.xy if plane is None else plane
        assert known is not None
        return known, points * size
    if panel.latlon is None:
        raise DataError(
            "`at` must have columns x and y, as the field has; found lat and lon. Convert them to the field's plane, or open it with crs=."
        )
    both = to_metres(np.concatenate([panel.latlon, points]), centre_of(panel.latlon))  # one projection for old and new places
    return both[: len(panel.latlon)], both[len(panel.latlon) :]


def lonely(known: np.ndarray, asked: np.ndarray, in_metres: bool) -> list[str]:
    """A sentence where asked places lie farther from every known one than those lie from each other; none where that is no measure."""
    from scipy.spatial import cKDTree

    different = np.unique(known, axis=0)
    if len(different) < 2:
        return []
    tree = cKDTree(different)
    reach = FAR * float(tree.query(different, k=2)[0][:, 1].max())
    far = tree.query(asked)[0] > reach
    if not far.any():
        return []
    size = f"{reach / 1000:.3g} km" if in_metres else f"{reach:.3g} units of the plane"
    first = int(np.flatnonzero(far)[0])
    return [f"{int(far.sum())} of {len(asked)} asked places have no known place within {size}, the first in row {first}; they are guessed"]


def _of_table(at: pd.DataFrame, called: str) -> Places:
    table = at.reset_index() if at.index.name is not None else at.reset_index(drop=True)
    table = table.rename(columns={name: PAIRS[str(name).strip().lower()] for name in table if str(name).strip().lower() in PAIRS})
    table.columns = [str(name).strip() for name in table.columns]
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise DataError(f"Columns of `{called}` must have names of their own; found {twice[0]!r} twice. Rename one of them.")
    pair = next((pair for pair in (("lat", "lon"), ("x", "y")) if set(pair) <= set(table.columns)), None)
    if pair is None:
        raise DataError(f"`{called}` must have columns lat, lon or x, y; found {', '.join(table.columns)}. Rename them.")
    for name in pair:
        numbers = pd.to_numeric(table[name], errors="coerce")
        bad = np.flatnonzero(numbers.isna() & table[name].notna())
        if len(bad):
            raise DataError(
                f"Column {name!r} of `{called}` must hold numbers; row {bad[0]} holds {str(table[name].iloc[bad[0]])!r}. Correct it."
            )
        table[name] = numbers.astype(float)
    return Places(table, pair, _label(table, pair))


def _as_dims(places: Places, field: Field) -> Places:
    """Columns that are called like a dim of the field but for capitals and a unit, under its name: `depth (m)` is `Depth`."""
    dims = {str(dim).lower(): str(dim) for dim in field.dataset.dims}
    bare = {name: re.sub(r"\s*[(\[].*[)\]]$", "", name).lower() for name in places.further}
    names = {name: dims[word] for name, word in bare.items() if word in dims and dims[word] not in places.table}
    return replace(places, table=places.table.rename(columns=names))


def _label(table: pd.DataFrame, pair: tuple[str, str]) -> str | None:
    """The column that names the places: by its name, else the first of words that are all different."""
    lower = {name.lower(): name for name in reversed(table.columns) if name not in pair}
    named = next((lower[word] for word in LABELS if word in lower), None)
    free = [name for name in table.columns if name not in pair and by_name([name], TIME_NAMES) is None]
    words = (name for name in free if table[name].dtype.kind == "O" and table[name].is_unique)
    return named or next(words, None)


def _checked(places: Places, called: str) -> Places:
    points = places.points
    if not len(points):
        raise DataError(f"`{called}` must name at least one place; found none.")
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad):
        raise DataError(f"Every place of `{called}` must have a finite position; row {bad[0]} has none. Drop it or fill it in.")
    if places.pair == ("lat", "lon"):
        bad = np.flatnonzero((np.abs(points[:, 0]) > 90) | (np.abs(points[:, 1]) > 360))
        if len(bad):
            lat, lon = points[bad[0]]
            raise DataError(
                f"lat must lie within 90 and lon within 360 degrees; row {bad[0]} of `{called}` is at lat {lat:g}, lon {lon:g}. "
                "Are they exchanged, or metres (columns x, y)?"
            )
    return places
