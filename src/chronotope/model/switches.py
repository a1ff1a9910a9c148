"""Switches: what is seldom on, as holidays are, is judged by the times when it was on.

Trials of the mix hardly ever meet such steps, so that by them an effect of any size is worth nothing. It is held against what the series
did around its episodes instead: rows where it was on, less the mean around them where nothing was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

SELDOM, EPISODES = 0.05, 3  # share of the past that a switch is on at most, and how often it must have been
SURE = 0.975  # how sure episodes must be, by Student's law, that an effect was nearer to what came than none


@dataclass(frozen=True)
class Switch:
    """A driver that is seldom on.

    Attributes:
        on: bool (t, n).
        episodes: int (cut, n), the number from 0 of the episode, alike at all places; -1 where it was off.
    """

    on: np.ndarray
    episodes: np.ndarray


def switches_of(drivers: np.ndarray, cut: int, asked: np.ndarray) -> list[Switch]:
    """Drivers (t, n, k) of two values, one of them seldom in the rows before `cut`, which is met in asked rows, bool (t,)."""
    out = []
    for driver in np.moveaxis(drivers, 2, 0):
        values, count = np.unique(driver[:cut][np.isfinite(driver[:cut])], return_counts=True)
        if len(values) != 2 or not 0 < count.min() <= SELDOM * count.sum():
            continue
        on = driver == values[np.argmin(count)]
        begins = on & ~np.concatenate([np.zeros_like(on[:1]), on[:-1]])
        number = np.cumsum(begins.any(axis=1)) - 1
        if number[cut - 1] + 1 >= EPISODES and on[asked].any():
            out.append(Switch(on, np.where(on, number[:, None], -1)[:cut]))
    return out


def gain(switch: Switch, apart: np.ndarray, told: np.ndarray, around: int) -> tuple[float, np.ndarray]:
    """By how much the logarithm of the miss changes where the switch was on, and the deviation (n,) of what is then left.

    Args:
        switch: whose episodes are looked at.
        apart: what the series did beside its phases, (cut, n); NaN where it was not seen.
        told: what is said of it, (cut, n).
        around: rows before and after that show its level, at least.
    """
    off = ~switch.on[: len(apart)].any(axis=1, keepdims=True) & np.isfinite(apart)
    size = np.sqrt(np.where(off, apart**2, 0.0).mean(axis=0) * len(off) / np.maximum(off.sum(axis=0), 1)) + 1e-12  # places count alike
    came, said = ((a - _level(a, off, around)) / size for a in (apart, told))
    use = switch.on[: len(apart)] & np.isfinite(came)
    number, count = switch.episodes[use], int(switch.episodes.max()) + 1
    many = np.bincount(number, minlength=count)
    without, left = (np.bincount(number, np.abs(a[use]), count)[many > 0] / many[many > 0] for a in (came, came - said))
    better = without - left
    if len(better) < EPISODES or better.mean() <= stdtrit(len(better) - 1, SURE) * better.std(ddof=1) / np.sqrt(len(better)):
        return 0.0, np.zeros(len(size))
    spread = _spread(np.abs(came - said)[use]) ** 2 - (_spread(np.abs(came[off])) ** 2 if off.any() else 0.0)
    return float(np.log(max(left.mean(), 1e-12) / without.mean())), size * np.sqrt(max(spread, 0.0))


def _spread(misses: np.ndarray) -> float:
    """The deviation of a normal law of which four fifths lie within as much as four fifths of the misses."""
    return float(np.quantile(misses, 0.8) / ndtri(0.9))


def _level(values: np.ndarray, use: np.ndarray, around: int) -> np.ndarray:
    """The mean (t, n) over the other rows within `around` that are used, on the line between the nearest where there are none."""
    rows = np.arange(len(values))
    low, high = np.maximum(rows - around, 0), np.minimum(rows + around + 1, len(values))
    own = np.where(use, values, 0.0)
    sums, count = (np.concatenate([np.zeros_like(a[:1]), np.cumsum(a, axis=0)]) for a in (own, use.astype(float)))
    number = count[high] - count[low] - use
    out = np.where(number > 0, (sums[high] - sums[low] - own) / np.maximum(number, 1), np.nan)
    for place in np.flatnonzero(np.isnan(out).any(axis=0)):
        known = np.isfinite(out[:, place])
        if known.any():
            out[~known, place] = np.interp(rows[~known], rows[known], out[known, place])
    return out
