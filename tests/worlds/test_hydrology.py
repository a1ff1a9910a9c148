"""Rivers: water is kept, recession is exponential, floods come down in order."""

import numpy as np
import pytest

from chronotope.worlds.hydrology import reservoir, route


def test_recession_is_exponential():
    rain = np.zeros((60, 1))
    rain[0] = 10.0
    out = reservoir(rain, 7.0)[1:, 0]
    assert out[1:] / out[:-1] == pytest.approx(np.full(58, np.exp(-1 / 7)))


def test_a_reservoir_fed_steadily_gives_what_it_gets():
    assert reservoir(np.full((30, 2), 3.0), 5.0) == pytest.approx(np.full((30, 2), 3.0))


def test_all_runoff_passes_the_mouth():
    local = np.zeros((900, 4))
    local[10] = [1.0, 2.0, 3.0, 4.0]
    into = np.array([-1, 0, 0, 2])
    mouth = route(local, into, np.array([1.0, 4.0, 3.0, 5.0]))[:, 0]
    started = 9 / 900  # every reach starts from its mean, which is part of the water
    assert mouth.sum() == pytest.approx(10, rel=started * 3)


def test_a_flood_reaches_gauge_after_gauge():
    local = np.zeros((300, 4))
    local[50, 3] = 1.0
    found = route(local, np.array([-1, 0, 1, 2]), np.full(4, 6.0))
    assert list(np.argmax(found, 0)) == sorted(np.argmax(found, 0), reverse=True) and np.argmax(found[:, 0]) >= 50 + 3 * 3
