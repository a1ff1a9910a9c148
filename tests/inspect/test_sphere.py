"""Distances on the sphere against pyproj, unit vectors against chords."""

import numpy as np
import pytest

from chronotope.inspect.sphere import EARTH_RADIUS, distance, unit_vectors


def test_distance_agrees_with_pyproj_on_the_sphere():
    pyproj = pytest.importorskip("pyproj")
    geod = pyproj.Geod(a=EARTH_RADIUS, b=EARTH_RADIUS)
    a, b = np.array([[48.0, 11.0], [-33.0, 151.0]]), np.array([[52.5, 13.4], [40.7, -74.0]])
    truth = geod.inv(a[:, 1], a[:, 0], b[:, 1], b[:, 0])[2]
    np.testing.assert_allclose(distance(a, b), truth, rtol=1e-9)


def test_the_chord_between_unit_vectors_spans_the_distance():
    a, b = np.array([[48.0, 11.0], [-33.0, 151.0]]), np.array([[52.5, 13.4], [40.7, -74.0]])
    chord = np.linalg.norm(unit_vectors(a) - unit_vectors(b), axis=1)
    np.testing.assert_allclose(2 * EARTH_RADIUS * np.arcsin(chord / 2), distance(a, b), rtol=1e-12)
