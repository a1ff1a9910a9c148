"""Numbers that are packed in memory open as from a file."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.opening.open import open_field

COORDS = {"time": pd.date_range("2000-01-01", periods=6, freq="D"), "lat": [3.0, 2.0, 1.0], "lon": [1.0, 2.0, 3.0, 4.0]}
DIMS = ("time", "lat", "lon")


@pytest.mark.parametrize("attrs", [{"_FillValue": -999.0}, {"missing_value": -999.0}, {"_FillValue": -999.0, "missing_value": -999.0}])
def test_a_declared_code_is_missing(attrs):
    values = np.arange(72.0).reshape(6, 3, 4)
    values[0, 0, 0] = -999
    dataset = xr.Dataset({"t": (DIMS, values, attrs)}, COORDS)
    field = open_field(dataset)
    assert dataset["t"].attrs == attrs and dataset["t"].values[0, 0, 0] == -999, "the caller's dataset stays as it was"
    assert np.isnan(field.dataset["t"].values[0, 0, 0]) and int(np.isnan(field.dataset["t"].values).sum()) == 1
    assert any("-999.0 stands for missing, as declared" in finding.text for finding in field.findings)


def test_packed_numbers_are_what_the_file_gives(tmp_path):
    numbers = np.arange(72, dtype="i2").reshape(6, 3, 4)
    numbers[1, 1, 1] = -32767
    packed = xr.Dataset({"t": (DIMS, numbers, {"scale_factor": 0.01, "add_offset": 280.0, "_FillValue": np.int16(-32767)})}, COORDS)
    packed.to_netcdf(tmp_path / "packed.nc", engine="h5netcdf")
    raw = xr.open_dataset(tmp_path / "packed.nc", engine="h5netcdf", mask_and_scale=False)
    truth = 280 + 0.01 * np.where(numbers == -32767, np.nan, numbers)
    for source in (packed, raw, tmp_path / "packed.nc"):
        np.testing.assert_allclose(open_field(source).dataset["t"].values, truth, rtol=1e-6)


def test_what_is_decoded_already_stays_as_it_is():
    dataset = xr.Dataset({"t": (DIMS, np.arange(72.0).reshape(6, 3, 4))}, COORDS)
    dataset["t"].encoding = {"scale_factor": 0.1, "_FillValue": -1.0}
    assert np.array_equal(open_field(dataset).dataset["t"].values, dataset["t"].values)


@pytest.mark.parametrize("calendar", ["360_day", "julian", "noleap"])
def test_decoded_dates_of_a_model_read_as_those_of_its_file(calendar, tmp_path):
    pytest.importorskip("cftime")
    days = xr.date_range("2001-01-20", periods=60, freq="D", calendar=calendar, use_cftime=True)
    dataset = xr.Dataset({"v": (("time", "place"), np.arange(180.0).reshape(60, 3))}, {"time": days, "place": list("abc")})
    dataset.to_netcdf(tmp_path / "model.nc")
    one, other = open_field(dataset), open_field(tmp_path / "model.nc")
    np.testing.assert_array_equal(one.to_xarray().time, other.to_xarray().time)
    assert any(calendar in finding.text for finding in one.findings)
