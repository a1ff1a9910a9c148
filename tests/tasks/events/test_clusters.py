"""Clusters of events: planted ones are named, worlds of chance have them as often as asked, and order does not matter."""

import numpy as np
import pandas as pd
import pytest
from tests.tasks.events.test_forecast import HAWKES, opened, table

from chronotope.errors import ArgumentError
from chronotope.evidence.scan import Scan, separable, tail


def planted(seed=0, count=14):
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2023-03-10")
    stamps = start + pd.to_timedelta(rng.random(count) * 3, unit="D")
    more = pd.DataFrame({"time": stamps, "lat": 45.2 + rng.normal(0, 0.01, count), "lon": 9.2 + rng.normal(0, 0.01, count), "size": 1.0})
    return pd.concat([table(seed=seed), more], ignore_index=True)


def test_a_planted_cluster_is_named():
    made = HAWKES.detect(opened(planted()), rate=0.05)
    events = made.events()
    assert len(events) == 1 and events["kind"][0] == "cluster" and events["count"][0] > 3 * events["expected"][0]
    assert pd.Timestamp("2023-03-08") < events["start"][0] <= events["end"][0] < pd.Timestamp("2023-03-17")
    assert abs(events["lat"][0] - 45.2) < 0.15 and abs(events["lon"][0] - 9.2) < 0.21
    rows = made.to_pandas()
    assert rows["flag"][rows["size"] == 1].mean() > 0.7 and rows["flag"][rows["size"] != 1].mean() < 0.02
    assert made.dataset["score"].dims == ("event",) and made.meta["flagged"] == rows["flag"].sum() == (made.dataset["cluster"] == 0).sum()


def test_order_of_events_changes_nothing():
    frame = planted()
    order = np.random.default_rng(0).permutation(len(frame))
    one, two = (HAWKES.detect(opened(f), rate=0.05) for f in (frame, frame.iloc[order].reset_index(drop=True)))
    pd.testing.assert_frame_equal(one.events(), two.events())
    rows = [made.to_pandas().sort_values(["time", "lat"], ignore_index=True) for made in (one, two)]
    pd.testing.assert_series_equal(rows[0]["cluster"], rows[1]["cluster"])


def test_worlds_of_chance_have_clusters_as_often_as_asked():
    """Uneven places and a growing number in time, but no bond between them."""
    hits, worlds = 0, 120
    lattice = np.stack(np.meshgrid(np.arange(4), np.arange(4), indexing="ij"), -1).reshape(-1, 2)
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        level = np.outer(np.linspace(0.5, 2, 30), rng.gamma(1, 0.4, 16))
        counts = rng.poisson(level).astype(float)
        rows, places = (np.repeat(one, counts[counts > 0].astype(int)) for one in np.nonzero(counts))
        scan = Scan(separable(counts), lattice)
        hits += bool(scan.clusters(counts, scan.by_chance(rows, places, 19, rng), 0.1))
    assert 0.03 < hits / worlds < 0.19  # 0.1, give or take three standard errors


def test_likelihoods_are_those_of_the_formula():
    counts = np.zeros((4, 2))
    counts[0], counts[2, 0], counts[3, 1] = [1, 1], 6, 2
    scan = Scan(separable(counts), np.array([[0, 0], [0, 9]]))
    best = scan.highest(counts)
    should, total = 6 * 7 / 10, 10
    assert best == pytest.approx(6 * np.log(6 / should) + 4 * np.log(4 / (total - should)))
    found = scan.clusters(counts, np.zeros(19), 0.1)
    assert (found[0].first, found[0].last, found[0].count) == (2, 2, 6)
    assert tail(1.0, np.array([0.5, 2.0, 3.0])) == 0.75 and tail(9.0, np.array([0.5, 2.0, 3.0])) < 0.25


def test_a_cluster_that_no_chance_explains_has_a_finite_score():
    assert 0 < tail(1e6, np.array([0.5, 2.0, 3.0])) < 1e-200


def test_bad_calls():
    with pytest.raises(ArgumentError, match="rate"):
        HAWKES.detect(opened(table()), rate=0.7)
    with pytest.raises(ArgumentError, match="at most"):
        HAWKES.detect(opened(table()), step="1min", cell=0.1)
    with pytest.raises(ArgumentError, match="context"):
        HAWKES.detect(opened(table()), context=5)
