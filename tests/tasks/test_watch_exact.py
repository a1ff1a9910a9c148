"""What others tell exactly, in a stream: told at once, by what came before, and alike of the whole and of each step."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.baselines import BASELINES
from chronotope.opening.open import open_field
from chronotope.tasks.verbs import Model
from chronotope.tasks.watching.exact import Exact

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.DataWarning")
LINEAR = Model(BASELINES["linear"]())
STEPS, ROWS = 320, slice(240, 243)


def parts(seed=0, places=4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    front = np.convolve(rng.normal(size=STEPS + 23), np.ones(24) / 24, "valid")[:, None] * 10
    return 40 + 8 * np.sin(2 * np.pi * np.arange(STEPS)[:, None] / 24) + front + rng.normal(size=(STEPS, places))


def with_total(seed=0, off=1.05) -> np.ndarray:
    """Four series, the sum of three of them, and of one the same in another unit; a few rows of the sum are off."""
    x = parts(seed)
    x = np.column_stack([x, x[:, :3].sum(axis=1), 1.8 * x[:, 3] + 32])
    x[ROWS, 4] *= off
    return x


def opened(values: np.ndarray, names=None):
    times = pd.date_range("2024-01-01", periods=len(values), freq="1h")
    names = [f"s{k}" for k in range(values.shape[1])] if names is None else names
    return open_field(xr.Dataset({"load": (("time", "place"), values)}, {"time": times, "place": names}))


def watched(values: np.ndarray, **options):
    return LINEAR.detect(opened(values), causal=True, **options)


def exact_events(found) -> pd.DataFrame:
    return found.events().query("kind == 'inconsistent'")


def flags(found) -> np.ndarray:
    return found.to_xarray()["load_flag"].values


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("is_rounded", [False, True])
def test_a_step_that_breaks_a_sum_is_flagged_at_once_and_a_clean_record_breaks_none(seed, is_rounded):
    clean, broken = (np.round(with_total(seed, off), 1) if is_rounded else with_total(seed, off) for off in (1.0, 1.03))
    assert not len(exact_events(watched(clean)))
    found = watched(broken)
    assert flags(found)[ROWS, 4].all()
    events = exact_events(found)
    assert {str(place) for places in events["places"] for place in places} <= {"s0", "s1", "s2", "s4"}
    assert set(events["start"]) <= set(opened(clean).times[ROWS]) and any("s4" in places for places in events["places"])


def test_it_says_what_detect_says():
    x = with_total(1, 1.0)
    x[240, 5] += 20.0
    of_whole, of_stream = (exact_events(found).iloc[0] for found in (LINEAR.detect(opened(x)), watched(x)))
    assert of_stream["evidence"] == of_whole["evidence"] and of_stream["places"] == of_whole["places"] == ["s5"]
    assert of_stream["evidence"].startswith("load at s5: ") and " where s3 makes " in of_stream["evidence"]
    expected, low, high = (watched(x).to_xarray()[f"load_{part}"].values[240, 5] for part in ("expected", "low", "high"))
    np.testing.assert_allclose(expected, 1.8 * x[240, 3] + 32, atol=1e-3)
    assert low < expected < high and high - low < 1.0


def test_where_it_cannot_be_told_which_is_wrong_both_are_one_event():
    x = np.column_stack([parts(2), parts(2)[:, 1]])
    x[240, 4] += 0.5
    event = exact_events(watched(x)).iloc[0]
    assert event["places"] == ["s1", "s4"] or event["places"] == ["s4", "s1"]
    assert event["evidence"].startswith("load at 2 places: ") and event["evidence"].endswith(" is wrong")


def test_a_stream_says_what_the_whole_says_bit_for_bit():
    field = opened(with_total())
    whole = LINEAR.detect(field, causal=True)
    stream = LINEAR.watch(field.isel(time=slice(0, 200)))
    found = [stream.push(field.dataset.isel(time=k)) for k in range(200, STEPS)]
    for part in ("score", "flag", "expected", "low", "high"):
        joined = np.concatenate([one.dataset[f"load_{part}"].values for one in found])
        np.testing.assert_array_equal(joined, whole.dataset[f"load_{part}"].values[200:], err_msg=part)
    rows = [event for one in found for event in one.found if event["kind"] == "inconsistent"]
    assert {row["start"] for row in rows} == set(exact_events(whole)["start"])


@pytest.mark.parametrize("poison", [1e6, np.nan, 0.0])
def test_what_comes_later_changes_nothing(poison):
    x = with_total()
    y = x.copy()
    y[243:] = poison if poison else np.random.default_rng(1).normal(size=y[243:].shape)
    first, second = (watched(one).dataset for one in (x, y))
    for name in first.data_vars:
        np.testing.assert_array_equal(first[name].values[:243], second[name].values[:243], err_msg=str(name))


def test_the_order_of_places_does_not_count():
    x, order = with_total(3), np.array([5, 2, 4, 0, 3, 1])
    plain = watched(x)
    moved = LINEAR.detect(opened(x[:, order], [f"s{k}" for k in order]), causal=True)
    np.testing.assert_array_equal(flags(moved)[:, np.argsort(order)], flags(plain))
    names = [sorted(sorted(map(str, places)) for places in exact_events(one)["places"]) for one in (plain, moved)]
    assert names[0] == names[1] != []


def test_what_ends_is_dropped():
    x = np.column_stack([parts(4), parts(4)[:, 1]])
    x[150:, 4] = parts(5)[150:, 1]
    events = exact_events(watched(x))
    assert len(events) and events["end"].max() < opened(x).times[190]


def test_what_begins_late_is_found():
    x = np.column_stack([parts(4), parts(5)[:, 1]])
    x[100:, 4] = x[100:, 1]
    x[300, 4] += 1.0
    events = exact_events(watched(x, context=96))
    assert set(events["start"]) == {opened(x).times[300]}


def test_what_does_not_hold_in_the_last_rows_is_not_believed():
    x = np.column_stack([parts(6), parts(6)[:, 1]])
    x[60:69, 4], x[132:, 4] = parts(7)[60:69, 1], parts(7)[132:, 1]  # in nine of ten of the first 136 rows it holds
    assert not len(exact_events(watched(x)))


def test_it_is_looked_for_sooner_where_something_was_broken():
    x = with_total()[:, :, None]
    exact = Exact()
    exact.find(x[:200], np.zeros(x[:200].shape), 200)
    assert exact.breaks(x[240]) and not exact.breaks(x[239]) and not exact.is_due(232)
    assert exact.broken(x[:241], np.zeros(x[:241].shape)).last().where[0, 4, 0]
    assert exact.is_due(232)


def test_a_broken_value_is_silent_for_all_others():
    x = parts(8)
    x = np.column_stack([x, x[:, :3].sum(axis=1), 1.8 * x[:, 1] + 32])
    x[240, 1] += 0.8  # far too little to be grossly off
    y = x.copy()
    y[240, 1] = np.nan
    first, second = (watched(one).to_xarray()["load_score"].values for one in (x, y))
    assert first[240, 1] > 2
    first[240, 1] = np.nan
    np.testing.assert_array_equal(first[:264], second[:264])
