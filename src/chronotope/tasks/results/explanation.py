"""Explanation: what moved an answer, as a table, a picture and a dataset."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.tasks.results.labelled import Labelled


@dataclass(frozen=True, repr=False)
class Explanation(Labelled):
    """What an answer owes to what was seen.

    Attributes:
        dataset: for each variable VAR the median `VAR` and `VAR_effect` (hidden, DIMS): the median less that of the same question without
            the part `hidden`, whose `kind` is a coordinate; NaN where the part is what is asked about itself.
        history: the Field that was given.
        table: a row per variable and hidden part, the strongest first: `moved`, by how much the quantiles 0.1 to 0.9 change on
            average (in the unit of the variable) and `in_widths` of the 80 % interval; `lifts`, what it adds to the median (positive: the
            answer is higher for it); and `narrows`, by which share the interval would be wider without it.
        shares: a row per variable and candidate of the mix: its `share` (they add up to one), what it `says`, and `what` it is; the sum of
            shares times sayings, with what the network moves and what known variables add (rows without a share), is the mean median.
            Empty where the model mixes no candidates.
        meta: as of a Forecast; `among` how many places parts were hidden, and how far, in widths, that answer is `apart` from that of all.
    """

    dataset: xr.Dataset
    history: Field
    table: pd.DataFrame
    shares: pd.DataFrame
    meta: dict[str, Any] = field(default_factory=dict)

    def to_pandas(self) -> pd.DataFrame:
        """The table of hidden parts."""
        return self.table.copy()

    def of(self, kind: str) -> pd.DataFrame:
        """The part of the table that is about a "place", a "time" or a "variable"."""
        return self.table[self.table["kind"] == kind].reset_index(drop=True)

    def plot(self, place: Any = None, variable: str | None = None, **options: Any) -> Any:
        """What moved the answer most, as bars; see `chronotope.view.explained.plot_explanation`.

        Raises:
            ArgumentError: a place is named; the bars are of what was explained.
        """
        if place is not None:
            raise ArgumentError(f"place is chosen when explaining: model.explain(field, horizon, place={place!r}). Leave it out here.")
        from chronotope.view.explained import plot_explanation

        return plot_explanation(self, variable=variable, **options)

    def __repr__(self) -> str:
        count = len(self.dataset["hidden"])
        return (
            f"<Explanation of {', '.join(self.table['variable'].unique())} by {self.meta.get('model', '?')}: {count} parts hidden in turn>"
        )
