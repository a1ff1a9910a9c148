"""Movers: nobody is lost, everybody stays in the square, commuters are at work by day."""

import numpy as np
import pytest

from chronotope.worlds.clock import draw_clock
from chronotope.worlds.movers import bounce, commute, counted, wander


def _rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def test_every_mover_is_counted_once():
    paths = wander(_rng(), 50, 70, 20.0, {})
    assert paths.min() >= 0 and paths.max() <= 1
    assert (counted(paths, _rng(1).random((9, 2))).sum(1) == 70).all()


def test_a_mover_is_counted_at_the_nearest_place():
    unit = np.array([[0.2, 0.5], [0.8, 0.5]])
    paths = np.array([[[0.1, 0.9], [0.9, 0.1], [0.6, 0.5]]])
    assert counted(paths, unit).tolist() == [[1.0, 2.0]]


def test_a_free_flight_is_folded_at_the_border():
    assert bounce(np.array([0.3, 1.2, 2.1, -0.4])) == pytest.approx([0.3, 0.8, 0.1, 0.4])


def test_the_speed_is_the_square_over_the_crossing_time():
    step = np.diff(wander(_rng(2), 400, 300, 50.0, {}), axis=0)
    inner = step[np.abs(step).max(-1) > 0]
    assert np.sqrt((inner**2).mean()) == pytest.approx(1 / 50, rel=0.1)


def test_commuters_are_home_at_night_and_somewhere_else_at_noon():
    rng = _rng(4)
    clock = draw_clock(rng, 24 * 7, "h", "calendar")
    paths = commute(rng, clock, 80)
    hour = np.round(clock.cycle("day").phase % 1.0 * 24) % 24
    home = paths[hour == 3]
    assert np.abs(home - home[0]).max() < 1e-9
    assert np.abs(paths[hour == 13] - home[0]).max(2).mean() > 0.05
