"""Simulation: joint draws under the names, units and coordinates of the input."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.longtable import long_table
from chronotope.data.stamps import table_in_zone
from chronotope.errors import ArgumentError
from chronotope.tasks.results.labelled import Labelled
from chronotope.tasks.results.turning import over_members


@dataclass(frozen=True, repr=False)
class Simulation(Labelled):
    """Members, each a whole future or a whole record without gaps, with dims `member` + those of the input.

    Of an ensemble, whose own dim is `member`, the dim of the draws is `draw`.

    What holds for a member holds for whatever is computed of it: sum over places, take the maximum over time
    or count hours above a limit in `dataset`, member by member, and the quantiles of that over `member` are
    an interval for it.

    Attributes:
        dataset: one variable per asked variable, NaN where nothing was asked; `init_time, lead_time` in the
            place of `time` with several origins.
        history: the Field that was given, all of it.
        meta: as of a Forecast, with `seed`, `members` and where their `dependence` comes from.
        filled: for filled gaps, bool variables of the input's dims: True where a value was missing and now is
            not.
    """

    dataset: xr.Dataset
    history: Field
    meta: dict[str, Any] = field(default_factory=dict)
    filled: xr.Dataset | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that were drawn."""
        return tuple(map(str, self.dataset.data_vars))

    @property
    def members(self) -> int:
        """How many there are."""
        return int(self.dataset.sizes[self.along])

    @property
    def along(self) -> str:
        """The dim of the draws: "member", or "draw" where the field is an ensemble."""
        return "draw" if "draw" in self.dataset.dims else "member"

    def to_pandas(self) -> pd.DataFrame:
        """A long table: time, place, lat, lon (or x, y), variable, member, value; without what was not asked.

        With several origins `init_time` and `lead_time` stand before `time`.
        """
        dataset = self.dataset.drop_vars("valid_time", errors="ignore")
        wide = long_table(dataset, drop_missing=False)
        if "valid_time" in self.dataset.coords:
            inits, leads = (pd.Index(dataset[name].values).get_indexer(wide[name]) for name in ("init_time", "lead_time"))
            wide = wide.assign(time=self.dataset["valid_time"].values[inits, leads])
        numbers = [f"{self.along[0]}{i}" for i in range(self.members)]
        keys = [column for column in wide.columns if column not in numbers]
        table = wide[keys].loc[np.repeat(np.arange(len(wide)), self.members)].reset_index(drop=True)
        table[self.along] = np.tile(self.dataset[self.along].values, len(wide))
        table["value"] = wide[numbers].to_numpy().ravel()
        return table_in_zone(table.dropna(subset="value").reset_index(drop=True), self.history.dataset)

    @cached_property
    def mean(self) -> xr.Dataset:
        """The mean of the members, without the member dim; directions and longitudes go round."""
        return over_members(self.dataset, self.along, lambda array: array.mean(self.along, keep_attrs=True))

    @cached_property
    def median(self) -> xr.Dataset:
        """The quantile 0.5."""
        return self.quantile(0.5)

    def quantile(self, q: float) -> xr.Dataset:
        """A quantile of the members in every cell, without the member dim; those of directions and longitudes run clockwise.

        Raises:
            ArgumentError: `q` is not between 0 and 1.
        """
        if not (isinstance(q, (int, float)) and 0 <= q <= 1):
            raise ArgumentError(f"quantile must be a number from 0 to 1; found {q!r}.")
        return over_members(self.dataset, self.along, lambda array: array.quantile(q, self.along, keep_attrs=True).drop_vars("quantile"))

    def interval(self, p: float = 0.8) -> tuple[xr.Dataset, xr.Dataset]:
        """The central interval that holds a share `p` of the members in every cell: (lower, upper).

        Raises:
            ArgumentError: `p` is not between 0 and 1.
        """
        if not (isinstance(p, (int, float)) and 0 < p < 1):
            raise ArgumentError(f"interval must be a share between 0 and 1; found {p!r}.")
        return self.quantile((1 - p) / 2), self.quantile((1 + p) / 2)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from chronotope.tasks.results.html import simulation_html

        return simulation_html(self)

    def __repr__(self) -> str:
        return f"<Simulation of {', '.join(self.variables)} by {self.meta.get('model', '?')} ({self._sizes()})>"
