"""Forecast: the answer of a model as an object - quantiles under the names, units and coordinates of the input."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.tasks.results.labelled import Labelled
from chronotope.tasks.results.turning import between


@dataclass(frozen=True, repr=False)
class Forecast(Labelled):
    """Quantiles of what was asked, with dims `quantile` + the dims of the input.

    With several origins `init_time, lead_time` stand in the place of `time`; where calendar steps make leads unequal a
    coordinate `valid_time` holds the exact stamps.

    Attributes:
        dataset: one variable per asked variable, NaN where nothing was asked.
        history: the Field that was given, all of it.
        meta: task, model, version, origin, horizon, data hash and what else says where the numbers come from; `warnings` holds what looks
            wrong in the data that was read.
        filled: for filled gaps, bool variables of the input's dims: True where a value was missing and now is not.
    """

    dataset: xr.Dataset
    history: Field
    meta: dict[str, Any] = field(default_factory=dict)
    filled: xr.Dataset | None = None

    @property
    def levels(self) -> tuple[float, ...]:
        """The quantile levels, increasing."""
        return tuple(float(level) for level in self.dataset["quantile"].values)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that were answered."""
        return tuple(map(str, self.dataset.data_vars))

    def to_pandas(self) -> pd.DataFrame:
        """A long table: time, place, lat, lon (or x, y), variable, q0.1, ..., q0.9; rows that were not asked are left out.

        Behind the quantiles stand `filled` where gaps were filled, and the further columns of a table of places that was asked about.
        """
        from chronotope.tasks.results.table import table_of

        return table_of(self)

    def to_wide(self) -> pd.DataFrame:
        """A wide table of the median: a row per time, a column per place; variables are the columns where there is one place.

        Raises:
            ArgumentError: there are several origins, or dims besides time and place; or several quantiles without the median.
        """
        from chronotope.tasks.results.wide import wide_table

        return wide_table(self)

    @cached_property
    def median(self) -> xr.Dataset:
        """The quantile 0.5, without the quantile dim."""
        return self.quantile(0.5)

    def quantile(self, q: float) -> xr.Dataset:
        """One quantile, without the quantile dim; linear between the levels that were asked for.

        Raises:
            ArgumentError: `q` lies outside the levels that were asked for.
        """
        levels = np.array(self.levels)
        if not (isinstance(q, (int, float)) and levels[0] - 1e-9 <= q <= levels[-1] + 1e-9):
            raise ArgumentError(
                f"quantile must lie within the levels that were asked for ({levels[0]:g} to {levels[-1]:g}); found {q!r}. "
                f"Ask for more, for example quantiles=(0.05, 0.5, 0.95)."
            )
        exact = np.flatnonzero(np.abs(levels - q) < 1e-9)
        if len(exact):
            return self.dataset.isel(quantile=int(exact[0]), drop=True)
        high = int(np.searchsorted(levels, q))
        part = float((q - levels[high - 1]) / (levels[high] - levels[high - 1]))
        low, upper = (self.dataset.isel(quantile=i, drop=True) for i in (high - 1, high))
        return between(low, upper, part)

    def interval(self, p: float = 0.8) -> tuple[xr.Dataset, xr.Dataset]:
        """The central interval that should hold a share `p` of the truth: (lower, upper), without the quantile dim.

        Raises:
            ArgumentError: `p` is not in (0, 1), or needs levels that were not asked for.
        """
        if not (isinstance(p, (int, float)) and 0 < p < 1):
            raise ArgumentError(f"interval must be a share between 0 and 1; found {p!r}.")
        return self.quantile(round((1 - p) / 2, 12)), self.quantile(round((1 + p) / 2, 12))

    def _table_for(self, path: str | Path) -> pd.DataFrame:
        """An observed value stands once, in the column of the median, and its other quantiles are left empty."""
        from chronotope.tasks.results.table import file_table

        return file_table(self, path)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from chronotope.tasks.results.html import forecast_html

        return forecast_html(self)

    def __repr__(self) -> str:
        return f"<Forecast of {', '.join(self.variables)} by {self.meta.get('model', '?')} ({self._sizes()})>"
