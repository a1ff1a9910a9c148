"""Record: fixes of objects at their own times, and the stretches between two of them, each in a plane of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chronotope.data.azimuthal import Azimuthal
from chronotope.inspect.sphere import unit_vectors

BESIDE = np.array([-4, -2, -1, 0])  # fixes before the first end that tell how an object came; as many after the second
STRETCHED = 2.5  # times as long as so many steps take, that these may lie back


@dataclass(frozen=True)
class Record:
    """Fixes sorted by object and time.

    Attributes:
        who: int (f,).
        time: float64 (f,), steps.
        at: float64 (f, 2), degrees or plane units.
        degrees: which of the two.
    """

    who: np.ndarray
    time: np.ndarray
    at: np.ndarray
    degrees: bool

    @cached_property
    def key(self) -> np.ndarray:
        """Increasing numbers (f,): time, with all objects behind each other."""
        return self.key_of(self.who, self.time)

    def key_of(self, who: np.ndarray, time: np.ndarray) -> np.ndarray:
        """The same of any object and time."""
        return np.asarray(who * (np.ptp(self.time) + 10.0) + time - self.time.min())

    def stretches(self, first: np.ndarray, second: np.ndarray) -> Stretches:
        """Between fixes `first` and `second`, int (g,), of the same objects."""
        index = np.concatenate([first[:, None] + BESIDE, second[:, None] - BESIDE[::-1]], axis=1)
        inside = np.clip(index, 0, len(self.who) - 1)
        same = (index == inside) & (self.who[inside] == self.who[first][:, None])
        end = np.repeat(np.stack([first, second], 1), len(BESIDE), axis=1)
        steps = np.abs(np.concatenate([BESIDE, BESIDE[::-1]]))
        known = same & (np.abs(self.time[inside] - self.time[end]) <= STRETCHED * steps + 1e-9)
        plane = self._planes(first, second)
        where = np.where(known, self._flat(inside, plane), np.nan)
        return Stretches(first, second, where, self.time[inside], plane)

    def inner(self, stretches: Stretches, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions (g, k), complex, in the stretches' planes, of the fixes nearest to `share` (k,) of their length, and their own shares.

        NaN where the nearest fix inside lies nearer to another share.
        """
        first, second = stretches.first[:, None], stretches.second[:, None]
        time = self.time[first] + stretches.length[:, None] * share
        after = np.searchsorted(self.key, self.key_of(self.who[first], time))
        low, high = (np.clip(one, first + 1, second - 1) for one in (after - 1, after))
        near = np.where(np.abs(self.time[low] - time) <= np.abs(self.time[high] - time), low, high)
        own = (self.time[near] - self.time[first]) / stretches.length[:, None]
        good = (np.abs(own - share) < 0.75 / (len(share) + 1)) & (own > 0) & (own < 1) & (second - first > 1)
        return np.where(good, self._flat(near, stretches.plane), np.nan), np.where(good, own, share)

    def _planes(self, first: np.ndarray, second: np.ndarray) -> Azimuthal | None:
        """Around the middle of each stretch, so that its chord is a great circle."""
        if not self.degrees:
            return None
        unit = unit_vectors(self.at[first]) + unit_vectors(self.at[second])
        lat, lon = np.arctan2(unit[:, 2], np.hypot(unit[:, 0], unit[:, 1])), np.arctan2(unit[:, 1], unit[:, 0])
        return Azimuthal(np.rad2deg(lat)[:, None], np.rad2deg(lon)[:, None])

    def _flat(self, index: np.ndarray, plane: Azimuthal | None) -> np.ndarray:
        """Positions (g, m), complex, of fixes (g, m)."""
        at = self.at[index] if plane is None else plane.to_plane(self.at[index])
        return np.asarray(at[..., 0] + 1j * at[..., 1])


@dataclass(frozen=True)
class Stretches:
    """Stretches of tracks between two fixes.

    Attributes:
        first, second: fixes (g,) at their ends.
        where, when: positions, complex, and times in steps, (g, 8): of the first end and three before, of the second and three after;
            positions NaN where they lie too far back.
        plane: of each, or None where the data has one.
    """

    first: np.ndarray
    second: np.ndarray
    where: np.ndarray
    when: np.ndarray
    plane: Azimuthal | None

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def length(self) -> np.ndarray:
        """Steps (g,) from end to end."""
        return np.asarray(self.when[:, 4] - self.when[:, 3])

    @cached_property
    def chord(self) -> np.ndarray:
        """From end to end, complex (g,)."""
        return np.asarray(self.where[:, 4] - self.where[:, 3])

    def velocity(self, back: int, late: bool) -> np.ndarray:
        """Displacement (g,) in the length of the stretch at the velocity before its first end (or behind its second, `late`).

        Over the last `back` (1 to 3) of the fixes of `BESIDE`; where these are not known over fewer, and where none is, the chord.
        """
        out = self.chord.copy()
        for k in range(1, back + 1):
            one, two = (4, 4 + k) if late else (3 - k, 3)
            gap = np.maximum(self.when[:, two] - self.when[:, one], 1e-9)
            move = (self.where[:, two] - self.where[:, one]) / gap * self.length
            out = np.where(np.isfinite(move), move, out)
        return out

    def degrees(self, plane: np.ndarray) -> np.ndarray:
        """Positions (g, k, 2) of the planes as lat and lon, or as they are."""
        return plane if self.plane is None else self.plane.to_degrees(plane)

    def part(self, which: np.ndarray) -> Stretches:
        """Some of them."""
        plane = None if self.plane is None else Azimuthal(self.plane.lat[which], self.plane.lon[which])  # type: ignore[index]
        return Stretches(self.first[which], self.second[which], self.where[which], self.when[which], plane)
