"""Describe: how something moves, as plain numbers that no place, heading, size or clock changes, and the rate of fixes little.

fixes --evenly spaced points between the first and the last--> displacements over shares of the way, their sizes, turns and rests
      --neighbouring fixes--> the same over one, two and four fixes
      --the way as a whole--> straightness, shape, returns, rhythm
"""

from __future__ import annotations

import numpy as np

POINTS = 129  # evenly spaced in time
LAGS, NEAR = (1, 2, 4, 8, 16, 32), (1, 2, 4)  # of points, and of fixes
FEWEST = 8  # fixes that tell anything
RESTING = 0.1  # of the root mean square displacement, below which something rests
BACK = 0.05  # of the extent, that is as good as the same place
TINY = 1e-12


def describe(time: np.ndarray, at: np.ndarray) -> dict[str, float] | None:
    """Numbers by name of one object; None where it has too few fixes, or never moves.

    Args:
        time: (n,), increasing, in any unit. at: complex (n,), in any unit of a plane.
    """
    if len(time) < FEWEST or np.ptp(time) <= 0 or np.abs(at - at[0]).max() <= 0:
        return None
    time, at = (time - time[0]) / np.ptp(time), (at - at[0]) / np.abs(at - at[0]).max()
    clock = np.linspace(0, 1, POINTS)
    way = np.interp(clock, time, at.real) + 1j * np.interp(clock, time, at.imag)
    shortest = (POINTS - 1) * float(np.median(np.diff(time)))  # points between two fixes
    coarse = [_over(way, lag) if lag >= min(shortest, LAGS[-1]) else None for lag in LAGS]
    known = [one for one in coarse if one is not None]
    filled = [known[0] if one is None else one for one in coarse]
    out = {f"{name}_{lag}": value for lag, one in zip(LAGS, filled) for name, value in one.items() if name != "square"}
    squares = [np.log(one["square"] + TINY) for one in known]
    growth = list(np.diff(squares) / np.log(4)) or [1.0]
    growth = [growth[0]] * (len(LAGS) - 1 - len(growth)) + growth
    out |= {f"growth_{lag}": float(value) for lag, value in zip(LAGS, growth)}
    fine = [_between(time, at, lag) for lag in NEAR]
    out |= {f"{name}_fix{lag}": value for lag, one in zip(NEAR, fine) for name, value in one.items()}
    return out | _shape(way) | _rhythm(way)


def _over(way: np.ndarray, lag: int) -> dict[str, float]:
    """Of displacements over so many points."""
    return _moves(way[lag:] - way[:-lag], lag)


def _between(time: np.ndarray, at: np.ndarray, lag: int) -> dict[str, float]:
    """Of velocities over so many fixes."""
    gap = np.maximum(time[lag:] - time[:-lag], TINY)
    made = _moves((at[lag:] - at[:-lag]) / gap, lag)
    return {name: value for name, value in made.items() if name != "square"}


def _moves(move: np.ndarray, lag: int) -> dict[str, float]:
    """Sizes, turns and rests of moves that begin one after the other; those `lag` apart follow each other."""
    size = np.abs(move)
    square = float((size**2).mean())
    low, middle, high = np.quantile(size, [0.1, 0.5, 0.9]) + 0.02 * np.sqrt(square) + TINY
    rest = size < RESTING * np.sqrt(square)
    one, two = move[:-lag], move[lag:]
    follow = two * one.conj()
    length = np.abs(follow)
    both = float((np.abs(one) * np.abs(two)).sum()) + TINY
    unit = follow[length > 0] / length[length > 0]
    logs = np.log(size + 0.02 * np.sqrt(square) + TINY)
    return {
        "square": square,
        "heavy": float(np.log((size**4).mean() / (square**2 + TINY**2) + TINY)) if square > 0 else 0.0,
        "slow": float(np.log(middle / low)),
        "fast": float(np.log(high / middle)),
        "rests": float(rest.mean()),
        "keeps": float(follow.real.sum() / both) if len(one) else 0.0,
        "circles": float(abs(follow.imag.sum()) / both) if len(one) else 0.0,
        "straight": float(unit.real.mean()) if len(unit) else 0.0,
        "bends": float(np.abs(unit.imag).mean()) if len(unit) else 0.0,
        "steady": _alike(logs[:-lag], logs[lag:]),
    }


def _alike(one: np.ndarray, two: np.ndarray) -> float:
    """Correlation, 0 where nothing varies."""
    if len(one) < 3 or one.std() < 1e-9 or two.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(one, two)[0, 1])


def _shape(way: np.ndarray) -> dict[str, float]:
    """Of the way as a whole."""
    length = float(np.abs(np.diff(way)).sum()) + TINY
    centred = way - way.mean()
    extent = float(np.abs(centred).max()) + TINY
    spread = np.linalg.eigvalsh(np.cov(np.stack([centred.real, centred.imag])))
    quarters = [abs(part[-1] - part[0]) / (np.abs(np.diff(part)).sum() + TINY) for part in np.array_split(way, 4)]
    apart = np.abs(way[:, None] - way) / extent
    late = np.abs(np.arange(POINTS)[:, None] - np.arange(POINTS)) > POINTS // 8
    third = POINTS // 3
    return {
        "net": float(abs(way[-1] - way[0]) / length),
        "net_quarters": float(np.mean(quarters)),
        "narrow": float(np.log((max(spread[0], 0.0) + 1e-4 * spread[1] + TINY**2) / (spread[1] + TINY**2))),
        "returns": float((apart[late] < BACK).mean()),
        "near_again": float(np.median(np.where(late, apart, np.inf).min(axis=1))),
        "central": float(np.sqrt((np.abs(centred) ** 2).mean()) / extent),
        "home": float(apart[:third, -third:].mean()),
        "ends": float(abs(way[-1] - way[0]) / extent),
    }


def _rhythm(way: np.ndarray) -> dict[str, float]:
    """Of how velocities repeat."""
    velocity = np.diff(way)
    velocity = velocity - velocity.mean()
    power = np.abs(np.fft.fft(velocity)) ** 2
    folded = power[1 : len(power) // 2] + power[: len(power) // 2 : -1][: len(power) // 2 - 1]
    total = float(folded.sum()) + TINY
    bands = [float(folded[low:high].sum() / total) for low, high in ((0, 2), (2, 6), (6, 16), (16, len(folded)))]
    speed = np.abs(np.diff(way))
    return {
        **{f"band_{k}": share for k, share in enumerate(bands)},
        "peak": float(np.log(folded.max() / total * len(folded) + TINY)) if total > TINY else 0.0,
        "repeats": _repeats(velocity),
        "speed_repeats": _repeats((speed - speed.mean()).astype(complex)),
    }


def _repeats(values: np.ndarray) -> float:
    """The largest correlation with itself after it has once fallen, 0 where it never rises again."""
    n = len(values)
    own = np.fft.ifft(np.abs(np.fft.fft(values, 2 * n)) ** 2).real[: n // 2]
    if own[0] <= TINY:
        return 0.0
    own = own / own[0] * n / (n - np.arange(n // 2))
    below = np.flatnonzero(own < 0.0)
    return float(np.clip(own[below[0] :].max(), 0, 1)) if len(below) else 0.0
