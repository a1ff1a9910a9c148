"""Degrees to local metres."""

from __future__ import annotations

import numpy as np
import pytest

from chronotope.data.projection import centre_of, to_metres
from chronotope.inspect.sphere import EARTH_RADIUS, distance


def test_one_degree_north_is_a_360th_of_the_circle():
    xy = to_metres(np.array([[10.0, 5.0], [11.0, 5.0]]))
    assert np.hypot(*(xy[1] - xy[0])) == pytest.approx(2 * np.pi * EARTH_RADIUS / 360, rel=1e-6)


@pytest.mark.parametrize("lons", [[179.0, 180.0, -179.0], [179.0, 180.0, 181.0], [-181.0, -180.0, -179.0]])
def test_the_dateline_and_both_conventions_give_the_same_plane(lons):
    xy = to_metres(np.column_stack([[5.0, 6.0, 7.0], lons]))
    truth = to_metres(np.column_stack([[5.0, 6.0, 7.0], [-1.0, 0.0, 1.0]]))
    np.testing.assert_allclose(xy, truth, atol=1e-4)


def test_east_and_north_are_positive():
    xy = to_metres(np.array([[50.0, 8.0], [50.0, 9.0], [51.0, 8.0]]))
    assert xy[1, 0] > xy[0, 0] and xy[2, 1] > xy[0, 1]


def test_distances_from_the_centre_are_great_circles():
    rng = np.random.default_rng(0)
    latlon = np.column_stack([rng.uniform(40, 60, 50), rng.uniform(-5, 20, 50)])
    centre = centre_of(latlon)
    np.testing.assert_allclose(np.hypot(*to_metres(latlon).T), distance(latlon, np.array(centre)), rtol=1e-9)


def test_order_of_places_does_not_move_them():
    rng = np.random.default_rng(1)
    latlon = np.column_stack([rng.uniform(-60, 60, 30), rng.uniform(-180, 180, 30)])
    order = rng.permutation(30)
    np.testing.assert_array_equal(to_metres(latlon)[order], to_metres(latlon[order]))


def test_unknown_positions_stay_unknown():
    assert np.isnan(to_metres(np.array([[1.0, 2.0], [np.nan, np.nan]]))[1]).all()
