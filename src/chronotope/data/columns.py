"""How the columns of tables are called, and which of them is what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

TIME_NAMES = tuple(
    """
    time datetime timestamp ts date_time date time_hour valid_time obs_time observed_at utc datum day week_start week month year
    start started_at iso_time quarter hour frame epoch unix_time unixtime t ds zeit fecha heure
    observation_date obs_date date_utc time_utc datetime_utc timestamp_utc zeitpunkt zeitstempel mess_datum messdatum fecha_hora horodate
    jahr año anno année annee yr yyyy yyyymmdd aaaammjj aaaammjjhh yyyymmddhh timestamps times period time_period
    epiweek yearweek year_week yyyyww isoweek mjd
    """.split()
)
PLACE_NAMES = tuple(
    """
    place location location_id site_name sitename station_name stationname station station_id stationid
    site site_id sensor sensor_id detector id unique_id city town basin
    county province state region country zone node name code gauge origin airport series store shop plant
    meter household device asset link road counter well buoy ort
    site_no site_code station_no station_code stations_id station_nr stationsname stations_name location_name sitecode usaf wban agency_no
    district garage municipality commune comuna municipio gemeinde kommune bezirk kreis landkreis stadt stadtteil ville ciudad cidade
    provincia provinz departement department departamento estado bundesland estacion estação estación messstelle pegel standort haltestelle
    stop borough neighbourhood neighborhood ward parish prefecture canton kanton territory location_label iso2 iso3 iso_code country_code
    country_name geo ref_area instance host entity stn num_poste nom_usuel wmo icao
    """.split()
)
FIXED_NAMES = tuple(
    """
    elevation elev altitude alt altitud altitudine height_m station_elevation hoehe höhe stationshoehe fips geoid objectid zip zipcode
    postcode plz alti
    """.split()
)
UNIT_NAMES = ("units", "unit", "unitcode", "unit_code", "uom", "einheit", "unidad")
VARIABLE_NAMES = tuple(
    """
    variable parameter variablename variable_name parameter_name indicator indicator_name metric __name__ measure element pollutant datatype
    quantity property observed_property _field
    """.split()
)
OBJECT_NAMES = tuple(
    """
    id object object_id track track_id trajectory trip_id vessel mmsi vehicle vehicle_id storm sid person pedestrian animal agent
    """.split()
)
LAT_NAMES: tuple[str, ...] = ("lat", "latitude", "lat_", "y_lat", "ycoord", "lats", "decimallatitude", "geo_lat")
LAT_NAMES += ("latitud", "latitudine", "geobreite")
LON_NAMES: tuple[str, ...] = ("lon", "lng", "long", "longitude", "long_", "lon_", "xcoord", "lons", "decimallongitude", "geo_lon")
LON_NAMES += ("longitud", "longitudine", "geolaenge", "geolänge")
X_NAMES, Y_NAMES = ("x", "easting", "utm_x", "x_m"), ("y", "northing", "utm_y", "y_m")
_QUANTITY = re.compile(
    r"temp|tmax|tmin|tavg|tmean|pm_?2|pm_?10|^no2?$|^o3$|^so2$|^co$|wind|press|humid|rain|prcp|precip|snow|flow|load|speed|count|price|volume|"
    r"^(t|ta|td|tn|tx|tg|rh|rf|ws|wd|wg|qv)$|^(t|rh|ws|wd|ps|qv)_?\d+m|dew|radiation|srad|discharge|level|magnitude|depth|power|energy|demand|[\(\[].*[\)\]]$|^value$|_(c|k|pa|hpa|mm|kw|mw|kwh|ms|kt)$",
    re.IGNORECASE,
)


CLOCKISH = re.compile(r"dat[aeu]|time|zeit|stamp|fecha|heure|hora|tid|yyyy|when", re.IGNORECASE)


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


def by_name(names: list[str], wanted: tuple[str, ...]) -> str | None:
    """The first column whose lower-case name is in `wanted`, in the order of `wanted`."""
    plain = {_plain(name): name for name in reversed(names)}
    bare = {re.sub(r"_?[(\[][^()\[\]]*[)\]]$", "", word): name for word, name in plain.items()}  # "Date/Time (LST)" is a date_time
    return next((known[word] for known in (plain, bare) for word in wanted if word in known), None)


@lru_cache(1 << 14)
def _plain(name: str) -> str:
    return re.sub(r"[\s\-./]+", "_", name.strip().lower().lstrip("@"))


def is_quantity(name: str) -> bool:
    """True if a column is named like a physical quantity rather than a place."""
    return bool(_QUANTITY.search(name.strip()))


def counts_rows(column: pd.Series) -> bool:
    """True for 0, 1, 2, ... or 1, 2, 3, ... down the rows."""
    if column.dtype.kind not in "iu" or len(column) < 2:
        return False
    numbers = column.to_numpy()
    return bool(numbers[0] in (0, 1) and (np.diff(numbers) == 1).all())
