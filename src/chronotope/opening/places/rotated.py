"""Grids on a rotated pole: latitudes and longitudes from CF's grid mapping, where the file gives only the rotated ones."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chronotope.inspect.finding import Finding

_MAPPING = "rotated_latitude_longitude"
_ROWS, _COLUMNS = ("rlat", "grid_latitude"), ("rlon", "grid_longitude")


def with_true_positions(dataset: xr.Dataset, found: list[Finding]) -> xr.Dataset:
    """The dataset with `lat, lon (rlat, rlon)` in degrees; as it is where there is no rotated pole."""
    mapping = next((array.attrs for array in dataset.variables.values() if array.attrs.get("grid_mapping_name") == _MAPPING), None)
    rows, columns = (_axis(dataset, names) for names in (_ROWS, _COLUMNS))
    if mapping is None or rows is None or columns is None or {"lat", "lon"} & set(dataset.variables):
        return dataset
    pole = [float(mapping.get(f"grid_north_pole_{name}", other)) for name, other in (("latitude", 90.0), ("longitude", 0.0))]
    turned = dataset[columns].values - float(mapping.get("north_pole_grid_longitude", 0.0))
    lat, lon = unrotated(*np.meshgrid(dataset[rows].values, turned, indexing="ij"), *pole)
    found.append(Finding("inferred", f"latitudes and longitudes computed from the rotated pole at {pole[0]:g}, {pole[1]:g}"))
    over = (dataset[rows].dims[0], dataset[columns].dims[0])
    return dataset.assign_coords(
        lat=(over, lat, {"units": "degrees_north", "standard_name": "latitude"}),
        lon=(over, lon, {"units": "degrees_east", "standard_name": "longitude"}),
    )


def unrotated(rlat: np.ndarray, rlon: np.ndarray, pole_lat: float, pole_lon: float) -> tuple[np.ndarray, np.ndarray]:
    """(lat, lon) in degrees, lon from -180 to 180, of rotated positions in degrees; the pole is that of the rotated grid."""
    phi, lam, up, along = (np.deg2rad(angle) for angle in (rlat, rlon, pole_lat, pole_lon))
    z = np.cos(up) * np.cos(phi) * np.cos(lam) + np.sin(up) * np.sin(phi)
    outward = np.cos(up) * np.sin(phi) - np.sin(up) * np.cos(phi) * np.cos(lam)
    sideways = np.cos(phi) * np.sin(lam)
    east = np.arctan2(np.sin(along) * outward - np.cos(along) * sideways, np.cos(along) * outward + np.sin(along) * sideways)
    return np.rad2deg(np.arcsin(np.clip(z, -1, 1))), np.rad2deg(east)


def _axis(dataset: xr.Dataset, names: tuple[str, str]) -> str | None:
    short, standard = names
    found = [str(n) for n, a in dataset.coords.items() if a.ndim == 1 and (str(n) == short or a.attrs.get("standard_name") == standard)]
    return found[0] if found else None
