"""Kinds: what a stretch of surprising cells of one series looks like."""

from __future__ import annotations

import numpy as np

SHORT = 3  # steps up to which a stretch is a point
FEWEST = 6  # values from which another unit is read
ONE_SIDED = 0.6  # of the mean size, that the mean must reach for a shift
RISES = 0.6  # rise over a stretch, beside its mean, from which a shift is a drift
REACH, LASTS = 200, 8  # steps that a level or drift is followed from where it was noticed, and fewer than it has
LIMIT = 10.0  # usual sizes beyond which a residual counts for no more
EXPLAINED = 0.7  # of the squares of residuals along a level or drift
UNUSUAL, ALIKE = 14.0, 0.9  # squares that it explains where residuals are independent, and the most that neighbours are taken to be alike
FACTORS = {
    "10 times": 10.0,
    "100 times": 100.0,
    "1000 times": 1000.0,
    "1024 times (bytes for kibibytes)": 1024.0,
    "a tenth": 0.1,
    "a hundredth": 0.01,
    "a thousandth": 0.001,
    "1/1024 (kibibytes for bytes)": 1 / 1024,
    "3.6 times (km/h for m/s)": 3.6,
    "1/3.6 (m/s for km/h)": 1 / 3.6,
    "1.609 times (kilometres for miles)": 1.609344,
    "1/1.609 (miles for kilometres)": 1 / 1.609344,
    "25.4 times (millimetres for inches)": 25.4,
    "1/25.4 (inches for millimetres)": 1 / 25.4,
}
OFFSETS = {
    "1.8 x + 32 (Fahrenheit for Celsius)": (1.8, 32.0),
    "(x - 32) / 1.8 (Celsius for Fahrenheit)": (1 / 1.8, -32.0 / 1.8),
    "x + 273.15 (kelvin for Celsius)": (1.0, 273.15),
    "x - 273.15 (Celsius for kelvin)": (1.0, -273.15),
}
UNITS = {name: (factor, 0.0) for name, factor in FACTORS.items()} | OFFSETS
FAR, NEAR, BETTER = 4.0, 2.5, 0.3  # usual sizes: as it is, in the other unit, and the share of the first
LEVEL = 0.5  # of what is left in the other unit, below which a shift by one number is the better word
CLOSE = 0.15  # of the mean departure that is left in the other unit


def shape_of(slow: np.ndarray, stuck: bool) -> str:
    """point, stuck, level, drift or burst, from standardised residuals (k,) of a stretch, NaN where not observed."""
    if stuck:
        return "stuck"
    known = np.isfinite(slow)
    if known.sum() <= SHORT:
        return "point"
    score = np.clip(slow[known], -LIMIT, LIMIT)
    mean, size = float(score.mean()), float(np.abs(score).mean())
    if abs(mean) < ONE_SIDED * size:
        return "burst"
    at = np.linspace(-0.5, 0.5, len(score))
    rise = float((at * score).sum() / (at**2).sum())
    better = ((score - mean - rise * at) ** 2).sum() < 0.8 * ((score - mean) ** 2).sum()
    return "drift" if better and abs(rise) > RISES * abs(mean) else "level"


def course_of(slow: np.ndarray, low: int, high: int) -> tuple[str, int, int] | None:
    """What a stretch low .. high - 1 of standardised residuals (t,) is the noticed part of: "level" or "drift", its first row and its end.

    Of all levels and straight rises or falls from nothing that end or begin in the stretch and hold it from there on, the one of the
    greatest likelihood; None where it is short, explains little of what lies along it, less than the stretch itself holds, or no more than
    a series wanders whose residuals are as alike from step to step as these.
    """
    score = np.nan_to_num(np.clip(slow, -LIMIT, LIMIT))
    t = len(score)
    ahead, back = _fits(score, low, high), _fits(score[::-1], t - high, t - low)
    back = [(kind, gain, share, t - stop, t - first) for kind, gain, share, first, stop in back]
    kind, gain, share, first, stop = max(ahead + back, key=lambda fit: fit[1])
    enough = max(UNUSUAL * _wander(score), float((score[low:high] ** 2).sum()))
    return (kind, first, stop) if stop - first >= LASTS and share >= EXPLAINED and gain > enough else None


def _wander(score: np.ndarray) -> float:
    """How many times the variance of sums of residuals (t,) exceeds that of independent ones, by the likeness of neighbours."""
    cut = np.clip(score, -NEAR, NEAR)
    alike = float(np.clip((cut[1:] * cut[:-1]).sum() / max((cut**2).sum(), 1e-9), 0.0, ALIKE))
    return (1 + alike) / (1 - alike)


def _fits(score: np.ndarray, low: int, high: int) -> list[tuple[str, float, float, int, int]]:
    """The best level and the best rise that end in low .. high - 1 and begin at or before `low`: kind, squares, their share, rows."""
    found = []
    for stop in range(low + 1, high + 1):
        back = score[max(0, min(low, stop - REACH)) : stop][::-1]
        n = np.arange(1, len(back) + 1)
        total, energy = np.cumsum(back), np.maximum(np.cumsum(back**2), 1e-9)
        for kind, gain in (("level", total**2 / n), ("drift", np.cumsum(total) ** 2 / (n * (n + 1) * (2 * n + 1) / 6))):
            k = stop - low - 1 + int(gain[stop - low - 1 :].argmax())
            found.append((kind, float(gain[k]), float(gain[k] / energy[k]), stop - k - 1, stop))
    return found


def unit_of(values: np.ndarray, reference: np.ndarray, size: np.ndarray) -> str | None:
    """The unit slip that explains a stretch of values (k,) beside their reference, in usual sizes (k,) of residuals; None for none.

    A shift by one number that comes much nearer is a level.
    """
    known = np.isfinite(values) & np.isfinite(reference)
    if known.sum() < FEWEST:
        return None
    x, r, s = values[known], reference[known], np.maximum(size[known], 1e-30)
    plain = float(np.median(np.abs(x - r) / s))
    if plain < FAR:
        return None
    off = {name: float(np.median(np.abs((x - b) / a - r) / s)) for name, (a, b) in UNITS.items()}
    best = min(off, key=off.__getitem__)
    if off[best] >= min(NEAR, BETTER * plain):
        return None
    factor, offset = UNITS[best]
    turned, moved = (x - offset) / factor, r + np.median(x - r)
    if np.abs(x - moved).mean() < LEVEL * np.abs(x - factor * r - offset).mean():
        return None
    return best if np.abs(turned - r).mean() < CLOSE * np.abs(x - r).mean() else None
