"""Draw: a world from a seed - clock, layout, family, observer, unit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.data.arguments import whole_number
from chronotope.data.panel import Edges, Panel
from chronotope.errors import ArgumentError
from chronotope.worlds.advection import advection
from chronotope.worlds.chaos import chaos
from chronotope.worlds.clock import draw_clock
from chronotope.worlds.controls import controls
from chronotope.worlds.dice import Generator, chance, log_uniform, pick
from chronotope.worlds.energy import energy
from chronotope.worlds.epidemic import epidemic
from chronotope.worlds.gaussian import gaussian
from chronotope.worlds.hawkes import hawkes
from chronotope.worlds.hydrology import hydrology
from chronotope.worlds.interventions import interventions
from chronotope.worlds.layout import draw_layout
from chronotope.worlds.movers import movers
from chronotope.worlds.network import network
from chronotope.worlds.observer import observe
from chronotope.worlds.patterns import patterns
from chronotope.worlds.traffic import traffic
from chronotope.worlds.travelling import travelling
from chronotope.worlds.world import Channel, Draft, Scene, World

FAMILIES: dict[str, Callable[[Generator, Scene], Draft]] = {
    "gaussian": gaussian,
    "travelling": travelling,
    "network": network,
    "advection": advection,
    "traffic": traffic,
    "epidemic": epidemic,
    "hawkes": hawkes,
    "chaos": chaos,
    "hydrology": hydrology,
    "energy": energy,
    "movers": movers,
    "patterns": patterns,
    "interventions": interventions,
    "controls": controls,
}
CONTROLS = 1 / 7  # share of draws that are negative controls
SHARES = {
    "gaussian": 0.27,
    "travelling": 0.24,
    "network": 0.12,
    "advection": 0.07,
    "traffic": 0.07,
    "epidemic": 0.05,
    "hawkes": 0.04,
    "chaos": 0.03,
    "hydrology": 0.06,
    "energy": 0.05,
    "movers": 0.05,
    "patterns": 0.03,
    "interventions": 0.05,
}  # fmt: skip - of the other draws, in proportion
_ROADS = {"tree": 0.7, "ring": 0.3}
LIKES = {  # layouts a family prefers
    "network": {"tree": 0.35, "ring": 0.1, "uniform": 0.2, "clustered": 0.15, "grid": 0.2},
    "traffic": _ROADS,
    "hydrology": {"tree": 1.0},
}
CLOCKS = {  # steps a family needs; its clock is then always a calendar
    "traffic": {"5min": 0.55, "10min": 0.15, "15min": 0.2, "30min": 0.05, "h": 0.05},
    "epidemic": {"D": 0.5, "7D": 0.5},
    "hydrology": {"15min": 0.1, "h": 0.35, "6h": 0.15, "D": 0.4},
    "energy": {"15min": 0.25, "30min": 0.15, "h": 0.45, "3h": 0.15},
}
STEPS = {256: 0.2, 512: 0.3, 1024: 0.3, 2048: 0.2}
MAPS = {"places": 0.6, "places and edges": 0.2, "edges": 0.1, "nothing": 0.1}  # what the panel tells of where


def draw(seed: int, *, family: str | None = None, places: int | None = None, steps: int | None = None) -> World:
    """A world; the same arguments always give the same one.

    Args:
        seed: any integer >= 0.
        family: name in `FAMILIES`; one in seven a control, the others drawn with `SHARES` if None.
        places: 1 to 512 places; log-uniform between 8 and 64 if None.
        steps: 32 to 8192 steps; drawn from `STEPS` if None.

    Raises:
        ArgumentError: an argument is outside what is allowed.
    """
    _check(seed, family, places, steps)
    rng = np.random.Generator(np.random.PCG64(seed))
    family = family or ("controls" if chance(rng, CONTROLS) else pick(rng, SHARES))
    places = places or int(round(log_uniform(rng, 8, 64)))
    steps = steps or int(pick(rng, {str(s): w for s, w in STEPS.items()}))
    freq = pick(rng, CLOCKS[family]) if family in CLOCKS else None
    scene = Scene(draw_clock(rng, steps, freq, "calendar" if freq else None), draw_layout(rng, places, LIKES.get(family)))
    draft = FAMILIES[family](rng, scene)
    params = {"seed": seed, "freq": scene.clock.freq, "clock": scene.clock.mode, "layout": scene.layout.kind, **draft.params}
    return _world(rng, scene, draft, family, params)


def _check(seed: int, family: str | None, places: int | None, steps: int | None) -> None:
    whole_number(seed, "draw(seed=)", 0)
    if family is not None and family not in FAMILIES:
        raise ArgumentError(f"draw(family=) must be one of {', '.join(FAMILIES)}; found {family!r}.")
    if places is not None:
        whole_number(places, "draw(places=)", 1, 512)
    if steps is not None:
        whole_number(steps, "draw(steps=)", 32, 8192)


def _world(rng: Generator, scene: Scene, draft: Draft, family: str, params: dict) -> World:
    clean = chance(rng, 0.3)
    params["clean"] = clean
    seen, truth = zip(*(_measured(rng, c, scene, params, clean) for c in draft.channels))
    values, truth = (np.stack(a, -1).astype(np.float32) for a in (seen, truth))
    names = ("value",) if len(seen) == 1 else tuple(f"value_{i}" for i in range(len(seen)))
    xy, edges = _map(rng, scene, draft, params)
    labels = np.array([f"p{i}" for i in range(values.shape[1])], dtype=object)
    panel = Panel(values, scene.clock.times, scene.clock.freq, names, xy=xy, edges=edges, places=labels)
    return World(panel, truth, family, draft.control, params)


def _measured(rng: Generator, channel: Channel, scene: Scene, params: dict, clean: bool) -> tuple[np.ndarray, np.ndarray]:
    """Observed values and truth, both in one random unit; counts mostly stay counts."""
    values = observe(rng, channel, scene.layout.unit, params, clean)
    if channel.kind != "real" and chance(rng, 0.85):
        return values, channel.truth
    scale, shift = log_uniform(rng, 1e-3, 1e4), 0.0
    if channel.low is None and chance(rng, 0.3):
        shift = rng.normal(0, 30) * scale
    params.setdefault("unit", []).append((float(scale), float(shift)))
    return values * scale + shift, channel.truth * scale + shift


def _map(rng: Generator, scene: Scene, draft: Draft, params: dict) -> tuple[np.ndarray | None, Edges | None]:
    params["map"] = pick(rng, MAPS)
    layout = scene.layout
    edges = layout.edges() if draft.edges is None else draft.edges
    if edges is not None and not len(edges.source):
        edges = None
    xy = layout.xy.copy() if params["map"] in ("places", "places and edges") else None
    return xy, edges if params["map"] in ("places and edges", "edges") else None
