"""Pattern formers: frequency and energy of waves, speed of a front, fires that stop at bare ground."""

import numpy as np
import pytest

from chronotope.worlds.patterns import MODES, burn, excitable, membrane, standing


def _one_kick(steps, damping):
    kicks = np.zeros((steps, MODES**2 - 1))
    kicks[0] = 1.0
    return membrane(kicks, 0.02, damping)


def test_an_undamped_wave_turns_at_its_own_frequency_for_ever():
    path = _one_kick(2000, 0.0)
    for mode, (a, b) in ((0, (0, 1)), (MODES - 1, (1, 0)), (MODES, (1, 1))):
        turn = np.pi * 0.02 * np.hypot(a, b)
        assert path[:, mode] == pytest.approx(np.sin(turn * np.arange(1, 2001)) / np.sin(turn), abs=1e-6)


def test_damping_takes_the_same_share_of_every_wave():
    assert _one_kick(300, 0.01) == pytest.approx(_one_kick(300, 0.0) * 0.99 ** np.arange(300)[:, None], abs=1e-8)


def test_standing_waves_are_orthogonal():
    side = (np.arange(64) + 0.5) / 64
    shapes = standing(np.stack(np.meshgrid(side, side), -1).reshape(-1, 2))
    gram = shapes.T @ shapes / 64**2
    assert gram - np.diag(np.diag(gram)) == pytest.approx(np.zeros_like(gram), abs=1e-12)


def test_an_excited_cell_sends_a_ring_one_cell_per_step():
    start = np.zeros((21, 21), np.int8)
    start[10, 10] = 1
    run = excitable(start, 8, 3)
    distance = np.abs(np.arange(21) - 10)[:, None] + np.abs(np.arange(21) - 10)
    for i in range(8):
        assert ((run[i] == 1) == (distance == i)).all()


def test_fire_takes_what_is_joined_and_stops_at_bare_ground():
    trees = np.ones((5, 7), np.int8)
    trees[:, 3] = 0
    none = np.zeros((12, 5, 7), bool)
    lightning = none.copy()
    lightning[0, 2, 0] = True
    last = burn(trees, 12, none, lightning)[-1]
    assert (last[:, :3] == 0).all() and (last[:, 4:] == 1).all()
