"""Steps that the record covers only in part are no counts; steps that are only quiet are."""

import numpy as np
import pandas as pd
import pytest

from chronotope.harmonize.counts import events_to_counts, tracks_to_counts
from chronotope.opening.open import open_field

MONDAY = pd.Timestamp("2024-01-01")
RANDOM = np.random.default_rng(0)


def counts(times, step="7D", **more):
    table = pd.DataFrame({"time": times, "lat": 50 + RANDOM.random(len(times)), "lon": 8 + RANDOM.random(len(times)), "size": 1.0})
    return events_to_counts(open_field(table, kind="events"), step, cells=2.0, **more)


def at_random(days, per_day=5):
    return MONDAY + pd.to_timedelta(np.sort(RANDOM.uniform(0, days, int(per_day * days))), "D")


def said(field):
    return " ".join(finding.text for finding in field.findings)


def test_a_last_week_of_two_days_is_left_out_and_kept_on_demand():
    times = at_random(72)
    out = counts(times)
    assert out.shape[0] == 10 and out.times[-1] == np.datetime64("2024-03-04")
    assert "the last step (2024-03-11T00:00, " in said(out)
    kept = counts(times, keep_partial=True)
    assert kept.shape[0] == 11 and int(kept.dataset["count"].sum()) == len(times)


def test_a_first_month_of_three_days_is_left_out():
    out = counts(at_random(120) + pd.Timedelta("28D"), "MS")
    assert out.times[0] == np.datetime64("2024-02-01") and "the first step" in said(out)


@pytest.mark.parametrize("step", ["7D", "1D"])
def test_whole_steps_stay(step):
    assert counts(at_random(70), step).shape[0] == (10 if step == "7D" else 70)


def test_days_without_a_clock_reach_to_their_end():
    whole = np.repeat(pd.date_range(MONDAY, periods=28, freq="D"), 3)
    assert counts(whole).shape[0] == 4, "the last Sunday is a whole day"
    assert counts(whole[:-9]).shape[0] == 3, "three days are missing"


def test_a_quiet_end_as_in_every_week_is_no_cut():
    workdays = np.repeat(pd.bdate_range(MONDAY, periods=25), 6)
    assert counts(workdays).shape[0] == 5, "no week has a weekend"


def test_rare_events_cannot_tell():
    rare = MONDAY + pd.to_timedelta([1, 9, 12, 20, 24, 29, 36, 38], "D")
    assert int(counts(rare).dataset["count"].sum()) == len(rare)


def test_fixes_of_tracks_too():
    rows = [(name, MONDAY + pd.Timedelta(minutes=10 * k), 50 + k / 1000, 8.0) for name in "ab" for k in range(6 * 24 * 3 + 12)]
    tracks = open_field(pd.DataFrame(rows, columns=["id", "time", "lat", "lon"]), kind="tracks")
    out = tracks_to_counts(tracks, "1D", cells=5.0)
    assert out.shape[0] == 3 and out.dataset["count"].sum(("lat", "lon")).values.tolist() == [288, 288, 288]
    assert tracks_to_counts(tracks, "1D", cells=5.0, keep_partial=True).shape[0] == 4
