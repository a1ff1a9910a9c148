"""Opening hours are learned from strong evidence only, and go on from session to session."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chronotope.inspect.weekly_hours import opening_of


def stamps(days=70, freq="30min", keep=lambda t: t.day_of_week < 5) -> np.ndarray:
    whole = pd.date_range("2023-01-02", periods=int(days * pd.Timedelta("1D") / pd.Timedelta(freq)), freq=freq)
    return whole[keep(whole)].values.astype("datetime64[ns]")


def session(t: pd.DatetimeIndex) -> np.ndarray:
    return (t.day_of_week < 5) & (t.hour * 60 + t.minute >= 570) & (t.hour < 16)


@pytest.mark.parametrize(
    ("freq", "keep"),
    [
        ("1D", lambda t: t.day_of_week < 5),
        ("1D", lambda t: t.day_of_week != 4),
        ("1D", lambda t: t.day_of_week.isin([0, 2, 4])),
        ("30min", session),
        ("10min", lambda t: (t.hour >= 5) & (t.hour < 23)),
    ],
)
def test_stamps_go_on_as_they_were(freq, keep):
    whole = stamps(98, freq, keep)
    for cut in (len(whole) // 2, len(whole) // 2 + 3, len(whole) // 2 + 11):
        np.testing.assert_array_equal(opening_of(whole[:cut]).after(whole[cut - 1], 60)[: len(whole) - cut], whole[cut : cut + 60])


def test_holidays_are_no_closed_hours():
    whole = stamps(70, "1D")
    found = opening_of(np.delete(whole, [10, 31, 45]))
    assert len(found.slots) == 5


@pytest.mark.parametrize(
    "times",
    [
        stamps(70, "1h", lambda t: t.hour >= 0),
        stamps(13, "1D"),
        stamps(70, "7D", lambda t: t.hour >= 0),
        np.sort(np.random.default_rng(0).choice(stamps(30, "1h", lambda t: t.hour >= 0), 300, replace=False)),
        np.array(["2020-01-01"], "datetime64[ns]"),
        pd.date_range("2000-01-01", periods=50, freq="MS").values.astype("datetime64[ns]"),
    ],
)
def test_weak_evidence_is_none(times):
    assert opening_of(times) is None
