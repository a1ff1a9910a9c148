"""Variables that are known ahead (calendars, announced prices, weather forecasts), set apart when the data is opened.

They come from a table or dataset of their own, or are variables of the source that the user names, or that begin only after all others
have ended. A forecast reads them where its `known_future` names them, and nothing else ever does (`chronotope.data.known_future`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.categories import MOST, encoded, is_category
from chronotope.data.columns import unit_of
from chronotope.data.field import Field
from chronotope.data.side import FUTURE
from chronotope.data.stamps import wall_clock
from chronotope.errors import ArgumentError, DataError, TimeError, listed
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.clock import parse_times
from chronotope.opening.clocks.source_zone import beside
from chronotope.opening.roles.roles import find_columns

_HOW = "read only where forecast(known_future=...) names them"


def with_future(field: Field, source: Any, name: str) -> Field:
    """`field` with the known-future variables of a table or dataset.

    Args:
        field: grid, graph or video.
        source: DataFrame with a time column, perhaps a place column, and numbers or words; or a Field on the same places.
        name: what people call the source.

    Raises:
        DataError: no variable, other places, or several values at one time.
        TimeError: no clock.
    """
    made = _from_field(field, source, name) if isinstance(source, Field) else _from_table(field, source, name)
    field, made, joined = _with_own_past(field, made, name)
    clash = [word for word in made.data_vars if word in field.dataset.variables]
    if clash:
        raise DataError(
            f"future= must bring variables that the data has not; {clash[0]!r} of {name} is among them. "
            f"Rename it, or name the data's own: future=[{clash[0]!r}]."
        )
    until = wall_clock(made["time"].values[-1:], field.zone)[0]
    text = f"known ahead until {str(until)[:16]}: {', '.join(map(str, made.data_vars))}; {_HOW}"
    lost = made.attrs.get("strange", 0)
    found = [Finding("warning", f"{lost} rows of {name} name places that the data has not; they are left out")] if lost else []
    return _attached(field, made, text).with_findings(*joined, *found, *made.attrs.get("said", []))


def _with_own_past(field: Field, made: xr.Dataset, name: str) -> tuple[Field, xr.Dataset, list[Finding]]:
    """Numbers that both the data and the table of what is known ahead hold: the data's up to where the table begins, then the table's."""
    own = field.dataset.data_vars
    shared = [str(word) for word in made.data_vars if word in own and "time" in own[word].dims]
    rest = tuple(word for word in field.variables if word not in shared)
    numbers = all(made[word].dtype.kind == "f" and not is_category(made[word]) for word in made.data_vars)
    if not shared or not rest or not numbers or any(is_category(own[word]) for word in shared):
        return field, made, []
    begins = made["time"].values[0]
    shown = str(wall_clock(np.array([begins]), field.zone)[0])[:16]
    past = field.dataset[shared].sel(time=field.times < begins)
    past = past.drop_vars([word for word in past.coords if word != "time"])
    whole = made.combine_first(past).transpose("time", ...).assign_attrs(made.attrs)
    text = f"{', '.join(shared)}: the data's own values up to {shown}, those of {name} from there on"
    return replace(field, dataset=field.dataset.drop_vars(shared), variables=rest), whole, [Finding("inferred", text)]


def declared(field: Field, names: tuple[str, ...], how: str = "as told") -> Field:
    """`field` with its variables `names` set aside as known ahead; the clock of the others ends with their last value.

    Raises:
        ArgumentError: a name is no variable of the field, or none is left.
    """
    lost = [name for name in names if name not in field.variables]
    if lost:
        raise ArgumentError(f"future= must name variables of the data ({', '.join(field.variables)}) or a file; found {lost[0]!r}.")
    rest = tuple(name for name in field.variables if name not in names)
    if not rest:
        raise ArgumentError("future= must leave a variable that is not known ahead; it names all. Leave one out.")
    last = _last_row(field.dataset, rest)
    made = field.dataset[list(names)]
    made = made.drop_vars([word for word in made.coords if word != "time"])
    kept = field.dataset.drop_vars(list(names)).isel(time=slice(0, last + 1))
    cut = field.dataset.sizes["time"] - last - 1
    text = f"known ahead, {how}: {', '.join(names)}; {_HOW}"
    text += f"; the last {cut} stamps hold nothing else and belong to them" if cut else ""
    return _attached(replace(field, dataset=kept, variables=rest), made, text)


def with_ragged_end(field: Field) -> Field:
    """`field` with variables that begin only after all others have ended set aside as known ahead; longer ones are warned of.

    Only data that is in memory already (tables, arrays) is looked at, so that opening a large file stays quick.
    """
    if field.kind not in ("grid", "graph", "video") or field.dataset.sizes.get("time", 0) < 2:
        return field
    if not all(isinstance(field.dataset[name].variable._data, np.ndarray) for name in field.variables):
        return field
    field = _with_empty_end(field)
    at_end = {name: bool(np.isfinite(field.dataset[name].isel(time=-1).values).any()) for name in field.variables}
    ended, longer = ([name for name in field.variables if at_end[name] is state] for state in (False, True))
    if not ended or not longer:
        return field
    last = max(_last_row(field.dataset, (name,)) for name in ended)
    before = [name for name in longer if _seen(field.dataset[name].isel(time=slice(0, last + 1)))]
    late = tuple(name for name in longer if name not in before)
    if last < 0:
        return field
    if before:
        steps, example = field.dataset.sizes["time"] - last - 1, before[0]
        text = (
            f"{listed(before, 4)} go on for {steps} stamps after the last value of {listed(ended, 4)}; "
            f"if they are known ahead, forecast with known_future={example!r}"
        )
        field = field.with_findings(Finding("warning", text))
    return declared(field, late, f"as they have values only after the last of {listed(ended, 4)}") if late else field


def _with_empty_end(field: Field) -> Field:
    """`field` with a warning where its last stamps hold no value at all, as in a plan whose days are filled as they come."""
    last, count = _last_row(field.dataset, field.variables), field.dataset.sizes["time"]
    if not 0 <= last < count - 1:
        return field
    stamps = field.times
    text = (
        f"the last {count - 1 - last} stamps, to {str(stamps[-1])[:16]}, hold no value: a forecast starts after {str(stamps[last])[:16]}, "
        "the last that does; give at= to start elsewhere"
    )
    return field.with_findings(Finding("warning", text))


def _attached(field: Field, made: xr.Dataset, text: str) -> Field:
    made = made.rename({"time": FUTURE, **{word: f"future_{word}" for word in made.data_vars}})
    made = made.drop_vars([word for word in made.coords if word != FUTURE])
    if FUTURE in field.dataset.dims:
        raise DataError("future= must be given once; the data has variables known ahead already. Put them into one table.")
    made = made.set_coords(list(made.data_vars))
    return replace(field, dataset=field.dataset.assign_coords(made.coords)).with_findings(Finding("inferred", text))


def _from_field(field: Field, source: Field, name: str) -> xr.Dataset:
    dataset, space = source.dataset[list(source.variables)], field.space
    extra = [dim for dim in dataset.dims if dim not in ("time", *space)]
    if set(extra) - set(source.space):
        raise DataError(
            f"future= must hold one value at a time and place; {name} has several along {extra[0]!r}. "
            f"Give their mean, or open the data once for each, as future=other.isel({extra[0]}=0), and forecast each."
        )
    if source.space == ("place",) and [str(name) for name in dataset["place"].values] == ["0"]:
        return dataset.isel(place=0, drop=True)  # a series of no place in particular holds everywhere, as in a table
    same = all(dataset.sizes.get(dim) == field.dataset.sizes[dim] for dim in space)
    same = same and all(
        np.array_equal(dataset[dim].values, field.dataset[dim].values)
        for dim in space
        if dim in dataset.coords and dim in field.dataset.coords
    )
    if not same:
        raise DataError(
            f"future= must lie on the places of the data; {name} does not. Bring it there first with align, regrid or grid_to_points."
        )
    return dataset


def _from_table(field: Field, table: pd.DataFrame, name: str) -> xr.Dataset:
    table = table.reset_index() if isinstance(table.index, pd.DatetimeIndex) else table.reset_index(drop=True)
    table.columns = [str(word) for word in table.columns]
    roles = find_columns(table, OpenOptions())
    if roles.time is None:
        raise TimeError(f"future= must hold a time column; {name} holds {', '.join(table.columns)}. Call it 'time'.")
    times, said = beside(*parse_times(table[roles.time], roles.time), field, name)
    place = _place_column(field, table, roles.time)
    used = [roles.time, place, roles.lat, roles.lon, roles.x, roles.y]
    words = [word for word in table.columns if word not in used]
    good = ~np.isnat(times)
    if not words or not good.any():
        raise DataError(f"future= must hold a variable beside its time and place; {name} holds {', '.join(table.columns)}.")
    table, times = table[good], times[good]
    clock, row = np.unique(times, return_inverse=True)
    strange = 0
    if place is None:
        codes, count = np.zeros(len(table), int), 1
    else:
        labels = pd.Index([str(label) for label in field.dataset["place"].values])
        codes, count = labels.get_indexer(table[place].astype(str).str.strip()), len(labels)
        strange = int((codes < 0).sum())
        table, row, codes = table[codes >= 0], row[codes >= 0], codes[codes >= 0]
    _check_once(row * count + codes, clock, count, name)
    dims = ("time",) if place is None else ("time", "place")
    data = {word: _variable(table[word], row, codes, (len(clock), count), dims, word, name) for word in words}
    return xr.Dataset(data, {"time": clock}, {"strange": strange, "said": said})


def _place_column(field: Field, table: pd.DataFrame, time: str) -> str | None:
    """The column that names most places of the field."""
    if "place" not in field.dataset.dims:
        return None
    labels = {str(label) for label in field.dataset["place"].values}
    hits = {word: table[word].astype(str).str.strip().isin(labels).mean() for word in table.columns if word != time}
    best = max(hits, key=lambda word: hits[word], default=None)
    return best if best is not None and hits[best] > 0.5 and table[time].duplicated().any() else None


def _check_once(key: np.ndarray, clock: np.ndarray, count: int, name: str) -> None:
    again = pd.Series(key).duplicated().to_numpy()
    if again.any():
        at = clock[key[again][0] // count]
        raise DataError(
            f"future= must say one thing at a time{' and place' if count > 1 else ''}; {name} says several at {str(at)[:16]}. "
            "Keep one row of each, and name places as the data does."
        )


def _variable(
    column: pd.Series, row: np.ndarray, codes: np.ndarray, shape: tuple[int, int], dims: tuple[str, ...], word: str, name: str
) -> xr.Variable:
    numbers = column.astype(float) if pd.api.types.is_bool_dtype(column) else column
    if pd.api.types.is_numeric_dtype(numbers):
        cube = np.full(shape, np.nan)
        cube[row, codes] = numbers.to_numpy(float, na_value=np.nan)
        return xr.Variable(dims, cube[:, 0] if len(dims) == 1 else cube, unit_of(word))
    if column.nunique() > MOST:
        raise DataError(
            f"future= must hold numbers or words that come again; column {word!r} of {name} holds text such as {column.iloc[0]!r}. Drop it."
        )
    cells = np.full(shape, None, object)
    cells[row, codes] = column.astype(object).where(column.notna(), None).to_numpy(object)
    return encoded(cells[:, 0] if len(dims) == 1 else cells, dims)


def _last_row(dataset: xr.Dataset, names: tuple[str, ...]) -> int:
    """The last row in which one of `names` has a value, -1 for none; read from the end in blocks."""
    stop = dataset.sizes["time"]
    while stop > 0:
        start = max(0, stop - 64)
        block = dataset[list(names)].isel(time=slice(start, stop))
        seen = np.zeros(stop - start, bool)
        for name in names:
            values = block[name].transpose("time", ...).values
            seen |= np.isfinite(values.astype(float)).reshape(len(values), -1).any(axis=1)
        if seen.any():
            return start + int(np.flatnonzero(seen)[-1])
        stop = start
    return -1


def _seen(array: xr.DataArray) -> bool:
    return bool(np.isfinite(array.values.astype(float)).any())
