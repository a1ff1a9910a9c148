"""How the columns of tables are called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

TIME_NAMES = tuple(
    """
    time datetime timestamp ts date_time date time_hour valid_time obs_time observed_at utc datum day week_start week month year
    start started_at iso_time quarter hour frame epoch unix_time unixtime t ds zeit fecha heure
    observation_date obs_date date_utc time_utc datetime_utc timestamp_utc zeitpunkt zeitstempel mess_datum messdatum fecha_hora horodate
    horodatage
    jahr año anno année annee yr yyyy yyyymmdd aaaammjj aaaammjjhh yyyymmddhh timestamps times period time_period
    epiweek yearweek year_week yyyyww isoweek mjd jd bjd hjd bjd_tdb system:time_start
    """.split()
)
ELAPSED = re.compile(r"(?:t|time|elapsed|elapsed_time)_(d|days?|h|hours?|hrs?|min|minutes?|s|sec|seconds?|ms)", re.IGNORECASE)
"""Columns that count time from a start, and in what."""
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
    probe probe_id sonde logger logger_id borehole mooring plot parcel
    orgunit org_unit organisationunit organisationunitname
    meter_id meterid meter_number lclid nmi mpan esiid household_id lotname messquerschnitt zaehlstelle zählstelle camera cameratrap
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
    id object object_id track_id flight_id flightid icao24 icao_24 icao_address hex_ident callsign track trajectory vessel mmsi vehicle
    vehicle_id storm sid person pedestrian animal agent
    individual_local_identifier individual_id individual animal_id animalid tag_local_identifier tag_id collar_id bird bird_id trajectory_id
    float_id platform_number drifter drifter_id glider glider_id deployid deploy_id deployment_id ptt tag tagid van truck bus imei
    vehicle_vehicle_id vehicle_vehicle_label trip_id tripid
    """.split()
)
LAT_NAMES: tuple[str, ...] = ("lat", "latitude", "lat_", "y_lat", "ycoord", "lats", "decimallatitude", "geo_lat")
LAT_NAMES += ("latitud", "latitudine", "geobreite", "dec_lat_va")
LON_NAMES: tuple[str, ...] = ("lon", "lng", "long", "longitude", "long_", "lon_", "xcoord", "lons", "decimallongitude", "geo_lon")
LON_NAMES += ("longitud", "longitudine", "geolaenge", "geolänge", "dec_long_va")
_ABOUT = "location gps site station stop centroid center wgs84 deg dd dec decimal degrees pickup".split()
LAT_NAMES += tuple(f"{a}_{b}" for word in _ABOUT for name in ("lat", "latitude") for a, b in ((word, name), (name, word)))
LON_NAMES += tuple(f"{a}_{b}" for word in _ABOUT for name in ("lon", "lng", "long", "longitude") for a, b in ((word, name), (name, word)))
X_NAMES, Y_NAMES = ("x", "easting", "utm_x", "x_m"), ("y", "northing", "utm_y", "y_m")


def by_name(names: list[str], wanted: tuple[str, ...]) -> str | None:
    """The first column whose lower-case name is in `wanted`, in the order of `wanted`."""
    plain = {_plain(name): name for name in reversed(names)}
    bare = {re.sub(r"_?[(\[][^()\[\]]*[)\]]$", "", word): name for word, name in plain.items()}  # "Date/Time (LST)" is a date_time
    return next((known[word] for known in (plain, bare) for word in wanted if word in known), None)


@lru_cache(1 << 14)
def _plain(name: str) -> str:
    return re.sub(r"[\s\-./]+", "_", name.strip().lower().lstrip("@"))


def whole_name(name: str, names: Iterable[str]) -> str:
    """The only one of `names` that is `name` with a unit in brackets behind it; `name` where it is one of them, or none or several are."""
    known = list(names)
    found = [one for one in known if unit_of(one) and re.split(r"\s*[(\[]", one)[0] == name]
    return found[0] if name not in known and len(found) == 1 else name


def unit_of(name: str) -> dict[str, str]:
    """The unit that a column name carries: "prcp(mm/day)" has mm/day."""
    for first, last in ("()", "[]"):
        if name.endswith(last) and first in name and "=" not in name[name.rindex(first) :]:  # sst[number=0] is a member of sst
            return {"units": name[name.rindex(first) + 1 : -1]}
    return {}
