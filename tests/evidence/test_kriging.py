"""What all other places say: as good as kriging with the true covariance, and never from a place's own values."""

import numpy as np
import pytest

from chronotope.evidence.kriging import doubt, surround
from tiles import series_of


def _field(seed=0, n=60, t=120, reach=3.0):
    """Places, their covariance and values (n, t) around 100."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 10, (n, 2))
    covariance = np.exp(-np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(-1)) / reach)
    x = 100 + np.linalg.cholesky(covariance + 0.05 * np.eye(n)) @ rng.normal(size=(n, t))
    return xy, covariance, x


def _around(x, xy, hidden=(), **how):
    m = np.ones_like(x)
    m[list(hidden)] = 0
    series = series_of(x, m, xy=xy, both_sides=True, **how)
    return surround(series, series.x, series.m)


def test_hidden_places_are_answered_as_with_the_true_covariance():
    xy, covariance, x = _field()
    hidden = np.arange(0, 60, 4)
    known = np.setdiff1d(np.arange(60), hidden)
    found, there = _around(x, xy, hidden)
    weights = np.linalg.solve(covariance[np.ix_(known, known)] + 0.05 * np.eye(len(known)), covariance[np.ix_(known, hidden)])
    best = np.abs(100 + weights.T @ (x[known] - 100) - x[hidden]).mean()
    assert there[hidden].all() and np.abs(found[hidden] - x[hidden]).mean() < 1.03 * best


def test_a_place_s_own_values_are_never_among_them():
    xy, _, x = _field(1)
    before, _ = _around(x, xy)
    changed = x.copy()
    changed[7, 50] += 0.5  # one value among 7,200: the covariance hardly moves
    after, _ = _around(changed, xy)
    assert abs(after[7, 50] - before[7, 50]) < 1e-3
    assert np.abs(after[:, 50] - before[:, 50]).max() > 0.02  # but others hear of it


def test_leaving_one_out_is_what_hiding_the_place_gives():
    xy, _, x = _field(2)
    all_known, _ = _around(x, xy)
    without, _ = _around(x, xy, [11])
    np.testing.assert_allclose(all_known[11], without[11], atol=0.1)


def test_a_place_silent_at_a_time_says_nothing_then():
    """As if it were not there: the others' answers and those they get when left out are those of the system without it."""
    xy, _, x = _field(2)
    m = np.ones_like(x)
    silent, speak = [3, 4, 20], np.setdiff1d(np.arange(60), [3, 4, 20])
    m[silent, 50] = 0
    series = series_of(x, m, xy=xy, both_sides=True)
    found, _ = surround(series, series.x, series.m)
    covariance = np.linalg.inv(series.kept["surround", 0].inverse)
    keep = np.append(speak, 60)
    inverse = np.linalg.inv(covariance[np.ix_(keep, keep)])
    told = inverse @ np.append(x[speak, 50], 0.0)
    np.testing.assert_allclose(found[silent, 50], covariance[np.ix_(silent, keep)] @ told, rtol=1e-5)
    np.testing.assert_allclose(found[speak, 50], x[speak, 50] - told[:-1] / np.diagonal(inverse)[:-1], rtol=1e-5)


def test_places_alike_everywhere_get_the_mean_of_the_others():
    x = np.random.default_rng(3).normal(size=(30, 400))
    found, _ = _around(x, np.random.default_rng(4).uniform(size=(30, 2)))
    others = (x.sum(0) - x) / 29
    assert np.abs(found - others).mean() < 0.12  # a mean of 29 has a spread of 0.19


@pytest.mark.parametrize("case", ["few places", "all the same", "one spot"])
def test_nothing_breaks_where_there_is_little_to_learn(case):
    rng = np.random.default_rng(5)
    if case == "few places":
        found, there = _around(rng.normal(size=(3, 50)), rng.uniform(size=(3, 2)))
        assert not there.any() and not found.any()
    elif case == "all the same":
        found, there = _around(np.full((8, 50), 4.0), rng.uniform(size=(8, 2)))
        assert np.isfinite(found).all()
    else:
        found, _ = _around(rng.normal(size=(9, 50)), np.zeros((9, 2)))
        assert np.isfinite(found).all()


def test_two_variables_do_not_mix():
    xy, _, x = _field(6, n=20)
    both = np.stack([x, 5 * x[::-1] - 40], axis=1).reshape(40, -1)
    found, _ = _around(both, xy, variables=2)
    np.testing.assert_allclose(found[::2], _around(x, xy)[0], rtol=1e-4)


def test_doubt_vanishes_at_a_station_is_usual_among_them_and_grows_to_what_nobody_tells():
    rng = np.random.default_rng(7)
    xy = rng.uniform(0, 10, (60, 2))
    distance = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(-1))
    x = 100 + np.linalg.cholesky(np.exp(-distance / 3) + 1e-9 * np.eye(60)) @ rng.normal(size=(60, 200))
    asked = np.array([xy[0], [5.0, 5.0], [16.0, 5.0], [90.0, 5.0]])
    m = np.ones((64, 200))
    m[60:] = 0
    series = series_of(np.concatenate([x, np.zeros((4, 200))]), m, xy=np.concatenate([xy, asked]), both_sides=True)
    for found in doubt(series):
        at, between, beside, far = found[60:]
        assert at < 0.7 * between and 0.5 < between < 1.3 and between < beside < far
    near, kriged = doubt(series)
    assert kriged[60] < 0.15 and np.median(kriged[:60]) == pytest.approx(1, abs=0.2)


def test_smooth_fields_are_kriged_as_smooth_ones():
    rng = np.random.default_rng(8)
    xy = rng.uniform(0, 10, (60, 2))
    r = np.sqrt(5) * np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(-1)) / 3
    covariance = (1 + r + r**2 / 3) * np.exp(-r) + 1e-8 * np.eye(60)
    x = np.linalg.cholesky(covariance) @ rng.normal(size=(60, 200))
    hidden = np.arange(0, 60, 5)
    known = np.setdiff1d(np.arange(60), hidden)
    found, _ = _around(x, xy, hidden)
    best = np.linalg.solve(covariance[np.ix_(known, known)], covariance[np.ix_(known, hidden)]).T @ x[known]
    assert np.abs(found[hidden] - x[hidden]).mean() < 1.25 * np.abs(best - x[hidden]).mean()
