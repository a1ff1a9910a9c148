"""Robust scaling of series: location and spread from seen values only, exactly invertible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ABSOLUTE_TO_SIGMA = 1.2533  # a normal's standard deviation over its mean absolute deviation
SCALE_ROWS = 1024  # rows nearest to the question that set location and spread
FEW, ENOUGH = 4, 8  # a series with fewer values than FEW goes by the spread of its variable's series that have ENOUGH
TINY, MOST_LOG = 1e-30, 80.0  # kept inside what single precision holds
ALONE = 0.3  # spread of a series seen once or twice, over its level, where no other can lend it one; at most as places differ


@dataclass(frozen=True)
class RobustScale:
    """Location and spread of each series.

    Attributes:
        location: float64 (s,), in the units of the series, or of its logarithm.
        spread: float64 (s,), > 0, likewise.
        known: bool (s,), False where a series has no seen value and both were borrowed.
        logarithm: bool (s,), True where a series varies in proportion to its level, so that its logarithm is scaled; or None for none.
    """

    location: np.ndarray
    spread: np.ndarray
    known: np.ndarray
    logarithm: np.ndarray | None = None

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Scaled values (s, ...) of raw values (s, ...)."""
        shape = (-1,) + (1,) * (x.ndim - 1)
        if self.logarithm is not None:
            x = np.where(self.logarithm.reshape(shape), np.log(np.maximum(x, TINY)), x)
        return (x - self.location.reshape(shape)) / self.spread.reshape(shape)

    def invert(self, z: np.ndarray) -> np.ndarray:
        """Raw values (s, ...) of scaled values (s, ...)."""
        shape = (-1,) + (1,) * (z.ndim - 1)
        x = z * self.spread.reshape(shape) + self.location.reshape(shape)
        if self.logarithm is None:
            return x
        raised = self.logarithm.reshape(shape)
        return np.where(raised, np.exp(np.where(raised, np.minimum(x, MOST_LOG), 0.0)), x)

    def plain(self) -> tuple[np.ndarray, np.ndarray]:
        """Location and spread (s,) in the units of the series, also where logarithms are scaled."""
        if self.logarithm is None:
            return self.location, self.spread
        level = np.exp(np.where(self.logarithm, np.minimum(self.location, MOST_LOG), 0.0))
        return np.where(self.logarithm, level, self.location), np.where(self.logarithm, level * self.spread, self.spread)


def fit_scale(x: np.ndarray, seen: np.ndarray, centre: int, variables: int = 1, logarithm: np.ndarray | None = None) -> RobustScale:
    """Median and mean absolute deviation of the seen values around row `centre`.

    A series that was seen a time or two cannot know how much it varies: it is taken to vary at least as the others of its variable do.

    Args:
        x: float (s, t), any value where not seen.
        seen: bool (s, t).
        centre: the row around which `SCALE_ROWS` rows are used; all rows where those hold fewer than 8 values.
        variables: at each place; series are ordered place by place.
        logarithm: bool (s,), series whose logarithm is scaled (all their seen values are above zero), or None for none.
    """
    if logarithm is not None:
        x = np.where(logarithm[:, None], np.log(np.maximum(x, TINY)), x)
    low = int(np.clip(centre - SCALE_ROWS, 0, max(0, x.shape[1] - 1)))
    near, mask = x[:, low : centre + SCALE_ROWS], seen[:, low : centre + SCALE_ROWS]
    location, spread, count = _moments(near, mask)
    thin = (count < 8) & (seen.sum(axis=1) > count)
    if thin.any():
        location[thin], spread[thin], count[thin] = _moments(x[thin], seen[thin])
    known = count > 0
    spread = _lent(location, spread, seen.sum(axis=1), variables)
    spread = np.where(spread > 0, spread, np.maximum(np.abs(location) * 1e-3, 1e-12 if not known.any() else 0.0))
    spread = np.where(spread > 0, spread, 1.0)
    if known.any():
        location = np.where(known, location, np.median(location[known]))
        spread = np.where(known, spread, np.median(spread[known]))
    else:
        location, spread = np.zeros_like(location), np.ones_like(spread)
    return RobustScale(location, spread, known, logarithm)


def _lent(location: np.ndarray, spread: np.ndarray, count: np.ndarray, variables: int) -> np.ndarray:
    """Spreads (s,) of series with few values, raised to what is usual for their variable."""
    few = (count > 0) & (count < FEW)
    out = spread.copy()
    for variable in np.unique(np.flatnonzero(few) % variables):
        mine = np.arange(len(count)) % variables == variable
        usual = spread[mine & (count >= ENOUGH) & (spread > 0)]
        lent = np.full(len(count), np.median(usual)) if len(usual) else np.where(spread > 0, 0.0, _alone(location, mine & (count > 0)))
        out = np.where(few & mine, np.maximum(out, lent), out)
    return out


def _alone(location: np.ndarray, mine: np.ndarray) -> np.ndarray:
    """Spreads (s,) of series of which no other tells how they vary in time: in proportion to the level, and no more than places differ."""
    levels = location[mine]
    between = ABSOLUTE_TO_SIGMA * np.abs(levels - np.median(levels)).mean()
    if len(levels) < ENOUGH or between <= 0:
        return ALONE * np.abs(location)
    return np.full(len(location), between) if levels.min() < 0 else np.minimum(ALONE * np.abs(location), between)


def compress(z: np.ndarray) -> np.ndarray:
    """Scaled values into the network's range: asinh, linear near zero and logarithmic far out."""
    return np.arcsinh(z)


def _moments(x: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = seen.sum(axis=1)
    ordered = np.sort(np.where(seen, x, np.inf).astype(np.float64), axis=1)
    rows = np.arange(len(x))
    last = np.maximum(count - 1, 0)
    low, high = ordered[rows, last // 2], ordered[rows, (last + 1) // 2]
    location = np.where(count > 0, 0.5 * (low + high), 0.0)
    deviation = np.where(seen, np.abs(x - location[:, None]), 0.0).sum(axis=1, dtype=np.float64)
    return location, ABSOLUTE_TO_SIGMA * deviation / np.maximum(count, 1), count
