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


@dataclass(frozen=True)
class Incident:
    """A cell of one day keeps only `factor` of its capacity from tick `start` to `stop`."""

    start: int
    stop: int
    cell: int
    day: int
    factor: float


def traffic(rng: Generator, scene: Scene) -> Draft:
    """Speed, flow and occupancy of a road network with rush hours, bottlenecks and incidents."""
    days, per = int(np.ceil(scene.clock.steps * scene.clock.seconds / DAY)), int(scene.clock.seconds / TICK)
    roads, entry = draw_roads(rng, scene.layout)
    incidents = _incidents(rng, len(entry), days)
    density, flow = (_reported(a, scene.clock) for a in simulate(roads, entry, _demand(rng, scene.clock, days), incidents, per))
    speed = np.where(density > 1e-3, flow / np.maximum(density, 1e-3), roads.free)
    seen = {
        "speed": Channel(speed, "real", 0.0, None, _sampled(rng, speed, roads.free, density * roads.length)),
        "flow": Channel(flow * scene.clock.seconds / 3600, "count", 0.0),  # vehicles in one step of the clock
        "share": Channel(density / (roads.jam * roads.lanes), "real", 0.0, 1.0),
    }
    shows = pick(rng, {"speed": 5, "flow": 3, "speed flow": 1, "speed flow share": 1})
    params = {"incidents": len(incidents), "shows": shows}
    here = np.flatnonzero(roads.into >= 0)
    return Draft(tuple(seen[name] for name in shows.split()), params, Edges(here, roads.into[here], 1 / roads.length[here]))


def draw_roads(rng: Generator, layout: Layout) -> tuple[Roads, np.ndarray]:
    """Roads along a layout and the vehicles per hour (n,) that enter at each cell at the peak.

    Roads are built for the traffic they expect, some too small: their wish at the peak is 0.5 to 1.5 times their capacity.
    """
    n = layout.places
    into = _heading(layout)
    free = rng.uniform(60, 120) * rng.uniform(0.85, 1.1, n)
    wave, jam, leave = np.full(n, rng.uniform(15, 25)), np.full(n, rng.uniform(120, 180)), rng.uniform(0.0, 0.25, n)
    entry = rng.lognormal(0, 0.7, n) * (rng.random(n) < rng.uniform(0.3, 1.0)) + 0.05
    wish = expected(into, leave, entry)
    entry, wish = entry * 4000 / wish.mean(), wish * 4000 / wish.mean()
    per_lane = jam * free * wave / (free + wave)
    lanes = np.maximum(1.0, wish / per_lane / (rng.uniform(0.7, 1.1) * rng.lognormal(0, 0.15, n)))
    length = free * TICK / 3600 * rng.uniform(1.0, 1.8, n)  # at least what a free vehicle drives in one tick
    return Roads(into, length, lanes, free, wave, jam, leave), entry


def expected(into: np.ndarray, leave: np.ndarray, entry: np.ndarray) -> np.ndarray:
    """Vehicles per hour through each cell (n,) if nothing ever jams."""
    inside = into >= 0
    total, moving = entry.copy(), entry
    for _ in range(len(into)):
        moving = np.bincount(into[inside], (moving * (1 - leave))[inside], len(into))
        total += moving
        if moving.sum() < 1e-4 * total.sum():
            break
    return total


def simulate(
    roads: Roads, entry: np.ndarray, demand: np.ndarray, incidents: tuple[Incident, ...] = (), per: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Run days side by side, each from a road that flows freely.

    Args:
        entry: (n,) vehicles per hour that enter at each cell at full demand.
        demand: (ticks, days) share of it.
        incidents: lost capacity.
        per: ticks that are averaged into one reading; must divide their number.

    Returns:
        density (vehicles per km) and outflow (vehicles per hour), (ticks / per, n, days).
    """
    ticks, days = demand.shape
    n, hour, col = len(entry), TICK / 3600, np.s_[:, None]
    inside = np.flatnonzero(roads.into >= 0)
    gather = csr_array((1 - roads.leave[inside], (roads.into[inside], inside)), shape=(n, n))
    room, free, wave = (roads.jam * roads.lanes)[col], roads.free[col], roads.wave[col]
    per_km, entry = hour / roads.length[col], entry[col]
    cap = np.repeat(roads.capacity[col], days, 1)
    rho, queue = expected(roads.into, roads.leave, entry[:, 0])[col] * demand[0] / free, np.zeros((n, days))
    rho = np.minimum(rho, cap / free)
    density, flow = np.zeros((ticks // per, n, days)), np.zeros((ticks // per, n, days))
    open_share = np.ones((n + 1, days))  # row n: the world outside, always open
    target = np.where(roads.into >= 0, roads.into, n)
    switches = _switches(roads, incidents)
    for i in range(ticks):
        for cell, day, value in switches.get(i, ()):
            cap[cell, day] = value
        wish = np.minimum(free * rho, cap)
        queue += demand[i] * entry * hour
        enter = np.minimum(queue / hour, cap)
        supply = np.minimum(wave * (room - rho), cap)
        open_share[:n] = np.minimum(1.0, supply / np.maximum(gather @ wish + enter, 1e-9))
        out, enter = wish * open_share[target], enter * open_share[:n]
        density[i // per] += rho
        flow[i // per] += out
        queue -= enter * hour
        rho = np.maximum(rho + per_km * (gather @ out + enter - out), 0.0)
    return density / per, flow / per


def _heading(layout: Layout) -> np.ndarray:
    """The next cell of each (n,), -1 at an end: to the root of a tree, around a ring, else from west to east."""
    n = layout.places
    if layout.kind == "ring" and n > 1:
        return np.roll(np.arange(n), -1)
    into = np.full(n, -1)
    if layout.parent is not None:
        into[1:] = layout.parent[1:]
    else:
        order = np.argsort(layout.unit[:, 0])
        into[order[:-1]] = order[1:]
    return into


def _switches(roads: Roads, incidents: tuple[Incident, ...]) -> dict[int, list[tuple[int, int, float]]]:
    switches: dict[int, list[tuple[int, int, float]]] = {}
    for i in incidents:
        full = float(roads.capacity[i.cell])
        switches.setdefault(i.start, []).append((i.cell, i.day, full * i.factor))
        switches.setdefault(i.stop, []).append((i.cell, i.day, full))
    return switches


def _demand(rng: Generator, clock: Clock, days: int) -> np.ndarray:
    """Share of the peak that wants to drive, (ticks of a day, days); a simulated day starts at the clock's first stamp."""
    since = np.arange(int(DAY / TICK))[:, None] * TICK / DAY
    hour = (clock.phase("day")[0] + since) % 1.0 * 24
    weekend = np.floor(clock.phase("week")[0] * 7 + np.arange(days) + since) % 7 >= 5
    bump = lambda at, wide: np.exp(-0.5 * (((hour - at + 12) % 24 - 12) / wide) ** 2)  # noqa: E731
    work = bump(rng.normal(7.8, 0.6), rng.uniform(0.7, 1.6)) + rng.uniform(0.5, 1.2) * bump(rng.normal(17.2, 0.7), rng.uniform(0.8, 2.2))
    work = np.maximum(work, rng.uniform(0.2, 0.7) * bump(13, 3.5))
    rest = rng.uniform(0.4, 0.9) * bump(rng.normal(14.5, 1), rng.uniform(3, 5))
    return (np.where(weekend, rest, work) / work.max() + rng.uniform(0.03, 0.12)) * rng.lognormal(0, 0.08, days)


def _incidents(rng: Generator, n: int, days: int) -> tuple[Incident, ...]:
    """Now and then a cell loses 30-90 % of its capacity for 10-90 minutes."""
    number = 0 if chance(rng, 0.2) else int(min(rng.poisson(days * log_uniform(rng, 0.2, 5)), 200))
    found = []
    for _ in range(number):
        start, length = int(rng.integers(0, int(DAY / TICK))), int(rng.uniform(600, 5400) / TICK)
        found.append(Incident(start, start + length, int(rng.integers(n)), int(rng.integers(days)), rng.uniform(0.1, 0.7)))
    return tuple(found)


def _reported(readings: np.ndarray, clock: Clock) -> np.ndarray:
    """Days laid end to end: (readings a day, n, days) -> (t, n)."""
    return readings.transpose(2, 0, 1).reshape(-1, readings.shape[1])[: clock.steps]


def _sampled(rng: Generator, speed: np.ndarray, free: np.ndarray, vehicles: np.ndarray) -> np.ndarray:
    """Mean speed of the vehicles that happen to pass: the fewer, the rougher; jams stop and go."""
    rough = rng.uniform(0.02, 0.15) / np.sqrt(1 + 0.3 * vehicles) + rng.uniform(0, 0.15) * np.clip(1 - speed / free, 0, 1)
    return speed * np.maximum(0.05, 1 + rough * rng.standard_normal(speed.shape))
