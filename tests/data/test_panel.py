"""A panel cut along its axes: by hand."""

import numpy as np

from panels import panel_of


def test_what_comes_after_a_row_ends_in_nothing_known():
    panel = panel_of(np.arange(10.0).reshape(5, 2))
    later = panel.after(2, 3)
    assert later.shape == (3, 2, 1) and later.dtype == float
    assert later[:2, :, 0].tolist() == [[6, 7], [8, 9]] and np.isnan(later[2]).all()
    assert np.isnan(panel.after(4, 2)).all() and panel.after(-1, 1)[0, :, 0].tolist() == [0, 1]
