"""What lies inside cells: block means, bounds, gaps, coordinates, and nothing of what was not seen."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError, KindError
from chronotope.tasks.load import load

FLOORS = ("baseline:bicubic", "baseline:nearest_cell", "baseline:area_to_point", "baseline:last_value")


def waves(steps=12, size=(24, 32), seed=0, rain=False):
    """Waves of several lengths that travel; as rain with dry stretches."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    t = np.arange(steps)[:, None, None]
    values = np.zeros((steps, *size))
    for k in range(1, 12):
        angle = rng.uniform(0, np.pi)
        values += k**-1.5 * np.sin(2 * np.pi * k * (np.cos(angle) * x + np.sin(angle) * y) / 40 + rng.uniform(0, 6) - 0.4 * t)
    return np.maximum(3 * values, 0) if rain else values


def field_of(values, name="z", start="2024-01-01", units="", cell=1.0):
    times = pd.date_range(start, periods=len(values), freq="1h").values.astype("datetime64[ns]")
    y, x = ((np.arange(size) + 0.5) * cell for size in values.shape[1:])
    coords = {"time": times, "lat": 40 + y, "lon": 10 + x}
    return Field(xr.Dataset({name: (("time", "lat", "lon"), values, {"units": units})}, coords), "grid", (name,), ("lat", "lon"))


def means(values, factor=4):
    *lead, y, x = values.shape
    return values.reshape(*lead, y // factor, factor, x // factor, factor).mean(axis=(-3, -1))


@pytest.mark.parametrize("name", FLOORS)
@pytest.mark.parametrize("rain", [False, True])
def test_block_means_of_the_median_are_the_field_and_rain_is_never_below_zero(name, rain):
    coarse = means(waves(rain=rain))
    made = load(name).downscale(field_of(coarse, cell=4.0), 4)
    out = made.to_xarray()["z"]
    assert out.dims == ("quantile", "time", "lat", "lon") and out.shape == (9, 12, 24, 32)
    np.testing.assert_allclose(means(made.median["z"].values), coarse, rtol=1e-9, atol=1e-12)
    assert (np.diff(out.values, axis=0) >= 0).all()
    assert not rain or (out.values >= 0).all()


def test_fine_cells_stand_inside_the_coarse_ones():
    truth = field_of(waves())
    out = load("baseline:bicubic").downscale(ct.upscale(truth, 4), factor=4).to_xarray()
    np.testing.assert_allclose(out["lat"], truth.dataset["lat"], atol=1e-9)
    np.testing.assert_allclose(out["lon"], truth.dataset["lon"], atol=1e-9)
    assert (out["time"].values == truth.times).all()


def test_the_default_model_errs_less_than_bicubic_and_knows_how_much():
    truth = waves(steps=24)
    field = field_of(means(truth), cell=4.0)
    made, plain = (load(name).downscale(field, 4) for name in (None, "baseline:bicubic"))
    error = [np.sqrt(np.mean((one.median["z"].values - truth) ** 2)) for one in (made, plain)]
    assert error[0] < 0.95 * error[1]
    low, high = (side["z"].values for side in made.interval(0.8))
    assert 0.6 < np.mean((truth >= low) & (truth <= high)) < 0.97


def test_missing_cells_stay_missing_and_are_no_zeros_to_their_neighbours():
    coarse = means(waves()) + 100
    holed = coarse.copy()
    holed[:, 2, 3] = np.nan
    made = load("baseline:area_to_point").downscale(field_of(holed, cell=4.0), 4).median["z"].values
    gap = np.isnan(made)
    assert gap[:, 8:12, 12:16].all() and gap.sum() == 12 * 16
    np.testing.assert_allclose(means(made), holed, rtol=1e-9)
    assert np.nanmin(made) > 90


def test_two_factors_and_a_grid_that_fits():
    coarse = field_of(means(waves()), cell=4.0)
    model = load("baseline:area_to_point")
    tall = model.downscale(coarse, (2, 1)).to_xarray()["z"]
    assert tall.shape == (9, 12, 12, 8)
    goal = {"lat": 40 + np.arange(24) + 0.5, "lon": 10 + np.arange(32) + 0.5}
    by_grid, by_factor = model.downscale(coarse, to=goal), model.downscale(coarse, 4)
    np.testing.assert_array_equal(by_grid.median["z"], by_factor.median["z"])
    np.testing.assert_allclose(by_grid.median["lat"], goal["lat"])
    also = xr.Dataset(coords=goal)
    np.testing.assert_array_equal(model.downscale(coarse, to=also).median["z"], by_factor.median["z"])


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "factor must be a whole number"),
        ({"factor": 1}, "factor must be from 2"),
        ({"factor": 2.5}, "factor must be a whole number"),
        ({"factor": 4, "to": {}}, "one of the two"),
        ({"to": {"lat": np.arange(7.0), "lon": np.arange(8.0)}}, "whole number of finer ones"),
        ({"to": {"lat": np.arange(12.0), "lon": np.arange(16.0)}}, "inside the coarse ones"),
        ({"to": 3}, "to= must be a grid"),
    ],
)
def test_what_does_not_fit_is_refused(how, said):
    with pytest.raises(ArgumentError, match=said):
        load("baseline:bicubic").downscale(field_of(means(waves()), cell=4.0), **how)


def test_sites_have_no_inside():
    values = xr.Dataset({"z": (("time", "place"), np.ones((3, 2)))}, {"time": pd.date_range("2024", periods=3), "place": ["a", "b"]})
    with pytest.raises(KindError, match="takes a grid"):
        load("baseline:bicubic").downscale(Field(values, "graph", ("z",), ("place",)), 2)


def test_steps_that_were_seen_fine_teach_what_lies_inside():
    truth = waves(steps=40) + 2 * np.random.default_rng(1).normal(size=(1, 24, 32))
    past, now = field_of(truth[:28]), field_of(means(truth[28:]), start="2024-01-02 04:00", cell=4.0)
    model = load(None)
    known, blind = model.downscale(now, like=past), model.downscale(now, 4)
    error = [np.sqrt(np.mean((one.median["z"].values - truth[28:]) ** 2)) for one in (known, blind)]
    assert error[0] < 0.3 * error[1]
    np.testing.assert_allclose(means(known.median["z"].values), means(truth[28:]), rtol=1e-9)
    low, high = (side["z"].values for side in known.interval(0.8))
    assert 0.65 < np.mean((truth[28:] >= low) & (truth[28:] <= high)) < 0.95
    assert known.meta["steps seen fine"] == 28


def test_fine_values_of_the_asked_steps_are_not_read():
    truth = waves(steps=20)
    now = field_of(means(truth[12:]), start="2024-01-01 12:00", cell=4.0)
    poisoned = truth.copy()
    poisoned[12:] += 1e3
    model = load("baseline:area_to_point")
    clean, same = (model.downscale(now, like=field_of(part)).median["z"].values for part in (truth[:12], poisoned))
    np.testing.assert_array_equal(clean, same)
    with pytest.raises(DataError, match="steps that the field has not"):
        model.downscale(now, like=field_of(truth[12:], start="2024-01-01 12:00"))
    with pytest.raises(ArgumentError, match="must hold the variables"):
        model.downscale(now, like=field_of(truth[:12], "other"))
    with pytest.raises(ArgumentError, match="must have the cells"):
        model.downscale(now, 2, like=field_of(truth[:12]))


@pytest.mark.parametrize("name", ["small", "baseline:bicubic"])
def test_units_change_nothing_but_the_unit_and_order_nothing_at_all(name):
    coarse = means(waves())
    model = load(name)
    base = model.downscale(field_of(coarse, cell=4.0), 4).to_xarray()["z"].values
    moved = model.downscale(field_of(1.8 * coarse + 320, cell=4.0), 4).to_xarray()["z"].values
    assert np.abs((moved - 320) / 1.8 - base).max() < 1e-3 * coarse.std()
    turned = model.downscale(field_of(coarse[:, ::-1], cell=4.0), 4).to_xarray()["z"].values
    assert np.abs(turned[:, :, ::-1] - base).max() < 1e-3 * coarse.std()
    again = model.downscale(field_of(coarse, cell=4.0), 4).to_xarray()["z"].values
    np.testing.assert_array_equal(base, again)


def test_directions_are_unwound():
    angle = np.mod(350 + 40 * waves(steps=4)[:, :12, :12] / 3, 360.0)
    made = load("baseline:area_to_point").downscale(field_of(angle, "wind_direction", units="degrees", cell=2.0), 2)
    fine = made.median["wind_direction"].values
    apart = np.mod(fine - angle.repeat(2, axis=1).repeat(2, axis=2) + 180, 360) - 180
    assert np.abs(apart).max() < 40


def test_levels_without_the_median_and_single_steps():
    coarse = field_of(means(waves(steps=1)), cell=4.0)
    out = load("baseline:area_to_point").downscale(coarse, 4, quantiles=(0.1, 0.9)).to_xarray()["z"]
    assert out.shape == (2, 1, 24, 32) and (out[0] <= out[1]).all()


def test_a_table_and_a_file(tmp_path):
    made = load("baseline:bicubic").downscale(field_of(means(waves(steps=2)), cell=4.0), 2)
    table = made.to_pandas()
    assert len(table) == 2 * 12 * 16 and {"time", "lat", "lon", "variable", "q0.5"} <= set(table.columns)
    made.save(tmp_path / "fine.nc")
    assert xr.open_dataset(tmp_path / "fine.nc")["z"].shape == (9, 2, 12, 16)


@pytest.mark.parametrize(("lon", "low"), [([358.0, 359.0, 0.0, 1.0], 0.0), ([178.0, 179.0, -180.0, -179.0], -180.0)])
def test_finer_longitudes_go_on_at_the_seam_as_the_coarse_ones_do(lon, low):
    values = np.random.default_rng(0).normal(size=(4, 2, 4))
    coords = {"time": pd.date_range("2024-01-01", periods=4, freq="h"), "lat": [51.0, 50.0], "lon": lon}
    field = ct.open(xr.Dataset({"t": (("time", "lat", "lon"), values)}, coords))
    fine = ct.load("baseline:bicubic").downscale(field, factor=2).to_xarray()
    made = fine["lon"].values
    np.testing.assert_allclose(made, (np.repeat(lon, 2) + np.tile([-0.25, 0.25], 4) - low) % 360 + low)
    again = ct.load("baseline:bicubic").downscale(field, to=fine).to_xarray()
    np.testing.assert_array_equal(again["lon"].values, made)
