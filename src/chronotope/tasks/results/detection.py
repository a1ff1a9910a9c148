"""Detection: what a field would have been expected to be, how surprising each value is, and the events this adds up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.longtable import fix_table, long_table, point_table
from chronotope.data.stamps import table_in_zone
from chronotope.tasks.results.labelled import Labelled

PARTS = ("expected", "low", "high", "score", "flag")
EVENT_COLUMNS = ("start", "end", "places", "variable", "kind", "peak_score", "evidence")


@dataclass(frozen=True, repr=False)
class Detection(Labelled):
    """Surprise under the names, units, coordinates and order of the input.

    Attributes:
        dataset: for each variable VAR: `VAR_expected`, `VAR_low`, `VAR_high` (the interval that holds all but about the rate of clean
            values), `VAR_score` (minus log10 of the two-sided tail probability, NaN where nothing was observed) and `VAR_flag` (bool).
        history: the Field that was given.
        variables: names of the variables that were looked at.
        found: the events, most surprising first; see `events`.
        meta: task, model, version, rate, how many values were observed and flagged.
    """

    dataset: xr.Dataset
    history: Field
    variables: tuple[str, ...]
    found: list[dict[str, Any]] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)

    def events(self) -> pd.DataFrame:
        """A row per event, the most surprising first.

        Columns: `start`, `end` (in the zone of the source, both belong to it), `places` (a list), `variable`,
        `kind` (point, stuck, level, drift, burst, outage; unit: read in another unit; inconsistent: others tell exactly
        that it is something else; swapped: two sensors exchanged; of tracks, whose
        objects stand for places, jump, stuck, offset, slip, drift, swapped), `peak_score` and `evidence`, a sentence.
        """
        table = pd.DataFrame(self.found, columns=list(EVENT_COLUMNS))
        table = table.astype({"start": "datetime64[ns]", "end": "datetime64[ns]", "peak_score": float})
        return table_in_zone(table, self.history.dataset, ("start", "end"))

    def to_pandas(self) -> pd.DataFrame:
        """A long table: time, place, lat, lon (or x, y), variable, value, expected, low, high, score, flag; a row per observed value.

        Of tracks time, object, lat, lon (or x, y), `lat_expected` and so on, score and flag; a row per fix.
        """
        if self.history.kind == "tracks":
            return table_in_zone(fix_table(self.dataset, self.variables), self.history.dataset)
        if self.history.kind == "points":
            return table_in_zone(point_table(self.history.dataset, self.dataset, self.variables, PARTS), self.history.dataset)
        tables = []
        for part in ("value", *PARTS):
            names = {name: name if part == "value" else f"{name}_{part}" for name in self.variables}
            source = self.history.dataset if part == "value" else self.dataset
            one = source[list(names.values())].rename({old: new for new, old in names.items()})
            tables.append(long_table(one, self.variables, drop_missing=False, wide=False))
        table = tables[0]
        for part, other in zip(PARTS, tables[1:]):
            table[part] = other["value"].to_numpy(bool if part == "flag" else float)
        return table_in_zone(table.dropna(subset=["score"]).reset_index(drop=True), self.history.dataset)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from chronotope.tasks.results.html import detection_html

        return detection_html(self)

    def __repr__(self) -> str:
        share = self.meta.get("flagged", 0) / max(self.meta.get("observed", 0), 1)
        return f"<Detection in {', '.join(self.variables)} by {self.meta.get('model', '?')}: {share:.2%} flagged, {len(self.found)} events>"
