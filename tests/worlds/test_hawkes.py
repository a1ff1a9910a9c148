"""Self-exciting counts: the branching ratio fixes the mean."""

import numpy as np
import pytest

from chronotope.worlds.hawkes import simulate, spread


def test_the_mean_rate_is_the_base_over_one_minus_the_branching_ratio():
    distance = np.abs(np.subtract.outer(np.linspace(0, 1, 5), np.linspace(0, 1, 5)))
    kernel = 0.6 * spread(distance, 0.2, False)
    base = np.array([0.2, 0.5, 0.1, 0.4, 0.3])
    rate, events = simulate(np.random.Generator(np.random.PCG64(0)), np.tile(base, (20000, 1)), kernel, 2.0)
    exact = np.linalg.solve(np.eye(5) - kernel, base)
    assert events[200:].mean(0) == pytest.approx(exact, rel=0.08)
    assert events[200:].sum() == pytest.approx(base.sum() / 0.4 * 19800, rel=0.04)
    assert rate[200:].mean(0) == pytest.approx(events[200:].mean(0), rel=0.03)


@pytest.mark.parametrize("power", [False, True])
def test_every_child_falls_somewhere(power):
    assert spread(np.random.default_rng(0).random((7, 7)), 0.3, power).sum(0) == pytest.approx(np.ones(7))


def test_children_come_later_than_their_parent():
    rng = np.random.Generator(np.random.PCG64(1))
    base = np.zeros((30, 1))
    base[5] = 40.0
    rate, events = simulate(rng, base, np.array([[0.5]]), 3.0)
    assert events[:5].sum() == 0 and rate[6, 0] == pytest.approx(0.5 * events[5, 0] * -np.expm1(-1 / 3))
