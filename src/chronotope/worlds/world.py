"""World: what one draw of a simulator gives, and the two things a family sees and returns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from chronotope.data.panel import Edges, Panel
from chronotope.worlds.clock import Clock
from chronotope.worlds.layout import Layout


@dataclass(frozen=True)
class World:
    """A simulated data set with its truth.

    Attributes:
        panel: what a user would see: values float32 (t, n, v), NaN where unobserved, with times, places and maybe edges.
        truth: float32 (t, n, v), the noise-free field in the units of the panel, without gaps.
        family: name in `FAMILIES`.
        control: True for negative controls, where no place tells anything about another.
        params: everything that was drawn, printable.
    """

    panel: Panel
    truth: np.ndarray
    family: str
    control: bool
    params: dict


@dataclass(frozen=True)
class Scene:
    """Where and when a family plays: the clock (t steps) and the layout (n places)."""

    clock: Clock
    layout: Layout

    @property
    def shape(self) -> tuple[int, int]:
        """(t, n)."""
        return self.clock.steps, self.layout.places


@dataclass(frozen=True)
class Channel:
    """One variable before the observer.

    Attributes:
        truth: (t, n), finite.
        kind: "real"; "count" (the observer draws integers around the truth); "exact" (integers already, no noise).
        low, high: natural bounds, scalars or (n,); None where there is none.
        outcome: (t, n) what the process itself has drawn around the truth (counts that excite further counts), or None.
    """

    truth: np.ndarray
    kind: str = "real"
    low: np.ndarray | float | None = None
    high: np.ndarray | float | None = None
    outcome: np.ndarray | None = None


@dataclass(frozen=True)
class Draft:
    """What a family returns: its channels, what it drew, and edges if it knows better ones than the layout."""

    channels: tuple[Channel, ...]
    params: dict = field(default_factory=dict)
    edges: Edges | None = None
    control: bool = False
