"""When a row was written is no clock where something else says when it happened."""

import numpy as np
import pandas as pd
import pytest

import chronotope as ct

HOURS = pd.date_range("2024-03-01", periods=48, freq="h")
LATER = (HOURS + pd.to_timedelta(np.random.default_rng(0).integers(1, 90, 48), unit="s")).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("written", "happened"),
    [
        ("ingestedAt", {"eventTime": HOURS.strftime("%Y-%m-%dT%H:%M:%SZ")}),
        ("lastUpdated", {"period": pd.date_range("2020-01-01", periods=48, freq="MS").strftime("%Y%m").astype(int)}),
        ("updated_at", {"ts": HOURS.as_unit("s").astype(int)}),
    ],
)
def test_what_happened_is_the_clock(written, happened):
    (name, stamps), v = next(iter(happened.items())), np.arange(48.0)
    field = ct.open(pd.DataFrame({written: LATER, name: stamps, "v": v}))
    assert field.times.tolist() == ct.open(pd.DataFrame({name: stamps, "v": v})).times.tolist()


def test_what_was_written_is_the_clock_where_nothing_else_is():
    assert len(ct.open(pd.DataFrame({"updated_at": LATER, "hour": HOURS.hour, "v": np.arange(48.0)})).times) == 48


def test_a_last_update_is_no_late_report():
    n, rng = 200, np.random.default_rng(0)
    times = pd.date_range("2015-01-01", periods=n, freq="7D")
    quakes = {"time": times, "latitude": rng.random(n), "longitude": rng.random(n), "mag": rng.random(n)}
    late = times + pd.to_timedelta(rng.random(n) * 300, unit="D")
    assert "told of late" in str(ct.open(pd.DataFrame(quakes | {"reported": late.where(late < times[-1], times[-1])})))
    assert "told of late" not in str(ct.open(pd.DataFrame(quakes | {"updated": late.where(late < times[-1], times[-1])})))


def test_rows_that_came_twice_do_not_hide_the_names_of_places():
    rows = pd.concat(
        [pd.DataFrame({"ts": HOURS, "deviceId": f"d{k}", "lat": 48 + k / 9, "lon": 11.0, "v": np.arange(48.0)}) for k in range(3)]
    )
    field = ct.open(pd.concat([rows, rows.iloc[::7]]).sample(frac=1, random_state=0))
    assert list(field.dataset["place"].values) == ["d0", "d1", "d2"]
