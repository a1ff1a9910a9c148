"""What-if on planted worlds: the difference is the planted one, its interval holds it, and what nothing shows is refused."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load
from chronotope.tasks.responding.response import error_of
from chronotope.tasks.responding.supposing import SURE, Supposition
from chronotope.tasks.whatif import _refuse_unsure

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.errors.DataWarning")
MIX = load("baseline:mix")
STEPS, PLACES, AHEAD = 720, 5, 24


def ar(rng, fade, shared):
    """(t, n) of unit variance, a share of it the same at all places."""
    push = np.sqrt(shared) * rng.normal(size=(STEPS, 1)) + np.sqrt(1 - shared) * rng.normal(size=(STEPS, PLACES))
    out = np.zeros((STEPS, PLACES))
    for row in range(1, STEPS):
        out[row] = fade * out[row - 1] + np.sqrt(1 - fade**2) * push[row]
    return out


def follows(kind, x):
    """What the planted series does at x."""
    return {"straight": 2 * (x - 10), "bent": (x - 10) ** 2 / 3, "nothing": 0 * x}[kind]


def world(seed, kind="straight"):
    """Flow that follows a temperature with a day of its own, as a field of `STEPS` hours."""
    rng = np.random.default_rng(seed)
    day = np.sin(2 * np.pi * np.arange(STEPS) / 24)[:, None]
    temp = 10 + 3 * ar(rng, 0.9, 0.8) + 4 * day
    flow = 50 + 8 * day + 4 * ar(rng, 0.8, 0.5) + follows(kind, temp)
    coords = {
        "time": pd.date_range("2024-03-01", periods=STEPS, freq="h"),
        "place": [f"p{i}" for i in range(PLACES)],
        "lat": ("place", 50 + 0.1 * np.arange(PLACES)),
        "lon": ("place", 8 + 0.1 * np.arange(PLACES)),
    }
    dataset = xr.Dataset({"flow": (("time", "place"), flow, {"units": "MW"}), "temp": (("place", "time"), temp.T)}, coords)
    return Field(dataset, "graph", ("flow", "temp"), ("place",))


ORIGIN = pd.Timestamp("2024-03-01") + pd.Timedelta(hours=STEPS - AHEAD - 1)
OPTIONS = {"at": ORIGIN, "known_future": "temp"}


def asked(field, **options):
    return MIX.whatif(field, AHEAD, **({"set": {"temp": "+2"}} | OPTIONS | options))


@cache
def found(seed, kind):
    """The planted world of a seed, and the difference that is found in it."""
    field = world(seed, kind)
    return field, asked(field).difference


def true_difference(field, kind):
    temp = field.dataset["temp"].transpose("time", "place").values[-AHEAD:]
    return follows(kind, temp + 2) - follows(kind, temp)


@pytest.mark.parametrize("kind", ["straight", "bent"])
def test_the_interval_of_the_difference_holds_the_planted_one(kind):
    held, off, size = [], [], []
    for seed in range(12):
        field, difference = found(seed, kind)
        true = true_difference(field, kind)
        low, high = (side["flow"].values for side in difference.interval(0.8))
        held.append(((low <= true) & (true <= high)).mean())
        off.append(np.abs(difference.median["flow"].values - true).mean())
        size.append(np.abs(true).mean())
    assert 0.65 <= np.mean(held) <= 0.92, f"{np.mean(held):.2f} (deviation {np.std(held):.2f}, n = 12)"
    assert np.mean(off) < 0.12 * np.mean(size)


def test_the_quantiles_of_the_two_forecasts_subtracted_would_be_far_too_wide():
    field = world(0)
    made = asked(field)
    low, high = made.difference.interval(0.8)
    (low_now, high_now), (low_then, high_then) = made.as_it_is.interval(0.8), made.then.interval(0.8)
    apart = np.hypot(high_now["flow"] - low_now["flow"], high_then["flow"] - low_then["flow"])
    assert float((high["flow"] - low["flow"]).mean()) < 0.3 * float(apart.mean())


def test_it_errs_less_than_half_of_a_forecast_with_edited_input():
    own, edited = [], []
    for seed in range(4):
        field, difference = found(seed, "bent")
        true = true_difference(field, "bent")
        dataset = field.dataset.copy(deep=True)
        dataset["temp"][:, -AHEAD:] += 2
        other = Field(dataset, field.kind, field.variables, field.space)
        medians = [MIX.forecast(one, AHEAD, **OPTIONS).median["flow"].values for one in (field, other)]
        edited.append(np.abs(medians[1] - medians[0] - true).mean())
        own.append(np.abs(difference.median["flow"].values - true).mean())
    assert np.mean(own) < 0.5 * np.mean(edited)


def test_the_signs_are_right():
    right = [(found(seed, "straight")[1].median["flow"].values > 0).mean() for seed in range(10)]
    assert np.mean(right) > 0.9


def test_a_variable_that_nothing_follows_is_refused():
    refused = 0
    for seed in range(8):
        try:
            asked(world(seed, "nothing"))
        except DataError as error:
            refused += "it tells nothing" in str(error)
    assert refused == 8


def test_a_refusal_never_names_as_much_as_is_needed():
    found = Supposition(*[None] * 4, {"temp": {"flow": SURE - 0.01}}, {}, ())
    with pytest.raises(DataError, match=r"\(1\.4 standard errors, 1\.5 are needed\)"):
        _refuse_unsure(found, ("flow",), ("temp",))


def test_a_shuffled_driver_is_refused():
    field, rng = world(1), np.random.default_rng(0)
    shuffled = field.dataset.assign(temp=(("place", "time"), rng.permuted(field.dataset["temp"].values, axis=1)))
    with pytest.raises(DataError, match="must show that flow follows temp"):
        asked(Field(shuffled, field.kind, field.variables, field.space))


def test_what_was_never_seen_is_refused_and_what_lies_little_beyond_is_said():
    with pytest.raises(DataError, match="1000 never came near"):
        asked(world(0), set={"temp": 1000.0})
    high = float(world(0).dataset["temp"].max())
    made = asked(world(0), set={"temp": high + 1})
    assert "were never seen" in made.meta["warnings"][0]


def test_all_ways_to_say_two_more_are_the_same():
    field = world(0)
    ahead = field.dataset["temp"].isel(time=slice(-AHEAD, None)) + 2
    frame = ahead.transpose("time", "place").to_pandas()
    ways = ["+2", ahead, ahead.values.T, frame]
    same = [asked(field, set={"temp": way}).difference.median["flow"].values for way in ways]
    for other in same[1:]:
        np.testing.assert_allclose(other, same[0], rtol=1e-5, atol=1e-5)
    five = [asked(field, set={"temp": way}).difference.median["flow"].values for way in (5.0, "5", "=5", np.full(AHEAD, 5.0))]
    assert all(np.array_equal(one, five[0]) for one in five[1:])


@pytest.mark.parametrize(
    "options, error, words",
    [
        ({"set": {}}, ArgumentError, "Something must be different"),
        ({"set": {"heat": 1}}, ArgumentError, "found 'heat'"),
        ({"set": {"temp": "warm"}}, ArgumentError, "found 'warm'"),
        ({"set": {"temp": [1.0, 2.0]}}, ArgumentError, "found shape"),
        ({"target": "temp"}, ArgumentError, "both target and set"),
        ({"set": {}, "close": ["p9"]}, ArgumentError, "such as 'p0'"),
        ({"set": {}, "close": ["p1"]}, DataError, "must have been closed before"),
        ({"at": "2024-03-02"}, DataError, "at least 64 steps"),
    ],
)
def test_refusals(options, error, words):
    with pytest.raises(error, match=words):
        asked(world(0), **options)


def test_dims_names_and_words():
    made = asked(world(0), at=[ORIGIN, ORIGIN - pd.Timedelta(hours=30)])
    assert made.to_xarray()["flow_difference"].dims == ("quantile", "init_time", "lead_time", "place")
    made = asked(world(0), quantiles=(0.1, 0.9))
    assert made.to_xarray()["flow_then"].sizes == {"quantile": 2, "time": AHEAD, "place": PLACES}
    assert made.to_xarray()["flow_then"].attrs["units"] == "MW"
    table = made.to_pandas()
    assert list(table["answer"].unique()) == ["as_it_is", "then", "difference"] and {"place", "q0.1", "q0.9"} <= set(table)
    assert "higher on average" in made.words and "not what temp would cause" in made.words
    assert 2.5 < made.summary.loc[0, "low"] < made.summary.loc[0, "difference"] < made.summary.loc[0, "high"] < 5.5


def test_nothing_after_the_origin_is_read_without_leave():
    field = world(0)
    poisoned = field.dataset.copy(deep=True)
    poisoned["flow"][-AHEAD:], poisoned["temp"][:, -AHEAD:] = 1e6, -1e6
    other = Field(poisoned, field.kind, field.variables, field.space)
    first, second = (asked(one, known_future=()).to_xarray() for one in (field, other))
    xr.testing.assert_identical(first.drop_attrs(), second.drop_attrs())


def closing_world(seed, hit=12.0):
    """Four places; when p0 is shut, some of its flow goes to p1, next door."""
    field, rng = world(seed, "nothing"), np.random.default_rng(seed)
    flow, shut = field.dataset["flow"].values.copy(), np.zeros(STEPS, bool)
    for start in np.arange(40, STEPS - AHEAD - 20, 60) + rng.integers(0, 20, len(np.arange(40, STEPS - AHEAD - 20, 60))):
        shut[start : start + 8] = True
    flow[shut, 0] = 0.0
    flow[shut, 1] += hit
    return Field(field.dataset.assign(flow=(("time", "place"), flow)).drop_vars("temp"), "graph", ("flow",), ("place",))


def test_a_closed_place_sends_its_flow_next_door():
    options = {"set": None, "close": "p0", "known_future": ()}
    moved, held = [], []
    for seed in range(4):
        made = asked(closing_world(seed), **options)
        moved.append(made.difference.median["flow"].values.mean(axis=0))
        low, high = (side["flow"].values.mean(axis=0) for side in made.difference.interval(0.8))
        held.append((low[1] <= 12 <= high[1], (low[2:] <= 0) & (high[2:] >= 0)))
        assert (made.then.dataset["flow"].sel(place="p0") == 0).all()
    mean = np.mean(moved, axis=0)
    assert 8 < mean[1] < 14 and np.abs(mean[2:]).max() < 3 and mean[0] < -30
    assert np.mean([one for one, _ in held]) >= 0.6 and np.mean([rest for _, rest in held]) >= 0.6
    with pytest.raises(DataError, match="must show that flow follows the closing of p0"):
        asked(closing_world(0, hit=0.0), **options)


def test_the_jackknife_gives_the_error_of_a_mean():
    values = np.random.default_rng(0).normal(size=50)
    without = np.array([np.delete(values, i).mean() for i in range(50)])
    np.testing.assert_allclose(error_of(without), values.std(ddof=1) / np.sqrt(50))


def test_a_driver_that_was_never_observed_is_refused_by_its_name():
    at = {"time": pd.date_range("2023", periods=90, freq="D"), "place": ["a"], "lat": ("place", [50.0]), "lon": ("place", [8.0])}
    both = {"y": np.sin(np.arange(90.0)), "driver": np.full(90, np.nan)}
    field = open_field(xr.Dataset({name: (("time", "place"), x[:, None]) for name, x in both.items()}, at))
    with pytest.raises(DataError, match="of driver nothing of it was seen"):
        MIX.whatif(field, 5, set={"driver": "+1"}, target="y")


def test_rain_that_goes_on_fills_a_river_as_long_as_it_keeps_what_fell():
    rng = np.random.default_rng(0)
    rain = rng.gamma(0.3, 12, 600)
    river = 20 + np.convolve(rain, np.exp(-np.arange(60) / 4), "full")[:600] + rng.normal(size=600)
    field = open_field(pd.DataFrame({"time": pd.date_range("2021-01-01", periods=600, freq="D"), "flow": river, "rain": rain}))
    made = load("baseline:mix").whatif(field, 8, set={"rain": "+10"}, target="flow")
    truth = 10 * np.cumsum(np.exp(-np.arange(8) / 4))
    np.testing.assert_allclose(made.difference.median["flow"].values.ravel(), truth, rtol=0.15)


def told_of_one(index, base, driver):
    """How much one more of a driver is told to make of a series of which it makes one."""
    frame = pd.DataFrame({"time": index, "flow": base + driver, "driver": driver})
    return float(MIX.whatif(open_field(frame, time="time"), 12, set={"driver": "+1"}, target="flow").difference.median["flow"].mean())


@pytest.mark.parametrize("seed", [2, 3])
def test_a_series_that_walks_is_told_what_a_driver_with_less_memory_makes_of_it(seed):
    rng = np.random.default_rng(seed)
    base = np.cumsum(0.1 * rng.normal(size=500))
    driver = np.cumsum(0.3 * rng.normal(size=500)) + rng.normal(size=500)
    assert abs(told_of_one(pd.date_range("2024-01-01", periods=500, freq="D"), base, driver) - 1) < 0.05


@pytest.mark.parametrize("freq, steps", [("MS", 12), ("QS", 4)])
def test_months_and_quarters_have_their_season_taken_off(freq, steps):
    rng, rows = np.random.default_rng(0), np.arange(25 * steps)
    season = np.sin(2 * np.pi * rows / steps)
    driver = season + 0.3 * rng.normal(size=len(rows))
    base = 5 * np.roll(season, 1) + 0.2 * rng.normal(size=len(rows))
    assert abs(told_of_one(pd.date_range("1990-01-01", periods=len(rows), freq=freq), base, driver) - 1) < 0.2
