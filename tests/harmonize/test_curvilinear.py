"""Two-dimensional latitudes and longitudes against analytic fields, exact sums, and the one-dimensional way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.errors import KindError
from chronotope.harmonize.convert import grid_to_points
from chronotope.harmonize.curvilinear import between_centres, over_areas
from chronotope.harmonize.regrid import centres_of, regrid
from chronotope.harmonize.sphere import cell_areas
from chronotope.harmonize.weights import unit_vectors
from chronotope.inspect.sphere import EARTH_RADIUS
from chronotope.opening.open import open_field


def turned(rows: int = 40, columns: int = 60, step: float = 1.0, pole: float = 50.0, east: float = 180.0) -> np.ndarray:
    """Centres (r, c, 2) of a grid around `pole` north on the meridian `east`, regular in turned coordinates; across the dateline."""
    lat, lon = np.meshgrid((np.arange(rows) - rows / 2) * step, (np.arange(columns) - columns / 2) * step, indexing="ij")
    x, y, z = np.moveaxis(unit_vectors(np.stack([lat.ravel(), lon.ravel()], axis=1)), 1, 0)
    tilt = np.deg2rad(pole)
    x, z = x * np.cos(tilt) - z * np.sin(tilt), x * np.sin(tilt) + z * np.cos(tilt)
    out = np.stack([np.rad2deg(np.arcsin(z)), np.mod(np.rad2deg(np.arctan2(y, x)) + east + 180, 360) - 180], axis=1)
    return out.reshape(rows, columns, 2)


def smooth(latlon: np.ndarray) -> np.ndarray:
    """A field on the sphere without seams: 10 + 3 x + 2 y z, of unit vectors."""
    x, y, z = np.moveaxis(unit_vectors(latlon.reshape(-1, 2)), 1, 0)
    return (10 + 3 * x + 2 * y * z).reshape(latlon.shape[:-1])


def field_of(centres: np.ndarray, values: np.ndarray | None = None):
    values = smooth(centres) if values is None else values
    data = {"v": (("time", "y", "x"), np.stack([values, 2 * values]))}
    coords = {"time": pd.date_range("2020", periods=2), "lat": (("y", "x"), centres[..., 0]), "lon": (("y", "x"), centres[..., 1])}
    return open_field(xr.Dataset(data, coords))


def goals(lat, lon) -> np.ndarray:
    return np.stack(np.meshgrid(lat, lon, indexing="ij"), axis=-1)


LAT, LON = np.arange(40.0, 61.0, 2.0), np.array([168.0, 172, 176, 180, -176, -172, -168])


def test_bilinear_meets_the_analytic_field_across_the_dateline():
    out = regrid(field_of(turned()), LAT, LON, "bilinear").dataset["v"].values
    error = np.abs(out[0] - smooth(goals(LAT, LON)))
    assert np.isfinite(error).all() and error.max() < 2e-4  # a step of one degree: h^2 / 8 of a curvature of about 5
    np.testing.assert_allclose(out[1], 2 * out[0])
    half = regrid(field_of(turned(80, 120, 0.5)), LAT, LON, "bilinear").dataset["v"].values
    assert np.abs(half[0] - smooth(goals(LAT, LON))).max() < 0.35 * error.max(), "the error falls with the square of the step"


def test_it_does_not_matter_how_longitudes_are_counted():
    centres = turned()
    other = np.stack([centres[..., 0], np.mod(centres[..., 1], 360)], axis=-1)
    for method in ("bilinear", "conservative", "nearest"):
        one, two = (regrid(field_of(c, smooth(centres)), LAT, LON, method).dataset["v"].values for c in (centres, other))
        np.testing.assert_allclose(one, two, rtol=1e-12)
        moved = regrid(field_of(centres), LAT, np.mod(LON, 360), method).dataset["v"].values
        np.testing.assert_allclose(one, moved, rtol=1e-12)


def test_weights_are_shares_of_three_corners_and_nothing_lies_beyond_the_rim():
    centres = turned()
    matrix = between_centres(centres, np.array([[50.0, 180.0], [50.3, -179.2], [-50.0, 0.0], [50.0, 100.0]])).matrix.toarray()
    np.testing.assert_allclose(matrix.sum(axis=1), [1, 1, 0, 0])
    assert (matrix >= 0).all() and (matrix > 0).sum(axis=1).max() <= 3
    exact = between_centres(centres, centres.reshape(-1, 2)[[0, 777, -1]]).matrix.toarray()
    np.testing.assert_allclose(exact.max(axis=1), 1.0), "at a centre its own value"
    assert exact.argmax(axis=1).tolist() == [0, 777, 2399]


def test_the_pole_is_no_special_place():
    centres = turned(pole=89.0, east=20.0)
    assert grid_to_points(field_of(centres), np.array([[90.0, 0.0], [89.5, -130.0]])).dataset["v"].values[0] == pytest.approx(
        smooth(np.array([[90.0, 0.0], [89.5, -130.0]])), abs=3e-4
    )


def test_conservative_keeps_constants_sums_and_the_area_integral():
    centres, rng = turned(), np.random.default_rng(0)
    lat, lon = np.arange(11.0, 90.0, 2.0), np.arange(1.0, 360.0, 3.0)  # covers the grid, so that nothing is lost
    values = rng.normal(10, 3, centres.shape[:2])
    weights = over_areas(centres, lat, lon)
    ones = regrid(field_of(centres, np.ones_like(values)), lat, lon, least=0.0).dataset["v"].values[0]
    np.testing.assert_allclose(ones[np.isfinite(ones)], 1.0, rtol=1e-12)
    amounts = regrid(field_of(centres, values), lat, lon, total=True, least=0.0).dataset["v"].values
    np.testing.assert_allclose(np.nansum(amounts, axis=(1, 2)), [values.sum(), 2 * values.sum()], rtol=1e-10)
    shared = np.asarray(weights.matrix.sum(axis=0)).reshape(values.shape)
    np.testing.assert_allclose(shared, weights.areas, rtol=1e-10), "every piece went somewhere, once"


def test_areas_are_those_of_the_sphere():
    """In turned coordinates the cells are those of a regular grid, whose areas are known."""
    step, lat = 1.0, (np.arange(40) - 20) * 1.0
    truth = np.deg2rad(step) * (np.sin(np.deg2rad(lat + 0.5)) - np.sin(np.deg2rad(lat - 0.5)))
    found = over_areas(turned(), np.arange(11.0, 90.0, 2.0), np.arange(1.0, 360.0, 3.0)).areas
    np.testing.assert_allclose(found[1:-1, 1:-1], np.repeat(truth[1:-1, None], 58, axis=1), rtol=2e-3)  # corners are means of centres


def test_conservative_agrees_with_the_analytic_field_and_with_one_dimension():
    out = regrid(field_of(turned(80, 120, 0.5)), LAT, LON).dataset["v"].values[0]
    assert np.abs(out - smooth(goals(LAT, LON))).max() < 5e-3  # edges of cells fall between pieces of a quarter degree, slope 2 per radian
    lat, lon = np.arange(-29.5, 30, 1.0), np.arange(150.5, 210, 1.0)
    flat = xr.Dataset(
        {"v": (("time", "lat", "lon"), smooth(goals(lat, lon))[None])}, {"time": pd.date_range("2020", periods=1), "lat": lat, "lon": lon}
    )
    new = np.arange(-25.0, 26, 5.0), np.arange(155.0, 206, 5.0)
    one, two = regrid(open_field(flat), *new), regrid(field_of(goals(lat, lon)), *new)
    np.testing.assert_allclose(two.dataset["v"].values[0], one.dataset["v"].values[0], atol=2e-4)


def test_missing_cells_take_no_part_and_least_decides():
    centres = turned()
    values = smooth(centres)
    values[:, 30:] = np.nan
    some, all_ = (regrid(field_of(centres, values), LAT, LON, least=least).dataset["v"].values[0] for least in (0.0, 1.0))
    assert np.isfinite(some).sum() > np.isfinite(all_).sum() > 0 and np.isnan(all_).any()
    whole = regrid(field_of(centres), LAT, LON).dataset["v"].values[0]
    full = np.isfinite(all_)
    np.testing.assert_allclose(all_[full], whole[full], rtol=1e-12)


def test_a_grid_round_the_globe_is_closed_and_its_double_columns_count_once():
    lat, lon = np.arange(-80.0, 81, 4.0), np.arange(0.0, 360, 4.0)
    field = field_of(goals(lat, lon))
    point = np.array([[10.0, 358.0]])
    assert grid_to_points(field, point).dataset["v"].values[0, 0] == pytest.approx(smooth(point)[0], abs=4e-3)
    double = goals(lat, np.append(lon, [0.0, 4.0]))
    new = np.arange(-85.0, 90, 10.0), np.arange(5.0, 360, 10.0)
    one, two = (over_areas(centres, *new) for centres in (goals(lat, lon), double))
    np.testing.assert_allclose(one.areas.sum(), two.areas.sum(), rtol=1e-3)
    sphere = cell_areas(lat, lon).sum() / 6_371_008.8**2
    assert one.areas.sum() == pytest.approx(sphere, rel=1e-3)


def test_cells_that_are_much_finer_are_refused_and_slightly_finer_ones_are_filled():
    field = field_of(turned())
    fine = regrid(field, np.arange(49.0, 51, 0.3), np.arange(179.0, 181, 0.3)).dataset["v"].values[0]
    assert np.isfinite(fine).all()
    with pytest.raises(KindError, match="no finer than an eighth .* times finer. Use method='bilinear'"):
        regrid(field, np.arange(49.0, 51, 0.01), np.arange(179.0, 181, 0.01))


@pytest.mark.data
@pytest.mark.skipif(not builders.SHARED.exists(), reason="needs the shared data")
def test_areas_of_a_tripolar_ocean_are_those_that_its_model_states():
    folder = builders.SHARED / "canesm5_sea_ice_curvilinear"
    field = open_field(next(folder.glob("*.nc")))
    truth = field.side.static["areacello"].values
    found = over_areas(centres_of(field), np.arange(-88.0, 90, 8), np.arange(4.0, 360, 8)).areas * EARTH_RADIUS**2
    sea = np.isfinite(truth) & (truth > 0) & (found > 0)
    assert found[sea].sum() == pytest.approx(truth[sea].sum(), rel=1e-3)
    assert np.quantile(np.abs(found[sea] / truth[sea] - 1), 0.99) < 5e-3  # corners are means of centres, not those of the model
