"""What a temporal base becomes in space: every structure takes paths of any base and gives a field over places.

A structure is `structure(rng, scene, paths, params)`. `paths(clock, k)` draws k series (k, t) of the base; what was drawn goes into
`params`. It returns a field (t, n), which then gets a margin, or a `Channel`, where the process itself says what is seen. Processes with
dynamics of their own are driven by the base: it is their shocks, sources, rain, demand or contagiousness.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import expm

from chronotope.worlds import advection, chaos, epidemic, hawkes, hydrology, media, movers, network, patterns, traffic, travelling
from chronotope.worlds.clock import DAY, Clock
from chronotope.worlds.dice import Generator, log_uniform, pick
from chronotope.worlds.energy import sun
from chronotope.worlds.layout import Layout
from chronotope.worlds.space import matern_root, plane_waves, smooth_fields
from chronotope.worlds.world import Channel, Scene

Paths = Callable[[Clock, int], np.ndarray]
Structure = Callable[[Generator, Scene, Paths, dict], "np.ndarray | Channel"]
FEATURES = 96


def independent(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """Negative control: a path of its own for every place."""
    return paths(scene.clock, scene.layout.places).T


def duplicates(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """Negative control: one sensor, copied to every place; neighbours repeat what is known."""
    return np.repeat(paths(scene.clock, 1).T, scene.layout.places, axis=1)


def permuted(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """Negative control: a smooth field whose places were exchanged, so that the map misleads."""
    order = rng.permutation(scene.layout.places)
    return coregionalised(rng, scene, paths, params)[:, order]


def coregionalised(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """One to six paths with smooth loadings over places."""
    k = int(rng.integers(1, 7))
    params.update(paths=k, length=float(log_uniform(rng, 0.08, 1.2)))
    return paths(scene.clock, k).T @ smooth_fields(rng, scene.layout.unit, k, params["length"]).T


def separable(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """Matern in space times the base's own law in time: a path per place, mixed by a root of the covariance."""
    params.update(length=float(log_uniform(rng, 0.05, 0.8)), order=float(rng.choice([0.5, 1.5, 2.5])))
    root = matern_root(scene.layout.distances(), params["length"], params["order"])
    return (root @ paths(scene.clock, scene.layout.places)).T


def heat(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """A path per place, smoothed along the edges by the heat kernel of the graph."""
    params["spread"] = float(log_uniform(rng, 0.3, 10))
    return (heat_kernel(scene.layout, params["spread"]) @ paths(scene.clock, scene.layout.places)).T


def heat_kernel(layout: Layout, spread: float) -> np.ndarray:
    """exp(-spread L) (n, n) of the undirected graph with unit weights: symmetric, rows sum to one."""
    joined = np.zeros((layout.places, layout.places))
    joined[layout.source, layout.target] = joined[layout.target, layout.source] = 1
    np.fill_diagonal(joined, 0)
    return expm(-spread * (np.diag(joined.sum(0)) - joined))


def drifting(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """A field carried by a steady flow while it changes as the base does: covariance Matern(|d - v h|) x that of the base at lag h."""
    crossing, turn = float(log_uniform(rng, 4, 200)), rng.uniform(0, 2 * np.pi)
    velocity = np.array([np.cos(turn), np.sin(turn)]) / crossing
    params.update(velocity=velocity.tolist(), length=float(log_uniform(rng, 0.08, 0.6)))
    wave = plane_waves(rng, FEATURES, params["length"], 1.5)
    where = scene.layout.unit @ wave.T + rng.uniform(0, 2 * np.pi, FEATURES)
    turns = np.arange(scene.clock.steps)[:, None] * (wave @ velocity)
    size = paths(scene.clock, FEATURES).T * np.sqrt(2 / FEATURES)
    return (np.cos(turns) * size) @ np.cos(where).T + (np.sin(turns) * size) @ np.sin(where).T


def delayed(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """One path that reaches place after place: along a plane, as a ripple, along edges."""
    params.update(routes=[], longest_delay=[])
    delay = travelling.delays(rng, scene.layout, params)
    pad = int(np.ceil(delay.max())) + 1
    params["delay"] = delay.tolist()
    return travelling.delayed(paths(scene.clock.padded(pad), 1)[0], delay, pad)


def linear_network(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """Linear dynamics along edges, with a lag per edge, shaken by the base at every place."""
    kind = pick(rng, network.FILTERS)
    params.update(kind=kind, radius=1 - float(log_uniform(rng, 0.002, 0.3)), lags=int(rng.integers(1, 7)))
    matrices = network.couplings(rng, scene, kind, params["radius"], params["lags"], params)
    return network.simulate(matrices, paths(scene.clock, scene.layout.places).T)


def plumes(rng: Generator, scene: Scene, paths: Paths, params: dict) -> Channel:
    """One to five sources let out what the base says, never less than nothing; a steady wind and diffusion carry it."""
    crossing, turn, k = float(log_uniform(rng, 5, 100)), rng.uniform(0, 2 * np.pi), int(rng.integers(1, 6))
    wind = np.tile(np.array([np.cos(turn), np.sin(turn)]) / crossing, (scene.clock.steps, 1))
    params.update(crossing=crossing, diffusion=float(log_uniform(rng, 1e-3, 3e-2) / crossing), sources=k)
    release = np.maximum(0, 1 + paths(scene.clock, k).T)
    decay, width = log_uniform(rng, 0.3, 5) / crossing, log_uniform(rng, 0.05, 0.15)
    field = advection.solve(wind, params["diffusion"], decay, release, rng.random((k, 2)), width, scene.layout.unit)
    return Channel(np.maximum(field, 0) / max(float(field.std()), 1e-9), "real", 0.0)


def roads(rng: Generator, scene: Scene, paths: Paths, params: dict) -> Channel:
    """Speeds on a road network whose demand follows the base, without a calendar and without incidents."""
    clock = scene.clock
    clock.phase("day")  # refuses steps of half a day and more
    ways, entry = traffic.draw_roads(rng, scene.layout)
    per, a_day = int(clock.seconds / traffic.TICK), int(DAY / clock.seconds)
    days = -(-clock.steps // a_day)
    wish = np.pad(0.6 * np.exp(0.4 * np.clip(paths(clock, 1)[0], -3, 3)), (0, days * a_day - clock.steps), mode="edge")
    density, flow = traffic.simulate(ways, entry, np.repeat(wish.reshape(days, a_day), per, axis=1).T, (), per)
    density, flow = (a.transpose(2, 0, 1).reshape(-1, len(entry))[: clock.steps] for a in (density, flow))
    return Channel(np.where(density > 1e-3, flow / np.maximum(density, 1e-3), ways.free), "real", 0.0)


def contagion(rng: Generator, scene: Scene, paths: Paths, params: dict) -> Channel:
    """New infections in towns that exchange people; how easily people catch it follows the base."""
    t, n = scene.shape
    days, gamma = scene.clock.seconds / DAY, float(log_uniform(rng, 0.05, 0.3))
    params.update(gamma=gamma, r0=float(rng.uniform(1.2, 4)), mobility=float(log_uniform(rng, 1e-3, 0.1)))
    people = log_uniform(rng, 3e3, 3e6) * rng.lognormal(0, rng.uniform(0.2, 1.2), n)
    mixing = epidemic.gravity(scene.layout.distances(), people, params["mobility"], rng.uniform(1, 3))
    beta = params["r0"] * gamma * np.exp(0.25 * np.clip(paths(scene.clock, 1)[0], -3, 3))
    seeds = (rng.random((t, n)) < 1e-3) * rng.poisson(2, (t, n)) / people
    seeds[0, rng.integers(n)] += 5 / people.max()
    parts = max(1, int(days // 3))
    return Channel(epidemic.simulate(beta, gamma, mixing, seeds, 0.0, 200.0, days / parts, parts) * people, "count", 0.0)


def excitement(rng: Generator, scene: Scene, paths: Paths, params: dict) -> Channel:
    """Counts that excite counts here and nearby, around a base rate that follows the base."""
    params.update(
        branching=float(rng.uniform(0.2, 0.95)), memory=float(log_uniform(rng, 0.5, 40)), reach=float(log_uniform(rng, 0.03, 0.5))
    )
    kernel = hawkes.spread(scene.layout.distances(), params["reach"], False) * params["branching"]
    level = log_uniform(rng, 0.1, 8) * rng.lognormal(0, 0.5, scene.layout.places) * (1 - params["branching"])
    rate, events = hawkes.simulate(rng, np.exp(0.5 * np.clip(paths(scene.clock, 1).T, -3, 3)) * level, kernel, params["memory"])
    return Channel(rate, "exact", 0.0, None, events)


def crowd(rng: Generator, scene: Scene, paths: Paths, params: dict) -> Channel:
    """Walkers that the base pushes together, each with a small way of its own, counted at the nearest place."""
    number, params["crossing"] = int(log_uniform(rng, 60, 400)), float(log_uniform(rng, 10, 200))
    push = paths(scene.clock, 2).T[:, None] + 0.3 * rng.standard_normal((scene.clock.steps, number, 2))
    paths_of = movers.bounce(rng.random((number, 2)) + np.cumsum(push, 0) / params["crossing"])
    params["movers"] = number
    return Channel(movers.counted(paths_of, scene.layout.unit), "exact", 0.0)


def oscillators(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """Oscillators along edges whose speed follows the base; they pull on their neighbours."""
    params.update(period=float(log_uniform(rng, 5, 100)), coupling=float(log_uniform(rng, 0.02, 2)))
    own = 2 * np.pi / params["period"] * (1 + 0.2 * rng.standard_normal(scene.layout.places))
    speed = own * (1 + 0.3 * np.clip(paths(scene.clock, 1).T, -3, 3))
    start, strength = rng.uniform(0, 2 * np.pi, scene.layout.places), min(2 * np.pi / params["period"], 0.5)
    return np.sin(chaos.oscillate(start, speed, chaos.neighbours(scene) * params["coupling"], strength))


def membrane(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """Damped waves on a membrane that the base plucks at one to three spots."""
    params.update(speed=float(1 / log_uniform(rng, 4, 120)), damping=float(log_uniform(rng, 1e-3, 0.1)))
    spots = rng.random((int(rng.integers(1, 4)), 2))
    kicks = paths(scene.clock, len(spots)).T @ patterns.standing(spots)
    return patterns.membrane(kicks, params["speed"], params["damping"]) @ patterns.standing(scene.layout.unit).T


def spots(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """Gray-Scott spots and worms whose food follows the base."""
    params.update(feed=float(rng.uniform(0.03, 0.045)), kill=float(rng.uniform(0.06, 0.064)))
    v = 0.25 * (rng.random((media.SIDE, media.SIDE)) < 0.15)
    food = params["feed"] * (1 + 0.1 * np.clip(paths(scene.clock, 1)[0], -3, 3))
    return media.bilinear(media.gray_scott(1 - 2 * v, v, food, params["kill"]), scene.layout.unit)


def rolls(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """Swift-Hohenberg rolls that grow and fade as the base does."""
    params.update(waves=float(rng.uniform(2, 5)))
    start = 0.3 * rng.standard_normal((media.SIDE, media.SIDE))
    growth = 0.3 + 0.15 * np.clip(paths(scene.clock, 1)[0], -3, 3)
    return media.bilinear(media.swift_hohenberg(start, growth, params["waves"]), scene.layout.unit)


def fronts(rng: Generator, scene: Scene, paths: Paths, params: dict) -> np.ndarray:
    """Kuramoto-Sivashinsky turbulence on a ring around the map, pushed by the base along its longest wave."""
    params.update(waves=float(rng.uniform(3, 10)))
    turn = 2 * np.pi * np.arange(media.SITES) / media.SITES
    push = 0.05 * np.clip(paths(scene.clock, 1).T, -3, 3) * np.cos(turn)
    ring = media.kuramoto_sivashinsky(rng.standard_normal(media.SITES), push, params["waves"])
    gap = scene.layout.unit - 0.5
    around = np.stack([np.zeros(len(gap)), np.arctan2(gap[:, 1], gap[:, 0]) / (2 * np.pi) % 1.0], 1)
    return media.bilinear(ring[:, None], around)


def river(rng: Generator, scene: Scene, paths: Paths, params: dict) -> Channel:
    """Rain as the base says falls on a river tree; reservoirs empty, floods run downstream."""
    params.update(memory=float(log_uniform(rng, 1, 20)), delay=float(log_uniform(rng, 0.3, 8)))
    rain = np.maximum(0, coregionalised(rng, scene, paths, params))
    local = hydrology.reservoir(rain, params["memory"]) * rng.lognormal(0, 0.8, scene.layout.places)
    return Channel(hydrology.route(local, hydrology.downstream(scene.layout), np.full(scene.layout.places, params["delay"])), "real", 0.0)


def solar(rng: Generator, scene: Scene, paths: Paths, params: dict) -> Channel:
    """The sun under clouds that drift and change as the base does."""
    cloud = 1 / (1 + np.exp(-2 * drifting(rng, scene, paths, params)))
    return Channel(sun(rng, scene, params) * (1 - 0.8 * cloud), "real", 0.0, 1.0)


STRUCTURES: dict[str, Structure] = {
    "independent": independent, "duplicates": duplicates, "permuted": permuted, "coregionalised": coregionalised, "separable": separable,
    "heat": heat, "drifting": drifting, "travelling": delayed, "network": linear_network, "advection": plumes, "traffic": roads,
    "epidemic": contagion, "hawkes": excitement, "movers": crowd, "chaos": oscillators, "fronts": fronts, "patterns": membrane,
    "spots": spots, "rolls": rolls, "hydrology": river, "energy": solar,
}  # fmt: skip
CONTROLS = ("independent", "permuted")  # no place tells anything about another, or not where the map says
