"""Rates whose truth is known: totals, branching of simulated self-exciting counts, seasons, and what may not be read."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from chronotope.baselines import BASELINES, EVENT_FLOORS
from chronotope.baselines.event_history import EventHistory
from chronotope.baselines.event_seasons import season_of
from chronotope.baselines.hawkes import Hawkes
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, KindError
from chronotope.evidence.counts.distribution import count_quantiles, fitted_dispersion, mixed
from chronotope.questions import Quantiles, Rate
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.events.panel import Catalogue, cells_of, panel_of
from chronotope.worlds.hawkes import simulate, spread

START = np.datetime64("2020-01-01", "ns")
DAY = np.timedelta64(86400 * 10**9, "ns")


def catalogue(days, yx):
    """Events at days after the start and places (e, 2)."""
    order = np.argsort(days, kind="stable")
    times = START + (np.asarray(days)[order] * 86400e9).astype("timedelta64[ns]")
    return Catalogue(times, np.asarray(yx, float)[order], ("y", "x"), 0, {}, order)


def panel(days, yx, end, cell=1.0, step="1D"):
    past = catalogue(days, yx)
    return panel_of(past, START + int(end) * DAY, pd.Timedelta(step), cells_of(cell, past))


def excited(branching, side=8, steps=4000, memory=2.5, level=0.15, seed=1):
    """Self-exciting daily counts of `side` x `side` cells as events within their cells and days."""
    rng = np.random.default_rng(seed)
    y, x = (one.ravel() for one in np.mgrid[:side, :side])
    at = np.stack([y, x], axis=1)
    kernel = branching * spread(np.linalg.norm(at[:, None] - at, axis=-1), 0.5, False)
    counts = simulate(rng, np.full((steps, side**2), level * (1 - branching)), kernel, memory)[1].astype(int)
    row, place = (np.repeat(one, counts.ravel()) for one in (one.ravel() for one in np.indices(counts.shape)))
    return panel(row + rng.uniform(0.01, 0.99, len(row)), at[place] + rng.uniform(0.01, 0.99, (len(row), 2)), steps)


def uneven(steps=140, seed=0):
    """Events of which four in five lie in a corner of a field of 12 x 12 cells, and most on three days of a week."""
    rng = np.random.default_rng(seed)
    days = rng.uniform(0, steps, 2400)
    days = days[(rng.random(len(days)) < 0.3) | (np.floor(days).astype(int) % 7 < 3)]
    yx = np.where(rng.random((len(days), 1)) < 0.8, rng.uniform(0, 4, (len(days), 2)), rng.uniform(0, 12, (len(days), 2)))
    return panel(days, yx, steps)


def told(name, made, horizon=7, want=Rate()):
    return BASELINES[name]().answer(ahead(made, len(made.times) - 1, horizon, want=want))


@pytest.mark.parametrize(("branching", "seed"), [(0.3, 1), (0.6, 2), (0.8, 3)])
def test_hawkes_finds_a_planted_branching_ratio(branching, seed):
    made = excited(branching, seed=seed)
    question = ahead(made, len(made.times) - 1, 1, want=Rate())
    assert Hawkes().fit(EventHistory.of(question, "hawkes")).branching == pytest.approx(branching, rel=0.1)


def test_without_excitement_little_is_found():
    made = excited(0.0)
    question = ahead(made, len(made.times) - 1, 1, want=Rate())
    assert Hawkes().fit(EventHistory.of(question, "hawkes")).branching < 0.15


@pytest.mark.parametrize("name", EVENT_FLOORS)
def test_the_expected_total_is_that_of_the_past(name):
    made = uneven()
    answer = told(name, made)
    total = answer.rate.sum() + (answer.elsewhere * made.events.elsewhere).sum()
    assert total == pytest.approx(made.values.sum() / len(made.times) * 7, rel=0.12)
    assert answer.rate.min() > 0 and ((answer.elsewhere > 0).all() or not made.events.elsewhere)
    np.testing.assert_array_equal(answer.values, np.rint(answer.values))
    assert (np.diff(answer.values, axis=0) >= 0).all()


def test_places_and_weekdays_are_seen():
    made = uneven()
    corner = (made.events.lattice < 4).all(axis=1)
    for name in ("smoothed_rates", "kde_season", "hawkes"):
        rate = told(name, made).rate[..., 0]
        assert rate[:, corner].mean() > 8 * rate[:, ~corner].mean(), name
    weekly = told("kde_season", made).rate[:, :, 0].sum(axis=1)
    busy = np.isin(np.arange(140, 147) % 7, (0, 1, 2))
    assert weekly[busy].min() > 1.6 * weekly[~busy].max()


def weekly_season(years, rate, seed=5):
    """Season of the past and of the four weeks after it, and their ends in years, of events of which `rate(year)` come in a week."""
    rng = np.random.default_rng(seed)
    weeks = int(years * 52.1775)
    count = rng.poisson(rate(np.arange(weeks) / 52.1775))
    days = 7 * (np.repeat(np.arange(weeks), count) + rng.random(count.sum()))
    made = panel(days, rng.uniform(0, 2, (len(days), 2)), 7 * weeks, step="7D")
    rows = len(made.times)
    season = season_of(EventHistory.of(ahead(made, rows - 1, 4, want=Rate()), "it"))
    assert season[:rows].mean() == pytest.approx(1)
    return season, (np.arange(len(season)) + weeks - rows + 0.5) / 52.1775


@pytest.mark.parametrize("years", [1.2, 3.0])
def test_a_year_without_a_season_has_none(years):
    season, _ = weekly_season(years, lambda year: np.full(len(year), 40.0))
    assert season.std() < 0.06


@pytest.mark.parametrize(("years", "rate"), [(1.3, 4.0), (1.8, 4.0), (4.7, 2.0)])
def test_the_season_of_a_year_is_told_from_few_events_and_from_one_year_on(years, rate):
    season, at = weekly_season(years, lambda year: rate * np.exp(np.sin(2 * np.pi * year)))
    truth = np.exp(np.sin(2 * np.pi * at)) / np.exp(np.sin(2 * np.pi * at[:-4])).mean()
    assert np.abs(np.log(season[-4:] / truth[-4:])).mean() < 0.45 * np.abs(np.log(truth[-4:])).mean()


@pytest.mark.parametrize(("years", "factor"), [(1.3, 0.5), (4.0, 1.6), (4.0, 0.6)])
def test_growth_is_no_season(years, factor):
    season, _ = weekly_season(years, lambda year: 60 * factor ** (year - years / 2))
    assert np.abs(np.log(season[-4:])).max() < 0.12


def test_what_events_bring_rests_when_all_events_do():
    rng, rhythm = np.random.default_rng(3), np.array([1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5])  # from the first Monday on
    counts, heat = np.zeros((1400, 36), int), np.zeros(36)
    for day in range(len(counts)):
        counts[day] = rng.poisson(rhythm[(day + 2) % 7] * (0.05 + 0.75 * heat))  # the first day is a Wednesday
        heat = 0.7 * heat + 0.3 * counts[day]
    row, place = (np.repeat(one, counts.ravel()) for one in (one.ravel() for one in np.indices(counts.shape)))
    made = panel(row + rng.uniform(0.01, 0.99, len(row)), np.stack([place // 6, place % 6], axis=1) + 0.5, len(counts))
    told = BASELINES["hawkes"]().answer(ahead(made, len(made.times) - 1, 7, want=Rate())).rate.sum(axis=(1, 2))
    rests = rhythm[(np.arange(1400, 1407) + 2) % 7] < 1
    assert told[rests].mean() / told[~rests].mean() == pytest.approx(0.5 / 1.2, rel=0.15)


@pytest.mark.parametrize("name", EVENT_FLOORS)
def test_nothing_after_the_origin_is_read(name):
    made, row = uneven(), 99
    honest = told(name, made.slice_time(0, row + 1))
    question = ahead(made, row, 7, want=Rate())
    values = question.frame.values.copy()
    values[row + 1 :] = 1e6
    poisoned = replace(question, frame=replace(question.frame, values=values, events=made.events), seen=question.seen)
    for answer in (BASELINES[name]().answer(question), BASELINES[name]().answer(poisoned)):
        np.testing.assert_array_equal(answer.rate, honest.rate)
        np.testing.assert_array_equal(answer.values, honest.values)


@pytest.mark.parametrize("name", EVENT_FLOORS)
def test_the_order_of_places_changes_nothing_but_the_order(name):
    made = uneven()
    mixed_up = np.random.default_rng(0).permutation(made.values.shape[1])
    np.testing.assert_allclose(told(name, made.take_places(mixed_up)).rate, told(name, made).rate[:, mixed_up], rtol=1e-6)


def test_quantiles_and_panels_without_events_are_refused():
    with pytest.raises(ArgumentError, match="Rate"):
        told("hawkes", uneven(), want=Quantiles())
    bare = Panel(np.ones((20, 2, 1), np.float32), START + np.arange(20) * DAY, "1D", ("count",))
    with pytest.raises(KindError, match="events behind them"):
        told("hawkes", bare)


def test_dispersion_and_quantiles_of_counts():
    rng = np.random.default_rng(0)
    rate = rng.uniform(1, 6, 20000)
    assert fitted_dispersion(rng.poisson(rate).astype(float), rate) == 0.0
    wide = rng.poisson(rate * rng.gamma(1 / 0.6, 0.6, len(rate))).astype(float)
    assert fitted_dispersion(wide, rate) == pytest.approx(0.6)
    low, high = count_quantiles(np.full(1, 4.0), 0.6, (0.1, 0.9))
    drawn = rng.poisson(4 * rng.gamma(1 / 0.6, 0.6, 100000))
    assert low[0] == np.quantile(drawn, 0.1) and high[0] == np.quantile(drawn, 0.9)


def test_weights_are_those_of_the_likelihood():
    rng = np.random.default_rng(0)
    parts = rng.gamma(0.5, 1.0, (5000, 3))
    counts = rng.poisson(parts @ [0.2, 0.0, 1.1]).astype(float)
    hit = counts > 0
    found = mixed(parts[hit], counts[hit], parts.sum(axis=0), np.full(3, 1 / 3), rounds=2000)
    np.testing.assert_allclose(found, [0.2, 0.0, 1.1], atol=0.05)
    assert found @ parts.sum(axis=0) == pytest.approx(counts.sum(), rel=1e-4)
