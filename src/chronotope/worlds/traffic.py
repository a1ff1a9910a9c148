"""Family: road traffic by cell transmission with a triangular fundamental diagram; jams grow against the flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from chronotope.data.panel import Edges
from chronotope.worlds.clock import DAY, Clock
from chronotope.worlds.dice import Generator, chance, log_uniform, pick
from chronotope.worlds.layout import Layout
from chronotope.worlds.world import Channel, Draft, Scene

TICK = 100.0  # seconds of one simulation step; divides every clock the family uses


@dataclass(frozen=True)
class Roads:
    """One cell per place; every cell flows into one next cell or out of the world.

    Attributes:
        into: (n,) next cell, -1 where vehicles leave.
        length: km. lanes: per cell. free: km/h. wave: km/h, speed at which jams travel back. jam: vehicles per km and lane.
        leave: share of a cell's outflow that takes the exit.
    """

    into: np.ndarray
    length: np.ndarray
    lanes: np.ndarray
    free: np.ndarray
    wave: np.ndarray
    jam: np.ndarray
    leave: np.ndarray

    @property
    def capacity(self) -> np.ndarray:
        """(n,) vehicles per hour at the top of the triangle."""
        return self.lanes * self.jam * self.free * self.wave / (self.free + self.wave)


def traffic(rng: Generator, scene: Scene) -> Draft:
    """Speed, flow and occupancy of a road network with rush hours, bottlenecks and incidents."""
    roads = draw_roads(rng, scene.layout)
    days, ticks = _days(scene.clock)
    load = float(rng.uniform(0.75, 1.3))
    demand = _demand(rng, scene.clock, days, ticks) * _entries(rng, roads, load)[:, None]
    limit = _incidents(rng, len(roads.into), days, ticks, params := {"load": load, "incidents": 0})
    density, flow = simulate(roads, demand, limit)
    density, flow = (_reported(a, scene.clock) for a in (density, flow))
    speed = np.where(density > 1e-6, flow / np.maximum(density, 1e-6), roads.free)
    seen = {
        "speed": Channel(speed, "real", 0.0, None, _sampled(rng, speed, density * roads.length)),
        "flow": Channel(flow * scene.clock.seconds / 3600, "count", 0.0),  # vehicles in one step of the clock
        "share": Channel(density / (roads.jam * roads.lanes), "real", 0.0, 1.0),
    }
    params["shows"] = pick(rng, {"speed": 5, "flow": 3, "speed flow": 1, "speed flow share": 1})
    here = np.flatnonzero(roads.into >= 0)
    return Draft(tuple(seen[name] for name in params["shows"].split()), params, Edges(here, roads.into[here], 1 / roads.length[here]))


def draw_roads(rng: Generator, layout: Layout) -> Roads:
    """Roads along a layout's tree (towards its root), its ring, or from west to east."""
    n = layout.places
    into = np.roll(np.arange(n), -1) if layout.kind == "ring" else np.full(n, -1)
    if layout.parent is not None:
        into[1:] = layout.parent[1:]
    elif layout.kind != "ring":
        order = np.argsort(layout.unit[:, 0])
        into[order[:-1]] = order[1:]
    if n == 1:
        into[:] = -1
    free = rng.uniform(60, 120) * rng.uniform(0.85, 1.1, n)
    depth = np.bincount(into[into >= 0], minlength=n)
    lanes = np.clip(rng.integers(1, 4) + (depth > 1) + (rng.random(n) < 0.1) * rng.integers(-1, 2, n), 1, 6)
    length = free * TICK / 3600 * rng.uniform(1.0, 1.8, n)  # at least what a free vehicle drives in one tick
    wave, jam = np.full(n, rng.uniform(15, 25)), np.full(n, rng.uniform(120, 180))
    return Roads(into, length, lanes.astype(float), free, wave, jam, rng.uniform(0.0, 0.25, n))


def simulate(roads: Roads, demand: np.ndarray, limit: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Run days side by side, each from its own early flow.

    Args:
        demand: (ticks, n, days) vehicles per hour that want to enter at each cell.
        limit: factor on the capacity of a cell, same shape; None for 1.

    Returns:
        density (vehicles per km) at the start and outflow (vehicles per hour) during each tick, (ticks, n, days).
    """
    ticks, n, days = demand.shape
    hour, col = TICK / 3600, np.s_[:, None]
    inside = np.flatnonzero(roads.into >= 0)
    gather = csr_array((np.ones(len(inside)), (roads.into[inside], inside)), shape=(n, n))
    top, room = roads.capacity[col], (roads.jam * roads.lanes)[col]
    free, wave, stay, per_km = roads.free[col], roads.wave[col], (1 - roads.leave)[col], hour / roads.length[col]
    target = np.where(roads.into >= 0, roads.into, n)  # row n: the world outside, always open
    rho, queue = demand[0] / free, np.zeros((n, days))
    density, flow = np.empty(demand.shape), np.empty(demand.shape)
    open_share = np.ones((n + 1, days))
    for i in range(ticks):
        cap = top if limit is None else top * limit[i]
        wish = np.minimum(free * rho, cap)
        supply = np.minimum(wave * (room - rho), cap)
        queue += demand[i] * hour
        through = gather @ (wish * stay)
        enter = np.minimum(queue / hour, cap)
        share = np.minimum(1.0, supply / np.maximum(through + enter, 1e-9))
        open_share[:n] = share
        out = wish * open_share[target]
        enter = enter * share
        density[i], flow[i] = rho, out
        queue -= enter * hour
        rho = np.maximum(rho + per_km * (gather @ (out * stay) + enter - out), 0.0)
    return density, flow


def _days(clock: Clock) -> tuple[int, int]:
    return int(np.ceil(clock.steps * clock.seconds / DAY)), int(DAY / TICK)


def _demand(rng: Generator, clock: Clock, days: int, ticks: int) -> np.ndarray:
    """Share of the peak that wants to drive, (ticks, 1, days); a simulated day starts at the clock's first stamp."""
    first = clock.cycle("day").phase[0]
    day = clock.cycle("week").phase[0] * 7 + np.arange(days)
    hour = ((first + np.arange(ticks) * TICK / DAY) % 1.0 * 24)[:, None]
    weekend = (np.floor(day + (np.arange(ticks) * TICK / DAY)[:, None]) % 7) >= 5
    bump = lambda at, wide: np.exp(-0.5 * (((hour - at + 12) % 24 - 12) / wide) ** 2)  # noqa: E731
    work = bump(rng.normal(7.8, 0.6), rng.uniform(0.7, 1.6)) + rng.uniform(0.5, 1.2) * bump(rng.normal(17.2, 0.7), rng.uniform(0.8, 2.2))
    rest = rng.uniform(0.4, 0.9) * bump(rng.normal(14.5, 1), rng.uniform(3, 5))
    noon = rng.uniform(0.2, 0.7) * bump(13, 3.5)
    shape = np.where(weekend, rest, np.maximum(work, noon)) + rng.uniform(0.03, 0.12)
    return (shape * rng.lognormal(0, 0.08, days))[:, None, :] / (np.maximum(work, noon).max() + 0.05)


def _entries(rng: Generator, roads: Roads, load: float) -> np.ndarray:
    """Vehicles per hour that enter at each cell at the peak, so that the busiest cell wants `load` times its capacity."""
    n = len(roads.into)
    enter = rng.lognormal(0, 1, n) * (rng.random(n) < rng.uniform(0.3, 1.0)) + 1e-3
    total = enter.copy()
    moving = enter.copy()
    for _ in range(n):
        following = np.zeros(n)
        inside = roads.into >= 0
        np.add.at(following, roads.into[inside], (moving * (1 - roads.leave))[inside])
        moving = following
        total += moving
        if moving.sum() < 1e-6 * total.sum():
            break
    return enter * load / (total / roads.capacity).max()


def _incidents(rng: Generator, n: int, days: int, ticks: int, params: dict) -> np.ndarray | None:
    """Capacity factors (ticks, n, days): now and then a cell loses 30-90 % for 10-90 minutes."""
    number = int(rng.poisson(days * log_uniform(rng, 0.1, 4)))
    if number == 0 or chance(rng, 0.15):
        return None
    params["incidents"] = number
    limit = np.ones((ticks, n, days))
    for _ in range(number):
        start, length = int(rng.integers(0, ticks)), int(rng.uniform(600, 5400) / TICK)
        limit[start : start + length, rng.integers(n), rng.integers(days)] = rng.uniform(0.1, 0.7)
    return limit


def _reported(ticks: np.ndarray, clock: Clock) -> np.ndarray:
    """Means over the clock's steps: (ticks a day, n, days) -> (t, n)."""
    per, n = int(clock.seconds / TICK), ticks.shape[1]
    line = ticks.transpose(2, 0, 1).reshape(-1, per, n)
    return line.mean(1)[: clock.steps]


def _sampled(rng: Generator, speed: np.ndarray, vehicles: np.ndarray) -> np.ndarray:
    """Mean speed of the vehicles that happen to pass: the fewer, the rougher."""
    rough = rng.uniform(0.02, 0.15) / np.sqrt(1 + 0.3 * vehicles)
    return speed * np.maximum(0.05, 1 + rough * rng.standard_normal(speed.shape))
