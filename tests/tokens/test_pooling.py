"""Pooling: means over variables and places, with what was never seen left out."""

import numpy as np

from asked import stations
from chronotope.questions import Vectors
from chronotope.questions.kinds.window import whole
from chronotope.tokens.pooling import pooled


def count_and_sum(x, step):
    """Seen values and their sum, two numbers a series."""
    return np.stack([np.isfinite(x).sum(axis=1), np.nansum(x, axis=1)], axis=1)


def panel_of(values):
    panel = stations(len(values), n=values.shape[1]).panel()
    panel.values[:] = values
    return panel


def test_a_place_has_the_mean_of_its_seen_variables_and_a_field_that_of_its_seen_places():
    values = np.ones((40, 3, 2), "f4") * np.array([1, 3])
    values[:, 1, 1] = values[:, 2] = np.nan
    panel = panel_of(values)
    places = pooled(whole(panel, Vectors("place")), count_and_sum)
    assert np.array_equal(places, np.array([[40, 80], [40, 40], [np.nan, np.nan]], "f4"), equal_nan=True)
    assert pooled(whole(panel, Vectors("field")), count_and_sum).tolist() == [40, 60]


def test_windows_are_described_one_by_one():
    values = np.ones((50, 2, 2), "f4")
    values[:30, 1] = np.nan
    found = pooled(whole(panel_of(values), Vectors("window", 20)), count_and_sum)
    assert found.shape == (2, 2, 2) and found[:, 0, 0].tolist() == [30, 20]
    assert np.isnan(found[0, 1]).all() and found[1, 1].tolist() == [20, 20]


def test_a_field_of_many_places_is_described_in_parts(monkeypatch):
    panel = panel_of(np.random.default_rng(0).normal(size=(30, 9, 2)))
    whole_at_once = pooled(whole(panel), count_and_sum)
    monkeypatch.setattr("chronotope.tokens.pooling.MOST", 4)
    assert np.array_equal(pooled(whole(panel), count_and_sum), whole_at_once)
