"""How late a series answers its drivers: planted steps are found, none where none is, and what is not known yet fades and is in doubt."""

import numpy as np
import pytest

from chronotope.model.late import delays, expected, shifted


def looked_for(of, seed=0, t=400, n=3, drivers=2, noise=1.0, ahead=24):
    """Delays found in a series (t, n) that is `of` the drivers (t, n, d), white, and noise; read now and a step before."""
    rng = np.random.default_rng(seed)
    d = rng.normal(size=(t, n, drivers))
    rows = np.concatenate([d, shifted(d, 1, t)], axis=2)
    return delays(rows, of(d) + noise * rng.normal(size=(t, n)), np.ones((t, n)), drivers, ahead)


@pytest.mark.parametrize("steps", [2, 7, 24, 48, -1, -5])
def test_a_planted_delay_is_found_and_no_other(steps):
    assert looked_for(lambda d: shifted(d[..., 1], steps, len(d))) == [(1, steps)]


def test_each_driver_has_its_own_and_the_surest_comes_first():
    assert looked_for(lambda d: shifted(d[..., 0], 3, len(d)) + 3 * shifted(d[..., 1], 9, len(d))) == [(1, 9), (0, 3)]


def test_what_is_read_already_is_no_delay():
    assert looked_for(lambda d: 3 * d[..., 0] + 2 * shifted(d[..., 0], 1, len(d))) == []


def test_a_step_beyond_what_is_asked_is_not_looked_for():
    assert looked_for(lambda d: shifted(d[..., 0], -5, len(d)), ahead=5) == []


def test_drivers_that_say_nothing_have_none():
    assert all(looked_for(lambda d: np.zeros(d.shape[:2]), seed) == [] for seed in range(20))


def test_a_delay_that_half_of_the_past_does_not_show_is_none():
    assert looked_for(lambda d: shifted(d[..., 0], 6, len(d)) * (np.arange(len(d)) < 200)[:, None]) == []


def test_places_that_are_alike_count_once():
    rng = np.random.default_rng(1)
    d, noise = rng.normal(size=(2, 400, 1, 1))
    weak = 0.15 * shifted(d[..., 0], 6, 400) + noise[..., 0]  # two deviations in each half; of 40 places on their own thirteen
    one = delays(d, weak, np.ones((400, 1)), 1, 24)
    assert one == delays(np.repeat(d, 40, 1), np.repeat(weak, 40, 1), np.ones((400, 40)), 1, 24) == []


def test_a_driver_beyond_the_known_keeps_its_rhythm_and_loses_its_departure():
    rng = np.random.default_rng(0)
    left = np.zeros((4001, 1, 1))
    for row in range(1, 4001):
        left[row] = 0.8 * left[row - 1] + rng.normal()
    day = 5 * np.sin(2 * np.pi * np.arange(4010) / 24)
    z = left + day[:4001, None, None]
    known = np.ones(z.shape, bool)
    known[3995] = False
    longer, doubt = expected(z, known, 3990, 24, 9)
    steps = np.arange(1, 10)
    np.testing.assert_allclose(longer[4001:, 0, 0], day[4001:] + left[-1, 0, 0] * 0.8**steps, atol=0.5)  # phases' means of 166 days
    np.testing.assert_allclose(doubt[4001:, 0, 0], np.sqrt((1 - 0.64**steps) / 0.36), rtol=0.1)
    np.testing.assert_allclose(longer[3995, 0, 0], day[3995] + 0.8 * left[3994, 0, 0], atol=0.5)
    np.testing.assert_allclose(doubt[3995], doubt[4001])
    np.testing.assert_allclose(longer[:4001][known], z[known])
    assert (doubt[:4001][known] == 0).all()


def test_what_was_so_many_steps_before():
    z = np.arange(5.0)[:, None]
    np.testing.assert_array_equal(shifted(z, 2, 5)[:, 0], [0, 0, 0, 1, 2])
    np.testing.assert_array_equal(shifted(z, -2, 5)[:, 0], [2, 3, 4, 0, 0])
    np.testing.assert_array_equal(shifted(z, -2, 3)[:, 0], [2, 3, 4])
