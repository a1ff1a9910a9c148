"""Profiles of floats: points with levels."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from chronotope.errors import ArgumentError
from chronotope.opening.open import open_field


def floats(n: int = 4, k: int = 3) -> xr.Dataset:
    """Two floats, out of order in time; the third profile has no position; the last level of the first is missing."""
    pressure = np.tile(np.arange(1.0, k + 1) * 10, (n, 1)).astype(np.float32)
    temperature = (20 - pressure / 10 + np.arange(n)[:, None]).astype(np.float32)
    temperature[0, -1] = np.nan
    return xr.Dataset(
        {
            "PRES": (("N_PROF", "N_LEVELS"), pressure, {"standard_name": "sea_water_pressure", "units": "decibar", "axis": "Z"}),
            "TEMP": (("N_PROF", "N_LEVELS"), temperature, {"units": "degree_Celsius"}),
            "TEMP_ADJUSTED_ERROR": (("N_PROF", "N_LEVELS"), np.full((n, k), np.nan, np.float32)),
            "JULD": ("N_PROF", [3.0, 1.0, 2.0, 4.0], {"units": "days since 2000-01-01", "standard_name": "time"}),
            "LATITUDE": ("N_PROF", [10.0, 11.0, np.nan, 12.0], {"units": "degree_north"}),
            "LONGITUDE": ("N_PROF", [179.0, 179.5, 180.0, -179.5], {"units": "degree_east"}),
            "PLATFORM_NUMBER": ("N_PROF", np.array([b"a", b"a", b"b", b"b"])),
        },
        attrs={"featureType": "trajectoryProfile"},
    )


def test_profiles_are_points_with_levels():
    field = open_field(floats())
    assert field.kind == "points" and field.variables == ("TEMP",) and field.dataset["TEMP"].dims == ("event", "level")
    assert [str(t)[:10] for t in field.times] == ["2000-01-02", "2000-01-04", "2000-01-05"]
    np.testing.assert_array_equal(field.dataset["TEMP"].values[0], [20, 19, 18])
    np.testing.assert_array_equal(field.dataset["depth"].values[2], [10, 20, 30])
    assert field.units == {"TEMP": "degree_Celsius"} and field.dataset["object"].values.tolist() == ["a", "a", "b"]
    assert any("1 profiles without time or position" in f.text for f in field.findings)


def test_the_long_table_has_a_row_per_level_that_holds_a_number():
    table = open_field(floats()).to_pandas()
    assert len(table) == 8 and table[["depth", "TEMP"]].values[:2].tolist() == [[10, 20], [20, 19]]


def test_a_target_must_lie_over_the_levels():
    with pytest.raises(ArgumentError, match="'JULD'"):
        open_field(floats(), target="JULD")


def test_a_profile_file_reads_the_same(tmp_path):
    floats().to_netcdf(tmp_path / "f_prof.nc", engine="h5netcdf")
    assert open_field(tmp_path / "f_prof.nc").dataset["TEMP"].equals(open_field(floats()).dataset["TEMP"])
