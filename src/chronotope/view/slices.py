"""Slice: one variable of a forecast from one origin as plain arrays, beside what came before and what came after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.stamps import in_zone, zone_of
from chronotope.errors import ArgumentError, KindError


@dataclass(frozen=True)
class Slice:
    """What a picture needs of one forecast.

    Attributes:
        name: the variable, with its level or member where the input has them.
        units: its units, "" where unknown.
        levels: quantile levels (q,), increasing.
        times: datetime64[ns] (h,), the valid times.
        values: float (q, h, n).
        past_times: datetime64[ns] (t,), the stamps read, up to the origin.
        past: float (t, n), NaN where nothing was observed.
        truth: float (h, n), what was observed at `times`; NaN where nothing is known.
        labels: names of the places, object (n,).
        shape: lengths of the place dims; two of them for a grid.
        east, north: positions of the cells or places for a map, (n,), degrees or the data's own units.
        axes: words for the axes of a map (east, north).
        clock: what the stamps are, "UTC+02:00"; "" where the source names no zone.
    """

    name: str
    units: str
    levels: np.ndarray
    times: np.ndarray
    values: np.ndarray
    past_times: np.ndarray
    past: np.ndarray
    truth: np.ndarray
    labels: np.ndarray
    shape: tuple[int, ...]
    east: np.ndarray | None
    north: np.ndarray | None
    axes: tuple[str, str]
    clock: str = ""

    @property
    def label(self) -> str:
        """The variable with its units, for an axis."""
        return f"{self.name} ({self.units})" if self.units else self.name

    @property
    def is_geographic(self) -> bool:
        """True if a map has degrees on its axes."""
        return self.axes == DEGREES

    def quantile(self, level: float) -> np.ndarray:
        """Values at the level of the forecast that is nearest to `level`, (h, n)."""
        return self.values[int(np.argmin(np.abs(self.levels - level)))]

    def bands(self) -> list[tuple[float, np.ndarray, np.ndarray]]:
        """Central intervals from the widest to the narrowest: (share covered, lower (h, n), upper (h, n))."""
        low = [i for i, level in enumerate(self.levels) if level < 0.5]
        pairs = [(i, int(np.argmin(np.abs(self.levels - (1 - self.levels[i]))))) for i in low]
        return [
            (float(self.levels[j] - self.levels[i]), self.values[i], self.values[j])
            for i, j in pairs
            if abs(self.levels[i] + self.levels[j] - 1) < 1e-6
        ]

    def place(self, place: Any) -> int:
        """Position of a place given by its name or by its number.

        Raises:
            ArgumentError: there is no such place.
        """
        by_name = {str(label): i for i, label in enumerate(self.labels)}
        if str(place) in by_name:
            return by_name[str(place)]
        if isinstance(place, (int, np.integer)) and 0 <= place < len(self.labels):
            return int(place)
        shown = ", ".join(map(str, self.labels[:5])) + (", ..." if len(self.labels) > 5 else "")
        raise ArgumentError(f"place must be one of the forecast's places ({shown}) or a number below {len(self.labels)}; found {place!r}.")

    def telling_places(self, count: int) -> list[int]:
        """`count` places with many observed values that change, if there are such, spread evenly over the order of the data."""
        known = np.concatenate([self.past, self.truth])
        seen = np.isfinite(known)
        changes = np.where(seen, known, -np.inf).max(axis=0) > np.where(seen, known, np.inf).min(axis=0)
        share = seen.mean(axis=0) * (changes if changes.any() else 1)
        good = np.flatnonzero(share >= 0.9 * share.max()) if len(share) else np.arange(0)
        return [int(good[i]) for i in np.unique(np.linspace(0, len(good) - 1, min(count, len(good))).round().astype(int))]


DEGREES = ("longitude (° east)", "latitude (° north)")


def slice_forecast(fc: Any, variable: str | None = None, origin: int = -1, truth: Any = None) -> Slice:
    """One variable of a forecast as arrays.

    Args:
        fc: a Forecast (`to_xarray()`, `history`).
        variable: its first one by default; "name[level=...]" is not needed, the first index of further dims is taken.
        origin: which of several origins, the last by default.
        truth: a Field or Dataset with later values; the forecast's own history by default.

    Raises:
        ArgumentError: no such variable.
        KindError: the result has no quantiles, or is of tracks.
    """
    result, field = fc.to_xarray(), fc.history
    if field.kind == "tracks":
        raise KindError("A picture shows values at fixed places; this answer is of tracks. Take to_pandas() and draw its lat and lon.")
    name = _variable(result, field, variable)
    array, times = _at_origin(result[name], origin)
    if "quantile" not in array.dims:
        raise KindError(f"A picture needs quantiles; the result has dims {array.dims}. Ask for quantiles=(0.1, 0.5, 0.9).")
    frame, space = _where(array, field, result)
    array, marks = _first_of_further(array.transpose("quantile", "time", *space, ...), space)
    shape = tuple(array.sizes[dim] for dim in space)
    source = field.to_xarray() if truth is None else truth.to_xarray() if hasattr(truth, "to_xarray") else truth
    if frame is result:  # other places than those that were observed: nothing stands before them or beside them
        past_times, past, seen = times[:0], np.empty((0, int(np.prod(shape)))), np.full((len(times), int(np.prod(shape))), np.nan)
    else:
        past_times, past, seen = _around(frame[name], source[name] if name in source else None, space, times)
    east, north, axes = _positions(frame, space)
    values = array.values.reshape(array.sizes["quantile"], len(times), -1).astype(float)
    units = str(array.attrs.get("units", "")) or str(field.to_xarray()[name].attrs.get("units", ""))
    labels = _labels(frame, space)
    shift, clock = _clock(times, zone_of(field.to_xarray()))
    times, past_times = times + shift, past_times + shift
    levels = array["quantile"].values
    return Slice(name + marks, units, levels, times, values, past_times, past, seen, labels, shape, east, north, axes, clock)


def _where(array: xr.DataArray, field: Any, result: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...]]:
    """The dataset that says where the answer lies, and its dims: the field's, or the answer's own where it lies elsewhere."""
    history = field.to_xarray()
    if all(dim in array.dims and array.sizes[dim] == history.sizes[dim] for dim in field.space):
        same = [dim for dim in field.space if dim in array.coords and dim in history.coords]
        if all(np.array_equal(array[dim].values, history[dim].values) for dim in same):
            return history, field.space
    fine = tuple(dim for dim in field.space if dim in array.dims)
    own = fine or next((pair for pair in (("place",), ("lat", "lon"), ("y", "x")) if set(pair) <= set(array.dims)), ())
    return result, own


def _clock(times: np.ndarray, zone: str | None) -> tuple[np.timedelta64, str]:
    """How far the clock of the zone is ahead of UTC at the first of `times`, and its name.

    One shift serves all stamps, so that no hour is drawn twice.
    """
    if zone is None:
        return np.timedelta64(0, "ns"), ""
    first = in_zone(times[:1], zone)[0]
    return first.tz_localize(None).to_datetime64().astype("datetime64[ns]") - times[0], f"UTC{first.isoformat()[-6:]}"


def origins_of(fc: Any) -> int:
    """How many origins a forecast has."""
    return int(fc.to_xarray().sizes.get("init_time", 1))


def variables_of(fc: Any) -> tuple[str, ...]:
    """The forecast variables, in the order of the input."""
    result = fc.to_xarray()
    return tuple(name for name in fc.history.variables if name in result)


def _variable(result: xr.Dataset, field: Any, variable: str | None) -> str:
    names = [name for name in field.variables if name in result]
    if variable is None and names:
        return names[0]
    if variable is None or variable not in names:
        raise ArgumentError(f"variable must be one that was forecast ({', '.join(names)}); found {variable!r}.")
    return variable


def _at_origin(array: xr.DataArray, origin: int) -> tuple[xr.DataArray, np.ndarray]:
    """The array over `time` from one origin, and its valid times."""
    if "init_time" in array.dims:
        array = array.isel(init_time=origin)
        times = (array["init_time"].values + array["lead_time"].values).astype("datetime64[ns]")
        if "valid_time" in array.coords:
            times = array["valid_time"].values.astype("datetime64[ns]")
        array = array.drop_vars([n for n in ("valid_time", "time", "lead_time") if n in array.coords]).rename(lead_time="time")
        return array.assign_coords(time=times), times
    return array, array["time"].values.astype("datetime64[ns]")


def _first_of_further(array: xr.DataArray, space: tuple[str, ...]) -> tuple[xr.DataArray, str]:
    """The first index of dims beyond time and place, and the words that say which one that is."""
    further = [str(dim) for dim in array.dims if dim not in ("quantile", "time", *space)]
    words = [f"{dim}={array[dim].values[0] if dim in array.coords else 0}" for dim in further]
    return array.isel(dict.fromkeys(further, 0)), f" [{', '.join(words)}]" if words else ""


def _around(
    history: xr.DataArray, later: xr.DataArray | None, space: tuple[str, ...], times: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stamps and values before the first valid time, and what is known at the valid times."""
    known = history["time"].values.astype("datetime64[ns]")
    before = np.flatnonzero(known < times[0])
    past = _flat(history.isel(time=before), space)
    truth = np.full((len(times), past.shape[1]), np.nan)
    if later is not None:
        stamps = later["time"].values.astype("datetime64[ns]")
        row_of = {stamp: i for i, stamp in enumerate(stamps.tolist())}
        rows = [(k, row_of[stamp]) for k, stamp in enumerate(times.tolist()) if stamp in row_of]
        if rows:
            to, source = map(list, zip(*rows))
            truth[to] = _flat(later.isel(time=source), space)
    return known[before], past, truth


def _flat(array: xr.DataArray, space: tuple[str, ...]) -> np.ndarray:
    array, _ = _first_of_further(array.transpose("time", *space, ...), space)
    return np.asarray(array.values, float).reshape(array.sizes["time"], int(np.prod([array.sizes[dim] for dim in space])))


def _labels(dataset: xr.Dataset, space: tuple[str, ...]) -> np.ndarray:
    if len(space) == 1:
        return np.asarray(dataset[space[0]].values if space[0] in dataset.coords else np.arange(dataset.sizes[space[0]]), object)
    if {"lat", "lon"} <= set(dataset.coords) and dataset["lat"].ndim <= 2:
        east, north, _ = _positions(dataset, space)
        if east is not None and north is not None:
            return np.array([_degrees(lat, lon) for lat, lon in zip(north, east)], object)
    return np.array([",".join(map(str, index)) for index in np.ndindex(*[dataset.sizes[dim] for dim in space])], object)


def _degrees(lat: float, lon: float) -> str:
    lon = (lon + 180) % 360 - 180
    return f"{abs(lat):.4g}°{'N' if lat >= 0 else 'S'} {abs(lon):.4g}°{'E' if lon >= 0 else 'W'}"


def _positions(dataset: xr.Dataset, space: tuple[str, ...]) -> tuple[np.ndarray | None, np.ndarray | None, tuple[str, str]]:
    blank = xr.DataArray(np.zeros([dataset.sizes[dim] for dim in space]), dims=space)
    for east, north, axes in (("lon", "lat", DEGREES), ("x", "y", ("x", "y"))):
        if east in dataset.coords and north in dataset.coords and set(dataset[east].dims) | set(dataset[north].dims) <= set(space):
            pair = [xr.DataArray(dataset[n].variable).broadcast_like(blank).transpose(*space).values.ravel() for n in (east, north)]
            return pair[0].astype(float), pair[1].astype(float), axes
    if len(space) == 2:
        rows, columns = np.indices([dataset.sizes[dim] for dim in space])
        return columns.ravel().astype(float), -rows.ravel().astype(float), ("column", "row (down)")
    return None, None, ("", "")
