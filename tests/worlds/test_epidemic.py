"""Epidemics: the final size relation, conservation, and towns that do not meet."""

import numpy as np
import pytest
from scipy.optimize import brentq

from chronotope.worlds.epidemic import gravity, simulate


@pytest.mark.parametrize(("r0", "days"), [(1.5, 1.0), (3.0, 1.0), (2.0, 3.5)])
def test_a_single_town_obeys_the_final_size_relation(r0, days):
    gamma, seed = 0.2, 1e-7
    beta = r0 * -np.expm1(-gamma * days) / days
    seeds = np.zeros((2000, 1))
    seeds[0] = seed
    size = simulate(np.full(2000, beta), gamma, np.eye(1), seeds, 0.0, np.inf, days).sum()
    assert size == pytest.approx(brentq(lambda z: 1 - np.exp(-r0 * z) - z, 0.05, 1), rel=1e-4)


def test_latency_delays_the_wave_and_keeps_its_size():
    seeds = np.zeros((3000, 1))
    seeds[0] = 1e-6
    plain, latent = (simulate(np.full(3000, 0.4), 0.2, np.eye(1), seeds, wait, np.inf, 1.0)[:, 0] for wait in (0.0, 4.0))
    assert latent.sum() == pytest.approx(plain.sum(), rel=1e-3) and latent.argmax() > plain.argmax() + 10


def test_towns_that_do_not_meet_do_not_infect_each_other():
    seeds = np.zeros((300, 2))
    seeds[0, 0] = 1e-4
    new = simulate(np.full(300, 0.5), 0.2, np.eye(2), seeds, 0.0, np.inf, 1.0)
    assert new[:, 1].sum() == 0 and new[:, 0].sum() > 0.5


def test_the_wave_reaches_the_far_town_later():
    mixing = gravity(np.array([[0, 0.1, 1.0], [0.1, 0, 0.9], [1.0, 0.9, 0]]), np.ones(3), 0.01, 2.0)
    assert mixing.sum(1) == pytest.approx(np.ones(3))
    seeds = np.zeros((400, 3))
    seeds[0, 0] = 1e-5
    peak = simulate(np.full(400, 0.5), 0.2, mixing, seeds, 0.0, np.inf, 1.0).argmax(0)
    assert peak[0] < peak[1] < peak[2]
