"""Linear network dynamics against the stationary Lyapunov equation."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from chronotope.worlds.clock import draw_clock
from chronotope.worlds.layout import draw_layout
from chronotope.worlds.network import FILTERS, couplings, simulate
from chronotope.worlds.world import Scene


def _rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def test_the_covariance_solves_the_lyapunov_equation():
    rng = _rng()
    matrix = np.array([[0.5, 0.3, 0.0], [0.0, 0.6, 0.3], [0.2, 0.0, 0.4]])
    path = simulate(matrix[None], rng.standard_normal((200_00, 3)))
    assert np.cov(path[200:].T) == pytest.approx(solve_discrete_lyapunov(matrix, np.eye(3)), abs=0.08)


def test_a_lag_of_an_edge_is_the_time_its_shock_needs():
    matrices = np.zeros((4, 2, 2))
    matrices[3, 1, 0] = 0.7  # place 1 follows place 0 four steps later
    shocks = np.zeros((10, 2))
    shocks[2, 0] = 1.0
    path = simulate(matrices, shocks)
    assert path[:, 1] == pytest.approx([0] * 6 + [0.7] + [0] * 3)


def test_sparse_and_dense_steps_agree():
    rng = _rng(4)
    matrices = rng.random((2, 45, 45)) * (rng.random((2, 45, 45)) < 0.1) * 0.1
    shocks = rng.standard_normal((30, 45))
    slow = np.zeros((32, 45))
    for i in range(30):
        slow[i + 2] = matrices[0] @ slow[i + 1] + matrices[1] @ slow[i] + shocks[i]
    assert simulate(matrices, shocks) == pytest.approx(slow[2:])


@pytest.mark.parametrize("kind", FILTERS)
def test_couplings_are_stable_and_run_along_edges(kind):
    rng = _rng(7)
    scene = Scene(draw_clock(rng, 64), draw_layout(rng, 20, {"uniform": 1.0}))
    matrices = couplings(rng, scene, kind, 0.95, 3, {})
    assert matrices.sum((0, 2)).max() <= 0.95 + 1e-9 and (matrices >= 0).all()
    joined = {(a, b) for a, b in zip(scene.layout.source, scene.layout.target)}
    assert all((b, a) in joined or a == b for a, b in zip(*np.nonzero(matrices.sum(0))))
