"""Dates that come back every year, and clocks that do not follow them."""

import numpy as np
import pandas as pd
import pytest

from chronotope.data.yearly_dates import yearly_after

DEKADS = [pd.Timestamp(2010 + i // 36, i // 3 % 12 + 1, (1, 11, 21)[i % 3]) for i in range(100)]
HALF_MONTHS = list(pd.date_range("2010-01-15", periods=60, freq="SME"))
COMPOSITES = [pd.Timestamp(2010 + i // 23, 1, 1) + pd.Timedelta(days=16 * (i % 23)) for i in range(92)]
SUMMERS = [pd.Timestamp(2010 + i // 4, 5, 24) + pd.Timedelta(days=16 * (i % 4)) for i in range(16)]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        (DEKADS, ["2012-10-11", "2012-10-21", "2012-11-01"]),
        (HALF_MONTHS, ["2012-07-15", "2012-07-31", "2012-08-15"]),
        (COMPOSITES, ["2014-01-01", "2014-01-17", "2014-02-02"]),
        (SUMMERS, ["2014-05-24", "2014-06-09", "2014-06-25"]),
    ],
    ids=["dekads", "half months", "composites", "summers"],
)
def test_the_next_stamps_lie_on_the_dates_of_every_year(stamps, expected):
    times = np.array(stamps, "datetime64[ns]")
    assert yearly_after(times, times[-1], 3).astype("datetime64[D]").astype(str).tolist() == expected
    assert yearly_after(np.delete(times, 5), times[-1], 3) is not None, "a gap now and then changes nothing"


def test_chance_dates_and_short_records_keep_none():
    rng = np.random.default_rng(0)
    odd = np.unique(np.datetime64("2010-01-01", "ns") + rng.integers(0, 1500, 120).astype("timedelta64[D]"))
    for times in (odd, np.array(DEKADS[:60], "datetime64[ns]"), np.array(DEKADS, "datetime64[ns]")[:1]):
        assert yearly_after(times, times[-1], 3) is None
