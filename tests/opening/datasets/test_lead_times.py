"""One run of a forecast model lies at its valid times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from chronotope.errors import TimeError

VALID = pd.date_range("2020-01-01 06:00", periods=20, freq="3h").values.astype("datetime64[ns]")
INIT = np.datetime64("2020-01-01T06", "ns")
HOURS = np.arange(20) * 3


def run(lead="step", units="hours", **coords) -> xr.Dataset:
    values = np.random.default_rng(0).normal(size=(20, 3, 4))
    return xr.Dataset({"t2m": ((lead, "y", "x"), values)}, {lead: (lead, HOURS, {"units": units} if units else {}), **coords})


@pytest.mark.parametrize(
    "source",
    [
        run(time=INIT, valid_time=("step", VALID)),
        run(time=INIT),
        run(lead="leadtime", forecast_reference_time=INIT),
        run(lead="fhour", units="", init_time=INIT),
        run(time=INIT).assign_coords(step=HOURS.astype("timedelta64[h]").astype("timedelta64[ns]")),
        run(time=INIT).expand_dims("time").assign_coords(time=[INIT]),
        run(time=INIT, valid_time=("step", VALID)).expand_dims("time"),
        run(lead="lead_time", units="days", init_time=INIT).assign_coords(lead_time=("lead_time", HOURS / 24, {"units": "days"})),
    ],
)
def test_stamps_are_those_at_which_the_run_is_valid(source):
    field = ct.open(source)
    np.testing.assert_array_equal(field.times, VALID)
    assert field.panel().values.shape == (20, 12, 1)


def test_leads_without_a_unit_are_refused():
    with pytest.raises(TimeError, match="must have a unit of time"):
        ct.open(run(units="", time=INIT))


def test_a_run_survives_a_file(tmp_path):
    run(time=INIT, valid_time=("step", VALID)).to_netcdf(tmp_path / "run.nc")
    np.testing.assert_array_equal(ct.open(tmp_path / "run.nc").times, VALID)


def test_stamps_on_another_dim_of_the_same_length_are_taken_for_it():
    stamps = pd.date_range("2031-02-03", periods=20, name="date")
    named = xr.Dataset({"level": (("time", "place"), np.arange(60.0).reshape(20, 3))}, {"time": stamps, "place": list("abc")})
    field = ct.open(named)
    np.testing.assert_array_equal(field.times, stamps.values.astype("datetime64[ns]"))
    assert any("lie on 'date'" in note.text for note in field.findings)
    with pytest.raises(TimeError, match="must lie on a dim of the values"):
        ct.open(named.isel(time=slice(5, 15)))


@pytest.mark.parametrize("name", ["Zeit", "obs", "index"])
def test_a_dim_of_any_name_with_dates_is_time(name):
    days = pd.date_range("2020-01-01", periods=20)
    for stamps in (days.values, days.strftime("%Y-%m-%d").to_numpy(object)):
        source = xr.Dataset({"level": ((name, "place"), np.arange(60.0).reshape(20, 3))}, {name: stamps, "place": list("abc")})
        assert str(ct.open(source).times[-1])[:10] == "2020-01-20"


def test_a_counter_of_steps_is_laid_as_told():
    source = xr.Dataset({"z": (("t", "y", "x"), np.ones((10, 2, 2)))}, {"t": np.arange(10)})
    assert str(ct.open(source, step="MS", start="2020-03-01").times[-1])[:10] == "2020-12-01"
    assert ct.open(source, step="1D").panel().freq == "1D"
    assert any(note.level == "warning" for note in ct.open(source, step="1D").findings)


@pytest.mark.parametrize(("units", "last"), [("days", "2020-01-10T00:00"), ("hours", "2020-01-01T09:00"), ("s", "2020-01-01T00:00")])
def test_lengths_without_a_date_count_from_start(units, last):
    source = xr.Dataset({"z": (("time", "y", "x"), np.ones((10, 2, 2)))}, {"time": ("time", np.arange(10), {"units": units})})
    assert str(ct.open(source, start="2020-01-01").times[-1])[:16] == last
    assert any(note.level == "warning" and "give start=" in note.text for note in ct.open(source).findings)


def test_the_first_of_two_clocks_is_taken_and_said():
    days = pd.date_range("2020-01-01", periods=10)
    source = xr.Dataset({"z": (("n", "place"), np.ones((10, 2)))}, {"start": ("n", days), "stop": ("n", days + pd.Timedelta("1D"))})
    field = ct.open(source)
    assert str(field.times[0])[:10] == "2020-01-01" and any("'stop' also hold times" in note.text for note in field.findings)
