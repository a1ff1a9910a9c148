"""Which column of a table is what: time, place, latitude, longitude, values - by option first, by name and content next."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from chronotope.data.clock import elapsed_unit, looks_like_time
from chronotope.data.options import OpenOptions
from chronotope.errors import ArgumentError, DataError

TIME_NAMES = tuple(
    """
    time datetime timestamp ts date_time date time_hour valid_time obs_time observed_at utc datum day week_start week month year
    start started_at iso_time quarter hour frame epoch unix_time unixtime t ds zeit fecha heure
    """.split()
)
PLACE_NAMES = tuple(
    """
    place location location_id station station_id stationid site site_id sensor sensor_id detector id unique_id city town basin
    county province state region country zone node name code gauge origin airport series store shop plant
    meter household device asset link road counter well buoy ort
    """.split()
)
OBJECT_NAMES = tuple(
    """
    id object object_id track track_id trajectory trip_id vessel mmsi vehicle vehicle_id storm sid person pedestrian animal agent
    """.split()
)
LAT_NAMES = ("lat", "latitude", "lat_", "y_lat", "ycoord", "lats", "decimallatitude", "geo_lat")
LON_NAMES = ("lon", "lng", "long", "longitude", "long_", "lon_", "xcoord", "lons", "decimallongitude", "geo_lon")
X_NAMES, Y_NAMES = ("x", "easting", "utm_x", "x_m"), ("y", "northing", "utm_y", "y_m")
_QUANTITY = re.compile(
    r"temp|tmax|tmin|tavg|tmean|pm_?2|pm_?10|^no2?$|^o3$|^so2$|^co$|wind|press|humid|rain|prcp|precip|snow|flow|load|speed|count|price|volume|"
    r"dew|radiation|srad|discharge|level|magnitude|depth|power|energy|demand|[\(\[].*[\)\]]$|^value$|_(c|k|pa|hpa|mm|kw|mw|kwh|ms|kt)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Columns:
    """Roles of the columns of one table; None where a role is not filled."""

    time: str | None
    place: str | None
    lat: str | None
    lon: str | None
    x: str | None
    y: str | None
    values: tuple[str, ...]
    others: tuple[str, ...]


def find_columns(table: pd.DataFrame, options: OpenOptions) -> Columns:
    """The roles of the columns of `table`; options win over names, names over content.

    Raises:
        ArgumentError: an option names a column that is not there.
    """
    names = [str(name) for name in table.columns]
    for option in ("time", "place", "lat", "lon"):
        given = getattr(options, option)
        if given is not None and given not in names:
            raise ArgumentError(
                f"{option}= must name a column ({', '.join(names[:12])}{', ...' if len(names) > 12 else ''}); found {given!r}."
            )
    unknown = [name for name in options.targets or () if name not in names]
    if unknown and "variable" not in [name.lower() for name in names]:
        raise ArgumentError(
            f"target= must name columns ({', '.join(names[:12])}{', ...' if len(names) > 12 else ''}); found {unknown[0]!r}."
        )
    (lat, lon), (x, y) = _positions(table, options)
    taken: set[str | None] = {lat, lon, x, y}
    time = _word(options.time) or _time_column(table, [name for name in names if name not in taken])
    taken.add(time)
    free = [name for name in names if name not in taken]
    place = _word(options.place) or _place_column(table, free)
    if place is None and time is not None and lat is None and table[time].duplicated().any():
        place = _place_by_content(table, time, free)
    if x and place is None and time is not None and not table[time].duplicated().any():
        x = y = None  # one row per stamp and nothing that moves: x and y are just names of values
        taken = {lat, lon, time}
    taken.add(place)
    numeric = [name for name in names if name not in taken and pd.api.types.is_numeric_dtype(table[name])]
    values = options.targets or tuple(numeric)
    return Columns(time, place, lat, lon, x, y, values, tuple(name for name in names if name not in taken and name not in values))


def _word(option: str | int | None) -> str | None:
    return None if option is None else str(option)


def _positions(table: pd.DataFrame, options: OpenOptions) -> tuple[tuple[str | None, str | None], tuple[str | None, str | None]]:
    """((lat, lon), (x, y)): columns of numbers, each pair whole or not at all.

    Raises:
        DataError: `lat=` or `lon=` names a column of text.
    """
    for option in (options.lat, options.lon):
        if option is not None and not pd.api.types.is_numeric_dtype(table[option]):
            raise DataError(f"Positions must be numbers; column {option!r} holds {table[option].iloc[0]!r}.")
    numeric = [str(name) for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
    degrees = (options.lat or by_name(numeric, LAT_NAMES), options.lon or by_name(numeric, LON_NAMES))
    if None not in degrees:
        return degrees, (None, None)
    plane = (by_name(numeric, X_NAMES), by_name(numeric, Y_NAMES))
    return (None, None), plane if None not in plane else (None, None)


def _place_by_content(table: pd.DataFrame, time: str, names: list[str]) -> str | None:
    """The column that, with time, tells all rows apart; words before whole numbers."""
    words = [name for name in names if not pd.api.types.is_numeric_dtype(table[name])]
    wholes = [name for name in names if pd.api.types.is_integer_dtype(table[name])]
    for name in (*words, *wholes):
        if table[name].nunique() < len(table) and not table.duplicated([time, name]).any():
            return name
    return None


def by_name(names: list[str], wanted: tuple[str, ...]) -> str | None:
    """The first column whose lower-case name is in `wanted`, in the order of `wanted`."""
    plain = {re.sub(r"[\s\-./]+", "_", name.strip().lower()): name for name in reversed(names)}
    return next((plain[word] for word in wanted if word in plain), None)


def is_quantity(name: str) -> bool:
    """True if a column is named like a physical quantity rather than a place."""
    return bool(_QUANTITY.search(name.strip()))


def _time_column(table: pd.DataFrame, names: list[str]) -> str | None:
    dated = [name for name in names if pd.api.types.is_datetime64_any_dtype(table[name])]
    if dated:
        return by_name(dated, TIME_NAMES) or dated[0]
    ordered = [by_name(names, (word,)) for word in TIME_NAMES]
    candidates = [name for name in ordered if name is not None]
    texts = [name for name in candidates if not pd.api.types.is_numeric_dtype(table[name]) and looks_like_time(_some(table[name]))]
    if texts:
        return texts[0]
    for name in names:
        if not pd.api.types.is_numeric_dtype(table[name]) and looks_like_time(_some(table[name])):
            return name
    counted = [name for name in names if elapsed_unit(name) is not None and pd.api.types.is_numeric_dtype(table[name])]
    return candidates[0] if candidates else counted[0] if counted else None


def _some(column: pd.Series) -> pd.Series:
    """The first cells that are not empty, from the first rows where there are enough."""
    first = column.head(2000).dropna()
    return first if len(first) >= 200 or len(column) <= 2000 else column.dropna().head(2000)


def _place_column(table: pd.DataFrame, names: list[str]) -> str | None:
    named = [by_name(names, (word,)) for word in PLACE_NAMES]
    for name in named:
        if name is not None and (not pd.api.types.is_float_dtype(table[name])) and table[name].nunique() < max(2, len(table)):
            return name
    return None
