"""Compose: any temporal base x any spatial structure x any observer, everything else plain and known."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError
from chronotope.worlds.clock import STEPS, draw_clock
from chronotope.worlds.dice import Generator, standardise
from chronotope.worlds.interventions import INTERVENTIONS, bounded
from chronotope.worlds.layout import KINDS, draw_layout
from chronotope.worlds.margins import MARGINS, apply_margin
from chronotope.worlds.observer import DEFECTS, observe
from chronotope.worlds.structures import CONTROLS, STRUCTURES, Paths
from chronotope.worlds.temporal import BASES
from chronotope.worlds.world import Channel, Scene, World

NEEDS = {  # layout and step where the structure has no choice
    "traffic": ({"tree": 1.0}, "15min"),
    "epidemic": (None, "D"),
    "hydrology": ({"tree": 1.0}, "h"),
    "energy": (None, "h"),
}

CHOICES: dict[str, tuple[str, ...]] = {
    "temporal": tuple(BASES),
    "spatial": tuple(STRUCTURES),
    "margin": ("plain", *MARGINS),
    "intervention": tuple(INTERVENTIONS),
    "freq": tuple(STEPS),
    "layout": tuple(KINDS),
}


def compose(
    seed: int = 0,
    *,
    temporal: str = "autoregression",
    spatial: str = "coregionalised",
    observer: str | Iterable[str] = "clean",
    margin: str = "plain",
    intervention: str | None = None,
    places: int = 24,
    steps: int = 512,
    freq: str | None = None,
    layout: str | None = None,
) -> World:
    """A world of named parts; the same arguments always give the same one.

    Args:
        seed: any integer >= 0; it draws what the names leave open.
        temporal: name in `BASES`: what the shocks, sources, loadings or demand do over time.
        spatial: name in `STRUCTURES`: how places share it.
        observer: "clean" (the truth, counts drawn), "mild" (defects by chance), or names in `DEFECTS`, each of which then happens.
        margin: "plain" (the field itself, unit spread) or a name in `MARGINS`; "plain" where a process says itself what is seen.
        intervention: name in `INTERVENTIONS`, done to the truth, or None.
        places: 1 to 512. steps: 32 to 8192.
        freq: name in `clock.STEPS`; an hour, or what the structure needs, if None.
        layout: name in `layout.KINDS`; drawn, or what the structure needs, if None.

    Returns:
        World with `panel`, `truth`, `params`; `control` is True where places tell nothing about each other.

    Raises:
        ArgumentError: a name or a number is outside what is allowed.
    """
    _check(seed, places, steps, temporal=temporal, spatial=spatial, margin=margin, intervention=intervention, freq=freq, layout=layout)
    rng = np.random.Generator(np.random.PCG64([seed, 1]))  # another stream than draw's
    kinds, step = NEEDS.get(spatial, (None, "h"))
    where = draw_layout(rng, places, {layout: 1.0} if layout else kinds)
    scene = Scene(draw_clock(rng, steps, freq or step, "calendar"), where)
    params: dict = {"seed": seed, "temporal": temporal, "spatial": spatial, "freq": scene.clock.freq, "layout": scene.layout.kind}
    channel = _shown(rng, STRUCTURES[spatial](rng, scene, _paths(rng, temporal), params), margin, params)
    if intervention is not None:
        params["intervention"] = intervention
        channel = bounded(channel, INTERVENTIONS[intervention](rng, scene, channel))
    clean, defects = _observer(observer)
    values = observe(rng, channel, scene.layout.unit, params, clean, defects)
    labels = np.array([f"p{i}" for i in range(places)], dtype=object)
    seen = values[..., None].astype(np.float32)
    panel = Panel(
        seen, scene.clock.times, scene.clock.freq, ("value",), xy=scene.layout.xy.copy(), edges=scene.layout.edges(), places=labels
    )
    return World(panel, channel.truth[..., None].astype(np.float32), "composed", spatial in CONTROLS, params)


def _paths(rng: Generator, temporal: str) -> Paths:
    return lambda clock, k: BASES[temporal](rng, clock, k)


def _shown(rng: Generator, made: np.ndarray | Channel, margin: str, params: dict) -> Channel:
    """The channel of a field through its margin; a process that is a channel already has none."""
    if isinstance(made, Channel):
        if margin != "plain":
            raise ArgumentError(
                f"compose(margin=) must be 'plain' for spatial={params['spatial']!r}, which says itself what is seen; found {margin!r}."
            )
        return made
    field = standardise(made, axis=None)
    return Channel(field) if margin == "plain" else apply_margin(rng, field, margin, params)


def _observer(observer: str | Iterable[str]) -> tuple[bool, list[str] | None]:
    """Whether the sensor is perfect, and the defects that happen for certain."""
    if observer in ("clean", "mild"):
        return observer == "clean", None
    names = [observer] if isinstance(observer, str) else list(observer)
    wrong = [name for name in names if name not in DEFECTS]
    if wrong:
        raise ArgumentError(f"compose(observer=) must be 'clean', 'mild' or names of {', '.join(DEFECTS)}; found {wrong[0]!r}.")
    return False, names


def _check(seed: int, places: int, steps: int, **names: str | None) -> None:
    for name, value, low, high in (("seed", seed, 0, np.inf), ("places", places, 1, 512), ("steps", steps, 32, 8192)):
        if not low <= value <= high:
            raise ArgumentError(
                f"compose({name}=) must be at least {low}{'' if np.isinf(high) else f' and at most {high}'}; found {value}."
            )
    for name, chosen in names.items():
        if chosen is not None and chosen not in CHOICES[name]:
            raise ArgumentError(f"compose({name}=) must be one of {', '.join(CHOICES[name])}; found {chosen!r}.")
