"""What other series showed some steps earlier: rivers, roads, and what is sent from place to place."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.evidence.gaps.shifted import copied, with_shifted
from chronotope.evidence.routes import Apart, routes_of
from chronotope.model.load import load_predictor
from chronotope.model.routes import along_routes
from chronotope.questions import Question
from panels import ahead as _ahead
from panels import hole, panel_of

STEPS, LAG, LEADS, NOISE = 600, 6, 24, 0.1
HEADS = 4


@pytest.fixture(scope="module")
def network():
    return load_predictor("tiny")


def _walks(seed: int, steps: int, count: int, kept: float = 0.9) -> np.ndarray:
    rng, out = np.random.default_rng(seed), np.zeros((steps, count))
    for row in range(1, steps):
        out[row] = kept * out[row - 1] + rng.standard_normal(count)
    return out / out.std(axis=0)


def _sent(seed: int) -> np.ndarray:
    """Values (t, 8): four places, and four that show what these did some steps before, some of them larger or upside down."""
    heads, rng = _walks(seed, STEPS + LEADS + LAG, HEADS), np.random.default_rng(seed + 1)
    ends = heads[:-LAG] * np.array([1.0, 2.0, -1.0, 0.5]) + NOISE * rng.standard_normal((STEPS + LEADS, HEADS))
    return np.concatenate([heads[LAG:], ends + 3.0], axis=1)


def _asked(values: np.ndarray) -> Question:
    panel = panel_of(values)
    values = panel.values
    seen, asked = np.isfinite(values), np.zeros(values.shape, bool)
    seen[STEPS:], asked[STEPS:] = False, True
    return Question(panel, seen, asked)


def _miss(network, values: np.ndarray) -> np.ndarray:
    """Mean absolute errors (h, n) over the deviation of each series, of three worlds' medians."""
    question = _asked(values)
    middle = network.quantiles(question)[question.levels.index(0.5), ..., 0]
    return np.abs(middle - values[STEPS:]) / values[:STEPS].std(axis=0)


def test_what_is_on_its_way_is_told(network):
    miss = np.mean([_miss(network, _sent(seed)) for seed in (1, 2, 3)], axis=0)
    assert miss[:LAG, HEADS:].mean() < 0.13  # the noise is 0.08, without routes 0.3
    assert miss[LAG : 2 * LAG, HEADS:].mean() < 0.9 * miss[LAG : 2 * LAG, :HEADS].mean()  # they lead by what their sources show


def test_nothing_changes_where_nothing_comes(network):
    values = _walks(5, STEPS + LEADS, 8)
    assert np.array_equal(network.quantiles(_asked(values)), _without(network, _asked(values)))


def _without(network, question: Question) -> np.ndarray:
    return network.options(routes=False).quantiles(question)


def test_heads_are_answered_as_before(network):
    question = _asked(_sent(1))
    assert np.array_equal(network.quantiles(question)[:, :, :HEADS], _without(network, question)[:, :, :HEADS])


def test_nothing_after_the_cut_or_unseen_counts(network):
    values = _sent(2)
    question = _asked(values)
    seen = question.seen.copy()
    seen[100:140, 2] = seen[200:230, 5] = False
    question = replace(question, seen=seen)
    poisoned = replace(question.frame, values=np.where(seen, question.frame.values, np.float32(1e6)))
    assert np.array_equal(network.quantiles(question), network.quantiles(replace(question, frame=poisoned)))


def test_neither_the_order_of_places_nor_what_else_is_asked_counts(network):
    values, order = _sent(3), np.random.default_rng(0).permutation(2 * HEADS)
    question = _asked(values)
    said = network.quantiles(question)
    assert np.allclose(network.quantiles(_asked(values[:, order])), said[:, :, order], atol=2e-3 * values.std())
    alone = np.zeros_like(question.asked)
    alone[STEPS:, HEADS + 1] = True
    assert np.allclose(network.quantiles(replace(question, asked=alone))[:, :, HEADS + 1], said[:, :, HEADS + 1], atol=0.02 * values.std())


def test_who_asks_for_heads_alone_is_answered_as_before(network):
    question = _asked(_sent(1))
    asked = question.asked.copy()
    asked[:, HEADS:] = False
    question = replace(question, asked=asked)
    assert np.array_equal(network.quantiles(question), _without(network, question), equal_nan=True)


def test_units_do_not_count(network):
    values = _sent(4)
    said = network.quantiles(_asked(values))
    assert np.allclose(network.quantiles(_asked(1000 * values)), 1000 * said, atol=1000 * 2e-3 * values.std())


def test_another_variable_may_come_first(network):
    """A river answers the rain of the hours before, which nobody knows ahead."""
    both = _sent(6).reshape(-1, 2, HEADS).swapaxes(1, 2)  # (t, n, source and what follows it)
    question = _asked(both)
    asked = question.asked.copy()
    asked[..., 0] = False
    middle = network.quantiles(replace(question, asked=asked))[question.levels.index(0.5), ..., 1]
    assert (np.abs(middle - both[STEPS:, :, 1]) / both[:STEPS, :, 1].std(axis=0))[:LAG].mean() < 0.15


def test_gaps_in_the_past_are_borne(network):
    values = _sent(7)
    values[:STEPS][np.random.default_rng(0).random((STEPS, 2 * HEADS)) < 0.05] = np.nan
    question = _asked(values)
    middle = network.quantiles(question)[question.levels.index(0.5), ..., 0]
    assert (np.abs(middle - values[STEPS:]) / np.nanstd(values[:STEPS], axis=0))[:LAG, HEADS:].mean() < 0.25


def test_routes_are_found_and_no_others():
    found = routes_of(Apart.of(_sent(8)[:STEPS], 1, STEPS).departures, np.ones((STEPS, 2 * HEADS), bool))
    assert found is not None and found.routed.tolist() == [4, 5, 6, 7]
    assert found.source[4:, 0].tolist() == [0, 1, 2, 3] and (found.lag[4:, 0] == LAG).all() and (found.source[:, 1:] == -1).all()
    for seed in range(40):
        values = _walks(100 + seed, STEPS, 12)
        assert routes_of(Apart.of(values, 1, STEPS).departures, np.ones(values.shape, bool)) is None
        both = values[:, :6] + 0.5 * values[:, 6:]  # together at once is no route
        assert routes_of(Apart.of(np.concatenate([both, values[:, :6]], axis=1), 1, STEPS).departures, np.ones(values.shape, bool)) is None


def _found(values: np.ndarray) -> list[int]:
    found = routes_of(Apart.of(values, 1, len(values)).departures, np.ones(values.shape, bool))
    return [] if found is None else found.routed.tolist()


def test_what_came_once_is_no_route():
    for seed in range(10):
        heads, ends, quarter = _walks(seed, STEPS + LAG, 2), _walks(seed + 50, STEPS, 2), STEPS // 4
        ends[-quarter:] = heads[-quarter - LAG : -LAG]
        assert _found(np.concatenate([heads[LAG:], ends], axis=1)) == []


def test_what_goes_together_at_once_too_is_no_route():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        news = rng.standard_normal((STEPS + LAG, 1))
        follower = 0.9 * news[LAG:] + 1.1 * news[:-LAG] + 1.5 * rng.standard_normal((STEPS, 1))
        assert _found(np.concatenate([news[LAG:], follower], axis=1)) == []


def test_what_a_series_tells_itself_more_surely_is_its_own():
    for seed in range(4):
        rng = np.random.default_rng(seed)
        head, rest, echoes = rng.standard_normal((STEPS + 100, 1)), rng.standard_normal((STEPS + 100, 4)), np.zeros((STEPS + 100, 4))
        for row in range(40, STEPS + 100):
            echoes[row] = 0.7 * echoes[row - 20] + 0.35 * (head[row - 25] + rest[row])
        assert _found(np.concatenate([head, echoes], axis=1)[100:]) == []


def _river(seed: int, gauges: int = 6) -> np.ndarray:
    """Discharge (t, n): each gauge holds up what the one above sent four steps before, and has some rain of its own."""
    rng = np.random.default_rng(seed)
    rain = np.maximum(rng.gamma(0.1, 8, (STEPS + 100, gauges)) - 4, 0) * np.r_[1.0, [0.15] * (gauges - 1)]
    out = np.zeros(rain.shape)
    for row in range(4, len(rain)):
        out[row] = 0.85 * out[row - 1] + 0.15 * (np.r_[0.0, out[row - 4, :-1]] + rain[row])
    return out[100:]


def test_floods_that_are_held_up_are_told(network):
    assert all(len(_found(_river(seed))) >= 2 for seed in range(4))
    values = np.stack([_river(seed)[: STEPS - 24] for seed in range(4)])
    said, without = [], []
    for world in values:
        question = _ahead(panel_of(world[:-12]), 12)
        for model, out in ((network, said), (network.options(routes=False), without)):
            middle = model.quantiles(question)[question.levels.index(0.5), ..., 0]
            out.append((np.abs(middle - world[-12:]) / world.std(axis=0))[3:, 1:].mean())
    assert np.mean(said) < 0.85 * np.mean(without)


def test_few_rows_and_one_series_are_answered_as_before():
    values = _sent(1)
    seen = []

    def answer(question: Question) -> np.ndarray:
        seen.append(question)
        return np.zeros((len(question.levels), len(question.rows), *question.asked.shape[1:]), np.float32)

    short = _asked(values).of_rows(STEPS - 60, STEPS + LEADS)
    along_routes(short, answer)
    along_routes(_asked(values[:, :1]), answer)
    assert seen[0] is short and len(seen) == 2


def _hidden(values: np.ndarray, ends: list[int], steps: int) -> Question:
    hidden = np.zeros((len(values), values.shape[1], 1), bool)
    for place, first in zip(ends, (100, 220, 340, 460)):
        hidden[first : first + steps, place] = True
    return hole(panel_of(values), hidden)


def test_gaps_are_told_by_what_led_or_followed(network):
    values = _sent(9)
    spread = values.std(axis=0)
    for places in (list(range(HEADS)), list(range(HEADS, 2 * HEADS))):  # followed by others, and led by them
        question = _hidden(values, places, 24)
        middle = network.quantiles(question)[question.levels.index(0.5), ..., 0]
        asked = question.asked[question.rows][..., 0]
        assert (np.abs(middle - values[question.rows]) / spread)[asked].mean() < 0.2  # 0.6 without


def test_copies_lie_where_they_should():
    a = np.arange(6.0).reshape(1, 6)
    assert copied(a, np.array([0, 0]), np.array([2, -1])).tolist() == [a[0].tolist(), [0, 0, 0, 1, 2, 3], [1, 2, 3, 4, 5, 0]]
    values = _sent(9).T
    apart = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    found = with_shifted(apart, np.ones(apart.shape), np.zeros((8, 6), int))
    assert found is not None
    near, (series, lags) = found
    led, by = (which[near[:, 0] - 8].tolist() for which in (series, lags))
    assert led == [4, 5, 6, 7, 0, 1, 2, 3] and by == [-LAG] * 4 + [LAG] * 4
    for rows in (1, 40, 95, 96, 97, 130):
        with_shifted(apart[:, :rows], np.ones((8, rows)), np.zeros((8, 6), int))
    assert with_shifted(_walks(3, STEPS, 8).T, np.ones((8, STEPS)), np.zeros((8, 6), int)) is None


def test_shares_add_up_to_the_answer(network):
    question = _asked(_sent(1))
    found = network.shares(question)
    said = network.quantiles(question)[question.levels.index(0.5)]
    assert np.abs(found.routes[:LAG, HEADS:]).mean() > 0.2 and not np.abs(found.routes[:, :HEADS]).any()
    assert np.allclose(found.median, said, atol=0.02 * np.abs(said).max())
