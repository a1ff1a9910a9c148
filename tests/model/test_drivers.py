"""Variables that are known ahead: a planted driver comes out, one that says nothing costs nothing, and what is not seen is not read."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from chronotope.baselines.mix import Mix
from chronotope.model.drivers import driven
from chronotope.opening.open import open_field
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.load import load
from panels import panel_of

BEST = 3 * np.sqrt(2 / np.pi)  # mean absolute error of what no driver tells


def planted(seed=0, t=600, n=5, bend=0.0):
    """A series that follows a slow driver, with a day of its own and noise of deviation 3; (t, n, 2), the driver second."""
    rng = np.random.default_rng(seed)
    d = np.zeros((t, n))
    for row in range(1, t):
        d[row] = 0.8 * d[row - 1] + rng.normal(size=n)
    day = np.sin(2 * np.pi * np.arange(t) / 24)[:, None]
    return panel_of(np.stack([50 + 6 * d + bend * d**2 + 4 * day + 3 * rng.normal(size=(t, n)), 10 + d], axis=2))


def asked(panel, origin=560, known=True, horizon=24):
    is_known = np.array([False, known])
    return ahead(panel, origin, horizon, target=np.array([True, False]), known=is_known)


def miss(question, panel):
    answer = Mix().quantiles(question)[4, :, :, 0]
    return np.abs(answer - panel.values[561:585, :, 0]).mean()


@pytest.mark.parametrize("bend", [0.0, 2.0])
def test_a_planted_driver_comes_out(bend):
    panels = [planted(seed, bend=bend) for seed in range(4)]
    without, told = (np.mean([miss(asked(panel, known=known), panel) for panel in panels]) for known in (False, True))
    assert told < 1.25 * BEST < 0.5 * without


def test_the_effect_is_that_of_the_driver():
    panel = planted(1)
    question, effect, _ = driven(asked(panel))
    true = 6 * (panel.values[561:585, :, 1] - panel.values[:561, :, 1].mean())
    assert np.corrcoef(effect[..., 0].ravel(), true.ravel())[0, 1] > 0.99
    assert (effect[..., 1] == 0).all() and np.array_equal(question.seen, asked(panel).seen)


def test_shuffled_drivers_change_next_to_nothing():
    rng = np.random.default_rng(3)
    for seed in range(5):
        panel = planted(seed)
        values = panel.values.copy()
        values[..., 1] = rng.permuted(values[..., 1], axis=0)
        found = driven(asked(replace(panel, values=values)))
        assert found is None or np.abs(found[1]).max() < 0.02 * panel.values[..., 0].std()


def test_a_driver_that_is_not_seen_ahead_is_none():
    assert driven(asked(planted(), known=False)) is None


def test_what_is_asked_and_what_comes_later_is_not_read():
    panel = planted(2)
    clean, question = driven(asked(panel))[1], asked(panel)
    values = np.where(question.seen, question.frame.values, np.float32(1e6))
    dirty = driven(replace(question, frame=replace(question.frame, values=values)))[1]
    np.testing.assert_array_equal(clean, dirty)


def test_units_of_the_driver_and_order_of_places_do_not_matter():
    panel = planted(4)
    effect = driven(asked(panel))[1]
    values = panel.values.astype(float)
    values[..., 1] = 1.8 * values[..., 1] + 32
    other = driven(asked(replace(panel, values=values.astype(np.float32))))[1]
    np.testing.assert_allclose(other, effect, atol=2e-3)
    order = np.array([3, 0, 4, 1, 2])
    np.testing.assert_allclose(driven(asked(panel.take_places(order)))[1], effect[:, order], atol=1e-9)


def test_a_short_past_tells_no_effect():
    assert driven(asked(planted(5), origin=20)) is None


def test_a_driver_that_is_known_ahead_alone_spoils_nothing():
    steps = np.arange(224)
    rng = np.random.default_rng(0)
    load_, price = 10 + 3 * np.sin(steps * 2 * np.pi / 24) + rng.normal(0, 0.3, 224), rng.normal(5, 1, 224)
    price[:200] = np.nan
    table = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=224, freq="1h"), "load": load_, "price": price})
    table.loc[200:, "load"] = np.nan
    made = load("tiny").forecast(table, 24, at=table["time"][199], target="load", known_future="price").to_xarray()["load"]
    assert np.isfinite(made).all() and float(np.abs(made.sel(quantile=0.5).values.ravel() - load_[200:]).mean()) < 0.6


def test_what_a_driver_brought_stays_as_long_as_the_series_keeps_it():
    rng = np.random.default_rng(0)
    rain = rng.gamma(0.3, 12, 410)
    river = 20 + np.convolve(rain, np.exp(-np.arange(60) / 4), "full")[:410] + rng.normal(size=410)
    days = pd.date_range("2021-01-01", periods=410, freq="D")
    field = open_field(pd.DataFrame({"time": days[:400], "flow": river[:400]}), future=pd.DataFrame({"time": days, "rain": rain}))
    told = [load("baseline:mix").forecast(field, 10, known_future=known).median["flow"].values.ravel() for known in ((), "rain")]
    missed = [np.abs(one - river[400:]).mean() for one in told]
    assert missed[1] < 0.4 * missed[0]


def test_months_that_share_a_season_and_no_trend_are_heard_beyond_the_season():
    months, time = np.arange(240), pd.date_range("2000-01-01", periods=240, freq="MS")
    season = np.array([0.9, 0.8, 0.95, 0.95, 1.0, 0.95, 1.0, 0.95, 1.0, 1.05, 1.15, 1.7])[months % 12]
    missed = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        food = (100 + 1.5 * months) * (0.85 + 0.15 * season) * rng.normal(1, 0.01, 240)
        store = 100 * (1 + 0.1 * np.sin(months / 40)) * season * rng.normal(1, 0.02, 240)
        field = open_field(pd.DataFrame({"time": time[:228], "store": store[:228]}), future=pd.DataFrame({"time": time, "food": food}))
        told = [load("baseline:mix").forecast(field, 12, known_future=known).median["store"].values.ravel() for known in ((), "food")]
        missed.append([np.abs(one - store[228:]).mean() for one in told])
    without, with_food = np.mean(missed, axis=0)
    assert with_food < 0.9 * without


def test_an_effect_may_hang_on_the_hour():
    panel = planted(6)
    values = panel.values.astype(float)
    by_day = (np.arange(len(values)) % 24 >= 12)[:, None]
    values[..., 0] += 12 * np.where(by_day, -1, 1) * (values[..., 1] - 10)
    panel = replace(panel, values=values.astype(np.float32))
    without, told = (miss(asked(panel, known=known), panel) for known in (False, True))
    assert told < 0.4 * without


def test_what_a_driver_tells_to_the_last_digit_is_told_so():
    panel = planted(7)
    values = panel.values.copy()
    values[..., 0] = 3e6 * values[..., 1]
    panel = replace(panel, values=values)
    without, told = (miss(asked(panel, known=known), panel) for known in (False, True))
    assert told < 0.02 * without


def test_a_storm_as_large_as_one_that_was_seen_is_read_whole():
    missed, days = [], pd.date_range("2021-01-01", periods=410, freq="D")
    for seed in range(3):
        rng = np.random.default_rng(seed)
        rain = rng.gamma(0.3, 12, 410)
        rain[402] = rain[:400].max()
        river = 20 + np.convolve(rain, np.exp(-np.arange(60) / 4), "full")[:410] + rng.normal(size=410)
        field = open_field(pd.DataFrame({"time": days[:400], "flow": river[:400]}), future=pd.DataFrame({"time": days, "rain": rain}))
        told = [load("baseline:mix").forecast(field, 10, known_future=known).median["flow"].values.ravel() for known in ((), "rain")]
        missed.append([np.abs(one - river[400:]).mean() for one in told])
    without, with_rain = np.mean(missed, axis=0)
    assert with_rain < 0.25 * without


@pytest.mark.parametrize(("shut_with_sales", "expected"), [(True, 0.0), (False, None)])
def test_a_closed_sunday_stays_closed_whatever_is_on_sale(shut_with_sales, expected):
    rng, days = np.random.default_rng(0), np.arange(364)
    sunday = days % 7 == 6
    sale = (rng.random(364) < 0.3) & (shut_with_sales | ~sunday)
    sale[-7:] = True
    sold = np.where(sunday, 0, rng.poisson(10 + 10 * sale))
    panel = panel_of(np.stack([sold, sale], axis=1)[:, None].astype(float), freq="1D")
    answer = Mix().quantiles(asked(panel, 356, horizon=7))[:, :, 0, 0]
    told = answer[:, (days[357:364] % 7) == 6]
    assert (told == 0).all() if expected is not None else told.max() > 3
    assert answer[4, 0] > 15


def test_where_a_driver_is_not_known_the_answer_is_that_without_it():
    panel, rows = planted(0), np.arange(561, 585)
    whole = asked(panel)
    seen = whole.seen.copy()
    seen[565, :, 1] = seen[566:575, 2, 1] = False
    answer, known, plain = (Mix().quantiles(one) for one in (replace(whole, seen=seen), whole, asked(panel, known=False)))
    hole = ~seen[rows][..., 1]
    np.testing.assert_array_equal(answer[:, hole], plain[:, hole])
    np.testing.assert_allclose(answer[4, ~hole], known[4, ~hole], atol=1.0)  # of 6 for each deviation; steps before are read too


def test_a_driver_that_is_known_in_few_of_the_asked_steps_is_heard_there():
    panel = planted(0)
    whole = asked(panel)
    seen = whole.seen.copy()
    seen[561:581, :, 1] = False
    answer, known = (Mix().quantiles(one) for one in (replace(whole, seen=seen), whole))
    np.testing.assert_allclose(answer[4, 20:, :, 0], known[4, 20:, :, 0], atol=1.0)  # of 6 for each deviation of the driver


def moved(seed, steps):
    """A planted panel whose driver is what it was so many steps before: the series answers it as much earlier, or below zero later."""
    panel = planted(seed)
    values = panel.values.copy()
    values[..., 1] = np.roll(values[..., 1], steps, axis=0)
    return replace(panel, values=values)


@pytest.mark.parametrize("steps", [3, 12, 24])
def test_a_driver_that_acts_late_is_heard(steps):
    panels = [moved(seed, -steps) for seed in range(3)]
    told = np.mean([miss(asked(panel), panel) for panel in panels])
    assert told < 1.25 * BEST


def test_a_series_that_moves_before_its_driver_is_told_so_and_unsure_where_that_is_not_known():
    held, first, last = [], [], []
    for seed in range(4):
        panel, question = moved(seed, 6), asked(moved(seed, 6))
        answer, truth = Mix().quantiles(question)[..., 0], panel.values[561:585, :, 0]
        low, middle, high = (answer[question.levels.index(level)] for level in (0.1, 0.5, 0.9))
        first.append(np.abs(middle - truth)[:-6].mean())
        held.append(((low < truth) & (truth < high))[-6:].mean())
        last.append((high - low)[-6:].mean() / (high - low)[:-6].mean())
    assert np.mean(first) < 1.25 * BEST
    assert np.mean(held) > 0.6 and np.mean(last) > 1.5


def test_a_hole_in_a_driver_that_acts_late_is_told_where_it_acts():
    panel, answers = moved(1, -6), []
    for hole in (False, True):
        question = asked(panel)
        seen = question.seen.copy()
        seen[565, :, 1] &= not hole
        answers.append(Mix().quantiles(replace(question, seen=seen))[..., 0])
    width = [answer[-1] - answer[0] for answer in answers]
    assert (width[1][10] > 1.3 * width[0][10]).all()
    np.testing.assert_allclose(np.delete(width[1], [4, 10], axis=0), np.delete(width[0], [4, 10], axis=0), rtol=0.01)


@pytest.mark.parametrize("levels", [(0.9,), (0.02, 0.5), (0.25, 0.75)])
def test_a_level_says_the_same_whatever_else_is_asked(levels):
    question = asked(moved(1, 6))
    every = tuple(sorted({*levels, *question.levels}))
    whole, some = (Mix().quantiles(question.wanting(those))[..., 0] for those in (every, levels))
    np.testing.assert_allclose(some, whole[[every.index(level) for level in levels]], rtol=1e-5)
