"""Tests of differences on simulated losses whose truth is known."""

import numpy as np
import pytest

from chronotope.errors import ArgumentError
from chronotope.evaluate.scores.compare import block_interval, block_rows, diebold_mariano


@pytest.mark.parametrize("overlap, count", [(1, 40), (3, 120)])
def test_alike_models_differ_in_about_five_percent_of_cases(overlap, count):
    rng = np.random.default_rng(overlap)
    noise = rng.normal(size=(1500, count + overlap - 1))
    gap = sum(noise[:, k : k + count] for k in range(overlap))  # a moving average, as overlapping forecasts give
    rejected = np.mean([diebold_mariano(one, 0 * one, overlap)[1] < 0.05 for one in gap])
    assert 0.03 < rejected < 0.08  # one standard error is 0.6 %


def test_a_real_difference_is_found_and_has_a_sign():
    rng = np.random.default_rng(0)
    worse = rng.normal(size=200) + 0.5
    statistic, p = diebold_mariano(0 * worse, worse)
    assert statistic < -4 and p < 1e-4
    assert diebold_mariano(worse, 0 * worse)[0] == pytest.approx(-statistic)


def test_statistic_by_hand():
    gap = np.array([1.0, 2, 0, 3, -1, 1])
    by_hand = gap.mean() / np.sqrt(gap.var() / 6) * np.sqrt(5 / 6)
    assert diebold_mariano(gap, 0 * gap)[0] == pytest.approx(by_hand)


def test_edges():
    some = np.arange(8.0)
    assert diebold_mariano(some, some) == (0.0, 1.0)
    assert diebold_mariano(some + 1, some)[1] == 0
    assert np.isnan(diebold_mariano(some[:4], some[1:5])[1])
    with_gap = np.where(some == 3, np.nan, some**2)
    assert diebold_mariano(with_gap, some) == diebold_mariano(np.delete(some**2, 3), np.delete(some, 3))
    with pytest.raises(ArgumentError, match="overlap"):
        diebold_mariano(some, some, 0)


def test_blocks_hold_neighbours_and_fill_the_series():
    rows = block_rows(10, 50, length=4)
    assert rows.shape == (50, 10) and rows.min() >= 0 and rows.max() <= 9
    assert (np.diff(rows[:, :4], axis=1) % 10 == 1).all()


def test_intervals_cover_the_true_mean_also_of_correlated_series():
    rng = np.random.default_rng(4)
    noise = rng.normal(size=(200, 403))
    series = sum(noise[:, k : k + 400] for k in range(4))
    ends = [block_interval(one, np.ones(400), 0.9, length=20, draws=200) for one in series]
    covered = np.mean([low <= 0 <= high for low, high in ends])
    assert 0.82 < covered < 0.96  # two and a half standard errors, and blocks are known to be a little short
    naive = np.mean([low <= 0 <= high for low, high in (block_interval(one, np.ones(400), 0.9, length=1, draws=200) for one in series)])
    assert naive < 0.75, "single rows pretend to know more"
    assert np.isnan(block_interval(np.ones(3), np.ones(3))).all()
