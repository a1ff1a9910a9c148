"""What was planted in simulated worlds comes out of `inspect` and `quality` within five percent; each test says how far draws spread."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.spatial import cKDTree

from chronotope.inspect.likeness import autocorrelation_length, variogram_range
from chronotope.inspect.look import morans_i, morans_null, stuck_share, suspicious_zeros
from chronotope.opening.open import open_field
from chronotope.worlds.space import drifting_field, matern_root


def apart(xy: np.ndarray) -> np.ndarray:
    return np.linalg.norm(xy[:, None] - xy[None], axis=2)


def neighbours(xy: np.ndarray, count: int = 8) -> np.ndarray:
    near = cKDTree(xy).query(xy, k=count + 1)[1][:, 1:]
    return np.stack([np.repeat(np.arange(len(xy)), count), near.ravel()], axis=1)


def test_morans_i_is_that_of_the_law_of_the_world():
    """Expected: the centred covariance of neighbours over the mean centred variance. Draws of 64 maps spread by about one percent."""
    ratios = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        xy = rng.random((300, 2))
        root = matern_root(apart(xy), 0.1, 0.5)
        law = root @ root.T
        centred = law - law.mean(axis=0) - law.mean(axis=1)[:, None] + law.mean()
        pairs = neighbours(xy)
        truth = centred[pairs[:, 0], pairs[:, 1]].mean() / np.diag(centred).mean()
        ratios.append(morans_i((root @ rng.standard_normal((300, 64))).T, pairs) / truth)
    assert np.mean(ratios) == pytest.approx(1, abs=0.05) and np.std(ratios) < 0.05


def test_unrelated_places_lie_within_two_spreads_of_the_shuffled_null():
    rng, scores = np.random.default_rng(11), []
    pairs = neighbours(rng.random((60, 2)))
    for seed in range(40):
        values = rng.standard_normal((4, 60))
        middle, spread, p = morans_null(values, pairs, seed)
        scores.append((morans_i(values, pairs) - middle) / spread)
        assert middle == pytest.approx(-1 / 59, abs=0.5 * spread) and 0.01 <= p <= 1
    assert np.mean(np.abs(scores) < 2) >= 0.85 and abs(np.mean(scores)) < 0.35 and 0.75 < np.std(scores) < 1.25  # 0.95, 0 and 1 expected
    alike = np.tile(np.sin(np.arange(60) / 9), (6, 1))
    ring = np.stack([np.arange(60), (np.arange(60) + 1) % 60], axis=1)
    assert morans_null(alike, ring)[2] == 0.01


def test_the_range_is_the_length_of_the_covariance():
    """Exponential worlds with a nugget: where the correlation is 1/e is their length. Single draws spread by about three percent."""
    found = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        xy = rng.random((200, 2))
        field = (matern_root(apart(xy), 0.15, 0.5) @ rng.standard_normal((200, 500))).T
        reach, nugget = variogram_range(field + 0.3 * rng.standard_normal(field.shape), xy * 1000)
        found.append(reach)
        assert nugget == pytest.approx(0.09 / 1.09, abs=0.04)
    assert np.mean(found) == pytest.approx(150, rel=0.05) and np.std(found) < 10


def test_the_autocorrelation_length_is_the_memory_of_the_world():
    """Places from draws of their own, since one draw of a drifting field spreads by about thirteen percent."""
    one, memory = np.array([[0.5, 0.5]]), 6.0
    worlds = [drifting_field(np.random.default_rng(seed), one, 2000, 0.1, np.zeros(2), memory)[:, 0] for seed in range(64)]
    assert autocorrelation_length(np.stack(worlds, axis=1)) == pytest.approx(memory, rel=0.05)


def test_missing_shares_zeros_and_stands_are_exact():
    rng = np.random.default_rng(2)
    values = 20 + rng.standard_normal((1000, 8))
    values[:, 3][rng.random(1000) < 0.4] = np.nan
    values[100:150, 5] = 0.0
    values[300:420, 6] = values[300, 6]
    time = pd.date_range("2020-01-01", periods=1000, freq="h")
    field = open_field(xr.DataArray(values, {"time": time}, ("time", "place"), name="v"))
    row = field.inspect().loc["v"]
    known = np.isfinite(values).sum()
    assert row["missing"] == pytest.approx(np.isnan(values).mean())
    assert row["missing_worst_place"] == pytest.approx(np.isnan(values[:, 3]).mean())
    assert row["zeros_suspect"] == pytest.approx(50 / known)
    assert row["stuck"] == pytest.approx(120 / known)
    assert field.quality().by_place["v"].iloc[3] == pytest.approx(np.isnan(values[:, 3]).mean())


def test_rain_and_counts_are_neither_suspect_nor_stuck():
    rng = np.random.default_rng(3)
    rain = np.maximum(0, rng.standard_normal((1000, 5)) - 1)
    counts = rng.poisson(2, (1000, 5)).astype(float)
    assert suspicious_zeros(rain) == suspicious_zeros(counts) == 0
    assert stuck_share(rain) == stuck_share(counts) == 0
