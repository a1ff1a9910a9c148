"""Degrees to local metres around the centre of the places, on both longitude conventions and across the dateline."""

from __future__ import annotations

import numpy as np

from chronotope.inspect.sphere import EARTH_RADIUS

_LOCAL = np.deg2rad(30.0)


def centre_of(latlon: np.ndarray) -> tuple[float, float]:
    """Centre (lat, lon) in degrees: the middle of the span, with longitudes cut at their widest empty gap.

    Args:
        latlon: (n, 2) degrees north and east; rows with NaN are passed over.
    """
    known = latlon[np.isfinite(latlon).all(axis=1)]
    if not len(known):
        return 0.0, 0.0
    lat = 0.5 * (known[:, 0].min() + known[:, 0].max())
    lon = np.unique(np.mod(known[:, 1], 360.0))
    gaps = np.diff(np.append(lon, lon[0] + 360.0))
    widest = int(np.argmax(gaps))
    if gaps[widest] < 20.0:  # round the globe: no side is empty
        return float(lat), 0.0
    east, west = lon[widest], lon[(widest + 1) % len(lon)]
    span = np.mod(east - west, 360.0)
    return float(lat), float(np.mod(west + 0.5 * span + 180.0, 360.0) - 180.0)


def to_metres(latlon: np.ndarray, centre: tuple[float, float] | None = None) -> np.ndarray:
    """East and north in metres from `centre`, (n, 2); rows with NaN stay NaN.

    Within 30 degrees of the centre the azimuthal equidistant projection is used (distances from the centre are exact),
    beyond it the equirectangular one. Places far apart across the seam of a global field are far apart in it.
    """
    lat0, lon0 = centre or centre_of(latlon)
    lat, dlon = np.deg2rad(latlon[:, 0]), np.deg2rad(np.mod(latlon[:, 1] - lon0 + 180.0, 360.0) - 180.0)
    phi = np.deg2rad(lat0)
    cosine = np.sin(phi) * np.sin(lat) + np.cos(phi) * np.cos(lat) * np.cos(dlon)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    if np.nanmax(angle, initial=0.0) > _LOCAL:
        return EARTH_RADIUS * np.stack([dlon * np.cos(phi), lat - phi], axis=1)
    east = np.cos(lat) * np.sin(dlon)
    north = np.cos(phi) * np.sin(lat) - np.sin(phi) * np.cos(lat) * np.cos(dlon)
    sine = np.hypot(east, north)
    stretch = np.where(sine > 1e-12, np.arctan2(sine, cosine) / np.where(sine > 1e-12, sine, 1.0), 1.0)
    return EARTH_RADIUS * np.stack([east * stretch, north * stretch], axis=1)
