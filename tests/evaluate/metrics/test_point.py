"""Point metrics against hand-computed cases."""

import numpy as np
import pytest
import xarray as xr

from chronotope.errors import DimensionError
from chronotope.evaluate.metrics import bias, count, mae, mase, rmse, wape

FORECAST = np.array([[1.0, 2.0], [3.0, np.nan]])
TRUTH = np.array([[2.0, np.nan], [0.0, 5.0]])


def test_hand_computed_values_on_the_two_known_cells():
    assert mae(FORECAST, TRUTH) == 2 and bias(FORECAST, TRUTH) == 1 and count(FORECAST, TRUTH) == 2
    assert rmse(FORECAST, TRUTH) == pytest.approx(np.sqrt(5)) and wape(FORECAST, TRUTH) == 2


def test_along_an_axis_only_its_own_cells_count():
    np.testing.assert_array_equal(mae(FORECAST, TRUTH, axis=0), [2, np.nan])


@pytest.mark.parametrize("metric", [mae, rmse, bias, wape])
def test_nothing_to_compare_is_not_perfect(metric):
    assert np.isnan(metric(np.full(3, np.nan), np.ones(3))) and np.isnan(metric(np.ones(3), np.full(3, np.nan)))
    assert np.isnan(metric(np.empty(0), np.empty(0)))


def test_mase_of_the_naive_change_is_one():
    history = np.array([0.0, 2.0, 4.0, 6.0])
    assert mase(np.array([6.0]), np.array([8.0]), history) == 1
    assert mase(np.array([6.0]), np.array([8.0]), history, period=2) == 0.5
    assert np.isnan(mase(np.array([6.0]), np.array([8.0]), np.ones(4)))


def test_named_dims_are_aligned_reduced_and_kept():
    truth = xr.DataArray(TRUTH, dims=("time", "place"), coords={"time": [0, 1], "place": ["a", "b"]}, name="x")
    forecast = xr.DataArray(FORECAST, dims=("time", "place"), coords={"time": [0, 1], "place": ["a", "b"]}).isel(place=[1, 0])
    by_place = mae(forecast.transpose("place", "time"), truth, dim="time")
    assert by_place.dims == ("place",) and by_place.sel(place="a") == 2 and np.isnan(by_place.sel(place="b"))
    assert float(mae(forecast, truth)) == 2


def test_foreign_dims_are_refused():
    truth = xr.DataArray(TRUTH, dims=("time", "place"))
    with pytest.raises(DimensionError, match="dims of truth"):
        mae(truth, truth, dim="level")
    with pytest.raises(DimensionError, match="dims of truth"):
        mae(truth.expand_dims(member=2), truth)
    with pytest.raises(DimensionError, match="none in common"):
        mae(truth.assign_coords(time=[0, 1]), truth.assign_coords(time=[5, 6]))
