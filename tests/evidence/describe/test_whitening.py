"""The whitening: what it shrinks and keeps, and that the shipped one is of today's description."""

import numpy as np
import pytest

from chronotope.evidence.describe import describe
from chronotope.evidence.describe.whitening import WIDTH, Whitening, fit, shipped


def test_what_differs_within_groups_is_shrunk_and_what_differs_between_them_kept():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(200), 10)
    kind, noise = rng.normal(size=200)[group], rng.normal(size=2000)
    made = fit(("kind", "noise"), np.stack([kind + 0.1 * rng.normal(size=2000), noise], axis=1), group, width=2)
    vectors = made.vectors({"kind": kind, "noise": noise})
    assert abs(np.corrcoef(vectors[:, 0], kind)[0, 1]) > 0.98
    assert vectors[:, 1].std() < 0.2 * vectors[:, 0].std()


def test_the_shipped_matrix_is_of_the_description_of_this_version():
    made = shipped()
    assert made.names == tuple(describe(np.random.default_rng(0).normal(size=(1, 300)), 3600.0))
    assert made.matrix.shape == (len(made.names), WIDTH) and np.isfinite(made.matrix).all() and (made.spread > 0).all()


def test_a_wild_number_says_no_more_than_a_large_one():
    made = Whitening(("a",), np.zeros(1), np.ones(1), np.ones((1, 1)))
    assert made.vectors({"a": np.array([5.0, 1e9])})[:, 0] == pytest.approx([5.0, 5.0])


def test_it_is_kept_as_it_is(tmp_path):
    made = shipped()
    made.write(tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz", allow_pickle=False) as kept:
        assert np.array_equal(kept["matrix"], made.matrix.astype("f4")) and tuple(kept["names"]) == made.names
