"""The plane around a centre: there and back, true lengths, the date line and the poles."""

import numpy as np
import pytest

from chronotope.data.azimuthal import Azimuthal
from chronotope.inspect.sphere import EARTH_RADIUS, distance


@pytest.mark.parametrize("lat, lon, spread", [(48, 11, 0.5), (-17, 179.9, 3), (89.9, 40, 1), (-90, 0, 2), (30, -60, 35), (0, 0, 80)])
def test_there_and_back_within_a_centimetre(lat, lon, spread):
    rng = np.random.default_rng(0)
    plane = rng.normal(0, spread * 1e5, (500, 2))
    plane = plane[np.hypot(*plane.T) < 1.9e7]  # the far side of the globe is a circle
    around = Azimuthal(lat, lon)
    latlon = around.to_degrees(plane)
    assert np.abs(around.to_plane(latlon) - plane).max() < 0.01
    assert np.abs(latlon[:, 0]).max() <= 90 and (np.abs(latlon[:, 1]) <= 180).all()


def test_lengths_from_the_centre_are_true():
    around, place = Azimuthal(60.0, 10.0), np.array([[61.0, 12.0], [60.0, 10.0], [60.0, 10.001]])
    made = around.to_plane(place)
    np.testing.assert_allclose(np.hypot(*made.T), distance(np.array([60.0, 10.0]), place), atol=1e-4)
    assert made[2, 0] == pytest.approx(EARTH_RADIUS * np.deg2rad(0.001) * 0.5, rel=1e-6)


def test_the_middle_lies_between_both_sides_of_the_date_line_and_knows_no_order():
    latlon = np.array([[10.0, 179.0], [10.0, -179.0], [12.0, 180.0], [np.nan, 5.0]])
    around = Azimuthal.around(latlon)
    assert abs(abs(around.lon) - 180) < 0.1 and 10 < around.lat < 12
    assert around.lat == pytest.approx(Azimuthal.around(latlon[::-1]).lat, abs=1e-12)
    assert Azimuthal.around(np.array([[0.0, 0.0], [0.0, 180.0]])) == Azimuthal(0.0, 0.0)
