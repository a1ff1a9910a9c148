"""Degrees to a plane of metres around a centre and back, exactly: the azimuthal equidistant projection of the sphere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.inspect.sphere import EARTH_RADIUS


@dataclass(frozen=True)
class Azimuthal:
    """Distances and directions from the centre are true; so are all lengths near it, across the date line and at the poles too.

    Attributes:
        lat, lon: of the centre, degrees; or arrays of several centres, which go along with the positions.
    """

    lat: float | np.ndarray
    lon: float | np.ndarray

    @classmethod
    def around(cls, latlon: np.ndarray) -> Azimuthal:
        """Around the mean direction of positions (n, 2) in degrees; the order of the positions does not matter.

        Source: Fisher, Lewis and Embleton (1987), the spherical mean.
        """
        lat, lon = np.deg2rad(latlon[np.isfinite(latlon).all(axis=1)]).T
        x, y, z = (np.cos(lat) * np.cos(lon)).sum(), (np.cos(lat) * np.sin(lon)).sum(), np.sin(lat).sum()
        if np.hypot(np.hypot(x, y), z) < 1e-9 * max(len(lat), 1):
            return cls(0.0, 0.0)  # all round the globe: no middle
        return cls(float(np.rad2deg(np.arctan2(z, np.hypot(x, y)))), float(np.rad2deg(np.arctan2(y, x))))

    def to_plane(self, latlon: np.ndarray) -> np.ndarray:
        """Metres (..., 2) east and north of the centre."""
        lat, dlon, phi = np.deg2rad(latlon[..., 0]), np.deg2rad(latlon[..., 1] - self.lon), np.deg2rad(self.lat)
        east = np.cos(lat) * np.sin(dlon)
        north = np.cos(phi) * np.sin(lat) - np.sin(phi) * np.cos(lat) * np.cos(dlon)
        up = np.sin(phi) * np.sin(lat) + np.cos(phi) * np.cos(lat) * np.cos(dlon)
        sine = np.hypot(east, north)
        stretch = np.where(sine > 0, np.arctan2(sine, up) / np.where(sine > 0, sine, 1.0), 1.0)
        return EARTH_RADIUS * np.stack([east * stretch, north * stretch], axis=-1)

    def to_degrees(self, plane: np.ndarray) -> np.ndarray:
        """Degrees (..., 2), north and east, the latter in [-180, 180)."""
        x, y = plane[..., 0] / EARTH_RADIUS, plane[..., 1] / EARTH_RADIUS
        phi, angle = np.deg2rad(self.lat), np.hypot(x, y)
        ratio = np.sinc(angle / np.pi)  # sine of the angle over the angle
        east, north, up = x * ratio, y * ratio, np.cos(angle)
        z = up * np.sin(phi) + north * np.cos(phi)
        out = up * np.cos(phi) - north * np.sin(phi)
        lat = np.rad2deg(np.arctan2(z, np.hypot(out, east)))
        lon = np.mod(np.rad2deg(np.arctan2(east, out)) + self.lon + 180.0, 360.0) - 180.0
        return np.stack([lat, lon], axis=-1)
