"""The places of an xarray dataset: degrees or plane coordinates, on a grid, at sites, or moving."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chronotope.data.field import Finding
from chronotope.data.options import OpenOptions
from chronotope.errors import DataError, DimensionError

_LAT_NAMES = {"clat", "lat", "latitude", "nav_lat", "xlat", "lats", "y_lat", "latitudes", "ylat"}
_LON_NAMES = {"clon", "lon", "longitude", "nav_lon", "xlong", "long", "lng", "lons", "x_lon", "longitudes", "xlon"}
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
_EXTRA_NAMES = set(
    """
    level lev depth pressure plev height z member number realization ensemble sample band channel channels variable isobaric
    quantile deptht soil_layer c model scenario heightAboveGround layer
    """.split()
)


def with_space(dataset: xr.Dataset, options: OpenOptions, found: list[Finding]) -> tuple[xr.Dataset, tuple[str, ...], str]:
    """The dataset with canonical place dims, those dims, and the kind.

    Raises:
        DimensionError: the place dims cannot be told.
        DataError: an option names a variable that is not there.
    """
    lat, lon = (find_variable(dataset, given, *tests) for given, tests in ((options.lat, LAT), (options.lon, LON)))
    if lat is not None and lon is not None:
        dataset = _rename(dataset, {lat: "lat", lon: "lon"}).set_coords(["lat", "lon"])
        dataset = _from_radians(dataset, found)
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
    place = options.place if isinstance(options.place, str) else next((d for d in dims if d.lower() in _PLACE_NAMES), None)
    if place is not None:
        place = place if place in dataset.dims else str(dataset[place].dims[0])
        return _settle(dataset, (place,), found)
    ends = _origin_destination(dims)
    if ends is not None:
        found.append(Finding("inferred", f"each pair of {ends[0]} and {ends[1]} is a place"))
        return _settle(dataset.stack(place=ends).reset_index("place"), ("place",), found)
    rest = [dim for dim in dims if dim.lower() not in _EXTRA_NAMES]
    if len(rest) > 2:
        raise DimensionError(
            f"Place dimensions cannot be told among {', '.join(rest)}. Name the place with place=, or rename two of them to y and x."
        )
    if not rest:
        return _settle(dataset.expand_dims("place"), ("place",), found)
    found.append(Finding("inferred", f"dimension{'s' if len(rest) > 1 else ''} {' and '.join(rest)} taken as places"))
    return _settle(dataset, tuple(rest), found)


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


def _from_radians(dataset: xr.Dataset, found: list[Finding]) -> xr.Dataset:
    """Positions given in radians (icosahedral models do) in degrees, as the canonical dataset has them."""
    for name in ("lat", "lon"):
        if str(dataset[name].attrs.get("units", "")).lower().startswith("rad"):
            degrees = (dataset[name] * (180 / np.pi)).assign_attrs(
                dataset[name].attrs | {"units": "degrees_north" if name == "lat" else "degrees_east"}
            )
            dataset = dataset.assign_coords({name: degrees})
            found.append(Finding("inferred", f"{name} turned from radians to degrees"))
    return dataset


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
