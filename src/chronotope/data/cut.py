"""What goes with a part of a Field: edges among its places, edges of its time, notes of its places."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chronotope.data.side import EDGE_TIME, NOTE


def carried(whole: xr.Dataset, part: xr.Dataset, space: tuple[str, ...]) -> xr.Dataset:
    """`part`, selected from `whole` along time or places, with edges and notes cut alike."""
    if len(space) == 1 and "place" in space and not _same(whole, part, "place"):
        part = _notes_of_places(_edges_among(whole, part), part)
    if EDGE_TIME in part.dims and "time" in part.dims and part.sizes["time"] < whole.sizes["time"]:
        part = _edges_of_time(part)
    return part


def _same(whole: xr.Dataset, part: xr.Dataset, dim: str) -> bool:
    return part.sizes[dim] == whole.sizes[dim] and bool((part[dim].values == whole[dim].values).all())


def _edges_among(whole: xr.Dataset, part: xr.Dataset) -> xr.Dataset:
    if "edge_source" not in part:
        return part
    position = {name: i for i, name in enumerate(part["place"].values)}
    names = whole["place"].values
    source, target = (np.array([position.get(names[i], -1) for i in whole[f"edge_{end}"].values], int) for end in ("source", "target"))
    keep = np.flatnonzero((source >= 0) & (target >= 0))
    return part.isel(edge=keep).assign(edge_source=("edge", source[keep]), edge_target=("edge", target[keep]))


def _notes_of_places(cut: xr.Dataset, part: xr.Dataset) -> xr.Dataset:
    """Without the notes of other places; notes that name none stay."""
    if "note_place" not in cut.coords:
        return cut
    named = np.array([str(word) for word in cut["note_place"].values], object)
    here = {"", *(str(name) for name in part["place"].values)}
    return cut.isel({NOTE: np.flatnonzero([name in here for name in named])})


def _edges_of_time(part: xr.Dataset) -> xr.Dataset:
    """From the last edges at or before the first stamp to those of the last."""
    times, clock = part["time"].values, part[EDGE_TIME].values
    if not len(times):
        return part
    first = max(int(np.searchsorted(clock, times[0], side="right")) - 1, 0)
    return part.isel({EDGE_TIME: slice(first, int(np.searchsorted(clock, times[-1], side="right")))})
