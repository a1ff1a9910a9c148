"""Sphere: the earth as a ball, great-circle distances on it and unit vectors of places."""

from __future__ import annotations

import numpy as np

EARTH_RADIUS = 6_371_008.8  # mean radius in metres


def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Great-circle distance in metres between (..., 2) degrees north and east."""
    one, two = np.deg2rad(a), np.deg2rad(b)
    half = np.sin((two - one) / 2) ** 2
    chord = half[..., 0] + np.cos(one[..., 0]) * np.cos(two[..., 0]) * half[..., 1]
    return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))


def unit_vectors(latlon: np.ndarray) -> np.ndarray:
    """(n, 3) on the unit sphere of (n, 2) degrees north and east."""
    lat, lon = np.deg2rad(latlon).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
