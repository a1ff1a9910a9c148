"""The regular frame behind time stamps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chronotope.data.frame import advance, check_step, fixed_freq, frame_of
from chronotope.errors import ArgumentError


def stamps(*args, **kwargs) -> np.ndarray:
    return pd.date_range(*args, **kwargs).values.astype("datetime64[ns]")


@pytest.mark.parametrize(
    ("freq", "name"), [("5min", "5min"), ("6h", "6h"), ("D", "1D"), ("7D", "7D"), ("MS", "MS"), ("ME", "ME"), ("YS", "YS")]
)
def test_a_regular_axis_is_its_own_frame(freq, name):
    times = stamps("2012-01-31" if freq == "ME" else "2012-01-01", periods=14, freq=freq)
    frame = frame_of(times)
    assert frame.freq == name and frame.regular
    np.testing.assert_array_equal(frame.times, times)


@pytest.mark.parametrize("freq", ["5min", "6h", "D", "MS", "ME", "YS", "QS", "YE"])
def test_advance_continues_a_pandas_range_exactly(freq):
    times = stamps("1999-11-01", periods=30, freq=freq)
    np.testing.assert_array_equal(advance(times[9], 20, frame_of(times).freq), times[10:])


def test_missing_nights_are_rows_of_the_frame():
    days = [stamps(f"2016-02-29 {5}:00", periods=108, freq="10min") + np.timedelta64(k, "D") for k in (0, 1, 4)]
    frame = frame_of(np.concatenate(days))
    assert frame.freq == "10min" and frame.regular
    assert len(frame.times) == 4 * 144 + 108
    np.testing.assert_array_equal(frame.times[frame.rows], np.concatenate(days))


def test_a_frame_that_would_blow_up_is_only_an_order():
    times = np.array(["2020-01-01T00:00:00", "2020-01-01T00:00:10", "2020-01-01T00:00:20", "2020-03-01"], "datetime64[ns]")
    frame = frame_of(times)
    assert not frame.regular
    np.testing.assert_array_equal(frame.times, times)


def test_mid_month_stamps_go_on_at_mid_month():
    times = np.array(["2020-10-16T12", "2020-11-16T00", "2020-12-16T12"], "datetime64[ns]")
    frame = frame_of(times)
    assert frame.freq == "MS"
    np.testing.assert_array_equal(frame.times, times)
    assert (
        advance(times[-1], 2, frame.freq).astype("datetime64[h]").tolist()
        == np.array(["2021-01-16T12", "2021-02-16T12"], "datetime64[h]").tolist()
    )


def test_month_ends_stay_month_ends():
    assert str(advance(np.datetime64("2024-02-29", "ns"), 1, "ME")[0])[:10] == "2024-03-31"
    assert advance(np.datetime64("2023-12-31", "ns"), 3, "ME").astype("datetime64[D]").astype(str).tolist() == [
        "2024-01-31",
        "2024-02-29",
        "2024-03-31",
    ]


def test_a_missing_month_is_a_row():
    times = np.delete(stamps("2000-01-01", periods=12, freq="MS"), 5)
    frame = frame_of(times)
    assert len(frame.times) == 12 and 5 not in frame.rows


def test_the_given_step_wins_over_the_commonest_gap():
    times = stamps("2020-01-01", periods=5, freq="2h")
    assert len(frame_of(times, "1h").times) == 9


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 200), min_size=2, max_size=30, unique=True), st.sampled_from([60, 900, 3600, 86400]))
def test_every_stamp_keeps_its_place_in_the_frame(positions, seconds):
    times = np.datetime64("2021-03-27", "ns") + (np.sort(positions) * seconds).astype("timedelta64[s]")
    frame = frame_of(times)
    np.testing.assert_array_equal(frame.times[frame.rows], times)
    assert (np.diff(frame.times) > np.timedelta64(0)).all()
    assert len(frame.times) <= 6 * len(times)


@pytest.mark.parametrize("step", ["-1h", "soon", "0s"])
def test_a_step_that_does_not_step_forward_is_refused(step):
    with pytest.raises(ArgumentError, match="step must be"):
        check_step(step)


def test_fixed_freq_is_the_shortest_exact_name():
    assert [fixed_freq(n) for n in (300 * 10**9, 86400 * 10**9, 10**8, 1)] == ["5min", "1D", "100ms", "1ns"]
