"""Drawn questions: nothing asked is seen, nothing after the origin is read, whole places are hidden."""

import numpy as np
import pytest

from chronotope.tokens.masks import KINDS, draw_question

SEEDS = range(60)


def _observed(seed, shape=(300, 10, 2), share=0.9):
    rng = np.random.default_rng([seed, 1])
    out = rng.random(shape) < share
    out[:, 2] = False
    return out


def _draw(seed, kind=None, **how):
    observed = _observed(seed, **how)
    return observed, draw_question(np.random.default_rng(seed), observed, kind=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_asked_was_observed_and_is_not_seen(kind):
    for seed in SEEDS:
        observed, question = _draw(seed, kind)
        if question is None:
            continue
        frame = observed[question.low : question.high]
        assert question.seen.shape == question.asked.shape == frame.shape
        assert not (question.asked & question.seen).any()
        assert not (question.asked & ~frame).any() and not (question.seen & ~frame).any()


def _inside_patches(question):
    rows = (question.starts[:, None] + np.arange(8)).ravel()
    return np.isin(np.arange(len(question.asked)), rows)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_query_patches_are_asked(kind):
    for seed in SEEDS:
        _, question = _draw(seed, kind)
        if question is not None:
            assert len(question.starts) == 4 and (np.diff(question.starts) > 0).all()
            assert not question.asked[~_inside_patches(question)].any()


def test_a_forecast_asks_after_its_origin_and_sees_nothing_there_but_variables_known_ahead():
    known_ahead = 0
    for seed in SEEDS:
        _, question = _draw(seed, "forecast")
        first = int(np.flatnonzero(question.asked.any((1, 2)))[0])
        for variable in range(2):
            seen = question.seen[first:, :, variable].any()
            known_ahead += bool(seen)
            assert not (seen and question.asked[..., variable].any())
        assert question.seen[:first].any()
    assert 0 < known_ahead < len(SEEDS) / 2


def test_forecasts_ask_near_and_far_leads():
    first, farthest = [], []
    for seed in SEEDS:
        _, question = _draw(seed, "forecast", shape=(1200, 6, 1))
        rows = np.flatnonzero(question.asked.any((1, 2)))
        origin = np.flatnonzero(question.seen.any((1, 2)))[-1]
        first.append(rows[0] - origin)
        farthest.append(rows[-1] - origin)
    assert min(first) == 1 and max(farthest) > 200


def test_interpolation_hides_whole_series_and_asks_them():
    some_variables = 0
    for seed in SEEDS:
        observed, question = _draw(seed, "interpolate")
        if question is None:
            continue
        frame = observed[question.low : question.high]
        hidden = ~question.seen.any(0) & frame.any(0)
        assert hidden.any() and question.seen.any()
        assert question.asked[:, hidden].sum() == (frame[:, hidden] & _inside_patches(question)[:, None]).sum()
        some_variables += bool((hidden.any(1) & ~hidden.all(1)).any())
    assert some_variables > 3  # now and then a place keeps some of its variables


def test_gaps_are_seen_on_both_sides_of_what_is_asked():
    both = 0
    for seed in SEEDS:
        _, question = _draw(seed, "impute")
        if question is not None:
            row, place, variable = np.argwhere(question.asked)[0]
            both += bool(question.seen[row:, place, variable].any())
    assert both > 30


def test_the_same_chance_draws_the_same_question_and_other_chance_another():
    for seed in range(10):
        first, second, other = (_draw(s)[1] for s in (seed, seed, seed + 1000))
        if first is not None:
            assert all(np.array_equal(getattr(first, k), getattr(second, k)) for k in vars(first))
            assert other is None or first.seen.shape != other.seen.shape or (first.seen != other.seen).any()


def test_kinds_come_in_their_shares():
    rng = np.random.default_rng(0)
    drawn = [draw_question(rng, np.ones((120, 8, 1), bool)) for _ in range(600)]
    share = np.mean([q.kind == "forecast" for q in drawn if q is not None])
    assert abs(share - KINDS["forecast"]) < 4 * np.sqrt(0.25 / 600)  # four standard errors


@pytest.mark.parametrize("shape", [(24, 1, 1), (12, 3, 1), (41, 6, 1), (5, 1, 1)])
def test_small_panels_get_questions_too(shape):
    drawn = [draw_question(np.random.default_rng(seed), np.ones(shape, bool)) for seed in range(30)]
    assert sum(q is not None for q in drawn) > 20


def test_where_nothing_was_observed_nothing_is_asked():
    assert draw_question(np.random.default_rng(0), np.zeros((100, 8, 1), bool)) is None


@pytest.mark.parametrize("kind", ["forecast", "impute", "interpolate"])
def test_nothing_before_the_first_row_is_asked(kind):
    observed = np.ones((240, 12, 1), bool)
    for seed in range(30):
        question = draw_question(np.random.default_rng(seed), observed, kind=kind, first=180)
        if question is not None:
            assert question.low + np.flatnonzero(question.asked.any(axis=(1, 2)))[0] >= 180
