"""WhatIf: a forecast as things are, as they would be, and the difference with its interval."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import KindError
from chronotope.tasks.events.result import EventForecast
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.results.labelled import Labelled


@dataclass(frozen=True, repr=False)
class WhatIf(Labelled):
    """Three forecasts of the same cells; `difference` has an interval of its own, that of what is not known of the response.

    Attributes:
        as_it_is: the forecast without any change.
        then: what it would be.
        difference: `then` less `as_it_is`; its quantiles are not differences of quantiles, as what both cannot foresee is the same. Of
            events `count` holds the quantiles of that of the `rate`.
        summary: a row per origin and variable: mean over all asked cells of open places `before`, of the `difference`, and the 80 %
            interval of that mean, `low` to `high`. Of tracks a row per object that is moved: how far on average over the steps.
            Of events one row: expected numbers of all cells and steps together.
        meta: as of a Forecast, with what was `set` and `closed`, and `sureness`: in standard errors, what knowing it was worth in parts of
            the past that it was not learnt from.
    """

    as_it_is: Forecast | EventForecast
    then: Forecast | EventForecast
    difference: Forecast | EventForecast
    summary: pd.DataFrame
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def history(self) -> Field:
        """The Field that was given."""
        return self.as_it_is.history

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that were answered."""
        return tuple(map(str, self.as_it_is.dataset.data_vars))

    @property
    def dataset(self) -> xr.Dataset:  # type: ignore[override]
        """For each variable VAR: `VAR_as_it_is`, `VAR_then` and `VAR_difference`, with the dims of a forecast."""
        parts = {"as_it_is": self.as_it_is, "then": self.then, "difference": self.difference}
        arrays = {f"{name}_{part}": made.dataset[name] for name in self.variables for part, made in parts.items()}
        return self.as_it_is.dataset.drop_vars(self.variables).assign(arrays)

    @property
    def kind(self) -> str:
        """Of the field."""
        return self.history.kind

    @property
    def words(self) -> str:
        """What the numbers say, and what they do not say."""
        say = SENTENCES.get(self.kind, _sentence)
        return " ".join([*(say(row) for _, row in self.summary.head(SAID).iterrows()), self.caution])

    @property
    def caution(self) -> str:
        """What the numbers do not say."""
        causes = self.meta.get("causes") or [*self.meta["set"], *(f"closing {name}" for name in self.meta["closed"])]
        listed, what = " and ".join(causes), "events" if self.kind == "events" else "moves" if self.kind == "tracks" else "values"
        return f"This is what followed such {what} before, not what {listed} would cause: whatever went along with it then is counted in."

    def to_pandas(self) -> pd.DataFrame:
        """A long table: `answer` (as_it_is, then or difference) before the columns of a forecast's table."""
        parts = {"as_it_is": self.as_it_is, "then": self.then, "difference": self.difference}
        tables = [made.to_pandas() for made in parts.values()]
        for table, name in zip(tables, parts):
            table.insert(0, "answer", name)
        return pd.concat(tables, ignore_index=True)

    def _table_for(self, path: str | Path) -> pd.DataFrame:
        return self.to_pandas()

    def plot(self, place: Any = None, variable: str | None = None, **options: Any) -> Any:
        """Both forecasts of one place, and the difference below; see `chronotope.view.supposed.plot_whatif`.

        Raises:
            KindError: the field is of tracks or events.
        """
        if self.kind in SENTENCES:
            raise KindError(f"Pictures of whatif are of places with values; of {self.kind} draw .as_it_is and .then, such as .then.map().")
        from chronotope.view.supposed import plot_whatif

        return plot_whatif(self, place=place, variable=variable, **options)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{dim}: {size}" for dim, size in self.as_it_is.dataset.sizes.items())
        return f"<WhatIf of {', '.join(self.variables)} by {self.meta.get('model', '?')} ({sizes})>"


def _moved(row: pd.Series) -> str:
    """An object in words."""
    unit = f" {row['unit']}" if row["unit"] else ""
    return f"{row['variable']} is {row['difference']:.4g}{unit} elsewhere on average (80 %: {row['low']:.4g} to {row['high']:.4g})."


def _counted(row: pd.Series) -> str:
    """What is expected in all cells and steps together, in words."""
    way, (low, high) = "higher" if row["difference"] >= 0 else "lower", sorted((row["low"], row["high"]))
    share = f", {abs(row['difference']) / row['before']:.1%} of {row['before']:.4g}" if row["before"] > 1e-12 else ""
    return f"The {row['variable']} is {abs(row['difference']):.4g} {way} (80 %: {low:+.4g} to {high:+.4g}){share}."


def _sentence(row: pd.Series) -> str:
    """A row of the summary in words."""
    way = "higher" if row["difference"] >= 0 else "lower"
    sizes = sorted(abs(row[name]) for name in ("low", "high"))
    across = row["low"] * row["high"] < 0
    reach = f"80 %: {row['low']:+.4g} to {row['high']:+.4g}" if across else f"80 %: {sizes[0]:.4g} to {sizes[1]:.4g}"
    size = abs(row["difference"])
    share = f", {size / abs(row['before']):.1%} of {row['before']:.4g}" if abs(row["before"]) > 1e-12 else ""
    return f"{row['variable']} is {size:.4g} {way} on average ({reach}){share}."


SAID = 12  # rows of the summary that are said
SENTENCES = {"tracks": _moved, "events": _counted}
