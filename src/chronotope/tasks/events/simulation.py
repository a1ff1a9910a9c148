"""EventSimulation: drawn events of several members, as a table of when, where and with which marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.stamps import table_in_zone
from chronotope.tasks.results.labelled import Labelled


@dataclass(frozen=True, repr=False)
class EventSimulation(Labelled):
    """Members of a future of events.

    Attributes:
        dataset: dims `event`; `member`, `time` and the two coordinates of every event, and its marks; ordered by member and time.
            Several origins have `init_time` too.
        history: the Field that was given, all of it.
        meta: as of an EventForecast, with `seed`, `members` and the `branching` (mean number of events that an event brings) in it.
        lattice: steps and cells (time, y, x) in which they were drawn, of the first origin.
    """

    dataset: xr.Dataset
    history: Field
    meta: dict[str, Any] = field(default_factory=dict)
    lattice: xr.DataArray = field(default_factory=lambda: xr.DataArray(np.zeros((0, 0, 0)), dims=("time", "y", "x")))

    @property
    def members(self) -> int:
        """How many futures there are, also such in which nothing happens."""
        return int(self.meta["members"])

    def to_pandas(self) -> pd.DataFrame:
        """A row per event: member, time, lat, lon (or y, x), marks."""
        first = [name for name in ("init_time", "member", "time", "lat", "lon", "y", "x") if name in self.dataset.coords]
        columns = {name: self.dataset[name].values for name in [*first, *map(str, self.dataset.data_vars)]}
        return table_in_zone(pd.DataFrame(columns), self.history.dataset)

    def counts(self) -> xr.DataArray:
        """How many come, (member, time, y, x), in the steps and cells of the forecast from the first origin; `time` ends a step."""
        data = self.dataset
        if "init_time" in data.coords:
            data = data.isel(event=np.flatnonzero(data["init_time"].values == data["init_time"].values[0]))
        y, x = ("lat", "lon") if "lat" in data.coords else ("y", "x")
        out = np.zeros((self.members, *self.lattice.shape), np.int32)
        row = np.searchsorted(self.lattice["time"].values, data["time"].values, side="left")
        cell = float(self.meta["cell"])
        where = [
            np.clip(np.floor((data[name].values - self.lattice[dim].values[0]) / cell + 0.5).astype(int), 0, out.shape[axis] - 1)
            for name, dim, axis in ((y, "y", 2), (x, "x", 3))
        ]
        np.add.at(out, (data["member"].values, row, *where), 1)
        return xr.DataArray(out, {"member": np.arange(self.members), **self.lattice.coords}, ("member", *self.lattice.dims), name="count")

    def __repr__(self) -> str:
        return f"<EventSimulation by {self.meta.get('model', '?')} ({self.members} members, {self.dataset.sizes['event']} events)>"
