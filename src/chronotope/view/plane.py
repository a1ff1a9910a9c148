"""Plane: how places are laid out on a map - degrees as they are, a view on a pole, or the data's own coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

POLAR_FROM = 40.0  # degrees of latitude: all places beyond it, around more than half of the circle, are seen from above the pole


@dataclass(frozen=True)
class Plane:
    """A layout.

    Attributes:
        kind: "degrees" (longitude and latitude), "polar" (stereographic, radius 2 at the equator) or "plain" (x and y as they are).
        centre: the longitude in the middle of the map; of a polar map the one that points down (up in the south).
        squeeze: how much shorter a unit along x is drawn than one along y.
        south: a polar map shows the south pole.
    """

    kind: str = "plain"
    centre: float = 0.0
    squeeze: float = 1.0
    south: bool = False

    @classmethod
    def of(cls, east: np.ndarray, north: np.ndarray, geographic: bool) -> Plane:
        """The layout that suits places at `east`, `north`; degrees if `geographic`."""
        known = np.isfinite(east) & np.isfinite(north)
        if not geographic or not known.any():
            return cls()
        centre, width = _middle(east[known])
        low, high = float(north[known].min()), float(north[known].max())
        if width > 180 and (low >= POLAR_FROM or high <= -POLAR_FROM):
            return cls("polar", 0.0, 1.0, high < 0)
        return cls("degrees", centre, float(max(np.cos(np.deg2rad((low + high) / 2)), 0.2)))

    @property
    def is_geographic(self) -> bool:
        """True where places are given in degrees."""
        return self.kind != "plain"

    def to(self, east: np.ndarray, north: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x and y on the map of places at `east` and `north`, any shape."""
        if self.kind == "plain":
            return east, north
        if self.kind == "degrees":
            return (east - self.centre + 180) % 360 - 180 + self.centre, north
        side = -1.0 if self.south else 1.0
        radius = 2 * np.tan(np.deg2rad(90 - np.clip(side * north, -60, 90)) / 2)
        angle = np.deg2rad(east - self.centre)
        return radius * np.sin(angle), -side * radius * np.cos(angle)


def _middle(east: np.ndarray) -> tuple[float, float]:
    """Middle and width of the shortest arc that holds all longitudes; that of the data's own numbers where it is no longer."""
    around = np.unique(np.round(east % 360, 6))
    gaps = np.diff(around, append=around[0] + 360)
    cut = int(np.argmax(gaps))
    width, first = 360 - float(gaps[cut]), float(around[(cut + 1) % len(around)])
    low, high = float(east.min()), float(east.max())
    middle = (low + high) / 2 if high - low <= width + 1e-3 else first + width / 2
    return (middle - 360 if middle - width / 2 >= 180 else middle), width
