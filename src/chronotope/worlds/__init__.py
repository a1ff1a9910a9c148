"""Simulated worlds, whose truth is known (docs/worlds.md).

    world = ct.worlds.draw(7)                                                      # a family, places, clock and sensors from the seed
    world = ct.worlds.compose(7, temporal="seasonal", spatial="travelling")        # parts by name

`FAMILIES` are what `draw` takes; `BASES`, `STRUCTURES`, `INTERVENTIONS`, `MARGINS` and `DEFECTS` what `compose` takes.
"""

from chronotope.worlds.compose import compose
from chronotope.worlds.draw import FAMILIES, draw
from chronotope.worlds.interventions import INTERVENTIONS
from chronotope.worlds.margins import MARGINS
from chronotope.worlds.observer import DEFECTS
from chronotope.worlds.structures import STRUCTURES
from chronotope.worlds.temporal import BASES
from chronotope.worlds.world import World

__all__ = ["BASES", "DEFECTS", "FAMILIES", "INTERVENTIONS", "MARGINS", "STRUCTURES", "World", "compose", "draw"]
