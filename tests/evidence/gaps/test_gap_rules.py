"""What is read around gaps, against hand-computed cases and slow second implementations."""

import numpy as np
import pytest

from chronotope.evidence.clock import Period
from chronotope.evidence.gaps.bridges import PRIOR, Sides, filled, phase_mean
from chronotope.evidence.gaps.conditional import Readings, Seen, conditional, refilled
from chronotope.evidence.gaps.lagged import LAGS, Lagged, relatives
from chronotope.evidence.gaps.moments import FEWEST as SHARED
from chronotope.evidence.gaps.moments import NEAR, NEAREST, alike_moments
from chronotope.evidence.gaps.planted import FEWEST, MOST, alike, gaps_of, independent, planted
from chronotope.evidence.gaps.rules import told_by_all
from tiles import series_of


def test_sides_are_the_nearest_seen_rows_without_the_cell_itself():
    m = np.array([[0, 1, 0, 0, 1, 1, 0.0]])
    sides = Sides.of(m)
    np.testing.assert_array_equal(sides.before, [[-1, -1, 1, 1, 1, 4, 5]])
    np.testing.assert_array_equal(sides.after, [[1, 4, 4, 4, 5, 7, 7]])
    np.testing.assert_array_equal(sides.is_bounded, [[False, False, True, True, True, False, False]])
    np.testing.assert_array_equal(sides.nearest, [[1, 3, 1, 1, 1, 1, 1]])


def test_a_line_runs_between_seen_values_and_goes_on_where_there_is_one():
    x, m = np.array([[0, 3.0, 0, 0, 9.0, 0]]), np.array([[0, 1, 0, 0, 1, 0.0]])
    np.testing.assert_allclose(Sides.of(m).line(x)[0, [0, 2, 3, 5]], [3, 5, 7, 9])
    whole = filled(x, m, Sides.of(m))
    np.testing.assert_allclose(whole[0, 1:5], [3, 5, 7, 9])


def test_a_mean_of_phases_leaves_the_cell_out():
    x = np.tile([1.0, 2.0, 3.0], 5)[None]
    changed = x.copy()
    changed[0, 6] = 100.0
    m = np.ones_like(x)
    assert phase_mean(changed, m, 3.0)[0, 6] == phase_mean(x, m, 3.0)[0, 6] == pytest.approx(1.0 * 4 / (4 + PRIOR))


def walks(s=5, t=120, seed=0):
    """Series that share a slow part, and a mask with gaps."""
    rng = np.random.default_rng(seed)
    shared = np.convolve(rng.normal(size=t + 9), np.ones(10) / 3, "valid")
    x = shared + 0.3 * rng.normal(size=(s, t))
    x -= x.mean(axis=1, keepdims=True)
    m = (rng.random((s, t)) > 0.1).astype(float)
    return x * m, m


def test_covariances_are_lagged_products_of_series_without_gaps():
    x, m = walks()
    sides = Sides.of(m)
    whole = filled(x, m, sides)
    lagged = Lagged.of(relatives(x, m), whole)
    whole = whole - whole.mean(axis=1, keepdims=True)
    group = [2, *lagged.relatives[2]]
    for i, j, lag in ((0, 0, 0), (0, 1, 3), (1, 2, -5), (2, 0, 7)):
        a, b = whole[group[i]], whole[group[j]]
        slow = sum(a[row] * b[row + lag] for row in range(120) if 0 <= row + lag < 120) / 120
        assert lagged.covariance[2, i, j, lag + LAGS] == pytest.approx(slow, abs=1e-5)


def test_relatives_are_the_series_that_go_alike_and_never_the_series_itself():
    rng = np.random.default_rng(1)
    base = rng.normal(size=(2, 200)).cumsum(axis=1)
    x = np.repeat(base, 4, axis=0) + 0.1 * rng.normal(size=(8, 200))
    found = relatives(x - x.mean(axis=1, keepdims=True), np.ones_like(x))
    assert all(set(found[i, :3]) == set(range(i // 4 * 4, i // 4 * 4 + 4)) - {i} for i in range(8))


def test_a_conditional_guess_is_the_solution_of_its_own_small_system():
    x, m = walks()
    cells = tuple(a[:20] for a in np.nonzero(m == 0))
    around = Seen.of(x, m, Sides.of(m), (24,))
    lagged = Lagged.of(around.relatives, refilled(around))
    readings = Readings.of(around, cells)
    mean, variance = conditional(lagged, readings, cells, ((0.01, 0.1), (0.5, 0.5)))
    for number in (0, 7, 19):
        s, t = cells[0][number], cells[1][number]
        there = np.flatnonzero(readings.is_seen[number])
        who, row = readings.member[number, there], readings.row[number, there]
        c = lagged.covariance[s]
        system = np.array([[c[a, b, q - p + LAGS] for b, q in zip(who, row)] for a, p in zip(who, row)], float)
        system += np.diag(np.where(who == 0, 0.01, 0.1) * c[who, who, LAGS])
        toward = np.array([c[0, b, q - t + LAGS] for b, q in zip(who, row)], float)
        weight = np.linalg.solve(system, toward)
        assert mean[number, 0] == pytest.approx(weight @ readings.value[number, there], abs=1e-6)
        assert variance[number] == pytest.approx(max(c[0, 0, LAGS] - weight @ toward, 1e-4 * c[0, 0, LAGS]), rel=1e-3)


def test_gaps_are_filled_by_what_goes_alike_before_covariances_are_taken():
    rng = np.random.default_rng(3)
    shared = rng.normal(size=300)
    x = shared + 0.01 * rng.normal(size=(4, 300))
    m = (rng.random(x.shape) > 0.2).astype(float)
    around = Seen.of(x * m, m, Sides.of(m), ())
    off = np.abs(refilled(around) - x)[m == 0]
    assert off.mean() < 0.1 < np.abs(filled(x * m, m, around.sides) - x)[m == 0].mean()


def test_own_values_are_read_beside_the_gap_and_a_cycle_away_but_never_twice():
    x = np.zeros((2, 120))
    m = np.ones_like(x)
    m[0, 40:70] = 0
    read = lambda cycle: Readings.of(Seen.of(x, m, Sides.of(m), (cycle,)), (np.array([0]), np.array([50])), is_wide=False)  # noqa: E731
    rows = lambda found: sorted(found.row[0, (found.member[0] == 0) & found.is_seen[0]])  # noqa: E731
    assert rows(read(14)) == [36, 37, 38, 39, 70, 71, 72]  # 64 is in the gap
    assert rows(read(12)) == [37, 38, 39, 70, 71, 72]


def lone_gaps(x, every=9):
    """Series without neighbours or periods, of which some cells are hidden, and what rules tell of these."""
    m = np.ones_like(x)
    for number in range(len(x)):
        m[number, 5 + 2 * number :: every] = 0
    cells = np.nonzero(m == 0)
    return told_by_all(series_of(x * m, m, both_sides=True), cells), cells


def test_what_is_told_moves_with_the_level_of_the_series():
    x = np.random.default_rng(5).normal(size=(4, 200)).cumsum(axis=1)
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True) / 2
    plain, raised = lone_gaps(x)[0], lone_gaps(x + 3.0)[0]
    for name, told in plain.values.items():
        np.testing.assert_allclose(raised.values[name], told + 3.0, atol=1e-4, err_msg=name)


def test_an_outage_of_a_day_that_repeats_itself_is_told_by_the_days_around():
    rng = np.random.default_rng(6)
    slow, day = np.convolve(rng.normal(size=440), np.ones(40) / 6, "valid")[:400], np.resize(rng.normal(size=24), 400)
    x = np.stack([day * (1 + 0.3 * slow), 0.5 * day * (1 - 0.3 * slow)])
    m = np.ones_like(x)
    m[:, 201:213] = 0
    cells = np.nonzero(m == 0)
    told = [told_by_all(series_of(x * m, m, some, both_sides=True), cells).values["close conditional"] for some in ((Period(24.0),), ())]
    with_days, without = (np.abs(one - x[cells]).mean() for one in told)
    assert with_days < 0.5 * without


def test_planted_gaps_are_as_long_and_as_common_to_all_as_those_that_are_asked():
    t, n = 400, 6
    asked = np.zeros((t, n, 1), bool)
    for start in range(10, t - 20, 48):
        asked[start : start + 7] = True  # outages of all places
    hidden = planted(asked, ~asked, np.arange(asked.shape[1]))
    assert hidden is not None and not (hidden & asked).any()
    assert (hidden.all(axis=1) | ~hidden.any(axis=1)).all()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], hidden[:, 0, 0], [0]])))
    assert set(np.diff(edges)[::2]) == {7}


def test_too_few_gaps_plant_nothing():
    asked = np.zeros((100, 3, 1), bool)
    asked[50, 1] = True
    assert planted(asked, ~asked, np.arange(asked.shape[1])) is None


def test_where_high_values_are_asked_planted_cells_are_drawn_by_their_values():
    rng = np.random.default_rng(0)
    truth, planted_truth = rng.normal(size=4000), 0.5 + rng.normal(size=2000)
    lines = truth + 0.2 * rng.normal(size=4000)
    is_high = rng.random(4000) < 1 / (1 + np.exp(-3 * truth))
    pick = alike(lines[is_high], 500.0, (lines, truth), planted_truth)
    assert abs(planted_truth[pick].mean() - truth[is_high].mean()) < 0.15 and truth[is_high].mean() > 0.6
    np.testing.assert_array_equal(alike(lines[:400], 400.0, (lines, truth), truth[:2000]), np.arange(2000))
    np.testing.assert_array_equal(alike(lines[is_high], 3.0, (lines, truth), planted_truth), np.arange(2000))  # it may be chance
    np.testing.assert_array_equal(alike(lines[is_high], 500.0, (lines, truth), truth[:FEWEST]), np.arange(FEWEST))


def test_a_run_that_is_missed_alike_is_one_trial():
    rng = np.random.default_rng(0)
    series, rows = np.repeat(np.arange(40), 10), np.tile(np.arange(10), 40)
    alone = independent(rng.normal(size=400), (series, rows * 3))
    together = independent(np.repeat(rng.normal(size=40), 10), (series, rows))
    assert alone > 200 and together < 60


def test_what_is_high_beside_a_gap_counts_as_it_is():
    rng = np.random.default_rng(0)
    x = np.exp(np.cumsum(0.4 * rng.normal(size=(4, 300)), axis=1) - 3) + 0.01 * rng.random((4, 300))
    x = 30.0 * x / x.max(axis=1, keepdims=True)
    m = np.ones_like(x)
    who, rows = np.arange(4), x[:, 2:-2].argmax(axis=1) + 2
    m[who, rows] = 0.0
    told = told_by_all(series_of(x * m, m, both_sides=True), (who, rows))
    sides = (x[who, rows - 1] + x[who, rows + 1]) / 2
    assert sides.max() > 12
    np.testing.assert_allclose(told.values["line"], sides, rtol=1e-5)
    for name in ("close conditional", "closest conditional"):
        assert (np.abs(told.values[name] - sides) < 0.3 * sides).all()


def test_a_gap_of_a_third_is_planted_at_other_places_too_and_as_long_as_it_may_be():
    asked = np.zeros((300, 5, 1), bool)
    asked[100:200, 2] = True
    hidden = planted(asked, ~asked, np.array([3, 1, 2, 4, 0]))
    places = np.flatnonzero(hidden.any(axis=(0, 2)))
    assert len(places) >= 3 and not (hidden & asked).any()
    assert hidden.sum(axis=(0, 2)).max() > 50
    assert (hidden.sum(axis=0) <= MOST * (~asked).sum(axis=0)).all()


def test_gaps_are_numbered_by_their_beginnings():
    cells = np.array([4, 4, 4, 1, 1, 2, 2]), np.array([10, 11, 13, 5, 6, 6, 7])
    np.testing.assert_array_equal(gaps_of(cells), [2, 2, 3, 0, 0, 1, 1])


def test_alike_moments_are_those_of_a_slow_search():
    x, m = walks(s=6, t=90, seed=3)
    cells = np.nonzero(m <= 0)
    told = alike_moments(x, m, x, cells)
    for number, (series, row) in enumerate(zip(*cells)):
        found = []
        for other in range(90):
            both = (m[:, row] > 0) & (m[:, other] > 0)
            if other != row and both.sum() >= SHARED and m[series, other] > 0:
                found.append((np.mean((x[both, row] - x[both, other]) ** 2), x[series, other]))
        apart, value = np.array(sorted(found)[:NEAREST]).T
        assert told[number] == pytest.approx((value / (apart + NEAR)).sum() / (1 / (apart + NEAR)).sum(), abs=1e-6)


def test_alone_no_moment_is_like_another():
    x, m = walks(s=1, t=60)
    assert np.isnan(alike_moments(x, m, x, np.nonzero(m <= 0))).all()


def test_a_place_that_is_silent_all_summer_has_no_level_of_winters(monkeypatch):
    rng, t = np.random.default_rng(0), 240
    season = -1.5 * np.cos(np.arange(t) * 2 * np.pi / t)
    x = season + 0.1 * rng.normal(size=(8, t)) + 0.3 * np.convolve(rng.normal(size=t + 4), np.ones(5) / 5, "valid")
    m, rows = np.ones_like(x), np.arange(70, 170)
    m[3, rows] = 0.0
    cells = np.full(len(rows), 3), rows

    def off():
        told = told_by_all(series_of(x * m, m, both_sides=True), cells).values
        return {name: abs(float(np.mean(told[name] - x[cells]))) for name in ("conditional", "kriging")}

    found = off()
    monkeypatch.setattr("chronotope.evidence.gaps.rules.SILENT", 2.0)
    before = off()
    assert all(found[name] < 0.35 * before[name] and before[name] > 0.25 for name in found), (found, before)


def test_no_rule_tells_a_place_that_hardly_moves_what_its_neighbours_did():
    rng = np.random.default_rng(0)
    x = rng.normal(size=200).cumsum() / 4 + rng.normal(size=(6, 200))
    x[0] *= 1e-3
    m, rows = np.ones_like(x), np.arange(80, 140)
    m[0, rows] = 0.0
    cells, low, high = (np.zeros(60, int), rows), x[0, m[0] > 0].min(), x[0, m[0] > 0].max()
    told, tried = (told_by_all(series_of(x, m, both_sides=True), cells, bound).values for bound in (True, False))
    assert (np.abs(tried["kriging"]) > 100 * (high - low)).any()  # in a trial that is to be found out
    for name, value in told.items():
        assert (value >= low - 4 * (high - low) - 1e-6).all() and (value <= high + 4 * (high - low) + 1e-6).all(), name
    m[0, 20:] = 0.0
    few, free = (told_by_all(series_of(x, m, both_sides=True), cells, bound).values for bound in (True, False))
    for name, value in few.items():
        np.testing.assert_array_equal(value, free[name])  # twenty values say too little to hold anything near them
