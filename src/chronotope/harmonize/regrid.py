"""Grids to other latitude-longitude grids, with masks respected and areas conserved."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from chronotope.data.arguments import centres, part
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, KindError
from chronotope.harmonize.curvilinear import between_centres, over_areas
from chronotope.harmonize.record import changed, need_kind
from chronotope.harmonize.sphere import cell_areas, lat_edges, lon_edges
from chronotope.harmonize.turning import averaged, told, turns
from chronotope.harmonize.weights import PointWeights, Weights, conservative, covered, nearest_of_any, per_axis
from chronotope.inspect.sphere import EARTH_RADIUS, distance

METHODS = ("conservative", "bilinear", "nearest")
Method = Literal["conservative", "bilinear", "nearest"]
CHUNK = 4_000_000  # values worked on at once


def regrid(
    field: Field,
    lat: np.ndarray,
    lon: np.ndarray,
    method: Method = "conservative",
    *,
    least: float = 0.5,
    total: bool = False,
) -> Field:
    """The field on the grid of cells around `lat` and `lon`.

    Args:
        field: a grid with latitudes and longitudes, of one or two dimensions (rotated, tripolar and swath grids).
        lat: centres (m,) in degrees north, rising or falling; the result keeps their order.
        lon: centres (k,) in degrees east, in either convention and across the dateline; the result keeps them as they are given.
        method: "conservative" means over shared areas on the sphere, "bilinear" between centres, "nearest" the cell that holds the centre.
            On two-dimensional grids areas are shared in small pieces (a few per cent of a cell), and "bilinear" is linear in the triangles
            between centres, with nothing beyond the outer ones.
        least: share of each new cell (or of the weights) that must be observed, else it is NaN; means are over the observed part.
        total: with "conservative": values are amounts per cell (counts, tonnes) and are shared out by area instead of averaged.

    Returns:
        A grid over (lat, lon), time and further dims as before. Where the new cells cover the old ones, the area integral is conserved
        (with `total` the sum). Cells are cut halfway between centres, and at the poles. Other variables over the old places are left out.

    Raises:
        KindError: the field is no grid with degrees, or two-dimensional and the new cells are more than eight times finer.
        ArgumentError: `method` or `least` is not of that form.
        DimensionError: centres do not run one way, or more than once round the globe.
    """
    need_kind(field, ("grid",), "regrid", "Bring sites to a grid with points_to_grid.")
    _check(method, least, total)
    lat, lon = centres(lat, "lat"), centres(lon, "lon")
    weights = _weights(field, lat, lon, method)
    shape = (len(lat), len(lon))
    data = {name: _moved(field, name, weights, shape, least, total) for name in field.variables}
    dataset = _on_places(field.dataset, field.space)
    coords = {"lat": ("lat", lat, {"units": "degrees_north", "standard_name": "latitude"})}
    coords["lon"] = ("lon", lon, {"units": "degrees_east", "standard_name": "longitude"})
    texts = [] if total else told("regrid", field)
    text = f"regrid: {method}{' amounts' if total else ''} to {len(lat)} x {len(lon)} cells, at least {least:.0%} of a cell observed"
    return changed(field, dataset.assign_coords(coords).assign(data), text, *texts, space=("lat", "lon"))


def _check(method: str, least: float, total: bool) -> None:
    if method not in METHODS:
        raise ArgumentError(f"method must be one of {', '.join(METHODS)}; found {method!r}.")
    part(least, "least")
    if total and method != "conservative":
        raise ArgumentError(f"Amounts (total=True) are shared out by area, which needs method='conservative'; found {method!r}.")


def _weights(field: Field, lat: np.ndarray, lon: np.ndarray, method: str) -> Weights:
    dataset = field.dataset
    if "lat" not in dataset.coords or "lon" not in dataset.coords:
        raise KindError("regrid needs latitudes and longitudes; this grid has none. Give crs= when opening it, for example 'EPSG:32633'.")
    if dataset["lat"].ndim == 1 and dataset["lon"].ndim == 1:
        old = dataset["lat"].values.astype(float), dataset["lon"].values.astype(float)
        return conservative(*old, lat, lon) if method == "conservative" else per_axis(*old, lat, lon, method)
    lat_edges(lat), lon_edges(lon)  # refuse centres that do not run one way
    centres = centres_of(field)
    if method == "conservative":
        return over_areas(centres, lat, lon)
    return at_places(centres, np.stack(np.meshgrid(lat, lon, indexing="ij"), axis=-1).reshape(-1, 2), method)


def centres_of(field: Field) -> np.ndarray:
    """Centres (r, c, 2) in degrees north and east of a grid whose latitudes or longitudes have two dimensions."""
    blank = xr.DataArray(np.empty([field.dataset.sizes[dim] for dim in field.space]), dims=field.space)
    parts = [field.dataset[name].variable.set_dims(dict(blank.sizes)).transpose(*field.space) for name in ("lat", "lon")]
    return np.stack([part.values.astype(float) for part in parts], axis=-1)


def at_places(centres: np.ndarray, places: np.ndarray, method: str) -> PointWeights:
    """Weights "bilinear" or "nearest" from a curvilinear grid (r, c, 2) to places (m, 2)."""
    if method == "bilinear":
        return between_centres(centres, places)
    return nearest_of_any(centres.reshape(-1, 2), places, cell_reach(centres))


def cell_reach(centres: np.ndarray) -> float:
    """Metres from a centre within which a point still belongs to a curvilinear grid (r, c, 2): the longest step between neighbours."""
    steps = [distance(centres[1:], centres[:-1]), distance(centres[:, 1:], centres[:, :-1])]
    return float(max((np.nanmax(part) for part in steps if part.size), default=np.inf))


def _moved(field: Field, name: str, weights: Weights, shape: tuple[int, int], least: float, total: bool) -> xr.DataArray:
    array = field.dataset[name]
    lead = [dim for dim in array.dims if dim not in field.space]
    ordered = array.transpose(*lead, *field.space)
    source = ordered.values.reshape(-1, *ordered.shape[-2:])
    per_area = np.ones(1)
    if total:
        per_area = _areas(field, weights)
    size = max(1, CHUNK // max(source[0].size, shape[0] * shape[1], 1))
    circle = not total and turns(array)
    parts = [
        averaged(source[i : i + size] / per_area, circle, lambda part: _one(weights, part, least, total))
        for i in range(0, len(source), size)
    ]
    kind = array.dtype if array.dtype.kind == "f" else np.float64
    made = np.concatenate(parts).reshape(*ordered.shape[:-2], *shape).astype(kind)
    dims = [*lead, "lat", "lon"]
    back = [dict(zip(field.space, ("lat", "lon"))).get(str(dim), dim) for dim in array.dims]
    return xr.DataArray(made, dims=dims, attrs=array.attrs).transpose(*back)


def _areas(field: Field, weights: Weights) -> np.ndarray:
    """Square metres of each source cell."""
    if not isinstance(weights, PointWeights):
        return cell_areas(field.dataset["lat"].values, field.dataset["lon"].values)
    assert weights.areas is not None, "amounts are shared out by area"
    return np.where(weights.areas > 0, weights.areas, np.nan) * EARTH_RADIUS**2


def _one(weights: Weights, source: np.ndarray, least: float, total: bool) -> np.ndarray:
    source = source.astype(np.float64)
    means = covered(weights, source, least)
    if not total:
        return means
    amounts = weights.apply(np.nan_to_num(source, posinf=0.0, neginf=0.0)) * EARTH_RADIUS**2
    return np.where(np.isfinite(means), amounts, np.nan)


def _on_places(dataset: xr.Dataset, space: tuple[str, ...]) -> xr.Dataset:
    """The dataset without everything that lies over the old places."""
    return dataset.drop_vars([name for name in dataset.variables if set(dataset[name].dims) & set(space)])
