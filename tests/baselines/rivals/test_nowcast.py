"""pysteps moves a travelling field on; what is no grid it leaves alone."""

import numpy as np

from chronotope.baselines.rivals.nowcast import grid_of
from panels import ahead, panel_of
from rivals import wanted

Y, X = np.mgrid[0:12, 0:14].astype(float)
PLACES = np.stack([X.ravel(), Y.ravel()], axis=1)


def blobs(steps):
    t = np.arange(steps)[:, None, None]
    first = 3 * np.exp(-((X - 3 - 0.7 * t) ** 2 + (Y - 3 - 0.4 * t) ** 2) / 8)
    return (5 + first + 2 * np.exp(-((X - 6 - 0.7 * t) ** 2 + (Y - 6 - 0.4 * t) ** 2) / 9)).reshape(steps, -1)


def test_a_grid_is_found_whatever_the_order_of_its_places():
    order = np.random.default_rng(0).permutation(len(PLACES))
    cells = grid_of(panel_of(np.zeros((2, len(PLACES))), xy=PLACES[order]))
    assert cells is not None and (order[cells].ravel() == np.arange(len(PLACES)).reshape(12, 14).T.ravel()).all()
    assert grid_of(panel_of(np.zeros((2, 5)), xy=PLACES[:5])) is None
    assert grid_of(panel_of(np.zeros((2, len(PLACES) - 1)), xy=PLACES[1:])) is None
    assert grid_of(panel_of(np.zeros((2, 5)))) is None


def test_a_travelling_field_is_moved_on():
    values = blobs(7)
    order = np.random.default_rng(1).permutation(len(PLACES))
    found = wanted("pysteps").answered(ahead(panel_of(values[:5, order], xy=PLACES[order]), 2))[4, ..., 0]
    there = np.isfinite(found)
    assert there.mean() > 0.6
    assert np.abs(found - values[5:, order])[there].mean() < 0.25 * np.abs(values[4, order] - values[5:, order])[there].mean()
