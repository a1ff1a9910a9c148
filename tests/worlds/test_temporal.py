"""The temporal bank: shapes, spreads, and closed forms of its random processes."""

import numpy as np
import pytest

from chronotope.worlds import kernel_paths as kp
from chronotope.worlds.clock import draw_clock
from chronotope.worlds.profiles import SHAPES, profiles, seasonal
from chronotope.worlds.temporal import ANOMALIES, BASES


def _rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


@pytest.mark.parametrize("name", BASES)
def test_every_base_gives_finite_series_of_order_one(name):
    for seed in range(6):
        rng = _rng(seed)
        paths = BASES[name](rng, draw_clock(rng, 200, "h", "calendar"), 5)
        assert paths.shape == (5, 200) and np.isfinite(paths).all() and np.abs(paths).max() < 60


LAG = np.arange(0.0, 30.0)


@pytest.mark.parametrize(("lines", "kernel"), [
    (lambda r: kp.matern_lines(r, 160, 5.0, 0.5), np.exp(-LAG / 5)),
    (lambda r: kp.matern_lines(r, 160, 8.0, 1.5), kp.matern(LAG, 8.0, 1.5)),
    (lambda r: kp.gaussian_lines(r, 160, 6.0), np.exp(-0.5 * (LAG / 6) ** 2)),
    (lambda r: kp.rational_lines(r, 160, 6.0, 3.0), (1 + LAG**2 / (2 * 3.0 * 36)) ** -3.0),
    (lambda r: kp.periodic_lines(r, 160, 12.0, 0.8), np.exp(-2 * np.sin(np.pi * LAG / 12) ** 2 / 0.64)),
    (lambda r: kp.periodic_lines(r, 160, 12.0, 0.8) + kp.gaussian_lines(r, 160, 9.0),
     np.exp(-2 * np.sin(np.pi * LAG / 12) ** 2 / 0.64 - 0.5 * (LAG / 9) ** 2)),
], ids=["matern1/2", "matern3/2", "gaussian", "rational", "periodic", "product"])  # fmt: skip
def test_paths_have_the_covariance_of_their_kernel(lines, kernel):
    paths = np.concatenate([kp.spectral_paths(_rng(s), lines(_rng(s + 9999)), 60, 20) for s in range(200)])
    empirical = paths[:, 20] @ paths[:, 20:50] / len(paths)
    assert empirical == pytest.approx(kernel, abs=5 / np.sqrt(4000))  # five standard errors of a correlation


def test_a_periodic_kernel_repeats_exactly():
    path = kp.spectral_paths(_rng(1), kp.periodic_lines(_rng(2), 160, 24.0, 1.0), 240, 3)
    assert path[:, :-24] == pytest.approx(path[:, 24:])


@pytest.mark.parametrize("shape", SHAPES)
def test_profiles_are_centred_with_unit_spread(shape):
    table = profiles(_rng(2), 4, shape)
    assert np.allclose(table.mean(1), 0) and np.allclose(table.std(1), 1)


def test_a_season_on_an_hourly_clock_repeats_after_a_week():
    rng = _rng(5)
    clock = draw_clock(rng, 24 * 35, "h", "calendar")
    clock.holiday[:] = False
    path = seasonal(rng, clock, 2)
    assert np.allclose(path[:, :-168], path[:, 168:], atol=1e-6)


def test_holidays_look_like_the_last_day_of_the_week():
    clock = draw_clock(_rng(1), 35, "D", "calendar")  # too short for a yearly cycle
    weekday = np.floor(clock.cycle("week").phase % 1.0 * 7).astype(int)
    clock.holiday[:] = False
    clock.holiday[np.flatnonzero(weekday == 2)[1]] = True
    path = seasonal(_rng(2), clock, 1)[0]
    assert path[clock.holiday] == pytest.approx(path[weekday == 6][:1])
    assert len(np.unique(path.round(9))) == 7


@pytest.mark.parametrize("name", ANOMALIES)
def test_paths_of_one_draw_are_independent_also_in_when_they_move(name):
    found = []
    for seed in range(60):
        rng = _rng(seed)
        a, b = BASES[name](rng, draw_clock(rng, 400, "h", "none"), 2)
        rough_a, rough_b = (np.abs(np.diff(x)) for x in (a, b))
        found.append(np.corrcoef(rough_a + 1e-9 * rng.random(399), rough_b + 1e-9 * rng.random(399))[0, 1])
    assert abs(np.nanmean(found)) < 4 * np.nanstd(found) / np.sqrt(60)
