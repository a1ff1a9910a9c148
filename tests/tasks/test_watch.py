"""A stream says of each step what the whole says of it, to the last bit, knows nothing of what comes, and remembers little."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, KindError, TimeError
from chronotope.tasks.load import load

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.errors.DataWarning")
LINEAR, STEPS, PLACES, BEGUN = load("baseline:linear"), 360, 4, 200


@cache
def field(seed=0, level=0.0):
    """Two variables of an hourly field with gaps; from step 280 on p1 of the first may lie off by `level`."""
    rng = np.random.default_rng(seed)
    day = 5 * np.sin(2 * np.pi * np.arange(STEPS) / 24)[:, None]
    flow = 20 + day + rng.normal(size=(STEPS, PLACES)) + 0.7 * rng.normal(size=(STEPS, 1))
    flow[280:, 1] += level
    flow[100:104, 2] = flow[250, 0] = np.nan
    coords = {"time": pd.date_range("2024-03-01", periods=STEPS, freq="h"), "place": [f"p{i}" for i in range(PLACES)]}
    heat = np.exp(0.5 * rng.normal(size=(STEPS, PLACES)))
    return Field(
        xr.Dataset({"flow": (("time", "place"), flow, {"units": "MW"}), "heat": (("place", "time"), heat.T)}, coords),
        "graph", ("flow", "heat"), ("place",),
    )  # fmt: skip


@cache
def whole(level=0.0):
    return LINEAR.detect(field(level=level), 0.02, causal=True)


def pushed(one, begun=BEGUN, **options):
    """What a stream that began with the first steps says of the others."""
    stream = LINEAR.watch(one.isel(time=slice(0, begun)), 0.02, **options)
    return stream, [stream.push(one.dataset.isel(time=k)) for k in range(begun, STEPS)]


def test_a_stream_says_what_the_whole_says_bit_for_bit():
    stream, found = pushed(field())
    joined = xr.concat([one.dataset for one in found], dim="time")
    expected = whole().dataset.isel(time=slice(BEGUN, None))
    for name in expected.data_vars:
        same = joined[name].transpose(*expected[name].dims)
        np.testing.assert_array_equal(same.values, expected[name].values, err_msg=name)
        assert same.dtype == expected[name].dtype and found[0].dataset[name].dims == expected[name].dims
    assert stream.time == field().times[-1] and np.isfinite(expected["flow_score"].values).mean() > 0.95


def test_several_steps_at_once_and_other_forms_say_the_same():
    data = field().dataset
    together = LINEAR.watch(field().isel(time=slice(0, BEGUN)), 0.02).push(data.isel(time=slice(BEGUN, BEGUN + 20)))
    expected = whole().dataset.isel(time=slice(BEGUN, BEGUN + 20))
    xr.testing.assert_equal(together.dataset[list(expected.data_vars)], expected)
    rows = data.isel(time=BEGUN).to_dataframe()[["flow", "heat"]]
    for step in (rows, {name: rows[name].to_numpy() for name in rows}, rows.to_numpy()):
        one = LINEAR.watch(field().isel(time=slice(0, BEGUN)), 0.02).push(step)
        np.testing.assert_array_equal(one.dataset["flow_score"].values[0], expected["flow_score"].values[0])


def test_what_names_its_places_and_stamps_may_come_in_any_order():
    data, late = field().dataset, slice(BEGUN + 2, BEGUN + 4)
    rows = data.isel(time=late).to_dataframe()[["flow", "heat"]].reset_index().rename(columns={"time": "when", "place": "sensor"})
    steps = (rows.sample(frac=1.0, random_state=1), data.isel(time=late, place=[2, 0, 3, 1]), rows[::-1].set_index("sensor"))
    for step in (*steps, rows.astype({"when": str}).rename(columns={"when": "time"})[::-1]):
        one = LINEAR.watch(field().isel(time=slice(0, BEGUN)), 0.02).push(step)
        values = one.to_pandas().query("variable == 'flow'").pivot(index="time", columns="place", values="value")
        np.testing.assert_array_equal(values, data["flow"].isel(time=late).values)


def test_a_place_that_did_not_report_is_a_gap():
    step = field().dataset.isel(time=BEGUN)
    for part in (step.isel(place=[3, 1]), step.isel(place=[3, 1]).to_dataframe()[["flow", "heat"]]):
        made = LINEAR.watch(field().isel(time=slice(0, BEGUN)), 0.02).push(part).dataset["flow_score"].values[0]
        np.testing.assert_array_equal(np.isfinite(made), [False, True, False, True])


def test_what_comes_later_changes_nothing():
    poisoned = field().dataset.copy(deep=True)
    poisoned["flow"][220:], poisoned["heat"][:, 220:] = 1e6, -1e6
    found = LINEAR.detect(Field(poisoned, "graph", ("flow", "heat"), ("place",)), 0.02, causal=True)
    for name in ("flow_score", "flow_expected", "heat_low"):
        first, second = (made.dataset[name].isel(time=slice(0, 220)).values for made in (whole(), found))
        np.testing.assert_array_equal(first, second)


def test_steps_that_do_not_come_are_gaps():
    one = field().dataset.copy(deep=True)
    one["flow"][BEGUN : BEGUN + 3], one["heat"][:, BEGUN : BEGUN + 3] = np.nan, np.nan
    expected = LINEAR.detect(Field(one, "graph", ("flow", "heat"), ("place",)), 0.02, causal=True).dataset.isel(time=BEGUN + 3)
    stream = LINEAR.watch(field().isel(time=slice(0, BEGUN)), 0.02)
    made = stream.push(field().dataset.isel(time=BEGUN + 3)).dataset
    np.testing.assert_array_equal(made["flow_score"].values[0], expected["flow_score"].values)


def test_the_memory_does_not_grow():
    stream = LINEAR.watch(field().isel(time=slice(0, 60)), context=24)
    before = stream.numbers_kept
    for k in range(60, 140):
        stream.push(field().dataset.isel(time=k))
    assert stream.numbers_kept == before == 2 * 24 * PLACES * 2


def test_about_the_rate_is_flagged_of_what_is_clean():
    shares = [
        made.meta["flagged"] / made.meta["observed"]
        for made in (LINEAR.detect(field(seed), 0.05, target="flow", causal=True) for seed in range(3))
    ]
    assert 0.025 < np.mean(shares) < 0.075, shares


def test_a_level_is_an_event_that_goes_on():
    found = whole(level=6.0)
    assert found.dataset["flow_flag"].values[281:330, 1].mean() > 0.25 > 3 * found.dataset["flow_flag"].values[120:280, 1].mean()
    assert any(event["places"] == ["p1"] and event["start"] >= field().times[278] for event in found.found[:3])
    _, steps = pushed(field(level=6.0), begun=282)
    rows = [row for row in pd.concat([one.events() for one in steps[:40]]).itertuples() if row.places == ["p1"] and row.variable == "flow"]
    assert any(row.start < row.end for row in rows) and all("by what came before" in row.evidence for row in rows)


@pytest.mark.parametrize(
    "step, options, error, words",
    [
        (np.zeros((3, 2)), {}, ArgumentError, "found shape"),
        ({"flow": np.zeros(4)}, {}, ArgumentError, "'heat' is missing"),
        (["a", "b", "c", "d"], {}, ArgumentError, "must hold numbers"),
        (pd.DataFrame({"place": ["p0", "p9"], "flow": 1.0, "heat": 1.0}), {}, ArgumentError, "such as 'p0'; found 'p9'"),
        (pd.DataFrame({"place": ["p0", "p0"], "flow": 1.0, "heat": 1.0}), {}, ArgumentError, "one row for each place"),
        (pd.DataFrame({"date": ["1.4."] * 4, "flow": 1.0, "heat": 1.0}), {}, ArgumentError, "Stamps of a step"),
        (np.zeros((4, 2)), {"time": "2024-03-01"}, TimeError, "must come after"),
        (np.zeros((4, 2)), {"time": "2024-03-20 00:30"}, TimeError, "must lie on the step"),
        (np.zeros((4, 2)), {"time": "2034-03-20"}, TimeError, "steps may be missing"),
    ],
)
def test_refusals(step, options, error, words):
    with pytest.raises(error, match=words):
        LINEAR.watch(field().isel(time=slice(0, 100))).push(step, **options)


def test_what_moves_or_happens_is_no_stream_and_the_verb_that_answers_is_named():
    from chronotope.opening.samples import sample

    with pytest.raises(KindError, match="this field is events. Ask detect"):
        LINEAR.watch(sample("earthquakes"))
