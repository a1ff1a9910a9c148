"""The sun's height against known days."""

import numpy as np
import pytest

from chronotope.worlds.energy import clear_sky


def test_noon_at_the_tropic_on_midsummer_is_overhead_and_the_pole_is_dark_in_december():
    noon = np.array([12.0])
    assert clear_sky(23.44, np.zeros(1), np.array([172.0]), noon)[0, 0] == pytest.approx(1.0, abs=1e-3)
    assert clear_sky(80.0, np.zeros(1), np.array([355.0]), noon)[0, 0] == 0


def test_the_day_at_the_equator_lasts_twelve_hours_and_comes_earlier_in_the_east():
    hours = np.arange(0, 24, 0.01)
    sky = clear_sky(0.0, np.array([0.0, 15.0]), np.full(len(hours), 80.0), hours)
    assert (sky[:, 0] > 0).mean() * 24 == pytest.approx(12, abs=0.05)
    assert hours[sky[:, 0].argmax()] - hours[sky[:, 1].argmax()] == pytest.approx(1.0, abs=0.02)
