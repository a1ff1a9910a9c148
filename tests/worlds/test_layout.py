"""Layouts: inside the square, edges between places, trees that flow to their root."""

import numpy as np
import pytest

from chronotope.worlds.layout import KINDS, draw_layout, nearest_edges


def _rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("places", [2, 12, 48])
def test_places_lie_in_the_square_and_edges_join_different_places(kind, places):
    layout = draw_layout(_rng(), places, {kind: 1.0})
    assert layout.unit.shape == (places, 2) and layout.unit.min() >= 0 and layout.unit.max() <= 1 + 1e-12
    assert (layout.source != layout.target).all() and max(layout.source.max(), layout.target.max()) < places
    assert len({(a, b) for a, b in zip(layout.source, layout.target)}) == len(layout.source)


def test_a_full_grid_has_four_neighbours_inside():
    layout = draw_layout(_rng(), 36, {"grid": 1.0})
    assert layout.rows == 6 and np.bincount(layout.target).max() == 4 and len(layout.source) == 2 * 2 * 6 * 5


def test_every_place_of_a_tree_reaches_the_root():
    layout = draw_layout(_rng(2), 40, {"tree": 1.0})
    assert (layout.parent[1:] < np.arange(1, 40)).all() and layout.parent[0] == 0


def test_a_prime_number_of_places_is_no_grid():
    assert draw_layout(_rng(), 37, {"grid": 1.0}).kind == "jittered"


def test_places_at_one_point_are_no_neighbours_of_themselves():
    source, target = nearest_edges(np.zeros((5, 2)), 2)
    assert len(source) and (source != target).all()
