"""Profiles: observations that reach down or up from a moving point (floats, soundings), as points with levels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, listed
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions

_DEPTHS = ("pres_adjusted", "pres", "pressure", "depth", "height", "altitude", "z", "plev", "level", "deph")
_SIDE = ("_error", "_adjusted_error", "previous_value", "_start_pres", "_stop_pres")


def level_dim(dataset: xr.Dataset, along: str) -> str | None:
    """The dim of levels: the one that, with `along`, carries numbers and a vertical coordinate; None if there is none."""
    for name, array in dataset.variables.items():
        if array.ndim == 2 and array.dims[0] == along and array.dtype.kind == "f" and _is_depth(str(name), array):
            return str(array.dims[1])
    return None


def profiles_field(
    dataset: xr.Dataset, table: pd.DataFrame, along: str, options: OpenOptions, source: str, depth: str | None = None
) -> Field:
    """A points Field with dims (event, level): one event per profile, `time(event)`, positions and marks over `event`.

    Args:
        dataset: the source, with numbers over (`along`, level).
        table: time, lat, lon (or y, x) and maybe id per profile, as `observations_table` makes it.
        along: the dim that counts the profiles.
        depth: the variable that says how deep or high, where it should not be told by its name.

    Raises:
        ArgumentError: `target` names no variable over the levels.
    """
    dim = str(level_dim(dataset, along))
    numbers = [str(n) for n, a in dataset.data_vars.items() if a.dims == (along, dim) and a.dtype.kind in "fiu"]
    depth = depth or next((name for want in _DEPTHS for name in numbers if name.lower() == want and _any(dataset[name])), None)
    usual = [n for n in numbers if n != depth and not n.lower().endswith(_SIDE) and not n.lower().startswith("pres") and _any(dataset[n])]
    lost = [name for name in options.targets or () if name not in numbers]
    if lost:
        raise ArgumentError(f"target= must name variables over the levels ({', '.join(numbers)}); found {lost[0]!r}.")
    names = options.targets or tuple(usual)
    where = ("lat", "lon") if "lat" in table else ("y", "x")
    keep = np.flatnonzero(table[["time", *where]].notna().all(axis=1))
    keep = keep[np.argsort(table["time"].to_numpy()[keep], kind="stable")]
    data = {name: (("event", "level"), np.asarray(dataset[name].values)[keep], dataset[name].attrs) for name in names}
    coords: dict = {name: ("event", table[name].to_numpy()[keep]) for name in ("time", *where)}
    if "id" in table:
        coords["object"] = ("event", table["id"].astype(str).to_numpy(object)[keep])
    if depth is not None:
        coords["depth"] = (("event", "level"), np.asarray(dataset[depth].values)[keep], dataset[depth].attrs)
    found = [Finding("inferred", f"profiles: {len(keep)} points with up to {dataset.sizes[dim]} levels by {depth or 'number'}")]
    if len(keep) < len(table):
        found.append(Finding("warning", f"{len(table) - len(keep)} profiles without time or position were left out"))
    left = [name for name in numbers if name not in names and name != depth]
    found += [Finding("inferred", f"columns left aside: {listed(left, 8)}")] if left else []
    return Field(xr.Dataset(data, coords), options.kind or "points", names, ("event",), tuple(found), options.step, source)


def _is_depth(name: str, array: xr.Variable) -> bool:
    words = str(array.attrs.get("standard_name", "")).lower()
    upright = str(array.attrs.get("axis", "")).upper() == "Z" or str(array.attrs.get("positive", "")).lower() in ("up", "down")
    return upright or words in ("sea_water_pressure", "depth", "altitude", "height", "air_pressure") or name.lower() in _DEPTHS


def _any(array: xr.DataArray) -> bool:
    return bool(np.isfinite(array.values).any())
