"""Family: something happens to a region - a level shift, a closure that sends its amount next door, recurring events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.worlds.dice import Generator, log_uniform, pick
from chronotope.worlds.gaussian import gaussian
from chronotope.worlds.network import network
from chronotope.worlds.travelling import delayed, travelling
from chronotope.worlds.world import Channel, Draft, Scene

KINDS = {"shift": 0.35, "closure": 0.3, "event": 0.35}
BASES = {"gaussian": gaussian, "travelling": travelling, "network": network}


def interventions(rng: Generator, scene: Scene, kind: str | None = None) -> Draft:
    """A Gaussian, travelling or network world in which a region is changed from outside; kinds in `KINDS`."""
    base = pick(rng, dict.fromkeys(BASES, 1.0))
    draft = BASES[base](rng, scene)
    kind = kind or pick(rng, KINDS)
    change = INTERVENTIONS[kind]
    channels = tuple(bounded(c, change(rng, scene, c)) for c in draft.channels)
    return replace(draft, channels=channels, params={**draft.params, "on": base, "kind": kind})


def region(rng: Generator, unit: np.ndarray) -> np.ndarray:
    """How much each place is concerned, (n,) in [0, 1]: a disc with a soft border around some place."""
    gap = np.hypot(*(unit - unit[rng.integers(len(unit))]).T)
    return np.clip((log_uniform(rng, 0.08, 0.6) - gap) / 0.05 + 0.5, 0, 1)


def moved(truth: np.ndarray, closed: np.ndarray, span: slice, distance: np.ndarray, reach: float) -> np.ndarray:
    """Amounts (t, n) with those of closed places (n, bool) sent to open ones by nearness during a span; the sum over places stays."""
    share = np.exp(-distance / reach) * ~closed
    share /= np.maximum(share.sum(1, keepdims=True), 1e-300)
    out = truth.copy()
    away = truth[span] * closed
    out[span] = truth[span] - away + away @ share
    return out


def _shift(rng: Generator, scene: Scene, channel: Channel) -> np.ndarray:
    t = scene.clock.steps
    start = int(rng.uniform(0.1, 0.9) * t)
    rise = np.clip((np.arange(t) - start) / log_uniform(rng, 1, t / 4), 0, 1)[:, None] * region(rng, scene.layout.unit)
    if channel.low is not None:
        return channel.truth * (1 + rise * (rng.choice([rng.uniform(0.1, 0.8), rng.uniform(1.3, 3)]) - 1))
    return channel.truth + rise * rng.normal(0, 2) * channel.truth.std()


def _closure(rng: Generator, scene: Scene, channel: Channel) -> np.ndarray:
    t, n = scene.shape
    if channel.low is None or n < 3:
        return _shift(rng, scene, channel)
    out, distance, reach = channel.truth, scene.layout.distances(), log_uniform(rng, 0.02, 0.3)
    for _ in range(int(rng.integers(1, 6))):
        closed = np.zeros(n, bool)
        closed[rng.permutation(n)[: int(rng.integers(1, max(2, n // 6)))]] = True
        start = int(rng.uniform(0, 0.95) * t)
        out = moved(out, closed, slice(start, start + int(log_uniform(rng, 3, t / 4))), distance, reach)
    return out


def _event(rng: Generator, scene: Scene, channel: Channel) -> np.ndarray:
    """Bumps at one spot, at random times or with a rhythm; the spot's neighbours feel them less and a little later."""
    t, unit = scene.clock.steps, scene.layout.unit
    rhythm = next((c.period for c in scene.clock.cycles if c.period > 6), log_uniform(rng, 10, t / 3)) * rng.integers(1, 4)
    times = np.arange(rng.uniform(0, rhythm), t, rhythm) if rng.random() < 0.5 else rng.uniform(0, t, int(rng.integers(2, 30)))
    gap = np.hypot(*(unit - unit[rng.integers(len(unit))]).T)
    lag, width, times = gap * log_uniform(rng, 1, 40), log_uniform(rng, 1, 12), times[:60]
    pad = int(np.ceil(lag.max())) + 1
    since = np.arange(-pad, t)[:, None] - times
    signal = np.exp(-0.5 * (since / width) ** 2) @ rng.lognormal(0, 0.3, len(times))
    bump = delayed(signal, lag, pad) * np.exp(-gap / log_uniform(rng, 0.05, 0.5))
    if channel.low is not None:
        return channel.truth * (1 + rng.uniform(0.5, 3) * bump)
    return channel.truth + rng.choice([-1, 1]) * rng.uniform(1, 4) * channel.truth.std() * bump


def bounded(channel: Channel, truth: np.ndarray) -> Channel:
    """The channel with another truth, kept inside its bounds and whole where it counts."""
    low = -np.inf if channel.low is None else channel.low
    high = np.inf if channel.high is None else channel.high
    truth = np.clip(truth, low, high)
    return replace(channel, truth=np.round(truth) if channel.kind == "exact" else truth)


INTERVENTIONS = {"shift": _shift, "closure": _closure, "event": _event}
