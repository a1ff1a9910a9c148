"""Tables with a row per depth of points that move: casts of ships, floats, gliders, soundings; they become profiles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.columns import by_name
from chronotope.data.field import Field
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.table_stamps import stamps_in
from chronotope.opening.roles.columns import Columns
from chronotope.opening.tables.level_columns import LEVELS
from chronotope.opening.tables.moving import looks_like_events, looks_like_tracks, object_column, plain_mark, position
from chronotope.opening.tables.profiles import profiles_field

MANY = 0.5  # of the rows stand above or below another of their profile


_CARRIERS = (
    "float",
    "float_id",
    "platform_number",
    "platform_code",
    "platform",
    "platform_id",
    "wmo",
    "wmo_id",
    "wmo_number",
    "glider",
    "cruise",
)


def depth_of_rows(table: pd.DataFrame, roles: Columns, options: OpenOptions) -> str | None:
    """The column of depths, heights or pressures that tells the rows of one place and time apart, where places move; else None."""
    where = position(roles)
    if where is None or options.kind not in (None, "points"):
        return None
    keys, left = _keys(table, roles, options), [*roles.values, *roles.others]
    name = by_name([one for one in left if one in table and one not in (*keys, *(options.targets or ()))], LEVELS)
    if name is None or not pd.api.types.is_numeric_dtype(table[name]) or not table.duplicated(keys, keep=False).mean() > MANY:
        return None
    told = table[[*keys, name]].drop_duplicates()
    if told.duplicated(keys, keep=False).mean() <= MANY:
        return None
    one = table.drop_duplicates(keys)
    moves = options.kind == "points" or looks_like_tracks(one, roles) or looks_like_events(one, roles)
    return str(name) if moves else None


def depth_rows_field(table: pd.DataFrame, roles: Columns, depth: str, options: OpenOptions, source: str) -> Field:
    """A points Field with dims (event, level); see `profiles_field`.

    Raises:
        TimeError: a stamp cannot be read.
        ArgumentError: `target` names no variable that changes along profiles.
    """
    where, keys = position(roles) or ("", ""), _keys(table, roles, options)
    times, found = stamps_in(table, roles.time, options)
    able = ~np.isnat(times) & table[[depth, *where]].notna().all(axis=1).to_numpy()
    if not able.all():
        found.append(Finding("warning", f"{int((~able).sum())} rows without time, position or {depth!r} were left out"))
    table = table[able].assign(**{str(roles.time): times[able]})
    repeated = table.duplicated([*keys, depth], keep="last")
    if repeated.any():
        found.append(Finding("warning", f"{int(repeated.sum())} rows repeat the {depth!r} of a profile; the last of each is kept"))
    table = table[~repeated].sort_values([str(roles.time), *keys[1:], depth], kind="stable")
    groups = table.groupby(keys, sort=False)
    number, level = groups.ngroup().to_numpy(), groups.cumcount().to_numpy()
    plain = {name: plain_mark(table[name]) for name in table.columns if name not in keys}
    plain = {name: values.astype(float) for name, values in plain.items() if values.dtype.kind in "fiu"}
    alike = [name for name in plain if name != depth and groups[name].nunique().max() <= 1 and name not in (options.targets or ())]
    shape = (int(number.max(initial=-1)) + 1, int(level.max(initial=-1)) + 1)
    data = {}
    for name in [depth, *(name for name in plain if name not in (depth, *alike))]:
        values = np.full(shape, np.nan)
        values[number, level] = plain[name]
        data[name] = (("profile", "level"), values)
    first = table[level == 0]
    short = ("lat", "lon") if roles.lat and roles.lon else ("y", "x")
    one = {"time": first[str(roles.time)].to_numpy()} | {new: first[old].to_numpy(float) for new, old in zip(short, where, strict=True)}
    if len(keys) > 3:
        one["id"] = first[keys[3]].to_numpy()
    left = [name for name in table.columns if name not in (*keys, *data)]
    found += [Finding("inferred", f"columns left aside, as they have one value a profile or no number: {', '.join(left)}")] if left else []
    field = profiles_field(xr.Dataset(data), pd.DataFrame(one), "profile", options, source, depth=depth)
    if "id" in one:
        field.dataset["object"].attrs["long_name"] = keys[3]
    return field.with_findings(*found)


def _keys(table: pd.DataFrame, roles: Columns, options: OpenOptions) -> list[str]:
    """What all rows of a profile have in common: time, position and, where it is named, the object."""
    name = options.place or by_name(list(table.columns), _CARRIERS) or object_column(table, roles)
    keys = [str(roles.time), *(position(roles) or ())]
    return [*keys, str(name)] if name is not None and name in table and by_name([str(name)], LEVELS) is None else keys
