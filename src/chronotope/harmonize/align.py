"""Several Fields on one frame: one clock, one set of places, the variables of all, each with where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from chronotope.data.arguments import above_zero, whole_number
from chronotope.data.field import Field
from chronotope.data.folding import coordinates
from chronotope.data.stamps import CLOCK, SOURCE, zone_of
from chronotope.errors import ArgumentError, TimeError
from chronotope.harmonize.bins import bins_of, fixed_length
from chronotope.harmonize.cells import nearest_in_plane
from chronotope.harmonize.clocks import localize
from chronotope.harmonize.convert import grid_to_points, points_to_grid
from chronotope.harmonize.record import changed, need_kind
from chronotope.harmonize.regrid import regrid
from chronotope.harmonize.resample import resample
from chronotope.harmonize.weights import nearest
from chronotope.inspect.finding import Finding


def align(
    fields: Sequence[Field],
    *,
    to: int = 0,
    times: str = "intersection",
    step: str | None = None,
    how: str | Mapping[str, str] = "mean",
    least: float | None = None,
    radius: float | None = None,
) -> Field:
    """One Field on the places of `fields[to]` with the variables of all.

    Args:
        fields: two or more of kind grid or graph.
        to: which of them gives the places (or the grid, and the edges). Sites are brought to sites by the nearest within `radius` (by name
            where positions are unknown), grids to sites by bilinear reading, sites to grids by the mean of each cell, grids to
            grids conservatively.
        times: "intersection" of the spans, or "union" with gaps where a source has nothing.
        step: the common step; the longest of the sources' steps if None.
        how, least: how finer sources become coarser, see `resample`; a mapping names variables as they are in their source.
        radius: metres (or the plane's units) beyond which a place takes nothing from its nearest.

    Returns:
        A Field of the kind of `fields[to]`. A name that two sources share gets the source's position as ending, "temperature_1". Each
        variable carries `origin` (where it came from) and `origin_name` as attributes; the findings of all sources are kept.

    Raises:
        KindError: a field is neither grid nor graph, or has no positions and other names.
        ArgumentError: fewer than two fields, or `to`, `times` or `step` cannot be read.
        TimeError: the spans do not overlap, or a clock without a step and no `step`.
    """
    _check(fields, to, times)
    fields = _in_one_zone(fields, to)
    freq = step or _longest_step(fields)
    on_clock = [_on_clock(field, freq, how, least) for field in fields]
    frame = _frame(on_clock, freq, times, zone_of(fields[to].dataset))
    parts = [part if i == to else _on_places(part, on_clock[to], radius) for i, part in enumerate(on_clock)]
    data = _renamed(parts)
    base = parts[to]
    kept = base.dataset.drop_vars(list(base.variables))
    kept = (kept.drop_dims("time") if "time" in kept.dims else kept).assign_coords(time=("time", frame))
    dataset = kept.assign({name: array.reindex(time=frame).drop_vars(_odd(array, kept), errors="ignore") for name, array in data.items()})
    findings = tuple(dict.fromkeys(finding for part in parts for finding in part.findings))
    text = f"align: {len(fields)} sources on the places of {base.source}, {times} of times at {freq}"
    source = " + ".join(dict.fromkeys(field.source for field in fields))
    return changed(replace(base, findings=findings), dataset, text, variables=tuple(data), step=freq, source=source)


def _check(fields: Sequence[Field], to: int, times: str) -> None:
    if not isinstance(fields, (list, tuple)) or len(fields) < 2:
        raise ArgumentError("align takes a list of two fields or more.")
    for field in fields:
        need_kind(field, ("grid", "graph"), "align", "Count events and tracks first, with events_to_counts and tracks_to_counts.")
    if not whole_number(to, "to", 0) < len(fields):
        raise ArgumentError(f"to must be the position of one of the {len(fields)} fields; found {to!r}.")
    if times not in ("intersection", "union"):
        raise ArgumentError(f"times must be 'intersection' or 'union'; found {times!r}.")


def _in_one_zone(fields: Sequence[Field], to: int) -> list[Field]:
    """All fields in UTC, with the days of one zone, where one of them names its zone; as they are where none does."""
    zones = [zone_of(field.dataset) for field in fields]
    zone = zones[to] or next((zone for zone in zones if zone), None)
    if zone is None:
        return list(fields)
    told = [field if own else _told_by(field, zone) for field, own in zip(fields, zones)]
    marks = {CLOCK: "UTC", SOURCE: zone}
    return [replace(field, dataset=field.dataset.assign_coords(time=field.dataset["time"].assign_attrs(marks))) for field in told]


def _told_by(field: Field, zone: str) -> Field:
    """A field whose stamps name no zone, in UTC: sites as if by the clock of `zone`, where all its hours exist, grids as they are."""
    own = field.dataset["time"].attrs.get(CLOCK)
    text = f"align: the stamps of {field.source} name no zone and are taken for {{}}, as others were written with {zone}; clock= settles it"
    if own is None and (field.kind == "grid" or "/" not in zone):
        return field.with_findings(Finding("warning", text.format("UTC")))
    try:
        moved = localize(field, own or zone)
    except TimeError:
        return field.with_findings(Finding("warning", text.format("UTC")))
    return moved if own else moved.with_findings(Finding("warning", text.format(f"the clock of {zone}")))


def _longest_step(fields: Sequence[Field]) -> str:
    frames = [field.frame for field in fields]
    odd = [field.source for field, frame in zip(fields, frames) if not frame.regular or len(frame.times) < 2]
    if odd:
        raise TimeError(f"A common step must be known; the stamps of {odd[0]} follow none. Give step=, for example step='1h'.")
    return max(frames, key=lambda frame: np.median(np.diff(frame.times).astype(np.int64))).freq


def _on_clock(field: Field, freq: str, how: str | Mapping[str, str], least: float | None) -> Field:
    """The field at the common step; untouched where its stamps are already such beginnings of steps."""
    bins = bins_of(field.times, freq, zone=zone_of(field.dataset))
    if bool((bins.labels[bins.index] == field.times).all()):
        frame = field.frame
        length = fixed_length(freq)
        if len(frame.times) < 2 or length is None or np.median(np.diff(frame.times).astype(np.int64)) >= length:
            return field
    rules = how if isinstance(how, str) else {name: rule for name, rule in how.items() if name in field.variables}
    return resample(field, freq, rules, least)


def _frame(fields: Sequence[Field], freq: str, times: str, zone: str | None) -> np.ndarray:
    firsts, lasts = [field.times[0] for field in fields], [field.times[-1] for field in fields]
    first, last = (max(firsts), min(lasts)) if times == "intersection" else (min(firsts), max(lasts))
    if first > last:
        raise TimeError(f"Fields must overlap in time to be aligned; they span {_spans(fields)}. Give times='union' to keep gaps.")
    return bins_of(np.array([first, last]), freq, zone=zone).labels


def _spans(fields: Sequence[Field]) -> str:
    return " and ".join(f"{str(field.times[0])[:16]} to {str(field.times[-1])[:16]}" for field in fields)


def _on_places(field: Field, base: Field, radius: float | None) -> Field:
    if base.kind == "graph":
        return grid_to_points(field, base) if field.kind == "grid" else _nearest_sites(field, base, radius)
    lat, lon = base.dataset["lat"], base.dataset["lon"]
    if lat.ndim != 1 or lon.ndim != 1:
        raise ArgumentError("to= must name sites or a grid with latitudes and longitudes of one dimension; these have two.")
    if field.kind == "graph":
        return points_to_grid(field, lat.values, lon.values)
    same = all(np.array_equal(field.dataset[name].values, base.dataset[name].values) for name in ("lat", "lon"))
    return field if same else regrid(field, lat.values, lon.values)


def _nearest_sites(field: Field, base: Field, radius: float | None) -> Field:
    """Each place of `base` takes the series of the nearest place of `field`, or NaN."""
    (latlon, xy), (goal_latlon, goal_xy) = (coordinates(part.dataset, part.space) for part in (field, base))
    reach = np.inf if radius is None else above_zero(radius, "radius")
    if latlon is not None and goal_latlon is not None:
        (index, away), how = nearest(latlon, goal_latlon), "the nearest place"
    elif xy is not None and goal_xy is not None and latlon is None and goal_latlon is None:
        (index, away), how = nearest_in_plane(xy, goal_xy), "the nearest place"
    else:
        (index, away), how = _by_name(field, base), "the name of the place"
    lost = ~(away <= reach) | ~np.isfinite(away)
    dataset = field.dataset[list(field.variables)].isel(place=index)
    dataset = dataset.where(xr.DataArray(~lost, dims="place")) if lost.any() else dataset
    dataset = dataset.drop_vars([n for n in dataset.coords if n != "time" and "place" in dataset[n].dims])
    dataset = dataset.assign_coords(place=base.dataset["place"].variable) if "place" in base.dataset.coords else dataset
    texts = [f"align: {field.source} brought to the places of {base.source} by {how}"]
    texts += [f"align: {int(lost.sum())} of {len(lost)} places have none within reach in {field.source}"] if lost.any() else []
    for name in field.variables:
        dataset[name].attrs = field.dataset[name].attrs
    return changed(field, dataset, *texts)


def _by_name(field: Field, base: Field) -> tuple[np.ndarray, np.ndarray]:
    position = {str(name): i for i, name in enumerate(field.dataset["place"].values)}
    index = np.array([position.get(str(name), -1) for name in base.dataset["place"].values])
    if (index < 0).all():
        raise ArgumentError(
            f"Places must have positions or names in common to be aligned; those of {field.source} and {base.source} have neither. "
            "Give sites= when opening them."
        )
    return np.maximum(index, 0), np.where(index >= 0, 0.0, np.inf)


def _renamed(parts: Sequence[Field]) -> dict[str, xr.DataArray]:
    names = [name for part in parts for name in part.variables]
    data = {}
    for i, part in enumerate(parts):
        for name in part.variables:
            new = f"{name}_{i}" if names.count(name) > 1 else name
            data[new] = part.dataset[name].assign_attrs(origin=part.source, origin_name=name)
    return data


def _odd(array: xr.DataArray, kept: xr.Dataset) -> list[str]:
    """Coordinates that the frame has already, or that lie over time."""
    return [str(name) for name in array.coords if name not in array.dims and (name in kept.coords or "time" in array[name].dims)]
