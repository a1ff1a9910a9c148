"""What a quantity can be: declared ranges, and bounds that physics sets to what a standard name or a unit stands for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from chronotope.errors import UnitsError
from chronotope.harmonize.units import conversion_of

Range = tuple[float | None, float | None]

# standard name: (lowest, highest, unit); wide enough for every record ever measured near the ground, and for sensors a little off
PHYSICAL: dict[str, tuple[float | None, float | None, str]] = {
    "air_temperature": (-130.0, 80.0, "degC"),
    "dew_point_temperature": (-130.0, 60.0, "degC"),
    "sea_surface_temperature": (-5.0, 50.0, "degC"),
    "sea_water_temperature": (-5.0, 120.0, "degC"),
    "relative_humidity": (0.0, 115.0, "%"),
    "specific_humidity": (0.0, 0.1, "1"),
    "wind_speed": (0.0, 150.0, "m s-1"),
    "wind_speed_of_gust": (0.0, 200.0, "m s-1"),
    "wind_from_direction": (-180.0, 360.0, "degree"),
    "air_pressure": (0.0, 110000.0, "Pa"),
    "surface_air_pressure": (30000.0, 110000.0, "Pa"),
    "air_pressure_at_mean_sea_level": (80000.0, 110000.0, "Pa"),
    "precipitation_amount": (0.0, None, "kg m-2"),
    "precipitation_flux": (0.0, None, "kg m-2 s-1"),
    "lwe_precipitation_rate": (0.0, None, "m s-1"),
    "rainfall_amount": (0.0, None, "kg m-2"),
    "surface_snow_thickness": (0.0, None, "m"),
    "sea_water_salinity": (0.0, 400.0, "1e-3"),
    "sea_ice_area_fraction": (0.0, 1.0, "1"),
    "cloud_area_fraction": (0.0, 1.0, "1"),
    "surface_downwelling_shortwave_flux_in_air": (-50.0, 2000.0, "W m-2"),
    "sea_surface_wave_significant_height": (0.0, 40.0, "m"),
}
_TOLERANCE = 1e-6  # rounding of float32 at a bound


def range_of(array: xr.DataArray, declared: Range | None = None) -> tuple[float, float]:
    """(lowest, highest) that `array` may be: `declared`, else its valid_range, valid_min and valid_max, else physics; infinite where open.

    Physics are the bounds of its `standard_name` in its `units`, and no temperature below absolute zero.
    """
    if declared is not None:
        return _open(declared)
    attrs = array.attrs
    if "valid_range" in attrs or "valid_min" in attrs or "valid_max" in attrs:
        low, high = np.asarray(attrs.get("valid_range", (-np.inf, np.inf)), float)
        return float(attrs.get("valid_min", low)), float(attrs.get("valid_max", high))
    return _physical(attrs)


def outside(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """True where a value is beyond the range (or infinite), False for NaN."""
    slack = _TOLERANCE * np.maximum(1.0, np.abs([low, high]))
    slack = np.where(np.isfinite(slack), slack, 0.0)
    return (values < low - slack[0]) | (values > high + slack[1]) | np.isinf(values)


def _physical(attrs: Mapping[str, object]) -> tuple[float, float]:
    units, name = str(attrs.get("units", "")), str(attrs.get("standard_name", ""))
    difference = "difference" in str(attrs.get("units_metadata", "")) or name.endswith("_anomaly")
    try:
        if name in PHYSICAL and units:
            lowest, highest, unit = PHYSICAL[name]
            convert = conversion_of(unit, units, name)
            return _open((None if lowest is None else convert(lowest), None if highest is None else convert(highest)))
        if units and not difference:
            return float(conversion_of("K", units)(0.0)), np.inf  # only temperatures convert from kelvin
    except UnitsError:
        pass
    return -np.inf, np.inf


def _open(bounds: Range) -> tuple[float, float]:
    low, high = bounds
    return -np.inf if low is None else float(low), np.inf if high is None else float(high)
