"""Fixes: where every object was when, out of either form of a field of tracks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import DataError, KindError


@dataclass(frozen=True)
class Fixes:
    """Fixes sorted by object and time, at most one per object and moment.

    Attributes:
        who: int (f,), index into `names`.
        time: int64 (f,), nanoseconds.
        at: float64 (f, 2), degrees north and east, or x and y.
        names: labels of the objects, in the order of the field.
        degrees: whether `at` is degrees.
        merged: fixes that were left out, as the same object had another one at the same moment.
    """

    who: np.ndarray
    time: np.ndarray
    at: np.ndarray
    names: np.ndarray
    degrees: bool
    merged: int = 0

    def until(self, moment: int) -> Fixes:
        """Those at or before a moment in nanoseconds."""
        good = self.time <= moment
        return Fixes(self.who[good], self.time[good], self.at[good], self.names, self.degrees, self.merged)

    @property
    def pair(self) -> tuple[str, str]:
        """The names of the two position variables."""
        return ("lat", "lon") if self.degrees else ("x", "y")


def fixes_of(field: Field) -> Fixes:
    """The fixes of a field of tracks.

    Raises:
        KindError: the field is not of tracks.
        DataError: no fix has an object, a time and a place.
    """
    data = field.dataset
    if field.kind != "tracks":
        raise KindError(f"Paths need tracks, objects that move; this field is {field.kind}. Open it with kind='tracks' if it holds some.")
    degrees = "lat" in data.variables
    pair = [data[name] for name in (("lat", "lon") if degrees else ("x", "y"))]
    if "event" in pair[0].dims:
        labels = np.asarray(data["object"].values)
        who, names = pd.factorize(labels)
        time, at = data["time"].values, np.stack([part.values for part in pair], axis=1)
    else:
        one, two = (part.transpose("time", "object").values for part in pair)
        names = np.asarray(data["object"].values)
        who, time = np.tile(np.arange(one.shape[1]), len(one)), np.repeat(data["time"].values, one.shape[1])
        at = np.stack([one.ravel(), two.ravel()], axis=1)
    stamps = time.astype("datetime64[ns]")
    known = np.isfinite(at).all(axis=1) & ~np.isnat(stamps) & (who >= 0)
    if not known.any():
        raise DataError("At least one fix must have an object, a time and a position; found none.")
    return _sorted(who[known], stamps[known].astype(np.int64), at[known].astype(float), np.asarray(names, object), degrees)


def _sorted(who: np.ndarray, time: np.ndarray, at: np.ndarray, names: np.ndarray, degrees: bool) -> Fixes:
    """Sorted by object and time; of several fixes at one moment the first by position, so that their order does not matter."""
    order = np.lexsort((at[:, 1], at[:, 0], time, who))
    who, time, at = who[order], time[order], at[order]
    first = np.append(True, (np.diff(who) != 0) | (np.diff(time) != 0))
    return Fixes(who[first], time[first], at[first], names, degrees, int((~first).sum()))
