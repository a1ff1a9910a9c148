"""Traffic: vehicles are kept, the triangle holds, jams travel back at the wave speed."""

import numpy as np
import pytest

from chronotope.worlds.layout import draw_layout
from chronotope.worlds.traffic import TICK, Incident, Roads, draw_roads, expected, simulate

HOUR = TICK / 3600


def _ring(n):
    free = np.full(n, 90.0)
    return Roads(np.roll(np.arange(n), -1), free * HOUR * 1.2, np.full(n, 2.0), free, np.full(n, 18.0), np.full(n, 150.0), np.zeros(n))


def _line(n, free=90.0, stretch=1.0):
    ring = _ring(n)
    into = np.append(np.arange(1, n), -1)
    return Roads(into, ring.free * HOUR * stretch, ring.lanes, np.full(n, free), ring.wave, ring.jam, ring.leave)


def test_a_closed_ring_keeps_its_vehicles():
    roads = _ring(10)
    density, _ = simulate(roads, np.full(10, 60.0), np.concatenate([np.full((100, 1), 1.0), np.zeros((200, 1))]))
    vehicles = (density[..., 0] * roads.length).sum(1)
    assert vehicles[105:] == pytest.approx(np.full(195, vehicles[105]), rel=1e-9) and vehicles[105] > vehicles[10]


def test_what_enters_either_leaves_or_is_still_there():
    rng = np.random.Generator(np.random.PCG64(2))
    roads, entry = draw_roads(rng, draw_layout(rng, 12, {"tree": 1.0}))
    demand = np.full((300, 1), 0.2)  # light: no queue at the entries
    density, flow = simulate(roads, entry, demand)
    gone = np.where(roads.into < 0, 1.0, roads.leave)
    stock = (density[..., 0] * roads.length).sum(1)
    change = (entry.sum() * 0.2 - (flow[..., 0] * gone).sum(1)) * HOUR
    assert np.diff(stock) == pytest.approx(change[:-1], abs=1e-6)


@pytest.mark.parametrize(("load", "side"), [(20.0, "free"), (120.0, "jammed")])
def test_flow_follows_the_triangular_fundamental_diagram(load, side):
    roads = _ring(8)
    assert roads.capacity == pytest.approx(2 * 150 * 90 * 18 / 108)
    filling = np.r_[np.zeros(1), np.ones(20), np.zeros(400)][:, None]
    density, flow = simulate(roads, load * roads.length / HOUR / 20, filling)
    rho = density[-1, :, 0]
    assert rho == pytest.approx(np.full(8, load), rel=1e-3)
    assert flow[-1, :, 0] == pytest.approx({"free": 90 * rho, "jammed": 18 * (300 - rho)}[side], rel=1e-3)  # a last few still enter


def test_readings_never_leave_the_triangle():
    rng = np.random.Generator(np.random.PCG64(5))
    roads, entry = draw_roads(rng, draw_layout(rng, 20, {"tree": 1.0}))
    density, flow = simulate(roads, entry, rng.uniform(0, 1.5, (400, 2)), (Incident(50, 120, 3, 0, 0.2),))
    assert (density >= 0).all() and (density <= (roads.jam * roads.lanes)[:, None] + 1e-9).all()
    assert (flow <= roads.free[:, None] * density + 1e-9).all() and (flow <= roads.capacity[:, None] + 1e-9).all()


def test_a_jam_grows_upstream_at_the_wave_speed_of_its_shock():
    n = 60
    roads = _line(n, stretch=1.0)
    entry = np.zeros(n)
    entry[0] = 3000.0
    closed = (Incident(80, 400, 50, 0, 1e-6),)
    density, _ = simulate(roads, entry, np.ones((400, 1)), closed)
    jammed = density[..., 0] > 150
    reached = np.array([np.argmax(jammed[:, cell]) for cell in range(35, 47)])
    assert (np.diff(reached) <= 0).all()  # farther upstream later
    upstream = 3000 / 90
    shock = 3000 / (300 - upstream)  # Rankine-Hugoniot: km/h at which the tail of a standing queue moves back
    seen = (roads.length[0] * 11) / ((reached[0] - reached[-1]) * HOUR)
    assert seen == pytest.approx(shock, rel=0.1)


def test_expected_flow_adds_up_along_a_line():
    assert expected(np.array([1, 2, -1]), np.array([0.5, 0.0, 0.0]), np.array([8.0, 1.0, 1.0])) == pytest.approx([8, 5, 6])
