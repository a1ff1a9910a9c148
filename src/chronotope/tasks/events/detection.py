"""EventDetection: clusters of events that should not be there, and which events belong to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.stamps import table_in_zone
from chronotope.tasks.results.detection import EVENT_COLUMNS
from chronotope.tasks.results.labelled import Labelled

CLUSTER_COLUMNS = (*EVENT_COLUMNS, "lat", "lon", "y", "x", "radius", "count", "expected")


@dataclass(frozen=True, repr=False)
class EventDetection(Labelled):
    """Clusters among events.

    Attributes:
        dataset: dims `event`, in the order of the field: `score` (minus log10 of the share of worlds of chance that hold so likely a
            cluster; 0 outside of clusters), `flag` (inside a cluster) and `cluster`, its number, -1 for none.
        history: the Field that was given.
        found: the clusters, most surprising first; see `events`.
        meta: task, rate, step, cell and what else says where the numbers come from.
    """

    dataset: xr.Dataset
    history: Field
    found: list[dict[str, Any]] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[str, ...]:
        """What was looked at: how many events there are."""
        return ("count",)

    def events(self) -> pd.DataFrame:
        """A row per cluster, the most surprising first.

        Columns: `start`, `end` (its first and last event), `places` (the cells inside, "y,x" of their centres), `variable` (count), `kind`
        (cluster), `peak_score`, `evidence`, a sentence;
        `lat`, `lon` (or `y`, `x`) of its middle, `radius` in the field's coordinates, `count` of its events and how
        many were `expected`.
        """
        table = pd.DataFrame(self.found, columns=list(CLUSTER_COLUMNS))
        table = table.drop(columns=[name for name in ("lat", "lon", "y", "x") if name not in self.history.dataset.variables])
        table = table.astype({"start": "datetime64[ns]", "end": "datetime64[ns]", "peak_score": float})
        return table_in_zone(table, self.history.dataset, ("start", "end"))

    def to_pandas(self) -> pd.DataFrame:
        """The table of the events with columns score, flag, cluster."""
        table = self.history.to_pandas().reset_index(drop=True)
        return table_in_zone(
            table.assign(**{str(name): array.values for name, array in self.dataset.data_vars.items()}), self.history.dataset
        )

    def __repr__(self) -> str:
        return f"<EventDetection: {len(self.found)} clusters among {self.dataset.sizes['event']} events>"
