"""The last step of every table of fixed places."""

from __future__ import annotations

import xarray as xr

from chronotope.data.field import Field
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.tidy_time import tidy_time


def finish_graph(dataset: xr.Dataset, names: tuple[str, ...], found: list[Finding], options: OpenOptions, source: str) -> Field:
    """Sorted stamps, text labels, and the Field."""
    notes = list(found)
    dataset = tidy_time(dataset, notes)
    return Field(dataset, "graph", names, ("place",), tuple(notes), options.step, source)
