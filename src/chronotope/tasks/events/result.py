"""EventForecast: how many events are to be expected in each cell and step, and how their number scatters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.stamps import table_in_zone
from chronotope.tasks.results.labelled import Labelled


@dataclass(frozen=True, repr=False)
class EventForecast(Labelled):
    """Rates and counts of events, with dims `time, y, x`; `y` and `x` are centres of cells in the
    coordinates of the events, which are named beside them (`lat` along y, `lon` along x) where they have other names.

    Several origins have `init_time, lead_time` in the place of `time`; cells beyond those of an origin are NaN in it.

    Attributes:
        dataset: `rate`, the expected number in each cell and step, and `count`, its quantiles, whole numbers; `time` is the end of a step.
        history: the Field that was given, all of it.
        meta: task, model, version, origin, horizon, step, cell and what else says where the numbers come from.
    """

    dataset: xr.Dataset
    history: Field
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def levels(self) -> tuple[float, ...]:
        """The quantile levels, increasing."""
        return tuple(float(level) for level in self.dataset["quantile"].values)

    @property
    def rate(self) -> xr.DataArray:
        """The expected number in each cell and step."""
        return self.dataset["rate"]

    @property
    def expected(self) -> xr.DataArray:
        """The expected number in each step, in all cells together."""
        return self.dataset["rate"].sum(("y", "x"))

    def to_pandas(self) -> pd.DataFrame:
        """A long table: time, lat, lon (or y, x), rate, q0.1, ..., q0.9; a row for each step and cell."""
        table = self.dataset["rate"].to_series().rename("rate").reset_index()
        table = table.rename(
            columns={str(a.dims[0]): str(name) for name, a in self.dataset.coords.items() if a.dims and name not in a.dims}
        )
        for i, level in enumerate(self.levels):
            table[f"q{level:g}"] = self.dataset["count"].isel(quantile=i).to_series().to_numpy()
        if "init_time" in table:
            table.insert(2, "time", table["init_time"] + table["lead_time"])
        return table_in_zone(table.dropna(subset=["rate"]).reset_index(drop=True), self.history.dataset)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from chronotope.tasks.results.html import events_html

        return events_html(self)

    def __repr__(self) -> str:
        return f"<EventForecast by {self.meta.get('model', '?')} ({self._sizes()})>"
