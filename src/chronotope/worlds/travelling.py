"""Family: a signal that reaches place after place - what is seen here was seen next door a while ago."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from chronotope.worlds.dice import Generator, chance, log_uniform, pick
from chronotope.worlds.dress import dress
from chronotope.worlds.layout import Layout
from chronotope.worlds.profiles import seasonal
from chronotope.worlds.temporal import anomalies
from chronotope.worlds.world import Draft, Scene

ROUTES = {"plane": 0.4, "ripple": 0.25, "graph": 0.35}


def travelling(rng: Generator, scene: Scene) -> Draft:
    """One to three signals, each with its own route, speed and amplitude over places."""
    t, n = scene.shape
    waves = int(rng.choice([1, 2, 3], p=[0.6, 0.25, 0.15]))
    params: dict = {"waves": waves, "routes": [], "longest_delay": []}
    anomaly = np.zeros((t, n))
    for _ in range(waves):
        delay = delays(rng, scene.layout, params)
        pad = int(np.ceil(delay.max())) + 1
        anomaly += delayed(_signal(rng, scene, pad, params), delay, pad) * rng.lognormal(0, rng.uniform(0, 0.5), n)
    anomaly /= max(float(anomaly.std()), 1e-9)
    return Draft(dress(rng, scene, anomaly, params, private=float(rng.choice([0.0, rng.beta(1, 8)])), moving=True), params)


def delays(rng: Generator, layout: Layout, params: dict) -> np.ndarray:
    """Steps until a signal reaches each place, (n,): distance along a route over a speed; the nearest place has 0."""
    route = pick(rng, ROUTES)
    if route == "plane":
        turn = rng.uniform(0, 2 * np.pi)
        distance = layout.unit @ np.array([np.cos(turn), np.sin(turn)])
    elif route == "ripple":
        distance = np.hypot(*(layout.unit - rng.uniform(-0.2, 1.2, 2)).T)
    else:
        distance = along_edges(layout, int(rng.integers(layout.places)))
    distance = distance - distance.min()
    longest = float(log_uniform(rng, 2, 80))
    params["routes"].append(route)
    params["longest_delay"].append(longest)
    return distance / max(float(distance.max()), 1e-9) * longest


def along_edges(layout: Layout, start: int) -> np.ndarray:
    """Shortest way from a place to every other along the edges in either direction, (n,); unreachable ones as far as the farthest."""
    n = layout.places
    graph = coo_array((layout.lengths + 1e-6, (layout.source, layout.target)), shape=(n, n)).tocsr()
    distance = dijkstra(graph, directed=False, indices=start)
    return np.where(np.isfinite(distance), distance, distance[np.isfinite(distance)].max())


def delayed(signal: np.ndarray, delay: np.ndarray, pad: int) -> np.ndarray:
    """A signal (pad + t,) as each place sees it, `delay` steps later, (t, n), linear between steps."""
    at = np.arange(pad, len(signal))[:, None] - delay
    low = np.floor(at).astype(int)
    weight = at - low
    return signal[low] * (1 - weight) + signal[np.minimum(low + 1, len(signal) - 1)] * weight


def _signal(rng: Generator, scene: Scene, pad: int, params: dict) -> np.ndarray:
    clock = scene.clock.padded(pad)
    if clock.cycles and chance(rng, 0.25):
        return seasonal(rng, clock, 1)[0] + 0.3 * anomalies(rng, clock, 1, params)[0]
    return anomalies(rng, clock, 1, params)[0]
