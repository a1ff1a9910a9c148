import numpy as np

from chronotope.worlds.bouncing import bouncing, fold


def test_a_way_is_mirrored_at_both_ends():
    np.testing.assert_allclose(fold(np.array([-1.0, 0.0, 3.0, 5.0, 6.0, 9.0, 11.0]), 5.0), [1, 0, 3, 5, 4, 1, 1])


def test_a_disc_moves_at_its_speed_and_keeps_its_brightness():
    film = bouncing(np.random.default_rng(0), 60, side=24, discs=1, radius=2.5, speed=1.5)
    y, x = (np.tensordot(film, a, 2) / film.sum(axis=(1, 2)) for a in np.mgrid[:24, :24])
    step = np.hypot(np.diff(y), np.diff(x))
    assert abs(np.median(step) - 1.5) < 0.1
    assert np.ptp(film.sum(axis=(1, 2))) < 0.1 * film.sum(axis=(1, 2)).mean()
    assert min(y.min(), x.min()) > 2 and max(y.max(), x.max()) < 21.5
