"""Media against their balances and the growth of small waves."""

import numpy as np
import pytest

from chronotope.worlds.media import bilinear, gray_scott, kuramoto_sivashinsky, laplacian, swift_hohenberg


def _plane(a, b, side=32):
    x = 2 * np.pi * np.arange(side) / side
    return np.cos(a * x)[:, None] * np.cos(b * x)


def test_without_the_eater_all_stays_food():
    assert not gray_scott(np.ones((8, 8)), np.zeros((8, 8)), np.full(5, 0.04), 0.06).any()


def test_what_decays_in_gray_scott_is_what_is_missing_from_the_whole():
    """Fed as much as it loses (no kill, F on both), u + v relaxes to one at the rate F whatever eats whom."""
    rng = np.random.default_rng(0)
    v = 0.25 * (rng.random((16, 16)) < 0.2)
    eater = gray_scott(1 - 2 * v, v, np.full(40, 0.04), 0.0, inner=1)
    food, state = 1 - 2 * v, v
    for i in range(39):
        eaten = food * state**2
        food, state = food + 0.16 * laplacian(food) - eaten + 0.04 * (1 - food), state + 0.08 * laplacian(state) + eaten - 0.04 * state
        assert (food + state).mean() - 1 == pytest.approx((v.mean() * -1) * 0.96 ** (i + 1), rel=1e-9)
        assert eater[i + 1] == pytest.approx(state)
    assert eater[-1].max() > 0.1  # it lives


@pytest.mark.parametrize(("a", "b"), [(3, 0), (2, 2), (0, 4)])
def test_a_small_wave_of_swift_hohenberg_grows_at_its_own_rate(a, b):
    path = swift_hohenberg(1e-6 * _plane(a, b), np.full(9, 0.2), 3.0, step=0.5, inner=2)
    rate = 0.2 - (1 - (a**2 + b**2) / 9) ** 2
    assert np.log(np.abs(path[8]).max() / np.abs(path[0]).max()) / 8 == pytest.approx(rate, abs=1e-6)


def test_rolls_saturate_at_their_known_height():
    """Amplitude of a roll at critical wavelength: A^2 = 4 g / 3, up to its third harmonic."""
    path = swift_hohenberg(0.1 * _plane(3, 0), np.full(300, 0.02), 3.0, step=0.5, inner=2)
    assert path[-1].max() == pytest.approx(np.sqrt(4 * 0.02 / 3), rel=0.01)


@pytest.mark.parametrize("k", [1, 3, 6])
def test_a_small_wave_of_kuramoto_sivashinsky_grows_at_its_own_rate(k):
    x = 2 * np.pi * np.arange(64) / 64
    path = kuramoto_sivashinsky(1e-7 * np.cos(k * x), np.zeros((5, 64)), 5.0, step=0.1, inner=5)
    q = k / 5.0
    assert np.log(path[4].max() / path[0].max()) / (4 * 0.5) == pytest.approx(q**2 - q**4, abs=1e-5)


def test_kuramoto_sivashinsky_keeps_its_mean_and_its_size():
    path = kuramoto_sivashinsky(np.random.default_rng(1).standard_normal(64), np.zeros((400, 64)), 6.0)
    assert path.mean(1) == pytest.approx(np.full(400, path[0].mean()), abs=1e-9)
    assert 0.5 < path[200:].std() < 3  # turbulent, neither dead nor blown up


def test_a_steady_push_on_the_mean_adds_up():
    path = kuramoto_sivashinsky(np.zeros(64), np.full((11, 64), 0.3), 5.0, step=0.1, inner=5)
    assert path.mean(1) == pytest.approx(0.3 * 0.5 * np.arange(11))


def test_reading_between_cells_is_linear_and_goes_around():
    cells = np.arange(8.0)[None, :, None] * np.ones((1, 8, 4))
    assert bilinear(cells, np.array([[2.5 / 8, 0.3], [7.5 / 8, 0.9], [0.0, 0.0]]))[0] == pytest.approx([2.5, 3.5, 0.0])
