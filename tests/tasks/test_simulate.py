"""Members under the field's names: futures from one origin or several, gaps, tables, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from asked import Recorder, sea, stations
from chronotope.errors import ArgumentError, DataError, TimeError
from chronotope.questions import Samples
from chronotope.questions.answers import SampleAnswer
from chronotope.tasks.load import load
from chronotope.tasks.verbs import Model

MIX = load("baseline:mix")


def waves(steps=200, gaps=True):
    """Stations with a daily wave and noise, and gaps in one of them."""
    field, rng = stations(steps), np.random.default_rng(0)
    day = np.sin(np.arange(steps) * 2 * np.pi / 24)
    temp = 280 + 5 * day + rng.normal(size=(3, steps))
    rain = np.maximum(rng.normal(size=(steps, 3)), 0).round(1)
    if gaps:
        temp[1, 50:60] = temp[2, 120] = np.nan
    dataset = field.dataset.assign(temp=(("place", "time"), temp, {"units": "K"}), rain=(("time", "place"), rain, {"units": "mm"}))
    return replace(field, dataset=dataset)


def test_members_have_the_dims_names_and_units_of_the_input():
    out = MIX.simulate(waves(), horizon=6, n=7).to_xarray()
    assert out["temp"].dims == ("member", "place", "time") and out["rain"].dims == ("member", "time", "place")
    assert dict(out.sizes) == {"member": 7, "place": 3, "time": 6} and out["temp"].attrs["units"] == "K"
    assert list(out["member"].values) == list(range(7)) and np.isfinite(out["temp"]).all() and (out["rain"] >= 0).all()
    assert out["time"].values[0] == waves().times[-1] + np.timedelta64(1, "h")


def test_the_seed_settles_the_members():
    one, same, other = (MIX.simulate(waves(), 4, n=5, seed=seed).to_xarray() for seed in (0, 0, 1))
    assert one["temp"].identical(same["temp"]) and not one["temp"].equals(other["temp"])


def test_members_of_an_origin_do_not_depend_on_the_other_origins():
    field, stamps = waves(), ["2024-01-06 00:00", "2024-01-07 12:00"]
    many = MIX.simulate(field, 4, n=5, at=stamps).to_xarray()["temp"]
    assert many.dims == ("member", "place", "init_time", "lead_time")
    for i, stamp in enumerate(stamps):
        alone = MIX.simulate(field, 4, n=5, at=stamp).to_xarray()["temp"]
        np.testing.assert_array_equal(many.isel(init_time=i).values, alone.values)
    pair = MIX.simulate(field, 4, n=5, at=stamps[::-1]).to_xarray()["temp"]
    np.testing.assert_array_equal(pair.isel(init_time=1).values, many.isel(init_time=0).values)


def test_what_comes_after_the_origin_does_not_matter():
    field = waves()
    poisoned = field.dataset.copy(deep=True)
    for name in poisoned.data_vars:
        poisoned[name].loc[{"time": slice("2024-01-06 01:00", None)}] = 1e5
    one, other = (MIX.simulate(f, 4, n=5, at="2024-01-06 00:00").to_xarray() for f in (field, replace(field, dataset=poisoned)))
    assert one["temp"].equals(other["temp"]) and one["rain"].equals(other["rain"])


def test_known_futures_are_read_and_not_drawn():
    field = waves()
    out = MIX.simulate(field, 4, n=5, at="2024-01-06 00:00", known_future="rain").to_xarray()
    assert list(out.data_vars) == ["temp"]


def test_gaps_are_drawn_and_observed_values_are_the_same_in_every_member():
    field = waves()
    made = MIX.simulate(field, n=20, fill=True)
    out, before = made.to_xarray()["temp"].values, field.dataset["temp"].values
    seen = np.isfinite(before)
    assert (out[:, seen] == before[seen]).all() and np.isfinite(out).all() and (out[:, ~seen].std(axis=0) > 0).all()
    assert (made.filled["temp"].values == ~seen).all() and made.meta["filled"] == 11
    steps = np.abs(np.diff(out[:, 1, 48:63], axis=1)).max()
    assert steps < 6 * np.nanstd(np.diff(before[0]))  # no jump at the ends of the gap


def test_the_seed_settles_the_gaps():
    field = waves()
    one = MIX.simulate(field, n=5, fill=True, target="temp").to_xarray()["temp"]
    assert one.equals(MIX.simulate(field, n=5, fill=True, target="temp").to_xarray()["temp"])


def test_land_stays_missing():
    out = MIX.simulate(sea(60), 3, n=4).to_xarray()["sst"]
    assert out.dims == ("member", "time", "depth", "lat", "lon")
    assert np.isnan(out.isel(lat=0)).all() and np.isfinite(out.isel(lat=2)).all()


def test_the_table_is_long_with_a_member_and_a_value(tmp_path):
    made = MIX.simulate(waves(), 3, n=4, target="temp")
    table = made.to_pandas()
    assert list(table.columns) == ["time", "place", "lat", "lon", "variable", "member", "value"] and len(table) == 3 * 3 * 4
    row = table[(table["member"] == 2) & (table["place"] == "s1")].iloc[1]
    assert row["value"] == made.dataset["temp"].values[2, 1, 1]
    made.save(tmp_path / "out.csv")
    assert pd.read_csv(tmp_path / "out.csv").shape == table.shape
    made.save(tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc") as back:
        np.testing.assert_array_equal(back["temp"].values, made.dataset["temp"].values)


def test_what_members_say_of_cells_and_sums():
    made = MIX.simulate(waves(), 3, n=9)
    low, high = made.interval(0.8)
    assert (low["temp"] <= made.median["temp"]).all() and (made.median["temp"] <= high["temp"]).all()
    np.testing.assert_allclose(made.mean["temp"], made.dataset["temp"].mean("member"))
    assert made.dataset["temp"].sum("place").dims == ("member", "time") and made.members == 9
    assert made.meta["seed"] == 0 and made.meta["task"] == "simulate" and "member: 9" in repr(made)


class Giver(Recorder):
    """Gives samples itself: the member's number."""

    gives = frozenset({Samples})

    def answer(self, question):
        shape = (question.want.number, len(question.rows), *question.asked.shape[1:])
        out = np.arange(question.want.number)[:, None, None, None] + np.zeros(shape)
        return SampleAnswer(np.where(question.asked[question.rows], out, np.nan))


def test_a_predictor_that_gives_samples_is_asked_for_them():
    made = Model(Giver()).simulate(waves(), 3, n=4)
    assert (made.dataset["temp"].values == np.arange(4)[:, None, None]).all() and made.meta["dependence"] == "its own"


def test_what_cannot_be_drawn_is_refused_in_a_sentence():
    field = waves()
    for wrong in ({"n": 0}, {"n": 2.5}, {"n": "many"}, {"seed": -1}, {"n": True}):
        with pytest.raises(ArgumentError, match="must be a whole number"):
            MIX.simulate(field, 3, **wrong)
    with pytest.raises(ArgumentError, match="fill=True"):
        MIX.simulate(field, fill=True, at="2024-01-06")
    with pytest.raises(TimeError):
        MIX.simulate(field, 3, at="2030-01-01")
    empty = replace(field, dataset=field.dataset.where(False))
    with pytest.raises(DataError):
        MIX.simulate(empty, n=3, fill=True)
