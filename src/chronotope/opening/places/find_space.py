"""The places of an xarray dataset: degrees or plane coordinates, on a grid, at sites, or moving."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chronotope.errors import DataError, DimensionError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.places.positions import at_rest, from_radians
from chronotope.opening.places.rotated import with_true_positions

_LAT_NAMES = {"clat", "lat", "latitude", "nav_lat", "xlat", "lats", "y_lat", "latitudes", "ylat"}
_LON_NAMES = {"clon", "lon", "longitude", "nav_lon", "xlong", "long", "lng", "lons", "x_lon", "longitudes", "xlon"}
_OF_MODELS = {"latitude": set("lat_rho latcell xlat_m tlat geolat gphit".split())}  # each by its own word, after the usual ones
_OF_MODELS["longitude"] = set("lon_rho loncell xlong_m tlong geolon glamt".split())
_Y_NAMES = set(
    """
    y row rows northing lat_dim south_north j nlat rlat yc ny y_dim projection_y_coordinate height_px
    """.split()
)
_X_NAMES = set(
    """
    x column columns col easting lon_dim west_east i nlon rlon xc nx x_dim projection_x_coordinate width_px
    """.split()
)
_PLACE_NAMES = set(
    """
    place station site sensor location node cell ncells city id basin division region county ncell values_dim stations locations
    position zone segment point points spatial catchment gauge
    """.split()
)
_AREA_NAMES = set(
    "regions area areas country countries state states province district districts subbasin store stores shop household meter buoy".split()
)
_EXTRA_NAMES = set(
    """
    level lev depth pressure plev height z member number realization ensemble sample band channel channels variable isobaric
    quantile deptht soil_layer c model scenario heightaboveground layer realisation ens ens_member ensemble_member ensmember memb
    member_id isobaricinhpa pressure_level quantiles percentile percentiles olevel st_ocean bottom_top bottom_top_stag hybrid levels
    soil_layers_stag lead_time nlev pfull height_level expver s_rho s_w sigma nvertlevels
    """.split()
)
_RUN_NAMES = set("run runs scen scens scenarios rcp ssp experiment gcm rcm variant quant draw draws models simulation sim".split())


def with_space(dataset: xr.Dataset, options: OpenOptions, found: list[Finding]) -> tuple[xr.Dataset, tuple[str, ...], str]:
    """The dataset with canonical place dims, those dims, and the kind.

    Raises:
        DimensionError: the place dims cannot be told.
        DataError: an option names a variable that is not there.
    """
    lat, lon = (find_variable(dataset, given, *tests) for given, tests in ((options.lat, LAT), (options.lon, LON)))
    if lat is None and lon is None:
        dataset = with_true_positions(dataset, found)
        lat, lon = ("lat", "lon") if {"lat", "lon"} <= set(dataset.coords) else (None, None)
    if lat is not None and lon is not None:
        dataset = _rename(dataset, {lat: "lat", lon: "lon"}).set_coords(["lat", "lon"])
        dataset = from_radians(at_rest(dataset, found), found)
        space = _space_of_degrees(dataset)
        if space is not None:
            return _settle(dataset, space, found)
        for name in ("lat", "lon"):  # scalars or constants over the place dim found below
            if dataset[name].ndim > 2 or "time" in dataset[name].dims:
                return _moving(dataset)
    dims = [dim for dim in _value_dims(dataset, options) if dim != "time"]
    rows, columns = (next((d for d in dims if d.lower() in names), None) for names in (_Y_NAMES, _X_NAMES))
    if rows is not None and columns is not None and options.place is None:
        return _settle(dataset, (rows, columns), found)
    place = options.place if isinstance(options.place, str) else _named_place(dims)
    if place is not None:
        place = place if place in dataset.dims else str(dataset[place].dims[0])
        return _settle(dataset, (place,), found)
    ends = _origin_destination(dims)
    if ends is not None:
        found.append(Finding("inferred", f"each pair of {ends[0]} and {ends[1]} is a place"))
        return _settle(dataset.stack(place=ends).reset_index("place"), ("place",), found)
    rest = [dim for dim in dims if dim.lower() not in _EXTRA_NAMES]
    if len(rest) == 1 < len(dims) and (rest[0].lower() in _RUN_NAMES or _has_shares(dataset, rest[0])):
        rest = []
    return _of_unknown_dims(dataset, rest, found)


def _named_place(dims: list[str]) -> str | None:
    return next((dim for names in (_PLACE_NAMES, _AREA_NAMES) for dim in dims if dim.lower() in names), None)


def _of_unknown_dims(dataset: xr.Dataset, rest: list[str], found: list[Finding]) -> tuple[xr.Dataset, tuple[str, ...], str]:
    """Dims of which no name is known: one is the places, two with numbers are rows and columns, those with words for labels are neither.

    Runs, classes and the like stay further dims, of one place where nothing else is left.
    """
    if len(rest) > 1:
        further = [dim for dim in rest if dim.lower() in _RUN_NAMES or _has_words(dataset, dim) or _has_shares(dataset, dim)]
        left = [dim for dim in rest if dim not in further]
        if further:
            rest = left
            places = f"; dimension {left[0]} taken as places" if len(left) == 1 else ""
            text = f"dimension{'s' if len(further) > 1 else ''} {' and '.join(further)} taken as runs or classes, not as places{places}"
            found.append(Finding("inferred", f"{text}; give place= to change it"))
            if len(left) == 1:
                return _settle(dataset, (left[0],), found)
    if len(rest) > 2:
        raise DimensionError(
            f"Place dimensions cannot be told among {', '.join(rest)}. Name the place with place=, or rename two of them to y and x."
        )
    if not rest:
        return _settle(dataset.expand_dims("place"), ("place",), found)
    named = all(dim in dataset.coords for dim in rest)
    text = f"dimension{'s' if len(rest) > 1 else ''} {' and '.join(rest)} taken as places"
    if len(rest) == 2 and not named:
        found.append(Finding("warning", f"{text}, rows and columns of a grid; name the places with place= where they are none"))
    else:
        found.append(Finding("inferred", text))
    return _settle(dataset, tuple(rest), found)


def _has_words(dataset: xr.Dataset, dim: str) -> bool:
    return dim in dataset.coords and dataset[dim].dtype.kind in "USOT"


def _has_shares(dataset: xr.Dataset, dim: str) -> bool:
    """True for labels between 0 and 1 in uneven steps, as levels of quantiles are."""
    if dim not in dataset.coords or dataset[dim].dtype.kind != "f" or dataset[dim].size < 3:
        return False
    labels = dataset[dim].values
    return bool(0 < labels.min() and labels.max() < 1 and not np.allclose(np.diff(labels), labels[1] - labels[0]))


def _settle(dataset: xr.Dataset, space: tuple[str, ...], found: list[Finding]) -> tuple[xr.Dataset, tuple[str, ...], str]:
    """Canonical names of the place dims: (lat, lon), (y, x) or (place,)."""
    if len(space) == 2:
        one_dimensional = (
            "lat" in dataset.coords and set(space) == {*dataset["lat"].dims, *dataset["lon"].dims} and dataset["lat"].ndim == 1
        )
        names = ("lat", "lon") if one_dimensional else ("y", "x")
        if one_dimensional and dataset["lat"].dims[0] != space[0]:
            space = (str(dataset["lat"].dims[0]), str(dataset["lon"].dims[0]))
        dataset = _rename(dataset, dict(zip(space, names, strict=True)))
        return dataset, names, "grid"
    old = space[0]
    dataset = _rename(dataset, {old: "place"})
    for name in ("lat", "lon"):
        if name in dataset.coords and dataset[name].ndim == 0:
            dataset = dataset.assign_coords({name: ("place", np.full(dataset.sizes["place"], float(dataset[name])))})
    if "place" not in dataset.coords:
        labels = next(
            (
                n
                for n in ("station_name", "name", "station_id", "location_name", "site_name")
                if n in dataset and dataset[n].dims == ("place",)
            ),
            None,
        )
        values = np.arange(dataset.sizes["place"]) if labels is None else dataset[labels].values.astype(str)
        dataset = dataset.assign_coords(place=("place", values if len(set(values.tolist())) == len(values) else np.arange(len(values))))
    elif len(np.unique(dataset["place"].values)) < dataset.sizes["place"]:
        found.append(Finding("warning", "names of places repeat; places are numbered instead"))
        dataset = dataset.assign_coords(place=("place", np.arange(dataset.sizes["place"])))
    return dataset, ("place",), "graph"


def _space_of_degrees(dataset: xr.Dataset) -> tuple[str, ...] | None:
    lat, lon = dataset["lat"], dataset["lon"]
    dims = tuple(str(dim) for dim in lat.dims)
    if "time" in dims or lat.ndim == 0 or lon.ndim == 0:
        return None
    if lat.ndim == 2 and lon.dims == lat.dims:
        return dims
    if lat.ndim == 1 and lon.ndim == 1:
        return dims if lon.dims == lat.dims else (dims[0], str(lon.dims[0]))
    raise DimensionError(
        f"Latitude and longitude must have one or two dimensions in common; found {lat.dims} and {lon.dims}. "
        "Name others with lat= and lon=."
    )


def _moving(dataset: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...], str]:
    """Positions change with time: tracks if each object has its own, events if each stamp has one."""
    rest = [str(dim) for dim in dataset["lat"].dims if dim != "time"]
    if len(rest) == 1:
        return _rename(dataset, {rest[0]: "object"}), ("object",), "tracks"
    return dataset.expand_dims("object"), ("object",), "tracks"


def _rename(dataset: xr.Dataset, names: dict[str, str]) -> xr.Dataset:
    names = {old: new for old, new in names.items() if old != new}
    for new in names.values():
        if new in dataset.variables or new in dataset.dims:
            dataset = dataset.rename({new: f"{new}_given"})
    return dataset.rename({old: new for old, new in names.items() if old in dataset.variables or old in dataset.dims})


def find_variable(dataset: xr.Dataset, given: str | None, standard: str, units: set[str], names: set[str]) -> str | None:
    if given is not None:
        if given not in dataset.variables:
            raise DataError(f"lat= and lon= must name variables of the data ({', '.join(map(str, dataset.variables))}); found {given!r}.")
        return given
    tests = (
        lambda n, a: a.attrs.get("standard_name") == standard,
        lambda n, a: str(a.attrs.get("units", "")).replace(" ", "_").lower() in units,
        lambda n, a: n.lower() in names,
        lambda n, a: n.lower() in _OF_MODELS[standard],
    )
    for test in tests:
        for name in dataset.variables:
            if dataset[name].dtype.kind in "fiu" and test(str(name), dataset[name]):
                return str(name)
    return None


LAT = ("latitude", {"degrees_north", "degree_north", "degrees_n", "degreen", "degreesn"}, _LAT_NAMES)
LON = ("longitude", {"degrees_east", "degree_east", "degrees_e", "degreee", "degreese"}, _LON_NAMES)


def _value_dims(dataset: xr.Dataset, options: OpenOptions) -> list[str]:
    arrays = [
        dataset[name] for name in (options.targets or dataset.data_vars) if name in dataset.data_vars and "time" in dataset[name].dims
    ]
    if not arrays:
        return [str(dim) for dim in dataset.dims]
    return [str(dim) for dim in max(arrays, key=lambda array: array.size).dims]


def _origin_destination(dims: list[str]) -> list[str] | None:
    ends = [dim for dim in dims if dim.lower().startswith(("origin", "destination", "from_", "to_"))]
    return ends if len(ends) == 2 else None
