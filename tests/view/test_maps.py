"""Maps lay places out where they are: over the date line, around a pole, beside real coasts."""

import numpy as np
import pytest

from chronotope.errors import ArgumentError, KindError
from chronotope.view.answers import slice_of
from chronotope.view.maps import chance_above, layers_of, map_forecast
from chronotope.view.outlines import COAST, lines_in
from chronotope.view.plane import Plane
from known_forecasts import forecast_of, grid, sites


def test_places_over_the_date_line_lie_together():
    plane = Plane.of(np.array([175.0, -178.0, 170.0]), np.array([0.0, 1.0, 2.0]), True)
    x, _ = plane.to(np.array([175.0, -178.0, 170.0]), np.zeros(3))
    assert np.allclose(np.diff(x), [7, -12])


def test_data_around_the_world_keep_their_own_longitudes():
    for east in (np.arange(0, 360, 2.5), np.arange(-180, 180, 2.5)):
        assert np.allclose(Plane.of(east, np.zeros(len(east)), True).to(east, east)[0] % 360, east % 360)
        assert (np.diff(Plane.of(east, np.zeros(len(east)), True).to(east, east)[0]) > 0).all()


def test_a_ring_around_the_pole_is_seen_from_above():
    east = np.arange(0, 360, 10.0)
    plane = Plane.of(east, np.full(36, 70.0), True)
    x, y = plane.to(east, np.full(36, 70.0))
    assert plane.kind == "polar" and np.allclose(np.hypot(x, y), 2 * np.tan(np.deg2rad(10)))
    assert plane.to(np.array([0.0]), np.array([70.0]))[1][0] < 0  # Greenwich points down
    assert Plane.of(east, np.full(36, 20.0), True).kind == "degrees"


def test_coasts_are_where_they_are_and_absent_where_they_would_mislead():
    plane = Plane("degrees", 0.0, 0.6)
    coast = np.concatenate([line for kind, line in lines_in(plane, (-6.0, 2.0, 49.5, 52.0)) if kind == COAST])
    assert np.hypot(coast[:, 0] - 1.4, coast[:, 1] - 51.15).min() < 0.1  # the chalk cliffs of Dover
    assert np.hypot(coast[:, 0] + 5.2, coast[:, 1] - 49.97).min() < 0.1  # Lizard Point
    assert lines_in(plane, (1.0, 1.5, 51.0, 51.4)) == [] and lines_in(Plane(), (0, 10, 0, 10)) == []


def test_one_scale_serves_all_steps_and_changes_are_around_zero():
    part = slice_of(forecast_of(grid(), 8, 4))
    median, change = layers_of(part, ["median", "change"])
    assert median.limits[0] <= np.nanmin(part.quantile(0.5)) + 1 and median.limits[1] >= np.nanmax(part.quantile(0.5)) - 1
    assert change.limits[0] == -change.limits[1] and np.allclose(change.values, part.quantile(0.5) - part.last)


def test_chances_are_those_of_the_levels():
    part = slice_of(forecast_of(sites(), 24, 1))  # levels 0.1 to 0.9 stand 10 (p - 0.5) around 23
    assert chance_above(part, 23.0)[0, 0] == pytest.approx(0.5) and chance_above(part, 23.0 + 3)[0, 0] == pytest.approx(0.2)
    assert chance_above(part, 100.0)[0, 0] == 0 and chance_above(part, -100.0)[0, 0] == 1


def test_what_cannot_be_shown_is_refused():
    fc = forecast_of(sites(), 24, 6)
    for words in ({"show": "beauty"}, {"show": "chance"}, {"show": "surprise"}):
        with pytest.raises(ArgumentError, match="show"):
            map_forecast(fc, **words)
    with pytest.raises(KindError, match="lat="):
        map_forecast(forecast_of(sites(with_places=False), 24, 6))
