"""Kinds of questions: what is drawn for training, what each recognises, and what it builds for a task."""

import numpy as np
import pytest

from chronotope.errors import ArgumentError
from chronotope.questions import Quantiles, Question, Vectors
from chronotope.questions.kinds import KINDS, SHARES, draw_kind, draw_question, forecast, gaps, kind_of, places, window
from panels import panel_of

SEEDS = range(60)


def _observed(seed, shape=(300, 10, 2), share=0.9):
    rng = np.random.default_rng([seed, 1])
    out = rng.random(shape) < share
    out[:, 2] = False
    return out


def _draw(seed, kind=None, **how):
    rng, observed = np.random.default_rng(seed), _observed(seed, **how)
    return observed, draw_question(rng, observed, kind or draw_kind(rng, observed.shape))


@pytest.mark.parametrize("kind", SHARES)
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


@pytest.mark.parametrize("kind", SHARES)
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
        observed, question = _draw(seed, "places")
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
        _, question = _draw(seed, "gaps")
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
    drawn = [draw_kind(rng, (120, 8, 2)) for _ in range(4000)]
    for kind, share in SHARES.items():
        assert abs(np.mean([k == kind for k in drawn]) - share) < 4 * np.sqrt(share * (1 - share) / 4000), kind  # four standard errors
    assert sum(SHARES.values()) == pytest.approx(1) and set(KINDS) - set(SHARES) == {"window"}


def test_kinds_without_a_share_or_without_room_are_never_drawn():
    rng = np.random.default_rng(0)
    some = {"pieces": 2.0, "gaps": 1.0, "forecast": 0.0, "places": 1.0}
    assert {draw_kind(rng, (120, 8, 2), some) for _ in range(200)} == {"pieces", "gaps", "places"}
    assert {draw_kind(rng, (120, 5, 1), some) for _ in range(50)} == {"gaps"}  # too few places, one variable
    assert draw_kind(rng, (30, 8, 2), some) is None and {draw_kind(rng, (30, 8, 2)) for _ in range(50)} == {"forecast"}
    assert draw_question(rng, np.ones((30, 8, 2), bool), "pieces") is None
    shares = [draw_kind(rng, (120, 8, 2), some) for _ in range(2000)]
    assert abs(np.mean([k == "pieces" for k in shares]) - 0.5) < 4 * np.sqrt(0.25 / 2000)  # shares are in proportion


def test_the_order_of_the_shares_does_not_matter():
    drawn = [
        [draw_kind(np.random.default_rng(s), (120, 8, 2), dict(order)) for s in range(40)]
        for order in (SHARES.items(), [*SHARES.items()][::-1])
    ]
    assert drawn[0] == drawn[1]


def test_an_unknown_kind_is_named():
    for kind in ("guess", "window"):
        with pytest.raises(ArgumentError, match=f"one of forecast, .*found '{kind}'"):
            draw_question(np.random.default_rng(0), np.ones((50, 3, 1), bool), kind)


def test_a_backcast_asks_the_beginning_of_all_series_from_what_follows():
    near = hidden_rows = 0
    for seed in SEEDS:
        observed, question = _draw(seed, "backcast")
        cut = int(np.flatnonzero(question.seen.any((1, 2)))[0])
        asked = np.flatnonzero(question.asked.any((1, 2)))
        frame = observed[question.low : question.high]
        assert asked[-1] < cut and not question.seen[:cut].any() and question.seen[cut:].any()
        assert (question.asked[asked] == frame[asked]).all()  # every value of the asked rows
        near += cut - asked[-1] <= 2  # knocked out rows may follow
        hidden_rows = max(hidden_rows, cut)
    assert near > len(SEEDS) / 2 and hidden_rows > 64


def test_a_piece_hides_all_variables_of_a_place_together_for_one_run():
    several, gaps = 0, []
    for seed in SEEDS:
        observed, question = _draw(seed, "pieces", share=1.0)
        frame = observed[question.low : question.high]
        hidden = frame & ~question.seen
        assert (hidden.any(2) == hidden.all(2))[:, frame.any((0, 2))].all()
        for place in np.flatnonzero(hidden.any((0, 2))):
            rows = np.flatnonzero(hidden[:, place, 0])
            assert (np.diff(rows) == 1).all()
            gaps.append(len(rows))
        several += hidden.any((0, 2)).sum() > 1
        assert (question.asked == hidden & _inside_patches(question)[:, None, None]).all()
    assert several > 20 and max(gaps) > 30 and max(gaps) <= 64


def test_coarse_to_fine_hides_the_first_variable_alone_at_most_places_or_in_most_steps():
    at_places = in_steps = 0
    for seed in SEEDS:
        observed, question = _draw(seed, "fine", share=1.0)
        frame = observed[question.low : question.high]
        hidden = frame & ~question.seen
        assert not hidden[..., 1].any() and question.seen[..., 0].any()
        share = hidden[..., 0].sum() / frame[..., 0].sum()
        assert 0.5 <= share < 1
        everywhere = hidden[..., 0].any(0) == hidden[..., 0].all(0)
        at_places += bool(everywhere.all())
        in_steps += bool((hidden[..., 0].any(1) == hidden[:, frame.any((0, 2)), 0].all(1)).all())
        assert (question.asked == hidden & _inside_patches(question)[:, None, None]).all()
    assert at_places > 15 and in_steps > 15


@pytest.mark.parametrize("shape", [(24, 1, 1), (12, 3, 1), (41, 6, 1), (5, 1, 1)])
def test_small_panels_get_questions_too(shape):
    drawn = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        drawn.append(draw_question(rng, np.ones(shape, bool), draw_kind(rng, shape)))
    assert sum(q is not None for q in drawn) > 20


@pytest.mark.parametrize("kind", SHARES)
def test_where_nothing_was_observed_nothing_is_asked(kind):
    assert draw_question(np.random.default_rng(0), np.zeros((100, 8, 2), bool), kind) is None


@pytest.mark.parametrize("kind", SHARES)
def test_of_the_asked_variables_something_is_seen(kind):
    found = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        observed = np.ones((60, 8, 2), bool)
        observed[int(rng.integers(2, 40)) :, :, 0] = False  # the first variable ends early
        question = draw_question(rng, observed, kind)
        if question is not None:
            found += 1
            assert question.seen[..., question.asked.any((0, 1))].any()
    assert found > 20


@pytest.mark.parametrize("kind", SHARES)
def test_nothing_before_the_first_row_is_asked(kind):
    observed, found = np.ones((240, 12, 2), bool), 0
    for seed in range(30):
        question = draw_question(np.random.default_rng(seed), observed, kind, first=180)
        if question is not None:
            found += 1
            assert question.low + np.flatnonzero(question.asked.any(axis=(1, 2)))[0] >= 180
    assert found > 20


@pytest.mark.parametrize("kind", SHARES)
def test_a_kind_recognises_what_it_draws_wherever_no_earlier_one_claims_it(kind):
    order, own = list(KINDS), 0
    source = panel_of(np.zeros((300, 10, 2)))
    for seed in SEEDS:
        drawn = draw_question(np.random.default_rng(seed), source.mask, kind)
        question = drawn.on(source)
        found = kind_of(question)
        assert order.index(found) <= order.index(kind)
        assert KINDS[kind].recognises(question) or found in ("forecast", "backcast")  # what is hidden lies at an end
        own += found == kind
    assert own > 0.9 * len(SEEDS)


def test_a_drawn_question_stands_on_its_rows_of_the_source():
    source = panel_of(np.arange(900.0).reshape(300, 3))
    drawn = draw_question(np.random.default_rng(1), source.mask, "forecast")
    question = drawn.on(source)
    assert np.array_equal(question.frame.values, source.values[drawn.low : drawn.high])
    assert question.seen is drawn.seen and question.asked is drawn.asked and question.rows[0] == question.first


def _question(hidden, variables=1, **seen):
    """Twelve steps of four places; `hidden` is asked, and what `seen` names is not seen either."""
    panel = panel_of(np.zeros((12, 4, variables)))
    asked = np.zeros(panel.values.shape, bool)
    asked[hidden] = True
    also = np.zeros_like(asked)
    for index in seen.values():
        also[index] = True
    return Question(panel, ~asked & ~also, asked)


BY_HAND = {
    "window": _question((slice(0), 0)),
    "forecast": _question(slice(9, None)),
    "a single step ahead, forecast": _question(11),
    "one place after the others end, forecast": _question((slice(10, None), 0), others=slice(9, None)),
    "another variable is known ahead, forecast": _question((slice(9, None), slice(None), 0), 2),
    "backcast": _question(slice(0, 3)),
    "after hidden rows, backcast": _question(slice(2, 4), before=slice(0, 2)),
    "fine": _question((slice(4, 6), slice(1, None), 0), 2, rest=(slice(None), slice(1, None), 0)),
    "places": _question((slice(None), 2)),
    "a few rows of one place, places": _question((slice(3, 5), 2), rest=(slice(None), 2)),
    "pieces": _question((slice(4, 7), 1), 2),
    "gaps": _question((slice(4, 7), 1)),
    "one of two variables, gaps": _question((slice(4, 7), 1, 0), 2),
    "a value in the last row while others go on, gaps": _question((11, 1)),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_questions_made_by_hand_are_recognised(case):
    assert kind_of(BY_HAND[case]) == case.split(", ")[-1]


def test_the_order_of_recognition_ends_with_the_kind_that_takes_any():
    assert list(KINDS)[0] == "window" and list(KINDS)[-1] == "gaps"
    assert all(KINDS["gaps"].recognises(question) for question in BY_HAND.values())


def test_a_forecast_is_built_from_the_past_alone_but_for_variables_known_ahead():
    values = np.arange(60.0).reshape(20, 1, 3)
    values[:, :, 2] = np.nan
    known, target = np.array([False, True, False]), np.array([True, False, True])
    built = forecast.ahead(panel_of(values), 11, 4, context=6, target=target, known=known, want=Quantiles((0.5,)))
    assert built.frame.values.shape == (10, 1, 3) and built.first == 6 and kind_of(built) == "forecast" and built.levels == (0.5,)
    assert np.array_equal(built.frame.values[:6], values[6:12], equal_nan=True)
    assert np.isnan(built.frame.values[6:, :, 0]).all() and np.array_equal(built.frame.values[6:, :, 1], values[12:16, :, 1])
    assert built.seen[6:, :, 1].all() and built.asked[6:, :, 0].all() and not built.asked[..., 1].any()
    assert not built.asked[..., 2].any(), "never observed"


def test_a_forecast_of_everything_reads_everything_before_its_origin():
    panel = panel_of(np.arange(20.0))
    built = forecast.ahead(panel, 11, 4)
    assert len(built.seen) == 16 and built.seen[:12].all() and not built.seen[12:].any() and built.rows.tolist() == [12, 13, 14, 15]
    beyond = forecast.ahead(panel, 17, 4, known=np.array([True]))
    assert beyond.seen.ravel().tolist() == [True] * 20 + [False] * 2, "as far as the panel goes"
    assert beyond.rows.tolist() == [20, 21]


def test_gaps_are_built_around_the_cells_that_are_asked():
    values = np.arange(36.0).reshape(6, 3, 2)
    values[2, 0, 0] = values[3, 0, 1] = values[:, 1, 0] = np.nan
    panel = panel_of(values)
    missing = gaps.missing_cells(panel, np.array([True, False]))
    assert np.argwhere(missing).tolist() == [[2, 0, 0]], "of the other variable nothing is asked, and nothing that was never observed"
    built = gaps.between(panel, missing)
    assert kind_of(built) == "gaps" and np.array_equal(built.seen, panel.mask)
    observed = np.zeros(values.shape, bool)
    observed[4, 0] = True
    assert not gaps.between(panel, observed).seen[4, 0].any(), "asked cells are hidden"


def test_new_places_stand_behind_the_known_ones_and_only_they_are_asked():
    values = np.arange(36.0).reshape(6, 3, 2)
    values[..., 1] = np.nan
    panel = panel_of(values, xy=np.arange(6.0).reshape(3, 2))
    built = places.elsewhere(panel, np.array([[9.0, 9.0], [8.0, 8.0]]), slice(1, 3), np.array([True, True]))
    assert built.frame.values.shape == (6, 5, 2) and built.frame.xy.tolist()[3:] == [[9.0, 9.0], [8.0, 8.0]]
    assert np.array_equal(built.seen[:, :3], panel.mask) and not built.seen[:, 3:].any()
    assert np.argwhere(built.asked).tolist() == [[1, 3, 0], [1, 4, 0], [2, 3, 0], [2, 4, 0]], "a variable never observed is not asked"
    assert kind_of(built) == "places" and built.frame.places is None


def test_a_window_asks_for_nothing_but_what_it_is_like():
    values = np.arange(12.0).reshape(4, 3)
    values[1, 1] = np.nan
    built = window.whole(panel_of(values))
    assert kind_of(built) == "window" and built.want == Vectors() and not built.asked.any() and built.seen.sum() == 11
