"""Embed: dims and labels of each form, what must not matter, and what must."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from asked import sea, stations
from chronotope.baselines import VECTOR_FLOORS
from chronotope.data.field import Field
from chronotope.questions import Vectors
from chronotope.questions.kinds.window import whole

NAMES = ["tiny", *(f"baseline:{name}" for name in VECTOR_FLOORS)]
WORLD = ct.worlds.draw(5, places=9, steps=400).field
MODEL = ct.load("tiny")


def changed(field, change):
    """The field with its variables changed."""
    return replace(field, dataset=field.dataset.assign({name: change(field.dataset[name]) for name in field.variables}))


def close(one, two):
    """Within a thousandth of the spread of the vectors."""
    return np.abs(np.asarray(one) - np.asarray(two)).max() <= 1e-3 * np.asarray(one).std()


@pytest.mark.parametrize("name", NAMES)
def test_dims_and_labels(name):
    model, field = ct.load(name), stations(300)
    place, window, one = (model.embed(field, per).to_xarray() for per in ("place", "window", "field"))
    width = place.sizes["feature"]
    assert place["embedding"].dims == ("place", "feature") and list(place["place"].values) == ["s0", "s1", "s2"]
    assert window["embedding"].dims == ("window", "place", "feature") and window.sizes["feature"] == width
    assert one["embedding"].dims == ("feature",) and one.sizes["feature"] == width and list(one["feature"].values[:2]) == ["f0", "f1"]
    assert window["window"].values.tolist() == field.times[[0, 172]].tolist()  # 300 steps: 172, which holds what is left over, and 128
    assert window["window_end"].values.tolist() == field.times[[171, 299]].tolist()
    assert np.isfinite(place["embedding"]).all() and json.loads(place.attrs["chronotope"])["task"] == "embed"
    assert np.allclose(one["embedding"], place["embedding"].mean("place"), atol=1e-5)


def test_the_length_is_the_same_for_any_field():
    lengths = {MODEL.embed(stations(steps, n=n)).vectors.sizes["feature"] for steps, n in ((6, 2), (40, 3), (700, 2))}
    assert lengths == {64}


def test_a_grid_keeps_its_dims_and_land_is_nan():
    made = MODEL.embed(sea(60))
    assert made.vectors.dims == ("lat", "lon", "feature") and made.vectors["lat"].values.tolist() == [45.0, 42.5, 40.0]
    assert np.isnan(made.vectors[0]).all() and np.isfinite(made.vectors[1:]).all()
    assert np.isfinite(MODEL.embed(sea(60), "field").vectors).all()
    assert MODEL.embed(sea(260), "window").vectors.dims == ("window", "lat", "lon", "feature")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("per", ["place", "window", "field"])
def test_order_units_and_position_do_not_matter(name, per):
    model = ct.load(name)
    plain = model.embed(WORLD, per)
    order = np.random.default_rng(1).permutation(9)
    turned = model.embed(WORLD.isel(place=order), per)
    expected = plain.vectors if per == "field" else plain.vectors.isel(place=order)
    assert close(expected, turned.vectors)
    assert close(plain, model.embed(changed(WORLD, lambda x: x * 3.7 + 5 * float(np.nanstd(x))), per))
    per_place = xr.DataArray(10.0 ** np.linspace(-2, 3, 9), dims="place")
    assert close(plain, model.embed(changed(WORLD, lambda x: x * per_place), per))
    elsewhere = {"x": ("place", np.arange(9.0)), "y": ("place", np.arange(9.0) ** 2)}
    moved = WORLD.dataset.drop_vars(["x", "y"], errors="ignore").assign_coords(elsewhere)
    assert close(plain, model.embed(replace(WORLD, dataset=moved), per))


def test_order_of_variables_does_not_matter():
    field = stations(200)
    assert close(MODEL.embed(field), MODEL.embed(replace(field, variables=field.variables[::-1])))


def test_what_is_not_seen_changes_nothing():
    panel = WORLD.panel()
    seen = panel.mask.copy()
    seen[100:200, 2] = seen[380:, 5] = False
    question = replace(whole(panel, Vectors()), seen=seen)
    answers = []
    for poison in (np.nan, 1e30, -7.0):
        values = np.where(seen, panel.values, np.float32(poison)).astype("f4")
        answers.append(MODEL.predictor.answer(replace(question, frame=replace(panel, values=values))).values)
    assert all(np.array_equal(answers[0], other, equal_nan=True) for other in answers[1:])


def test_context_and_target_leave_the_rest_unread():
    field = stations(300)
    early = field.dataset["time"] < field.times[250]
    poisoned = changed(field, lambda x: x.where(~early, 1e6))
    assert np.array_equal(np.asarray(MODEL.embed(field, context=50)), np.asarray(MODEL.embed(poisoned, context="50h")))
    lonely = replace(field, dataset=field.dataset.assign(rain=field.dataset["rain"] * 0 + 7))
    assert np.array_equal(np.asarray(MODEL.embed(field, target="temp")), np.asarray(MODEL.embed(lonely, target="temp")))


def test_regimes_are_told_apart_by_the_model_better_than_by_the_plain_spectrum():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(24, 500))
    t = np.arange(500)
    x = np.concatenate([noise[:6], noise[6:12].cumsum(axis=1), noise[12:18] + 2 * np.sin(2 * np.pi * t / 24), np.exp(noise[18:])])
    x = np.where(rng.random(x.shape) < 0.3, np.nan, x) * rng.uniform(0.1, 50, (24, 1))
    times = pd.date_range("2024-01-01", periods=500, freq="h")
    field = Field(xr.Dataset({"v": (("place", "time"), x)}, {"time": times, "place": np.arange(24)}), "graph", ("v",), ("place",))
    kinds = np.repeat(list("abcd"), 6)
    found = {name: ct.classify(ct.load(name).embed(field), kinds).attrs["accuracy"] for name in NAMES}
    assert found["tiny"] >= 0.95 and found["tiny"] > found["baseline:spectrum"]  # a spectrum does not know white noise from its exponent


def test_tables_and_files(tmp_path):
    made = MODEL.embed(stations(60))
    table = made.to_pandas()
    assert list(table.columns[:5]) == ["place", "lat", "lon", "f0", "f1"] and len(table) == 3
    made.save(tmp_path / "v.csv")
    assert np.allclose(pd.read_csv(tmp_path / "v.csv")["f3"], table["f3"])
    made.save(tmp_path / "v.nc")
    with xr.open_dataset(tmp_path / "v.nc") as back:
        assert np.allclose(back["embedding"], made.vectors) and back["embedding"].dims == ("place", "feature")
    windows = MODEL.embed(stations(300), "window").to_pandas()
    assert list(windows.columns[:3]) == ["window", "place", "lat"] and len(windows) == 6
    assert list(MODEL.embed(stations(60), "field").to_pandas().columns)[0] == "f0"
    grid = MODEL.embed(sea(60)).to_pandas()
    assert grid.loc[5, ["lat", "lon"]].tolist() == [42.5, 202.5] and len(grid) == 12
    with pytest.raises(ct.OutputExistsError):
        made.save(tmp_path / "v.csv")


def test_arrays_are_taken_by_other_libraries():
    made = MODEL.embed(stations(300), "window")
    assert np.asarray(made).shape == (6, 64) == (len(made), 64)
    assert np.asarray(made, dtype="f8").dtype == np.float64 and "per window by tiny" in repr(made)


def test_mistakes_end_in_a_sentence():
    with pytest.raises(ct.ArgumentError, match="place, window or field; found 'cell'"):
        MODEL.embed(stations(), "cell")
    with pytest.raises(ct.ArgumentError, match="at least 16 steps"):
        MODEL.embed(stations(), "window", window=4)
    with pytest.raises(ct.ArgumentError, match=r"last_value must be asked for what it gives \(Quantiles\); found Vectors"):
        ct.load("baseline:last_value").embed(stations())
    with pytest.raises(ct.ArgumentError, match=r"spectrum must be asked for what it gives \(Vectors\)"):
        ct.load("baseline:spectrum").forecast(stations(), 3)
    with pytest.raises(ct.DataError, match="found none"):
        MODEL.embed(changed(stations(), lambda x: x * np.nan))
    with pytest.raises(ct.KindError, match="events"):
        MODEL.embed(ct.sample("earthquakes"))
