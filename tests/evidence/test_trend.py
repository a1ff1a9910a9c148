"""Slopes are the true gains of a line, blind to a season; what they add is kept only where trials say so."""

import numpy as np
import pytest

from chronotope.evidence.candidates import FLOORS
from chronotope.evidence.candidates.evidence import gather
from chronotope.evidence.clock import Period
from chronotope.evidence.trend import kept_share, season, slopes
from tiles import series_of

SEASON = 24


def _wave(t):
    return np.sin(2 * np.pi * np.arange(t) / SEASON)


def test_the_slope_of_a_line_with_a_season_and_gaps_is_the_line_s():
    rng = np.random.default_rng(0)
    x = (0.25 * np.arange(300) + 5 * _wave(300))[None]
    m = (rng.random(x.shape) < 0.7).astype(float)
    found = slopes(x * m, m, 150, SEASON)
    np.testing.assert_allclose(found, 0.25, atol=1e-6)


def test_a_slope_reads_nothing_after_its_own_row():
    x = np.random.default_rng(1).normal(size=(2, 200))
    before = slopes(x, np.ones_like(x), 100, SEASON)
    x[:, 150:] = 1e6
    np.testing.assert_array_equal(slopes(x, np.ones_like(x), 100, SEASON)[:, :50], before[:, :50])


def test_a_jump_of_the_level_is_no_slope():
    x = np.where(np.arange(400) < 350, 0.0, 10.0)[None] + np.random.default_rng(5).normal(0, 0.1, (1, 400))
    found = slopes(x, np.ones_like(x), 300, 7)
    assert np.abs(found).max() < 0.1  # a mean of the differences says 0.36 a step


def test_a_slope_that_nothing_tells_is_zero():
    x = np.arange(100.0)[None]
    assert not slopes(x, np.zeros_like(x), 0, SEASON).any()
    assert not slopes(x, np.ones_like(x), 0, SEASON)[:, :SEASON].any()  # no row lies a season back


def test_the_season_is_the_longest_period_that_comes_often():
    periods = [Period(24.0), Period(168.0)]
    assert season(periods, 700) == 168 and season(periods, 300) == 24 and season([], 800) == 8 and season([], 10) == 1


def test_what_always_showed_is_kept_and_chance_is_not():
    rng = np.random.default_rng(2)
    gain = rng.uniform(0.5, 1.5, (40, 3, 24))
    one = np.ones_like(gain)
    np.testing.assert_allclose(kept_share(gain, gain, one, 1), 1, atol=1e-6)
    np.testing.assert_allclose(kept_share(gain, 0.5 * gain + rng.normal(0, 0.01, gain.shape), one, 1), 0.5, atol=0.02)
    noise = kept_share(rng.normal(size=gain.shape), rng.normal(size=gain.shape), one, 1)
    assert noise.mean() < 0.05 and not kept_share(gain, gain, 0 * one, 1).any()


@pytest.mark.parametrize("lead", [1, SEASON, SEASON + 1, 3 * SEASON])
def test_floors_that_repeat_go_on_along_a_line_beyond_the_wrap(lead):
    x = (0.05 * np.arange(500) + _wave(500))[None]
    series = series_of(x, periods=[SEASON], cut=400)
    rows = np.array([399 + lead])
    floors = gather(series, rows, 399)
    for name in ("repeat0", "phase0", "phase_all0", "anomaly0", "anomaly_all0"):
        assert floors.centre[0, 0, FLOORS.index(name)] == pytest.approx(x[0, 399 + lead], abs=2e-3), name
        assert floors.error[0, 0, FLOORS.index(name)] < 0.01, name


def test_a_random_walk_is_not_carried_on():
    rng = np.random.default_rng(3)
    x = np.cumsum(rng.normal(size=(12, 400)), axis=1) / 10
    floors = gather(series_of(x, periods=[SEASON], cut=350), np.arange(350, 374), 349)
    drift = floors.centre[:, -1, FLOORS.index("drift")] - x[:, 349]
    there = floors.error[:, -1, FLOORS.index("drift")] < 500
    assert (np.abs(drift) * there).mean() < 0.3 * np.abs(x[:, 373] - x[:, 349]).mean()
