"""Observer: what sensors do to the truth - noise, bias, counting, rounding, clipping, outages, stale values, silent places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chronotope.worlds.dice import Generator, chance, log_uniform
from chronotope.worlds.world import Channel

MILD = {
    "noise": 0.55, "bias": 0.2, "round": 0.35, "clip": 0.08, "sensor": 0.35, "region": 0.08,
    "period": 0.12, "random": 0.15, "stale": 0.06, "zeros": 0.05, "silent": 0.05, "late": 0.05,
}  # fmt: skip


def observe(
    rng: Generator, channel: Channel, unit: np.ndarray, params: dict, clean: bool = False, defects: Sequence[str] | None = None
) -> np.ndarray:
    """Values (t, n) with NaN where nothing was observed; the channel's truth is not changed.

    Args:
        channel: the truth and its kind; counts are drawn around the truth even for a clean observer.
        unit: (n, 2) places, for regional outages.
        params: receives the names of the defects.
        clean: True for a perfect sensor without gaps.
        defects: names in `DEFECTS` that happen for certain; drawn by `MILD` if None.
    """
    values = _counted(rng, channel, params)
    if clean:
        return values
    done = [name for name, p in MILD.items() if chance(rng, p)] if defects is None else list(defects)
    params.setdefault("defects", []).append(done)
    for name in done:
        if channel.kind == "real" or name not in ("noise", "bias", "round", "clip"):
            values = DEFECTS[name](rng, values, unit)
    low = -np.inf if channel.low is None else channel.low
    high = np.inf if channel.high is None else channel.high
    return np.clip(values, low, high)  # NaN stays NaN


def _counted(rng: Generator, channel: Channel, params: dict) -> np.ndarray:
    if channel.outcome is not None:
        return channel.outcome.astype(float)
    if channel.kind != "count":
        return channel.truth.astype(float)
    rate = channel.truth
    if chance(rng, 0.5):  # negative binomial: a gamma rate
        size = log_uniform(rng, 1, 100) * np.sqrt(1 + float(rate.mean()))  # large counts are relatively smoother
        params["dispersion"] = float(size)
        rate = rate * rng.standard_gamma(size, rate.shape) / size
    return rng.poisson(rate).astype(float)


def _noise(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    level = log_uniform(rng, 0.005, 0.3) * _spread(values)
    noise = rng.standard_normal(values.shape)
    if chance(rng, 0.15):
        noise *= rng.standard_exponential(values.shape)
    dry = values == 0  # a dry gauge stays dry
    return values + np.where(dry, 0.0, level * noise)


def _bias(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    n = values.shape[1]
    return values * rng.lognormal(0, 0.1, n) + (values != 0) * rng.normal(0, 0.1, n) * _spread(values)


def _round(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    grain = float(np.nanstd(values)) * log_uniform(rng, 1e-3, 0.3)
    grain = 10 ** np.floor(np.log10(grain)) if grain > 0 else 1.0
    return np.round(values / grain) * grain


def _clip(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    edge = np.nanquantile(values, rng.uniform(0.97, 0.999))
    return np.minimum(values, edge)


def _sensor(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Runs of silence, a few sensors hit harder than the others."""
    t, n = values.shape
    often = rng.lognormal(0, 1, n)
    runs = rng.poisson(log_uniform(rng, 0.2, 4) * often).clip(0, 30)
    length = log_uniform(rng, 2, t / 8)
    gone = np.zeros((t + 1, n), int)
    place = np.repeat(np.arange(n), runs)
    first = rng.integers(0, t, len(place))
    last = np.minimum(first + 1 + rng.exponential(length, len(place)).astype(int), t)
    np.add.at(gone, (first, place), 1)
    np.add.at(gone, (last, place), -1)
    return np.where(np.cumsum(gone[:-1], 0) > 0, np.nan, values)


def _region(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    inside = np.hypot(*(unit - unit[rng.integers(len(unit))]).T) < rng.uniform(0.05, 0.4)
    return _blank(values, _span(rng, len(values), 8), inside)


def _period(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    for _ in range(int(rng.integers(1, 4))):
        values = _blank(values, _span(rng, len(values), 30), np.ones(values.shape[1], bool))
    return values


def _random(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    return np.where(rng.random(values.shape) < log_uniform(rng, 0.002, 0.3), np.nan, values)


def _stale(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Some sensors repeat their last value for a while."""
    values = values.copy()
    for place in rng.permutation(values.shape[1])[: int(rng.integers(1, max(2, values.shape[1] // 5)))]:
        span = _span(rng, len(values), 15)
        values[span, place] = values[span.start, place]
    return values


def _zeros(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Some sensors write 0 instead of nothing while they are down."""
    values = values.copy()
    for place in rng.permutation(values.shape[1])[: int(rng.integers(1, max(2, values.shape[1] // 3)))]:
        values[_span(rng, len(values), 40), place] = 0.0
    return values


def _silent(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Places that exist and never report; at least two places keep reporting."""
    n = values.shape[1]
    gone = rng.permutation(n)[: max(0, min(int(rng.uniform(0.05, 0.4) * n), n - 2))]
    values = values.copy()
    values[:, gone] = np.nan
    return values


def _late(rng: Generator, values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Sensors that were installed while the record was already running."""
    t, n = values.shape
    start = np.where(rng.random(n) < rng.uniform(0.05, 0.5), rng.uniform(0, 0.7, n) * t, 0)
    return np.where(np.arange(t)[:, None] < start, np.nan, values)


def _spread(values: np.ndarray) -> np.ndarray:
    filled = np.where(np.isfinite(values), values, 0.0)
    return filled.std(0)


def _span(rng: Generator, t: int, parts: float) -> slice:
    length = int(1 + min(rng.exponential(t / parts), t / 3))
    first = int(rng.integers(0, t - length + 1))
    return slice(first, first + length)


def _blank(values: np.ndarray, span: slice, places: np.ndarray) -> np.ndarray:
    values = values.copy()
    values[span, places] = np.nan
    return values


DEFECTS = {
    "noise": _noise, "bias": _bias, "round": _round, "clip": _clip, "sensor": _sensor, "region": _region,
    "period": _period, "random": _random, "stale": _stale, "zeros": _zeros, "silent": _silent, "late": _late,
}  # fmt: skip
