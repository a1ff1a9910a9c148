"""What is known besides the values: fixed attributes of places, past and known-future variables, notes, points of interest.

All of it lies in the canonical dataset as coordinates, so that it is cut, written and read with the rest; `Side` is the view of it. Only
known-future variables ever reach a model, and only when `forecast(known_future=...)` names them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.categories import decoded, is_category, labels_of
from chronotope.data.stamps import wall_clock
from chronotope.inspect.subject import Subject

NOTE, POI, FUTURE, EDGE_TIME = "note", "poi", "future_time", "edge_time"
CLOCKS = ("note_time", "note_until", FUTURE, EDGE_TIME)
_FIRST = ("time", "until", "place", "lat", "lon", "x", "y", "text")
_NO_ATTRIBUTE = ("time", "lat", "lon", "x", "y", "object", "place", "event")


@dataclass(frozen=True, repr=False)
class Side:
    """The side information of one Field.

    Attributes:
        field: the field that it belongs to.
    """

    field: Subject

    @property
    def static(self) -> xr.Dataset:
        """Attributes of places that do not change: numbers, and words (categories as their labels); dims are those of the places."""
        return self._words(self._static_names())

    @property
    def past(self) -> xr.Dataset:
        """Variables over time that are no value variables: what was not a target, and categories."""
        return self._words(self._past_names())

    @property
    def known_future(self) -> xr.Dataset:
        """Variables known ahead, over their own `time`, past and future; see `chronotope.data.known_future`."""
        names = [name for name in self._over(FUTURE) if name != FUTURE]
        return self._words(names).rename({FUTURE: "time", **{name: plain(name, FUTURE) for name in names}}) if names else xr.Dataset()

    @property
    def notes(self) -> pd.DataFrame:
        """Free text with its time and, where it has one, its place: columns time, text and maybe until, place, lat, lon."""
        return self._table(NOTE)

    @property
    def points_of_interest(self) -> pd.DataFrame:
        """Points with columns lat, lon (or x, y) and what else is known of them."""
        return self._table(POI)

    @property
    def roles(self) -> dict[str, str]:
        """Variable -> "target", "past", "known_future" or "static"."""
        ahead = dict.fromkeys(map(str, self.known_future.data_vars), "known_future")
        fixed, past = dict.fromkeys(self._static_names(), "static"), dict.fromkeys(self._past_names(), "past")
        return dict.fromkeys(self.field.variables, "target") | past | ahead | fixed

    def facts(self) -> list[tuple[str, str]]:
        """(label, text) of each kind that is there, for `print(field)`."""
        dataset = self.field.dataset
        return [
            ("static", _listed(dataset[name] for name in self._static_names())),
            ("past", _listed(dataset[name] for name in self._past_names())),
            ("known ahead", self._ahead()),
            ("notes", self._span_of_notes()),
            ("points", self._kinds_of_points()),
        ]

    def __repr__(self) -> str:
        said = "; ".join(f"{label}: {text}" for label, text in self.facts() if text)
        return f"<Side {said or 'nothing'}>"

    def _static_names(self) -> list[str]:
        dataset, space = self.field.dataset, set(self.field.space)
        if "event" in space:
            return []  # marks of events are values of their own
        fixed = [
            str(name) for name, array in dataset.variables.items() if array.dims and set(array.dims) <= space and name not in dataset.dims
        ]
        return [name for name in fixed if name not in _NO_ATTRIBUTE and name not in self.field.variables]

    def _past_names(self) -> list[str]:
        dataset = self.field.dataset
        if "event" in self.field.space:
            return []
        over = [str(name) for name, array in dataset.variables.items() if "time" in array.dims and name not in dataset.dims]
        return [name for name in over if name not in self.field.variables and name not in _NO_ATTRIBUTE]

    def _over(self, dim: str) -> list[str]:
        return [str(name) for name, array in self.field.dataset.variables.items() if dim in array.dims]

    def _words(self, names: list[str]) -> xr.Dataset:
        return xr.Dataset({name: decoded(self.field.dataset[name].reset_coords(drop=True)) for name in names})

    def _table(self, dim: str) -> pd.DataFrame:
        names = [name for name in self._over(dim) if name != dim]
        columns = {plain(name, dim): decoded(self.field.dataset[name]).values for name in names}
        return pd.DataFrame({name: columns[name] for name in [*(n for n in _FIRST if n in columns), *sorted(set(columns) - set(_FIRST))]})

    def _ahead(self) -> str:
        names = [name for name in self._over(FUTURE) if name != FUTURE]
        if not names:
            return ""
        last = pd.Timestamp(wall_clock(self.field.dataset[FUTURE].values[-1:], self.field.zone)[0])
        return f"{_listed(self.field.dataset[name].rename(plain(name, FUTURE)) for name in names)}, until {last}"

    def _span_of_notes(self) -> str:
        notes = self.notes
        if not len(notes):
            return ""
        first, last = notes["time"].min(), notes["time"].max()
        return f"{len(notes)}" + ("" if pd.isna(first) else f", {first} to {last}")

    def _kinds_of_points(self) -> str:
        points = self.points_of_interest
        kind = next(
            (name for name in points.columns if f"poi_{name}" in self.field.dataset and is_category(self.field.dataset[f"poi_{name}"])),
            None,
        )
        if not len(points) or kind is None:
            return f"{len(points)} of interest" if len(points) else ""
        counts = points[kind].value_counts()
        return f"{len(points)} of interest: " + ", ".join(f"{label} {count}" for label, count in list(counts.items())[:6])


def plain(name: str, dim: str) -> str:
    """The user's word behind a name in the dataset: "poi_lat" is "lat", "future_holiday" is "holiday"."""
    return name.removeprefix(f"{dim.removesuffix('_time')}_")


def _listed(arrays: object) -> str:
    words = []
    for array in arrays:  # type: ignore[attr-defined]
        unit = str(array.attrs.get("units", ""))
        kinds = f" ({len(labels_of(array))} kinds)" if is_category(array) else ""
        words.append(f"{array.name}{f' [{unit}]' if unit and np.issubdtype(array.dtype, np.number) else ''}{kinds}")
    return ", ".join(words[:12]) + (f" and {len(words) - 12} more" if len(words) > 12 else "")
