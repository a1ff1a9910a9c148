"""Field: values that lie somewhere and sometime, with names, units, places, times and what is known about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.arguments import names_of
from chronotope.data.columns import whole_name
from chronotope.data.cut import carried
from chronotope.data.edges_in_time import how_many
from chronotope.data.folding import coordinates, fold, frame_on, unfold
from chronotope.data.frame import Frame
from chronotope.data.panel import EdgeHistory, Edges, Panel
from chronotope.data.side import EDGE_TIME, Side
from chronotope.data.stamps import rows_at, table_in_zone, wall_clock, zone_of
from chronotope.errors import ArgumentError, KindError
from chronotope.inspect.finding import TIME_AGAIN, Finding

if TYPE_CHECKING:
    import geopandas

    from chronotope.inspect.quality import Quality

KIND = "chronotope_kind"  # attribute of datasets whose dims alone do not tell the kind
KINDS = ("grid", "graph", "points", "tracks", "events", "video")
_FRAMED = ("grid", "graph", "video")


@dataclass(frozen=True, repr=False)
class Field:
    """A partly observed field: the canonical dataset and what was understood of it.

    Attributes:
        dataset: canonical xr.Dataset (docs/formats.md), lazily opened where the source allows.
        kind: one of `KINDS`.
        variables: names of the value variables; the other variables of `dataset` are side information.
        space: the place dims, ("lat", "lon"), ("y", "x"), ("place",), ("object",) or ("event",).
        findings: what was inferred and what looks wrong.
        step: the user's word for the step (a pandas offset), or None to read it off the stamps.
        source: where the data came from, for people.
    """

    dataset: xr.Dataset
    kind: str
    variables: tuple[str, ...]
    space: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    step: str | None = None
    source: str = "memory"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ArgumentError(f"kind must be one of {', '.join(KINDS)}; found {self.kind!r}.")
        missing = [name for name in self.variables if name not in self.dataset]
        if missing:
            raise ArgumentError(
                f"Field.variables must be in the dataset; {missing[0]!r} is not among {', '.join(map(str, self.dataset.data_vars))}."
            )

    @property
    def times(self) -> np.ndarray:
        """The real time stamps, datetime64[ns] (t,)."""
        return self.dataset["time"].values.astype("datetime64[ns]")

    @property
    def units(self) -> dict[str, str]:
        """Units of each variable, "" where unknown."""
        return {name: str(self.dataset[name].attrs.get("units", "")) for name in self.variables}

    @property
    def edges(self) -> Edges | None:
        """Directed edges between places, or None; where they change, those valid at the last time."""
        if "edge_source" not in self.dataset:
            return None
        if self.edge_history is not None:
            return self.edge_history.at(self.times[-1])
        source, target = (self.dataset[name].values.astype(np.int64) for name in ("edge_source", "edge_target"))
        weight = self.dataset["edge_weight"].values if "edge_weight" in self.dataset else np.ones(len(source))
        return Edges(source, target, weight.astype(np.float32))

    @property
    def edge_history(self) -> EdgeHistory | None:
        """All edges where they change in time, else None."""
        if "edge_weight" not in self.dataset or EDGE_TIME not in self.dataset["edge_weight"].dims:
            return None
        source, target = (self.dataset[name].values.astype(np.int64) for name in ("edge_source", "edge_target"))
        weight = self.dataset["edge_weight"].transpose(EDGE_TIME, "edge").values.astype(np.float32)
        return EdgeHistory(source, target, weight, self.dataset[EDGE_TIME].values.astype("datetime64[ns]"))

    @cached_property
    def frame(self) -> Frame:
        """The regular frame behind the stamps; of fixed places only."""
        return frame_on(self.dataset, self.step)

    @property
    def zone(self) -> str | None:
        """The zone on whose clock stamps are shown; None where they stand on a clock of their own."""
        return zone_of(self.dataset)

    @property
    def local_times(self) -> np.ndarray:
        """`times` as that clock shows them."""
        return wall_clock(self.times, self.zone)

    @property
    def positions(self) -> tuple[np.ndarray | None, np.ndarray | None]:
        """(degrees (n, 2) or None, metres or the data's own units (n, 2) or None) of the fixed places."""
        return coordinates(self.dataset, self.space)

    @property
    def side(self) -> Side:
        """What is known besides the values: static attributes, past and known-future variables, notes, points of interest."""
        return Side(self)

    @property
    def has_moving_sensors(self) -> bool:
        """True for points of named objects, whose dims are those of tracks."""
        return self.kind == "points" and self.space == ("object",)

    def beside(self) -> list[tuple[str, str]]:
        """(label, text) of the edges and of each kind of side information."""
        return [("edges", how_many(self.dataset)), *self.side.facts()]

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What looks wrong, a sentence each: the findings of level "warning", also those of the clock and of a sample of the values."""
        from chronotope.inspect.describe import all_findings

        return tuple(note.text for note in all_findings(self) if note.level == "warning")

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of time and of the place dims."""
        return tuple(self.dataset.sizes.get(dim, 1) for dim in ("time", *self.space) if dim in self.dataset.sizes)

    def panel(self, target: str | tuple[str, ...] | list[str] | None = None, exact: bool = False) -> Panel:
        """The numbers on a regular frame; missing stamps of a regular step are rows of NaN and no value changes.

        Args:
            target: variables to take, all by default.
            exact: values in float64 where float32 does not hold all of their digits.

        Raises:
            KindError: the field is events or moving places, which have no frame.
            ArgumentError: `target` is not among the variables.
        """
        if self.kind not in _FRAMED:
            raise KindError(f"A panel needs fixed places on a common clock; this field is {self.kind}. {_WAY_OUT[self.kind]}")
        history = self.edge_history
        edges = self.edges if history is None else history.at(self.times[-1])
        panel = fold(self.dataset, self.chosen(target), self.space, self.step, edges, exact)
        return panel if history is None else replace(panel, edge_history=history)

    def unpanel(
        self,
        values: np.ndarray,
        times: np.ndarray,
        dim: str | None = "quantile",
        labels: Any = None,
        target: str | tuple[str, ...] | list[str] | None = None,
    ) -> xr.Dataset:
        """Numbers shaped like this field's panel back under its names, units, coordinates and order of dims.

        Args:
            values: (q, h, n, v), or (h, n, v) with `dim=None`; n and v as in `panel(target)`.
            times: datetime64 (h,), the stamps of the values.
            dim: name of the leading dim, "quantile" or "member".
            labels: coordinate of the leading dim, length q.
            target: the `target` that the panel was made with.

        Raises:
            DimensionError: `values` does not fit.
        """
        made = unfold(self.dataset, self.chosen(target), self.space, values, times, dim, labels)
        return made.map(_in_bytes, keep_attrs=True) if self.kind == "video" and dim is not None else made

    def chosen(self, target: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
        """`target` as a tuple of this field's variables, called with or without their unit in brackets; all of them for None."""
        told = self.variables if target is None else names_of(target, "target")
        names = tuple(whole_name(name, self.variables) for name in told)
        unknown = [name for name in names if name not in self.variables]
        if unknown:
            raise ArgumentError(
                f"target must name variables of the field ({', '.join(self.variables)}); found {unknown[0]!r}.{self.way_out(unknown[0])}"
            )
        return names

    def way_out(self, name: Any) -> str:
        """What to do where a name is asked for as a variable and was read as something else when the data was opened; else ""."""
        if name in self.side.past:
            return " It lies beside the target: open the data without target=, and name the target here."
        if any(one.text.startswith(TIME_AGAIN) and name in one.text[len(TIME_AGAIN) :].split(", ") for one in self.findings):
            return " It was left out when the data was opened, as it tells the time again, which is read anyway: leave it out here too."
        dim = self.space[0] if len(self.space) == 1 else None
        if dim in self.dataset.indexes and name in self.dataset.indexes[dim]:
            return f" It was read as a place: if columns are variables of one place, open the data with target=[..., {name!r}]."
        return ""

    def sel(self, **indexers: Any) -> Field:
        """The part with these labels, like `xarray.Dataset.sel`; for example time=slice("2013", None), place=["a", "b"].

        Text of times is on the clock of the source, as everywhere; other stamps without a zone are UTC where the source has one.
        """
        zone, asked = self.zone, indexers.get("time")
        if zone is not None and isinstance(asked, (str, slice)):
            return self.isel(time=rows_at(self.times, asked, zone)).sel(**{name: one for name, one in indexers.items() if name != "time"})
        return self._part(self.dataset.sel(self._keep_dims(indexers)))

    def isel(self, **indexers: Any) -> Field:
        """The part at these positions, like `xarray.Dataset.isel`."""
        return self._part(self.dataset.isel(self._keep_dims(indexers)))

    def with_findings(self, *findings: Finding) -> Field:
        """The same field with more findings."""
        return replace(self, findings=self.findings + findings)

    def to_xarray(self) -> xr.Dataset:
        """The canonical dataset; variables over time that are no values say so in their attribute `role`.

        `ct.open` makes the same field of it. A film says its kind in an attribute, as its dims are those of a grid, and so do moving
        sensors, whose dims are those of tracks.
        """
        over = {"time", "event"} if self.kind != "points" else {"time"}
        past = [name for name, array in self.dataset.data_vars.items() if over & set(array.dims) and name not in self.variables]
        dataset = self.dataset.assign({name: self.dataset[name].assign_attrs(role="past") for name in past}) if past else self.dataset
        return dataset.assign_attrs({KIND: self.kind}) if self.kind == "video" or self.has_moving_sensors else dataset

    def to_pandas(self) -> pd.DataFrame:
        """A long table: time, place, lat, lon (or x, y), variable, value; missing values are left out."""
        from chronotope.data.longtable import long_table

        return table_in_zone(long_table(self.dataset, self.variables), self.dataset)

    def inspect(self) -> pd.DataFrame:
        """A table of what a careful look finds: gaps, zeros, stuck runs, steps, likeness of neighbours."""
        from chronotope.inspect.look import inspect_field

        return inspect_field(self)

    def quality(self) -> Quality:
        """Figures that take longer: missing by place and time, filled gaps, periods, reach of likeness, quarters of the record."""
        from chronotope.inspect.quality import quality_of

        found = quality_of(self)
        tables = {name: table_in_zone(getattr(found, name), self.dataset, ("from", "to")) for name in ("parts", "stationarity")}
        return replace(found, by_time=table_in_zone(found.by_time.reset_index(), self.dataset).set_index("time"), **tables)

    def to_geopandas(self) -> geopandas.GeoDataFrame:
        """The long table with points as geometry, in degrees (EPSG:4326) or in the data's own plane.

        Raises:
            MissingExtraError: geopandas is not installed.
            KindError: the field has no positions.
        """
        from chronotope.data.geometry import with_geometry

        return with_geometry(self.to_pandas())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from chronotope.inspect.field_html import field_html

        return field_html(self)

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.shape))
        return f"<Field {self.kind} {shape}, {', '.join(self.variables)}, from {self.source}>"

    def __str__(self) -> str:
        from chronotope.inspect.describe import describe

        return describe(self)

    def _keep_dims(self, indexers: dict[str, Any]) -> dict[str, Any]:
        """Single labels of time and place become lists of one, so that the layout stays."""
        kept = ("time", *self.space)
        return {
            dim: [value] if dim in kept and np.ndim(value) == 0 and not isinstance(value, slice) else value
            for dim, value in indexers.items()
        }

    def _part(self, dataset: xr.Dataset) -> Field:
        return replace(self, dataset=carried(self.dataset, dataset, self.space))


def _in_bytes(array: xr.DataArray) -> xr.DataArray:
    """Brightness within the bounds that the film says it has; what has none stays."""
    low, high = (array.attrs.get(name) for name in ("valid_min", "valid_max"))
    return array if low is None or high is None or array.dtype.kind != "f" else array.clip(low, high, keep_attrs=True)


_WAY_OUT = {
    "events": "Ask forecast for their rates in cells (step=, cell=), simulate, detect, explain or whatif; for other verbs count them "
    "first: chronotope count FILE --cell SIZE --step STEP -o counts.nc, or events_to_counts.",
    "tracks": "Ask forecast, simulate, impute, detect, embed, arrival, explain or whatif, or interpolate at a table of times and "
    "places; for other verbs count them first: chronotope count FILE --cell SIZE --step STEP -o counts.nc, or tracks_to_counts.",
    "points": "Ask forecast, simulate, impute, detect, or interpolate at a table of times and places; embed, explain and similar read "
    "kind='tracks'; for other verbs average the values into cells first: chronotope count FILE --how mean --cell SIZE --step STEP "
    "-o means.nc, or points_to_means.",
}
