"""Datasets as long tables: time, place, lat, lon (or x, y), variable, then one column per quantile or member, or `value`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

_LEADS = {"quantile": "q", "draw": "d", "member": "m"}
_CLOCKS = ("init_time", "lead_time", "time")


def long_table(dataset: xr.Dataset, names: tuple[str, ...] | None = None, drop_missing: bool = True, wide: bool = True) -> pd.DataFrame:
    """One row per time, place and variable.

    Args:
        dataset: canonical, with or without a leading `quantile` or `member` dim, and `time` or `init_time` and `lead_time`.
        names: variables to write; by default all numbers over time.
        drop_missing: leave out rows in which every number is missing.
        wide: a column per quantile or member; else each is a variable of its own, as levels are.
    """
    if "event" in dataset.dims and (lead := next((dim for dim in _LEADS if dim in dataset.dims), None)):
        return _answered_fixes(dataset, lead)
    if "event" in dataset.dims:
        return _events(dataset) if "level" not in dataset.dims else _profiles(dataset)
    chosen = names or tuple(str(n) for n, a in dataset.data_vars.items() if a.dtype.kind in "fiub" and {"time", "lead_time"} & set(a.dims))
    parts = [part for name in chosen for part in _rows(dataset, name, wide)]
    if not parts:
        return _positions(dataset)
    table = pd.concat(parts, ignore_index=True)
    numbers = [column for column in table.columns if column not in _FIXED]
    return table.dropna(subset=numbers, how="all").reset_index(drop=True) if drop_missing else table


def whole_table(dataset: xr.Dataset, names: tuple[str, ...], units: dict[str, str]) -> pd.DataFrame:
    """The long table from which the same field is read again.

    Rows without a value are left out, but for those of the first stamp (they keep the order of the places) and one of each stamp that
    would be lost. A column `units` stands beside `variable` where a unit is known. Tracks are one row per fix.
    """
    if "event" in dataset.dims:
        return long_table(dataset)
    if "object" in dataset.dims:
        return _fixes(dataset, names)
    table = long_table(dataset, names, drop_missing=False)
    steps, width = dataset.sizes["time"], len(table) // max(len(names) * dataset.sizes["time"], 1)
    known = table["value"].notna().to_numpy().reshape(len(names), steps, width)
    keep = known.copy()
    keep[:, 0] = True
    keep[0, ~known.any(axis=(0, 2)), 0] = True
    if any(units.values()):
        table.insert(table.columns.get_loc("value"), "units", table["variable"].map(units))
    return table[keep.ravel()].reset_index(drop=True)


def _fixes(dataset: xr.Dataset, names: tuple[str, ...]) -> pd.DataFrame:
    """Tracks on a common clock: time, object, position and what each fix says, in one row."""
    table = _positions(dataset)
    whole = xr.broadcast(*(dataset[name] for name in names), dataset["time"], dataset["object"])[: len(names)] if names else ()
    pair = "lat" if "lat" in dataset.coords else "y"
    there = np.isfinite(dataset[pair].transpose("time", "object").values).ravel()
    return table.assign(**{name: array.transpose("time", "object").values.ravel()[there] for name, array in zip(names, whole)})


def fix_table(dataset: xr.Dataset, pair: tuple[str, ...]) -> pd.DataFrame:
    """What detect says of tracks, a row per fix: time, object, position, where it was expected, score and flag."""
    parts = [f"{name}_{part}" for name in pair for part in ("expected", "low", "high")]
    names = ["time", "object", *pair, *parts, f"{pair[0]}_score", f"{pair[0]}_flag"]
    arrays = xr.broadcast(*(dataset[name].reset_coords(drop=True) for name in names))
    dims = ("event",) if "event" in arrays[0].dims else ("time", "object")
    table = pd.DataFrame({name: array.transpose(*dims).values.ravel() for name, array in zip(names, arrays)})
    table = table.rename(columns={f"{pair[0]}_{part}": part for part in ("score", "flag")})
    return table.dropna(subset=[pair[0], "time"]).reset_index(drop=True)


def point_table(values: xr.Dataset, said: xr.Dataset, names: tuple[str, ...], parts: tuple[str, ...]) -> pd.DataFrame:
    """What detect says of moving sensors, a row per value: time, object, position, variable, value and what was said of it."""
    first = [name for name in ("time", "object", "lat", "lon", "x", "y") if name in values.variables]
    tables = []
    for name in names:
        dims = values[name].dims
        beside = [*first, *_depths(values, list(map(str, dims)))]
        columns = {one: values[one].reset_coords(drop=True).broadcast_like(values[name]).transpose(*dims).values.ravel() for one in beside}
        own = {part: said[f"{name}_{part}"].values.ravel() for part in parts}
        tables.append(pd.DataFrame({**columns, "variable": name, "value": values[name].values.ravel(), **own}))
    return pd.concat(tables, ignore_index=True).dropna(subset=["score"]).reset_index(drop=True)


_FIXED = (*_CLOCKS, "place", "object", "lat", "lon", "x", "y", "variable")


def _rows(dataset: xr.Dataset, name: str, wide: bool) -> list[pd.DataFrame]:
    array = dataset[name]
    lead = next((dim for dim in _LEADS if dim in array.dims), None) if wide else None
    clocks = [dim for dim in _CLOCKS if dim in array.dims]
    space = [str(dim) for dim in array.dims if dim in ("lat", "lon", "y", "x", "place", "object")]
    extra = [str(dim) for dim in array.dims if dim not in (lead, *clocks, *space)]
    ordered = array.transpose(*extra, *clocks, *space, *([lead] if lead else []))
    labels = [f"{_LEADS[lead]}{value:g}" for value in dataset[lead].values] if lead and lead in dataset.coords else []
    labels = labels or ([f"{_LEADS[lead]}{i}" for i in range(array.sizes[lead])] if lead else ["value"])
    counts = [array.sizes[dim] for dim in extra]
    values = ordered.values.reshape(*counts, -1, len(labels))
    columns = _frame_columns(dataset, clocks, space, array)
    parts = []
    for index in np.ndindex(*counts):
        marks = ", ".join(f"{dim}={_label(dataset, dim, i)}" for dim, i in zip(extra, index))
        variable = name if int(np.prod(counts)) == 1 else f"{name}[{marks}]"
        numbers = {label: values[(*index, slice(None), k)] for k, label in enumerate(labels)}
        parts.append(pd.DataFrame({**columns, "variable": variable, **numbers}))
    return parts


def _positions(dataset: xr.Dataset) -> pd.DataFrame:
    """Where moving objects were: a row per fix."""
    pair = next((pair for pair in (("lat", "lon"), ("y", "x")) if all(name in dataset.coords for name in pair)), None)
    if pair is None or set(dataset[pair[0]].dims) != {"time", "object"}:
        return pd.DataFrame(columns=["time", "place", "variable", "value"])
    columns = _frame_columns(dataset, ["time"], ["object"], dataset[pair[0]])
    return pd.DataFrame(columns).dropna(subset=[pair[0]]).reset_index(drop=True)


def _frame_columns(dataset: xr.Dataset, clocks: list[str], space: list[str], array: xr.DataArray) -> dict[str, np.ndarray]:
    """The columns that say when and where, each as long as clocks x space."""
    sizes = {dim: array.sizes[dim] for dim in (*clocks, *space)}
    blank = xr.DataArray(np.empty(tuple(sizes.values())), dims=tuple(sizes)) if sizes else xr.DataArray(0.0)

    def spread(part: xr.DataArray) -> np.ndarray:
        return part.variable.set_dims(dict(sizes)).transpose(*blank.dims).values.ravel()

    out = {dim: spread(dataset[dim]) for dim in clocks}
    if "lead_time" in clocks and "time" not in clocks and "init_time" in clocks:
        out["time"] = out["init_time"] + out["lead_time"]
    if len(space) == 2:
        rows, columns = np.indices([sizes[dim] for dim in space])
        names = np.array([f"{i},{j}" for i, j in zip(rows.ravel(), columns.ravel())], object)
        out["place"] = np.tile(names, int(np.prod([sizes[dim] for dim in clocks])))
    elif space:
        out["object" if space[0] == "object" else "place"] = spread(
            dataset[space[0]] if space[0] in dataset.coords else xr.DataArray(np.arange(sizes[space[0]]), dims=space[0])
        )
    pair = ("lat", "lon") if "lat" in dataset.coords and "lon" in dataset.coords else ("x", "y")
    if all(name in dataset.coords and set(dataset[name].dims) <= set(sizes) for name in pair):
        out |= {name: spread(dataset[name]) for name in pair}
    return out


def _label(dataset: xr.Dataset, dim: str, i: int) -> str:
    value = dataset[dim].values[i] if dim in dataset.coords else i
    return f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)


def _events(dataset: xr.Dataset) -> pd.DataFrame:
    columns = {str(name): array.values for name, array in {**dataset.coords, **dataset.data_vars}.items() if array.dims == ("event",)}
    first = [name for name in ("object", "time", "lat", "lon", "x", "y") if name in columns]
    return pd.DataFrame({name: columns[name] for name in [*first, *(n for n in columns if n not in first)]})


def _answered_fixes(dataset: xr.Dataset, lead: str) -> pd.DataFrame:
    """One row per fix and variable, with a column per quantile or member."""
    labels = [f"{_LEADS[lead]}{value:g}" for value in dataset[lead].values]
    parts = []
    for name, array in dataset.data_vars.items():
        rows = [str(dim) for dim in array.dims if dim != lead]  # of profiles also their levels
        beside = [*(one for one in ("time", "object", "lat", "lon", "x", "y") if one in dataset.coords), *_depths(dataset, rows)]
        shared = {one: dataset[one].broadcast_like(array.isel({lead: 0})).transpose(*rows).values.ravel() for one in beside}
        numbers = array.transpose(lead, *rows).values.reshape(len(labels), -1)
        parts.append(pd.DataFrame({**shared, "variable": str(name), **dict(zip(labels, numbers))}))
    return pd.concat(parts, ignore_index=True)


def _depths(dataset: xr.Dataset, rows: list[str]) -> list[str]:
    """Coordinates along the levels of profiles."""
    return [str(name) for name, one in dataset.coords.items() if "level" in one.dims and name != "level" and set(one.dims) <= set(rows)]


def _profiles(dataset: xr.Dataset) -> pd.DataFrame:
    """One row per profile and level that holds a number."""
    count, levels = dataset.sizes["event"], dataset.sizes["level"]
    shared = _events(dataset)
    table = shared.loc[np.repeat(np.arange(count), levels)].reset_index(drop=True).assign(level=np.tile(np.arange(levels), count))
    deep = {str(n): a.values.ravel() for n, a in {**dataset.coords, **dataset.data_vars}.items() if a.dims == ("event", "level")}
    numbers = [name for name in deep if name in dataset.data_vars]
    return table.assign(**deep).dropna(subset=numbers, how="all").reset_index(drop=True)
