"""Neighbours: the nearest by brute force, edges first, the unknown never."""

import numpy as np
import pytest

from chronotope.evidence.neighbours import COUNT, Neighbours, find_neighbours


def test_neighbours_are_the_nearest_places():
    xy = np.random.default_rng(0).normal(size=(50, 2))
    found = find_neighbours(xy, None)
    distance = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(-1))
    np.fill_diagonal(distance, np.inf)
    assert np.array_equal(np.sort(found.index, 1), np.sort(np.argsort(distance, 1)[:, :COUNT], 1))
    assert found.spacing == pytest.approx(np.median(distance.min(1)))


def test_nearer_places_weigh_more():
    found = find_neighbours(np.random.default_rng(1).normal(size=(30, 2)), None)
    assert (np.diff(found.weight, axis=1) <= 1e-7).all() and (found.weight[:, 0] > found.weight[:, -1]).all()


def test_edges_win_over_distance_in_both_directions():
    xy = np.stack([np.arange(10.0), np.zeros(10)], 1)
    found = find_neighbours(xy, (np.array([0, 0]), np.array([9, 8]), np.array([3.0, 1.0])))
    assert found.index[0, :3].tolist() == [9, 8, -1] and found.weight[0, :2].tolist() == [0.75, 0.25]
    assert found.index[9, :2].tolist() == [0, -1] and found.weight[9, 0] == 1
    assert set(found.index[5, :2]) == {4, 6}  # a place without edges keeps its nearest


def test_an_edge_given_twice_or_to_itself_counts_once_or_not_at_all():
    edges = (np.array([0, 1, 0, 2]), np.array([1, 0, 2, 2]), np.array([1.0, 1.0, 1.0, 5.0]))
    found = find_neighbours(np.zeros((3, 2)), edges)
    assert found.weight[0, :3].tolist() == [0.5, 0.5, 0] and found.index[2, :2].tolist() == [0, -1]


@pytest.mark.parametrize("n", [1, 2, 5, 40])
@pytest.mark.parametrize("with_edges", [False, True])
def test_weights_sum_to_one_or_there_are_none(n, with_edges):
    rng = np.random.default_rng(n)
    edges = (rng.integers(0, n, 30), rng.integers(0, n, 30), rng.uniform(0.1, 5, 30)) if with_edges else None
    found = find_neighbours(rng.normal(size=(n, 2)), edges)
    total = found.weight.sum(1)
    assert np.all(np.isclose(total, 1) | (total == 0)) and (n == 1 or np.isclose(total, 1).all())
    assert ((found.index >= 0) == (found.weight > 0)).all()
    assert not (found.index == np.arange(n)[:, None]).any()


@pytest.mark.parametrize("with_edges", [False, True])
def test_places_that_were_never_seen_do_not_serve_as_neighbours(with_edges):
    rng = np.random.default_rng(7)
    useful = rng.random(40) < 0.5
    edges = (rng.integers(0, 40, 60), rng.integers(0, 40, 60), np.ones(60)) if with_edges else None
    found = find_neighbours(rng.normal(size=(40, 2)), edges, useful)
    assert set(found.index[found.index >= 0]) <= set(np.flatnonzero(useful))
    assert np.allclose(found.weight.sum(1), 1)


def test_places_at_one_spot_are_neighbours_and_never_their_own():
    found = find_neighbours(np.zeros((20, 2)), None)
    assert np.isfinite(found.weight).all() and not (found.index == np.arange(20)[:, None]).any()


def test_the_mean_counts_seen_neighbours_only():
    near = Neighbours(np.array([[1, 2], [0, -1], [-1, -1]]), np.array([[0.75, 0.25], [1, 0], [0, 0]], np.float32), 1.0)
    x = np.array([[1.0, 1.0], [4.0, 0.0], [8.0, 6.0]], np.float32)
    seen = np.array([[1, 1], [1, 0], [1, 1]], np.float32)
    mean, mass = near.mean(x, seen)
    assert mean.tolist() == [[5.0, 6.0], [1.0, 1.0], [0.0, 0.0]] and mass.tolist() == [[1.0, 0.25], [1.0, 1.0], [0.0, 0.0]]


def test_sharper_weights_are_the_cubes_of_the_plain_ones():
    near = Neighbours(np.array([[1, 2, -1], [-1, -1, -1]]), np.array([[2 / 3, 1 / 3, 0], [0, 0, 0]], np.float32), 1.0)
    found = near.sharper()
    np.testing.assert_allclose(found.weight, [[8 / 9, 1 / 9, 0], [0, 0, 0]], rtol=1e-6)
    assert np.array_equal(found.index, near.index)


def test_the_median_of_neighbours_is_weighted_and_counts_seen_ones_only():
    near = Neighbours(np.array([[1, 2, 3]] * 4), np.array([[0.4, 0.35, 0.25]] * 4, np.float32), 1.0)
    x = np.array([[0.0, 0.0, 0.0], [9.0, 9.0, 9.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0]], np.float32)
    seen = np.array([[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 1, 0]], np.float32)
    value, mass = near.median(x, seen)
    assert value[0].tolist() == [2.0, 1.0, 0.0]  # 1 has 0.35, with 2 they have 0.6; of 0.35 and 0.25 the first; none
    np.testing.assert_allclose(mass[0], [1.0, 0.6, 0.0], rtol=1e-6)


@pytest.mark.parametrize("shape", [(30, 5), (30, 2, 5)])
def test_with_equal_weights_an_odd_number_has_the_usual_median(shape):
    rng = np.random.default_rng(3)
    index = np.stack([rng.permutation(30)[:5] for _ in range(30)])
    near = Neighbours(index, np.full((30, 5), 0.2, np.float32), 1.0)
    x = rng.normal(size=shape).astype(np.float32)
    np.testing.assert_allclose(near.median(x, np.ones(shape, np.float32))[0], np.median(x[index], axis=1))
