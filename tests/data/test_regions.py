"""Quarters of the land: by hand."""

import numpy as np

from chronotope.data.regions import quarters


def test_places_fall_into_quarters_around_the_middle():
    xy = np.array([[0, 0], [0, 10], [10, 0], [10, 10]])
    assert quarters(xy, 4).tolist() == ["south-west", "north-west", "south-east", "north-east"]
    assert quarters(None, 2).tolist() == ["", ""]
