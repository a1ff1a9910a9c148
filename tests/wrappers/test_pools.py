"""Whose errors speak for a place: by hand."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.errors import ArgumentError
from chronotope.wrappers.pools import Pool, pool_of
from panels import panel_of


def panel():
    xy = np.array([[0.0, 0.0], [1.0, 0.0], [10.0, 0.0], [11.0, 9.0]])
    return replace(panel_of(np.zeros((3, 4))), xy=xy)


def test_regions_share_their_scores_and_nobody_elses():
    scores = np.arange(40.0).reshape(10, 4)
    scores[:, 2:] += 1000
    found = pool_of(panel(), "region", regions=["a", "a", "b", "b"]).quantiles(scores, 0.5, 5)
    assert found[0] == found[1] < 100 < 1000 < found[2] == found[3]
    assert np.isnan(pool_of(panel(), "region", regions=["a", "a", "a", "b"]).quantiles(scores[:6], 0.5, 20)[3]), "too few"
    assert len(np.unique(Pool().quantiles(scores, 0.5, 5))) == 1


def test_the_nearer_speak_the_louder():
    near = pool_of(panel(), "near")
    index, weights = near.near
    assert (index[:, 0] == np.arange(4)).all() and (weights[:, 0] == 1).all() and (np.diff(weights, axis=1) <= 0).all()
    scores = np.tile([0.0, 0.0, 8.0, 8.0], (50, 1)) + np.random.default_rng(0).normal(size=(50, 4))
    found = near.quantiles(scores, 0.5, 5)
    assert found[0] < 1.5 and found[2] > 5
    alike = Pool(near=(index, np.ones(index.shape))).quantiles(scores, 0.9, 5)
    np.testing.assert_allclose(alike, np.quantile(scores, 0.9), atol=0.1)
    heavy = Pool(near=(index, np.array([[1.0, 1e-9, 1e-9, 1e-9]] * 4))).quantiles(scores, 0.5, 5)
    np.testing.assert_allclose(heavy, np.median(scores, axis=0), atol=0.1)


def test_what_has_no_positions_has_no_nearness():
    with pytest.raises(ArgumentError, match="positions"):
        pool_of(panel_of(np.zeros((3, 4))), "near")
    with pytest.raises(ArgumentError, match="a label for each"):
        pool_of(panel(), "region", regions=["a"])
