"""Gaps are asked, observed values stay."""

import numpy as np
import pytest

from asked import Recorder, sea, stations
from chronotope.baselines import BASELINES
from chronotope.errors import DataError
from chronotope.tasks.verbs import Model


def test_observed_values_are_untouched_at_every_quantile_and_gaps_are_filled():
    field = stations()
    out = Model(Recorder()).impute(field).to_xarray()
    before, after = field.dataset["temp"], out["temp"]
    seen = np.isfinite(before.values)
    assert after.dims == ("quantile", "place", "time")
    for q in range(9):
        np.testing.assert_array_equal(after.values[q][seen], before.values[seen].astype("float32"))
    assert np.isfinite(after.values).all() and after.values[0, 1, 3] == 101


def test_a_straight_line_is_filled_with_itself():
    out = Model(BASELINES["last_value"]()).impute(stations()).median["temp"]
    np.testing.assert_allclose(out.values[1, 3:5], [103, 104], rtol=1e-6)


def test_missing_steps_of_a_regular_clock_are_filled_too():
    field = stations()
    shorter = field.isel(time=np.delete(np.arange(40), [7, 8]))
    out = Model(BASELINES["last_value"]()).impute(shorter).median
    assert out.sizes["time"] == 40 and out["rain"].values[7, 0] == pytest.approx(0.7)


def test_land_stays_missing():
    out = Model(Recorder()).impute(sea()).to_xarray()["sst"]
    assert np.isnan(out.isel(lat=0)).all() and np.isfinite(out.isel(lat=2)).all()


def test_nothing_to_fill_gives_the_data_back():
    out = Model(Recorder()).impute(stations(), target="rain").to_xarray()
    assert list(out.data_vars) == ["rain"]
    np.testing.assert_array_equal(out["rain"].values[4], stations().dataset["rain"].values.astype("float32"))


def test_no_value_at_all_is_refused():
    field = sea()
    with pytest.raises(DataError, match="must be observed"):
        Model(Recorder()).impute(type(field)(field.dataset * np.nan, field.kind, field.variables, field.space))
