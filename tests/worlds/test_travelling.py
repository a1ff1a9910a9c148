"""Travelling signals: what arrives, arrives after distance over speed."""

import numpy as np
import pytest

from chronotope.worlds.layout import Layout
from chronotope.worlds.travelling import along_edges, delayed, delays


def _rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def test_the_cross_correlation_peaks_at_the_delay():
    signal = _rng().standard_normal(540)
    field = delayed(signal, np.array([0.0, 7.0, 23.0]), 40)
    for place, delay in ((1, 7), (2, 23)):
        score = [np.corrcoef(field[: 500 - k, 0], field[k:, place])[0, 1] for k in range(40)]
        assert int(np.argmax(score)) == delay and score[delay] == pytest.approx(1.0)


def test_half_a_step_is_the_mean_of_two():
    assert delayed(np.array([0.0, 2.0, 6.0]), np.array([0.5]), 1)[:, 0] == pytest.approx([1.0, 4.0])


def test_delays_are_proportional_to_the_distance_along_the_route():
    unit = np.stack([np.linspace(0, 1, 9), np.full(9, 0.5)], 1)
    layout = Layout("uniform", unit, 1e3, np.arange(8), np.arange(1, 9))
    for seed in range(30):
        found = delays(_rng(seed), layout, params := {"routes": [], "longest_delay": []})
        assert found.min() == 0 and found.max() == pytest.approx(params["longest_delay"][0])
        if params["routes"] == ["plane"]:
            assert np.abs(np.diff(found)) == pytest.approx(np.full(8, found.max() / 8))


def test_the_way_along_edges_ignores_their_direction_and_adds_lengths():
    unit = np.array([[0.0, 0.0], [0.3, 0.0], [0.3, 0.4], [0.9, 0.9]])
    layout = Layout("tree", unit, 1.0, np.array([1, 2]), np.array([0, 1]))
    assert along_edges(layout, 0) == pytest.approx([0, 0.3, 0.7, 0.7], abs=1e-5)  # the last one is unreachable
