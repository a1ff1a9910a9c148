"""Running totals: counts that never fall, such as meters and cumulative cases - told from what was seen, or by the user.

A total is known by what it does not do: it does not fall over whole days, weeks or years, or so often that chance cannot
explain it. Corrections now and then (one step in a hundred, and few beside the rises) leave it a total; what goes back again and
again, as a switch does or what counts anew every day or season, is none.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr

from chronotope.inspect.support import is_temperature, words_of

FALLS = 0.01  # share of steps in which a total may be corrected downwards
BESIDE_RISES, RETURNS, BACK = 0.1, 3, 0.5  # falls for one rise; and falls of a place that take back so much of what it gained
FEWEST = 24  # steps between seen values
LEAST_RISES = 2  # for each start of a count; what is switched on and off has one
RISES = 5  # moments of a rise; fewer are of one sign by chance one time in ten
SURE = 9.0  # minus log chance that a series with its rises and their noise would not have fallen
STANDS = 0.05  # share of steps without a rise that only what cannot fall has
EVEN = 0.02  # spread of the gains over their mean
ANEW, EVENLY, APART = 0.9, 0.05, 3  # of its range that a count loses where it starts anew; how far these starts may lie from whole cycles
# of each other, and by how many at most
_NO_TOTALS = {
    "price", "rate", "index", "share", "humidity", "pressure", "level", "speed", "ratio", "mean", "average", "close", "open", "yield",
}  # fmt: skip
_CYCLES = ((86400.0, 8), (604800.0, 5), (365.2425 * 86400.0, 4))  # seconds, and steps in which a cycle can be seen


def running_totals(values: np.ndarray, step_seconds: float) -> np.ndarray:
    """Whether each variable is a running total, bool (v,).

    Args:
        values: float (t, n, v), NaN where not seen.
        step_seconds: length of a step.
    """
    return np.array([_is_total(values[..., k], step_seconds) for k in range(values.shape[2])], bool)


def starts_anew(x: np.ndarray, step_seconds: float) -> int:
    """How often values (t, n) that only rise else fall back, whole days, weeks or years apart, to where they began; 0 for fewer than twice.

    The median of the places that do. What falls unseen, as over a winter without values, counts too.

    Args:
        x: float, NaN where not seen.
        step_seconds: length of a step.
    """
    often = [len(rows) for rows in map(_starts, x.T) if len(rows) > 1 and _whole_cycles(np.diff(rows), step_seconds)]
    moving = (np.fmax.reduce(x, axis=0) > np.fmin.reduce(x, axis=0)).sum()
    return int(np.median(often)) if len(often) > 0.5 * moving else 0


def _starts(x: np.ndarray) -> np.ndarray:
    """Rows at which one series starts anew; none where it falls otherwise too."""
    rows = np.flatnonzero(np.isfinite(x))
    gains = np.diff(x[rows])
    falls = 1 + np.flatnonzero(gains < 0)
    if not len(falls) or (gains > 0).sum() < LEAST_RISES * len(falls):
        return falls[:0]
    low, before, after = x[rows].min(), x[rows][falls - 1], x[rows][falls]
    return rows[falls] if (before - after >= ANEW * (before - low)).all() else falls[:0]


def _whole_cycles(steps: np.ndarray, step_seconds: float) -> bool:
    """Whether starts so many steps apart each lie a few whole days, weeks or years from the one before."""
    turns = [steps * step_seconds / length for length, least in _CYCLES if length >= least * step_seconds]
    return any((np.abs(t - np.clip(np.rint(t), 1, APART)) <= EVENLY).all() for t in turns)


def may_be_total(name: str, unit: str = "", highest: float = np.inf) -> bool:
    """Whether a variable with such a highest value can add up at all: temperatures, shares and prices that only rose so far cannot.

    The unit 1 is that of fractions, and in NetCDF files of counts too.
    """
    is_share = unit.strip() == "%" or (unit.strip() == "1" and highest <= 1)
    return not is_temperature(name, unit) and not words_of(name) & _NO_TOTALS and not is_share


def never_fell(values: np.ndarray) -> np.ndarray:
    """Places and variables (n, v) whose seen values never fell from one to the next."""
    highest = np.fmax.accumulate(values, axis=0)
    return ~(values[1:] < highest[:-1]).any(axis=0) & np.isfinite(highest[-1])


def _is_total(x: np.ndarray, step_seconds: float) -> bool:
    gains = np.diff(x, axis=0)
    seen = np.isfinite(gains)
    rows = int(seen.any(axis=1).sum())
    known = gains[seen]
    if rows < FEWEST or (np.nan_to_num(gains) > 0).any(axis=1).sum() < RISES or (known < 0).mean() > FALLS:
        return False
    moving = np.where(seen, gains, 0.0)[:, (np.nan_to_num(gains) != 0).any(axis=0)]
    if (moving < 0).sum() > FALLS * max(moving.size, 1):
        return False
    if _goes_back(moving) or starts_anew(x, step_seconds):
        return False
    if moving.std() < EVEN * moving.mean():
        return False  # a plain line: nothing tells that it could not turn
    if (known == 0).mean() > STANDS and (known > 0).mean() > STANDS:
        return True
    return _cycles_without_a_fall(rows, step_seconds) or _chance(moving) > SURE


def _goes_back(gains: np.ndarray) -> bool:
    """Whether falls are as usual as rises, or take back again and again what was gained."""
    falls, rises = (gains < 0).sum(), (gains > 0).sum()
    lost, won = -gains[gains < 0].sum(), gains[gains > 0].sum()
    return bool(falls > BESIDE_RISES * rises or (falls >= RETURNS * gains.shape[1] and lost > BACK * won))


def _cycles_without_a_fall(rows: int, step_seconds: float) -> bool:
    """Whether the steps hold two whole cycles of the clock, in which whatever swings would have fallen."""
    return any(length / step_seconds >= least and rows * step_seconds >= 2 * length for length, least in _CYCLES)


def _chance(gains: np.ndarray) -> float:
    """Minus log chance that series with such rises never fall, their noise taken as normal and as alike from step to step as it is."""
    mean, spread = gains.mean(axis=0), gains.std(axis=0)
    good = spread > 0
    if not good.any():
        return 0.0
    away = gains[:, good] - mean[good]
    alike = np.clip((away[1:] * away[:-1]).sum(axis=0) / np.maximum((away**2).sum(axis=0), 1e-12), 0, 0.95)
    free = len(gains) * (1 - alike) / (1 + alike)
    return float(np.median(-free * log_ndtr(mean[good] / spread[good])))
