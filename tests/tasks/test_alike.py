"""Neighbours, labels and groups of vectors, against closed forms and slow obvious counts."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from asked import stations
from chronotope.tasks.alike import adjusted_rand

RNG = np.random.default_rng(0)
CENTRES = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]])
KIND = np.repeat(np.arange(4), 10)
POINTS = CENTRES[KIND] + RNG.normal(size=(40, 3))


def test_groups_that_stand_apart_are_found_with_their_number():
    table = ct.cluster(POINTS)
    assert table.attrs["n"] == 4 and adjusted_rand(table["cluster"].to_numpy(), KIND) == 1.0
    assert table.attrs["stability"][4] == pytest.approx(1.0)
    assert ct.cluster(POINTS, 2)["cluster"].nunique() == 2


def test_one_cloud_of_places_is_one_group_however_long_it_is():
    clouds = [np.random.default_rng(seed).normal(size=(60, 8)) * [9, 4, *[1] * 6] for seed in range(4)]
    assert [ct.cluster(cloud).attrs["n"] for cloud in clouds] == [1] * 4


def test_the_number_of_groups_is_that_which_is_there():
    made = ct.cluster(np.repeat([[1.0, 2.0]], 9, axis=0)), ct.cluster(np.repeat([[1.0, 2.0]], 9, axis=0), 4)
    assert [(one.attrs["n"], one["cluster"].nunique()) for one in made] == [(1, 1)] * 2
    assert ct.cluster(np.repeat(CENTRES, 5, axis=0)).attrs["n"] == 4


def test_the_order_of_places_changes_no_group():
    order = RNG.permutation(40)
    assert np.array_equal(ct.cluster(POINTS)["cluster"].to_numpy()[order], ct.cluster(POINTS[order])["cluster"].to_numpy())


def test_the_largest_group_is_the_first_and_unseen_places_are_in_none():
    points = np.concatenate([POINTS[KIND < 2][:13], [[np.nan] * 3]])
    table = ct.cluster(points, 2)["cluster"]
    assert table.tolist() == [0] * 10 + [1] * 3 + [-1]


def test_adjusted_rand_is_the_slow_count_of_pairs():
    one, two = RNG.integers(0, 3, 30), RNG.integers(0, 4, 30)
    pairs = list(combinations(range(30), 2))
    same = np.array([[a[i] == a[j] for i, j in pairs] for a in (one, two)])
    both, a, b, n = (same[0] & same[1]).sum(), same[0].sum(), same[1].sum(), len(pairs)
    assert adjusted_rand(one, two) == pytest.approx((both - a * b / n) / ((a + b) / 2 - a * b / n))
    assert adjusted_rand(one, 5 - one) == 1.0


def test_labels_spread_to_places_that_have_none():
    labels = np.where(np.arange(40) % 10 < 3, np.array(list("abcd"))[KIND], None)
    table = ct.classify(POINTS, labels, k=2)
    assert (table["label"] == np.array(list("abcd"))[KIND]).all() and table["given"].sum() == 12
    assert table.attrs["accuracy"] == 1.0 and table["share"].min() == pytest.approx(1.0)


def test_a_labelled_place_is_not_its_own_witness():
    table = ct.classify(np.array([[0.0], [1.0], [1.5], [9.0]]), ["odd", "even", "even", None], k=1)
    assert table["likely"].tolist() == ["even", "even", "even", "even"] and table["label"][0] == "odd"
    assert table.attrs["accuracy"] == pytest.approx(2 / 3)


def test_labels_by_the_name_of_places():
    made = ct.load("tiny").embed(stations(80, n=6))
    table = ct.classify(made, {"s0": "x", "s5": "x"})
    assert table["label"].tolist() == ["x"] * 6 and table.index.tolist() == [f"s{i}" for i in range(6)]
    assert ct.classify(made, pd.Series(["x", "x"], index=["s0", "s5"])).equals(table)


def test_similar_places_are_the_nearest_and_never_the_place_itself():
    table = ct.similar(POINTS, 3, k=4)
    far = np.sqrt(((POINTS - POINTS[3]) ** 2).sum(axis=1))
    assert table["place"].tolist() == np.argsort(far)[1:5].tolist() and np.allclose(table["distance"], np.sort(far)[1:5])
    assert ct.similar(POINTS, POINTS[3], k=1)["place"].tolist() == [3]


def test_similar_by_name_by_embedding_and_from_a_field():
    field = stations(80, n=6)
    made = ct.load().embed(field)
    assert ct.similar(field, to="s2", k=2).equals(ct.similar(made, to="s2", k=2))
    several = ct.similar(made, to=["s1", "s4"], k=3)
    assert several["to"].tolist() == ["s1"] * 3 + ["s4"] * 3 and several["rank"].tolist() == [1, 2, 3] * 2
    whole = ct.similar(made, to=ct.load().embed(field, "field"), k=6)
    assert len(whole) == 6 and whole["distance"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ct.cluster(POINTS, 41), r"at most the number of places .* \(40\); found 41"),
        (lambda: ct.cluster(POINTS, 0), "n must be a whole number of at least 1; found 0"),
        (lambda: ct.classify(POINTS, ["a"] * 3), r"one per place \(40\), in their order; found 3"),
        (lambda: ct.classify(POINTS, ["a", *[None] * 39]), "at least two places .* found 1"),
        (lambda: ct.classify(POINTS, {99: "a"}), "must name places of the vectors; found 99"),
        (lambda: ct.similar(POINTS, to=99), "must name a place of the vectors, such as 0; found 99"),
        (lambda: ct.similar(POINTS, to=np.ones(2)), "must have the 3 features .* found 2"),
        (lambda: ct.cluster(ct.load("tiny").embed(stations(), "field")), "per place here; found them per field"),
        (lambda: ct.cluster(np.ones(3)), r"found shape \(3,\)"),
    ],
)
def test_mistakes_end_in_a_sentence(call, words):
    with pytest.raises(ct.ChronotopeError, match=words):
        call()


def test_many_places_are_grouped_by_a_part_of_them(monkeypatch):
    monkeypatch.setattr("chronotope.tasks.alike.groups.MOST", 20)
    table = ct.cluster(POINTS, 4)
    assert adjusted_rand(table["cluster"].to_numpy(), KIND) == 1.0


def test_a_place_of_which_nothing_was_seen_has_no_likely_label():
    table = ct.classify(np.concatenate([POINTS, [[np.nan] * 3]]), ["a"] * 20 + ["b"] * 20 + [None], k=3)
    assert pd.isna(table["likely"].iloc[-1]) and np.isnan(table["share"].iloc[-1])
    with pytest.raises(ct.ArgumentError, match="of 2 nothing was"):
        ct.similar(pd.DataFrame([[0.0, 1.0], [1.0, 0.0], [np.nan, 1.0]]), to=2)
    assert np.isin(ct.similar(np.concatenate([POINTS, [[np.nan] * 3]]), 0, k=99)["place"], 40).sum() == 0
