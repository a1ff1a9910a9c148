"""Lists of observations: what stands beside time and position stays with each row."""

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.opening.open import open_field

STAMPS = np.datetime64("2024-03-01T00:00:00.000000123") + np.array([5, 1, 3, 9]) * np.timedelta64(3_600_000_000_001, "ns")


def catalogue() -> xr.Dataset:
    """Four events out of order, with a mark, a class, a yes or no, and the member that they belong to."""
    marks = {"mag": ("event", [1.0, 2.0, 3.0, 4.0]), "type": ("event", list("abca")), "felt": ("event", [True, False, True, True])}
    coords = {
        "time": ("event", STAMPS),
        "lat": ("event", [1.0, 2, 3, 4]),
        "lon": ("event", [5.0, 6, 7, 8]),
        "member": ("event", [0, 0, 1, 1]),
    }
    return xr.Dataset(marks, coords)


def test_events_out_of_order_keep_words_truth_values_and_members():
    order = np.argsort(STAMPS)
    opened = open_field(catalogue()).dataset
    for name in ("mag", "type", "felt", "member"):
        assert opened[name].values.tolist() == catalogue()[name].values[order].tolist()


def test_events_to_the_nanosecond_are_read_again_from_a_file(tmp_path):
    catalogue().to_netcdf(tmp_path / "events.nc", engine="h5netcdf")
    np.testing.assert_array_equal(open_field(tmp_path / "events.nc").times, np.sort(STAMPS))
    assert pd.Timestamp(STAMPS[0]).nanosecond
