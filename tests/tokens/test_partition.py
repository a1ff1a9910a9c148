"""Balls: each series in exactly one, compact, and carried along when places are shuffled."""

import numpy as np
import pytest

from chronotope.tokens.partition import ball_order, chunks, coordinates, series_balls


@pytest.mark.parametrize("variables", [1, 2, 5])
@pytest.mark.parametrize("n", [1, 2, 31, 33, 100, 257])
def test_every_series_is_in_exactly_one_ball_of_each_partition(n, variables):
    xy = np.random.default_rng(n).normal(size=(n, 2))
    for balls in series_balls(xy, variables):
        assert balls.shape[1] == 32
        assert sorted(balls[balls >= 0].tolist()) == list(range(n * variables))


def _as_sets(balls, name):
    return {frozenset(name[i] for i in ball[ball >= 0]) for ball in balls}


@pytest.mark.parametrize("variables", [1, 3])
@pytest.mark.parametrize("kind", ["scattered", "grid"])
def test_shuffling_the_places_shuffles_the_balls_with_them(kind, variables):
    rng = np.random.default_rng(5)
    grid = np.stack(np.meshgrid(np.arange(10.0), np.arange(13.0)), -1).reshape(-1, 2)
    xy = grid if kind == "grid" else rng.normal(size=(130, 2))
    order = rng.permutation(len(xy))
    straight = list(range(len(xy) * variables))
    turned = (order[:, None] * variables + np.arange(variables)).ravel()
    for a, b in zip(series_balls(xy, variables), series_balls(xy[order], variables), strict=True):
        assert _as_sets(a, straight) == _as_sets(b, turned)


def test_balls_of_a_grid_are_compact():
    xy = np.stack(np.meshgrid(np.arange(16.0), np.arange(16.0)), -1).reshape(-1, 2)
    for ball in chunks(ball_order(xy)):
        assert np.ptp(xy[ball], axis=0).max() <= 7 and np.ptp(xy[ball], axis=0).min() <= 3  # 4 x 8 cells


def test_the_two_partitions_differ_so_that_word_travels():
    xy = np.random.default_rng(0).normal(size=(128, 2))
    first, second = series_balls(xy, 1)
    assert _as_sets(first, range(128)) != _as_sets(second, range(128))


def test_the_first_partition_keeps_variables_apart_and_the_second_all_of_a_place_together():
    first, second = series_balls(np.random.default_rng(1).normal(size=(64, 2)), 4)
    assert all(len({i % 4 for i in ball[ball >= 0]}) == 1 for ball in first)
    for ball in second:
        places = [i // 4 for i in ball[ball >= 0]]
        assert all(places.count(p) == 4 for p in places)


def test_far_clusters_do_not_share_a_ball():
    rng = np.random.default_rng(2)
    xy = np.concatenate([rng.normal(size=(64, 2)), rng.normal(size=(64, 2)) + [1000, 0]])
    shuffle = rng.permutation(128)
    for ball in chunks(ball_order(xy[shuffle])):
        assert len({int(i >= 64) for i in shuffle[ball]}) == 1


def test_coordinates_that_are_given_are_taken():
    xy = np.arange(8.0).reshape(4, 2)
    assert np.array_equal(coordinates(4, xy, None, np.zeros((4, 10))), xy)


def test_a_road_without_coordinates_is_laid_out_along_itself():
    order = np.random.default_rng(3).permutation(60)
    edges = (order[:-1], order[1:], np.ones(59))
    xy = coordinates(60, None, edges, np.zeros((60, 10)))
    for ball in chunks(ball_order(xy, 10), 10):
        along = np.sort([int(np.flatnonzero(order == i)[0]) for i in ball])
        assert np.ptp(along) == 9


def test_parts_of_a_graph_that_do_not_meet_still_get_coordinates():
    edges = (np.array([0, 1, 4]), np.array([1, 2, 5]), np.array([1.0, 0.0, 2.0]))
    assert np.isfinite(coordinates(7, None, edges, np.zeros((7, 10)))).all()


def test_without_coordinates_and_edges_places_that_behave_alike_share_a_ball():
    rng = np.random.default_rng(4)
    signals = rng.normal(size=(2, 300))
    kind = rng.permutation(np.repeat([0, 1], 32))
    x = signals[kind] + 0.2 * rng.normal(size=(64, 300))
    balls = chunks(ball_order(coordinates(64, None, None, x)))
    assert all(len(set(kind[ball])) == 1 for ball in balls)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_places_that_show_nothing_get_coordinates(n):
    assert np.isfinite(coordinates(n, None, None, np.zeros((n, 5)))).all()
