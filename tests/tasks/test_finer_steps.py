"""Finer steps keep the means or sums of the steps they lie in, know the shape of a day from a fine past, and refuse what cannot be."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, KindError
from chronotope.harmonize.resample import resample
from chronotope.opening.open import open_field
from chronotope.tasks.load import load

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.errors.DataWarning")
MIX, DAYS = load("baseline:mix"), 80


def hourly(rain=False):
    """Eighty days of hours at three places; rain falls now and then."""
    rng, hours = np.random.default_rng(0), np.arange(24 * DAYS)
    slow = np.cumsum(rng.normal(size=(24 * DAYS, 3)), axis=0) * 0.3
    values = 15 + slow + 5 * np.sin(2 * np.pi * (hours[:, None] - 8) / 24) + 0.5 * rng.normal(size=slow.shape)
    values = np.maximum(values - 18, 0) if rain else values
    coords = {"time": pd.date_range("2024-01-01", periods=len(hours), freq="h"), "place": ["a", "b", "c"]}
    name = "rain" if rain else "temp"
    return Field(xr.Dataset({name: (("time", "place"), values)}, coords), "graph", (name,), ("place",))


FINE = hourly()
PAST, LATER = FINE.isel(time=slice(0, 24 * 50)), FINE.isel(time=slice(24 * 50, None))
DAILY, TRUTH = resample(LATER, "1D"), LATER.dataset["temp"].values


def error(fc):
    return float(np.sqrt(np.mean((fc.median["temp"].values - TRUTH) ** 2)))


@pytest.mark.parametrize("options", [{}, {"like": PAST}])
@pytest.mark.parametrize("model", ["baseline:mix", "baseline:bicubic"])
def test_means_are_kept(model, options):
    fc = load(model).downscale(DAILY, step="1h", **options)
    assert fc.dataset["temp"].dims == ("quantile", "time", "place") and np.array_equal(fc.dataset["time"].values, LATER.times)
    means = fc.median["temp"].values.reshape(-1, 24, 3).mean(axis=1)
    np.testing.assert_allclose(means, DAILY.dataset["temp"].values, rtol=1e-6)
    assert (fc.dataset["temp"].diff("quantile") >= 0).all()


def test_sums_are_kept_and_rain_does_not_fall_below_zero():
    fine = hourly(rain=True)
    past, later = fine.isel(time=slice(0, 24 * 50)), fine.isel(time=slice(24 * 50, None))
    daily = resample(later, "1D", how="sum")
    fc = MIX.downscale(daily, step="6h", how="sum", like=resample(past, "6h", how="sum"))
    sums = fc.median["rain"].values.reshape(-1, 4, 3).sum(axis=1)
    np.testing.assert_allclose(sums, daily.dataset["rain"].values, rtol=1e-6, atol=1e-6)
    assert float(fc.dataset["rain"].min()) >= 0
    parts = fc.dataset["rain"].values.reshape(9, -1, 4, 3)
    dry = daily.dataset["rain"].values == 0
    assert dry.any() and (parts.max(axis=(0, 2))[dry] == 0).all()  # a dry day has dry hours, for sure
    assert (parts.max(axis=(0, 2)) <= daily.dataset["rain"].values * (1 + 1e-6)).all()


def test_a_fine_past_shows_the_day_and_beats_bicubic_and_its_intervals_hold():
    told, bicubic = MIX.downscale(DAILY, step="1h", like=PAST), load("baseline:bicubic").downscale(DAILY, step="1h")
    assert error(told) < 0.5 * error(bicubic)
    low, high = (side["temp"].values for side in told.interval(0.8))
    assert 0.7 < ((low <= TRUTH) & (TRUTH <= high)).mean() < 0.9
    assert "does not show in whole days" in bicubic.meta["warnings"][0] and not told.meta["warnings"]


def test_without_a_day_kriging_is_no_worse_than_bicubic():
    values = FINE.dataset["temp"].values.reshape(DAYS, 24, 3)
    slow = (values - values.mean(axis=0) + 15).reshape(-1, 3)
    field = Field(FINE.dataset.assign(temp=(("time", "place"), slow)), "graph", ("temp",), ("place",))
    daily, truth = resample(field, "1D"), slow
    off = [
        np.sqrt(np.mean((load(name).downscale(daily, step="1h").median["temp"].values - truth) ** 2))
        for name in ("baseline:mix", "baseline:bicubic")
    ]
    assert off[0] < 1.02 * off[1]


def test_missing_steps_stay_missing_and_speak_for_none():
    dataset = DAILY.dataset.copy(deep=True)
    dataset["temp"][5, 1] = np.nan
    fc = MIX.downscale(Field(dataset, "graph", ("temp",), ("place",)), step="1h", like=PAST)
    there = np.isfinite(fc.median["temp"].values)
    assert not there[120:144, 1].any() and there.sum() == there.size - 24


def weeks_of(days, places):
    """A field of days, the weeks of its later half as means, and its earlier half."""
    coords = {"time": pd.date_range("2024-01-01", periods=len(days), freq="D"), "place": places}
    field = Field(xr.Dataset({"sick": (("time", "place"), days)}, coords), "graph", ("sick",), ("place",))
    half = len(days) // 14 * 7
    later, past = field.isel(time=slice(half, None)), field.isel(time=slice(0, half))
    weekly = later.dataset.coarsen(time=7, coord_func="min").mean()
    return past, Field(weekly, "graph", ("sick",), ("place",)), later.dataset["sick"].values


def test_growth_of_the_past_is_no_shape_of_weeks_to_come():
    rng, days = np.random.default_rng(0), np.arange(7 * 40)
    total = 1000.0 * np.cumsum(rng.poisson(np.where(days < 140, 50.0, 0.05)))  # a wave that was counted up, and is over
    past, weekly, truth = weeks_of(total[:, None], ["a"])
    off = [np.abs(MIX.downscale(weekly, step="1D", like=like).median["sick"].values - truth).mean() for like in (past, None)]
    assert off[0] < 1.5 * off[1]


def test_a_place_without_a_fine_past_is_told_by_its_means_and_one_that_rests_is_no_problem():
    days = np.random.default_rng(0).gamma(2.0, 3.0, (7 * 40, 2))
    days[: 7 * 20, 1] = np.nan
    past, weekly, truth = weeks_of(days, ["a", "b"])
    fine = MIX.downscale(weekly, step="1D", like=past)
    assert np.isfinite(fine.dataset["sick"].values).all()
    assert "1 of 2 series show fewer than 12 whole steps in like=" in fine.meta["warnings"][0]
    assert "a week does by the day" in MIX.downscale(weekly, step="1D").meta["warnings"][0]
    still, weekly, _ = weeks_of(np.where(np.arange(7 * 40)[:, None] < 140, 0.0, days), ["a", "b"])
    assert np.isfinite(MIX.downscale(weekly, step="1D", like=still).dataset["sick"].values).all()


@pytest.mark.parametrize(
    "options, error, words",
    [
        ({"step": "7h"}, ArgumentError, "must go into the step"),
        ({"step": "2D"}, ArgumentError, "must go into the step"),
        ({"step": "soon"}, ArgumentError, "length of time"),
        ({"step": "1h", "how": "max"}, ArgumentError, "mean, sum"),
        ({"step": "1h", "factor": 2}, ArgumentError, "one after the other"),
        ({"step": "2h", "like": PAST}, ArgumentError, "step that is asked for"),
        ({"step": "1h", "like": PAST.isel(place=[0, 1])}, ArgumentError, "places of the field"),
        ({"factor": 2}, KindError, "takes a grid"),
    ],
)
def test_refusals(options, error, words):
    with pytest.raises(error, match=words):
        MIX.downscale(DAILY, **options)


def test_a_winter_shows_the_days_of_summer_at_the_hours_of_their_clock():
    hours = pd.date_range("2023-03-06", "2023-04-09 23:00", freq="h", tz="Europe/Berlin")
    shape = 50 + 20 * np.sin((hours.hour.to_numpy() - 6) / 24 * 2 * np.pi)
    whole = open_field(pd.DataFrame({"time": hours, "load": shape * (1 + 0.01 * np.random.default_rng(0).normal(size=len(hours)))}))
    summer = resample(whole, "1D").sel(time=slice("2023-03-27", None))
    fine = MIX.downscale(summer, step="1h", like=whole.sel(time=slice(None, "2023-03-20")))
    truth = whole.sel(time=slice("2023-03-27", None)).sel(time=fine.median["time"]).dataset["load"]
    assert float(abs(fine.median["load"] - truth).mean()) < 1, "an hour off is 2.5 or more"
    few = MIX.downscale(summer, step="1h", like=whole.sel(time=slice(None, "2023-03-13")))
    assert "it shows 8 whole steps and 12 are needed" in few.meta["warnings"][0]
    with pytest.raises(ArgumentError, match="2023-03-25T23:00 is 0 days 23:00:00 long"):
        MIX.downscale(resample(whole, "1D"), step="1h")


def test_months_are_told_to_be_no_equal_steps():
    months = pd.DataFrame({"time": pd.date_range("2020-01-01", periods=30, freq="MS"), "a": np.arange(30) % 12.0})
    with pytest.raises(ArgumentError, match=r"others 31 days 00:00:00, as those of months and years are\. Give daily"):
        load("baseline:mix").downscale(open_field(months, target="a"), step="1D")


def test_finer_steps_of_a_total_never_fall_and_keep_its_means():
    rng = np.random.default_rng(2)
    total = np.cumsum(rng.poisson(np.where(rng.random((200, 2)) < 0.3, 20.0, 0.0)), axis=0).astype(float)
    total[60:63] = np.nan
    coords = {"time": pd.date_range("2024-01-01", periods=200, freq="D"), "place": ["a", "b"]}
    field = Field(xr.Dataset({"cases": (("time", "place"), total)}, coords), "graph", ("cases",), ("place",))
    out = MIX.downscale(field, step="6h").dataset["cases"].transpose("quantile", "time", "place").values
    np.testing.assert_allclose(out[4].reshape(200, 4, 2).mean(axis=1), total, rtol=1e-9)
    seen = out[:, np.repeat(np.isfinite(total[:, 0]), 4)]
    assert (np.diff(seen, axis=1) >= -1e-9).all() and (np.diff(seen, axis=0) >= -1e-9).all()
