"""Dates that names of files hold, without reading a file."""

import numpy as np
import pandas as pd
import pytest

from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers.raster import date_in, dates_in


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("MOD13Q1.A2021113.h18v04.061.2021130123456", "2021-04-23"),
        ("MOD13Q1.061__250m_16_days_NDVI_doy2020366_aid0001", "2020-12-31"),
        ("NDVI_doy2021001000000_aid0001", "2021-01-01"),
        ("S2A20210731_B8", "2021-07-31"),
        ("chirps-v2.0.2021.03", "2021-03-01"),
    ],
)
def test_days_of_the_year_are_read_as_satellites_write_them(name, date):
    assert date_in(name) == np.datetime64(date, "ns")


def test_a_day_that_no_year_has_is_no_date():
    assert date_in("MOD13Q1.A2021377.h18v04") is None


@pytest.mark.parametrize("form", ["ndvi_%d%m%Y_v1", "rain %m-%d-%Y", "%d.%m.%Y"])
def test_a_year_that_stands_last_is_read_where_all_names_hold_one(form):
    days = pd.date_range("2020-01-05", periods=20, freq="8D")
    names = sorted(days.strftime(form))
    times, said = dates_in(names, OpenOptions())
    assert sorted(times) == list(days.values) and all(note.level == "inferred" for note in said)
    assert dates_in([*names, "mean"], OpenOptions()) is None
    assert dates_in(["a_05012020", "b_06012020"], OpenOptions())[1][0].level == "warning"
