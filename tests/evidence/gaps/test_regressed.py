"""A series on its relatives: over the rows that all are seen, from those that are seen at the time."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.gaps.regressed import regressed

CELLS = np.full(20, 3), np.arange(90, 110)


def parts(seed=0, rows=200):
    """Three series and, last, a weighted sum of them; some of the parts are not seen, and the sum of rows 90 to 110 neither."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(4, rows))
    x[3] = 2 + x[0] - 2 * x[1] + 0.5 * x[2]
    m = (rng.random(x.shape) < 0.9).astype(float)
    m[3] = 1.0
    m[3, 90:110] = 0.0
    return x, m, np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [2, 0, 1]])


def test_a_sum_comes_out_wherever_all_parts_are_seen_whatever_stands_in_gaps():
    x, m, near = parts()
    for filler in (0.0, 1e6):
        shown = np.where(m > 0, x, filler)
        told = regressed(shown, m, near, shown, CELLS)
        whole = m[:3, 90:110].all(axis=0)
        assert 10 < whole.sum() < 20
        np.testing.assert_allclose(told[whole], x[3, 90:110][whole], atol=1e-3)
        assert np.isfinite(told).all()


def test_what_is_seen_alone_tells_what_it_alone_can():
    x, m, near = parts(rows=4000)
    m[[0, 2], 90:110] = 0.0
    m[1, 90:110] = 1.0
    told = regressed(x, m, near, x, CELLS)
    np.testing.assert_allclose(told, 2 - 2 * x[1, 90:110], atol=0.15)


def test_of_too_little_nothing_is_told():
    x, m, near = parts()
    m[:3, 95] = 0.0
    told = regressed(x, m, near, x, CELLS)
    assert np.isnan(told[5]) and np.isfinite(np.delete(told, 5)).all()
    m[:, :85] = m[:, 115:] = 0.0
    assert np.isnan(regressed(x, m, near, x, CELLS)).all()


def test_rows_that_may_not_be_fitted_are_not():
    x, m, near = parts()
    early = np.arange(200) < 80
    x[3, 120:] += 100.0
    told = regressed(x, m, near, x, CELLS, early.astype(float))
    whole = m[:3, 90:110].all(axis=0)
    np.testing.assert_allclose(told[whole], x[3, 90:110][whole], atol=1e-3)


def test_the_order_of_series_does_not_count():
    x, m, near = parts()
    turn = np.array([2, 0, 3, 1])
    place = np.argsort(turn)
    told = regressed(x[turn], m[turn], place[near][turn], x[turn], (place[CELLS[0]], CELLS[1]))
    np.testing.assert_allclose(told, regressed(x, m, near, x, CELLS), atol=1e-9)
