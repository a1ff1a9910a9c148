"""World: what one draw of a simulator gives, and the two things a family sees and returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from chronotope.data.panel import Edges, Panel
from chronotope.worlds.clock import Clock
from chronotope.worlds.layout import Layout

if TYPE_CHECKING:
    from chronotope.data.field import Field


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

    def __repr__(self) -> str:
        t, n, v = self.truth.shape
        return f"World(family={self.family!r}, {t} steps, {n} places, {v} variables, params={self.params})"

    @property
    def field(self) -> Field:
        """The panel as a Field, as a file would give it: what `forecast` and the other verbs take."""
        import xarray as xr

        from chronotope.data.field import Field

        panel = self.panel
        coords: dict[str, Any] = {"time": panel.times, "place": panel.places}
        if panel.xy is not None:
            coords |= {name: ("place", panel.xy[:, i], {"units": "m"}) for i, name in enumerate("xy")}
        variables: dict[str, Any] = {name: (("time", "place"), panel.values[..., i]) for i, name in enumerate(panel.variables)}
        if panel.edges is not None:
            named = {"edge_source": panel.edges.source, "edge_target": panel.edges.target, "edge_weight": panel.edges.weight}
            variables |= {name: ("edge", values) for name, values in named.items()}
        source = f"world {self.family} {self.params.get('seed', '')}".strip()
        return Field(xr.Dataset(variables, coords), "graph", panel.variables, ("place",), (), panel.freq, source)


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
