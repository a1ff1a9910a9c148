"""Scaling: robust, blind to what is not seen, and undone exactly."""

import numpy as np
import pytest

from chronotope.harmonize.scale import SCALE_ROWS, compress, fit_scale


def _rows(*values):
    x = np.array(values, np.float64)
    return x, np.ones(x.shape, bool)


def test_location_is_the_median_and_spread_the_mean_deviation_of_a_normal():
    scale = fit_scale(*_rows([1, 2, 3, 10]), centre=4)
    assert scale.location[0] == 2.5
    assert scale.spread[0] == pytest.approx(
        2.5 * np.sqrt(np.pi / 2), rel=1e-4
    )  # deviations 1.5, 0.5, 0.5, 7.5; normal: sigma = mad sqrt(pi/2)


def test_undoing_the_scaling_returns_the_values():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 300)) * 10.0 ** rng.uniform(-6, 6, (20, 1)) + 10.0 ** rng.uniform(-3, 5, (20, 1))
    scale = fit_scale(x, np.ones(x.shape, bool), 300)
    size = np.abs(x) + np.abs(scale.location)[:, None]  # one rounding each of a difference, a quotient, a product and a sum
    assert (np.abs(scale.invert(scale.apply(x)) - x) <= 4 * np.finfo(float).eps * size).all()


@pytest.mark.parametrize("poison", [1e30, np.nan, np.inf, -7.0])
def test_what_is_not_seen_never_matters(poison):
    rng = np.random.default_rng(1)
    x, seen = rng.normal(size=(8, 2500)), rng.random((8, 2500)) < 0.7
    seen[3], seen[4, 5:] = False, False
    clean, dirty = (fit_scale(np.where(seen, x, p), seen, 2000) for p in (0.0, poison))
    assert np.array_equal(clean.location, dirty.location) and np.array_equal(clean.spread, dirty.spread)
    assert np.array_equal(clean.known, seen.any(1))


@pytest.mark.parametrize("value", [0.0, 7.0, -1e6, 1e-9])
def test_a_constant_series_becomes_zero_and_comes_back(value):
    x, seen = _rows([value] * 30)
    scale = fit_scale(x, seen, 30)
    assert (scale.spread > 0).all() and (scale.apply(x) == 0).all() and (scale.invert(scale.apply(x)) == value).all()


def test_a_series_never_seen_borrows_the_middle_of_the_others():
    x, seen = _rows([1.0] * 9 + [3.0], [5, 6, 7, 8, 9] * 2, [10, 20, 30, 40, 50] * 2, [0.0] * 10)
    seen[3] = False
    scale = fit_scale(x, seen, 10)
    assert not scale.known[3] and scale.location[3] == 7.0 and scale.spread[3] == scale.spread[1]


def test_where_nothing_is_seen_numbers_stay_as_they_are():
    scale = fit_scale(np.full((2, 5), 1e30), np.zeros((2, 5), bool), 5)
    assert scale.location.tolist() == [0, 0] and scale.spread.tolist() == [1, 1] and not scale.known.any()


@pytest.mark.parametrize("a, b", [(1.8, 32.0), (1e-6, 0.0), (1e6, -3.0)])
def test_another_unit_gives_the_same_scaled_values(a, b):
    rng = np.random.default_rng(2)
    x, seen = rng.gamma(2, 1, (5, 200)), rng.random((5, 200)) < 0.8
    first, second = fit_scale(x, seen, 200).apply(x), fit_scale(a * x + b, seen, 200).apply(a * x + b)
    np.testing.assert_allclose(first, second, atol=1e-12 * (1 + abs(b) / a))  # b eats the last digits of a x


def test_only_rows_near_the_question_count_unless_they_hold_too_few():
    x = np.concatenate([np.full(3000, 100.0), np.arange(100.0)])[None]
    seen = np.ones(x.shape, bool)
    assert fit_scale(x, seen, SCALE_ROWS // 2).location[0] == 100.0
    late = fit_scale(x, seen & (np.arange(3100) >= 3000), 0)  # nothing seen around row 0: all rows
    assert late.location[0] == 49.5
    seen[0, :3000] = False
    assert fit_scale(x, seen, 3099).location[0] == 49.5


def test_compression_is_straight_near_zero_and_logarithmic_far_out():
    assert compress(np.array(1e-4)) == pytest.approx(1e-4, rel=1e-7)
    assert compress(np.array(1e6)) == pytest.approx(np.log(2e6), rel=1e-9)
    assert compress(np.array(-3.0)) == -compress(np.array(3.0))


def test_a_series_seen_once_varies_as_the_others_of_its_variable_do():
    rng = np.random.default_rng(0)
    x = np.stack([rng.normal(50, 7, 60), rng.normal(0, 100, 60), np.full(60, 62.0), np.full(60, 5.0)])  # two places of two variables
    seen = np.ones(x.shape, bool)
    seen[2:, 1:] = False
    scale = fit_scale(x, seen, 59, variables=2)
    assert scale.spread[2] == scale.spread[0] and scale.spread[3] == scale.spread[1] and scale.location[2] == 62
    assert fit_scale(x[2:3], seen[2:3], 59).spread[0] > 10  # alone, it still knows that it knows little


def test_seen_once_a_series_varies_no_more_than_places_differ():
    levels = np.linspace(280.0, 300.0, 40)[:, None]
    kelvin, celsius = (fit_scale(levels - zero, np.ones((40, 1), bool), 0).spread for zero in (0.0, 290.0))
    assert (kelvin < 8).all()  # a third of the level would be 86
    np.testing.assert_allclose(kelvin, celsius)
