"""Tokens: their shapes, their blindness to what is hidden, their order and their joining."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.evidence.candidates import FLOORS, SPREADS
from chronotope.heads.normal import NORMAL_BASE
from chronotope.tokens.tokenizer import BALL, CONTEXT, CONTEXT_WIDTH, PATCH, QUERY_WIDTH, RELATIONS, Options, join, make_tile, make_tokens
from panels import ahead, hole, panel_of
from tiles import rhythm, same_bits, small_network, tensors, tokens_of


def test_shapes_are_those_that_the_network_is_built_for():
    question = ahead(rhythm(150, 40, 2), 24)
    tokens = tokens_of(question, [150, 158, 166])
    s, k, levels = 80, len(FLOORS), len(NORMAL_BASE)
    assert tokens.context.shape == (s, CONTEXT, CONTEXT_WIDTH) and tokens.query.shape == (s, 3, QUERY_WIDTH)
    assert tokens.position.shape == (s, CONTEXT + 3) and tokens.key.shape == (s, CONTEXT)
    assert tokens.centre.shape == tokens.error.shape == (s, 3, PATCH, k) and tokens.spread.shape == (s, 3, PATCH, len(SPREADS), levels)
    for ball, relation in zip(tokens.balls, tokens.relation, strict=True):
        assert ball.shape[1] == BALL and relation.shape == (*ball.shape, BALL, RELATIONS)
    arrays = (tokens.context, tokens.query, tokens.position, tokens.centre, tokens.error, *tokens.relation)
    assert all(a.dtype == np.float32 for a in arrays)


def test_leads_beyond_the_frame_are_answered_like_those_inside():
    panel = rhythm(150, 5, gaps=0.0)
    short, long = ahead(panel, 8), ahead(panel, 48)
    near = tokens_of(short, [150, 190])
    far = tokens_of(long, [150, 190])
    assert np.isfinite(near.query).all()
    np.testing.assert_allclose(near.query, far.query, atol=1e-5)  # the clock is counted on instead of read
    assert np.array_equal(near.centre, far.centre) and np.array_equal(near.error, far.error)


def _question(kind):
    panel = rhythm(200, 9, 2)
    if kind == "forecast":
        question = ahead(panel, 16)
        seen = question.seen.copy()
        seen[150:170, 3] = seen[:, 5] = False
        return replace(question, seen=seen), [200, 208]
    if kind == "known ahead":
        panel = panel.extend(16)
        panel.values[200:, :, 1] = 1.0
        asked = np.zeros(panel.values.shape, bool)
        asked[200:, :, 0] = True
        return hole(panel, asked), [200, 208]
    hidden = np.zeros(panel.values.shape, bool)
    hidden[90:100, 2] = hidden[:, 7] = hidden[101, :, 0] = True
    return hole(panel, hidden), [90, 98]


@pytest.mark.parametrize("poison", [1e30, np.nan])
@pytest.mark.parametrize("kind", ["forecast", "known ahead", "gaps"])
def test_values_that_are_not_seen_change_no_bit(kind, poison):
    question, starts = _question(kind)
    hidden = (np.where(question.seen, question.frame.values, np.float32(p)) for p in (0.0, poison))
    clean, dirty = (replace(question, frame=replace(question.frame, values=values)) for values in hidden)
    assert same_bits(tokens_of(clean, starts), tokens_of(dirty, starts)) == []


@pytest.mark.parametrize("kind", ["forecast", "known ahead", "gaps"])
def test_every_number_is_finite(kind):
    tokens = tokens_of(*_question(kind))
    arrays = [tokens.context, tokens.query, tokens.position, tokens.centre, tokens.error, tokens.spread, *tokens.relation]
    assert all(np.isfinite(a).all() for a in arrays)


@pytest.mark.parametrize("shape", [(2, 1), (8, 1), (30, 1), (3, 40)])
def test_the_shortest_and_smallest_panels_have_finite_tokens(shape):
    question = ahead(panel_of(np.random.default_rng(0).normal(size=shape)), 8)
    tokens = tokens_of(question)
    assert np.isfinite(tokens.context).all() and np.isfinite(tokens.query).all()


def test_a_seen_value_does_change_the_tokens():
    question, starts = _question("forecast")
    other = replace(question.frame, values=question.frame.values.copy())
    other.values[190, 0, 0] = 99.0
    assert "context" in same_bits(tokens_of(question, starts), tokens_of(replace(question, frame=other), starts))


def test_places_far_away_in_absolute_terms_look_the_same():
    question = ahead(rhythm(120, 6), 8)
    moved = replace(question.frame, xy=question.frame.xy + [1e5, -3e5])
    a, b = tokens_of(question), tokens_of(replace(question, frame=moved))
    np.testing.assert_allclose(a.relation[0], b.relation[0], atol=1e-5)
    assert np.array_equal(a.context, b.context)


def test_joining_keeps_every_part_and_its_balls():
    parts = []
    for seed, n in ((0, 5), (1, 40), (2, 1)):
        question = ahead(rhythm(100, n, seed=seed), 8)
        parts.append(tokens_of(question))
    joined = join(parts)
    first = 0
    for number, part in enumerate(parts):
        here = slice(first, first + len(part.context))
        for name in ("context", "query", "position", "key", "centre", "error", "spread"):
            assert np.array_equal(getattr(joined, name)[here], getattr(part, name))
        for side in (0, 1):
            before = sum(len(p.balls[side]) for p in parts[:number])
            ball = joined.balls[side][before : before + len(part.balls[side])]
            assert np.array_equal(np.where(ball >= 0, ball - first, -1), part.balls[side])
            assert np.array_equal(joined.relation[side][before : before + len(ball)], part.relation[side])
        first += len(part.context)
    assert sorted(joined.balls[0][joined.balls[0] >= 0]) == list(range(46))


def test_context_patches_before_the_first_row_are_not_keys():
    question = ahead(rhythm(20, 3, gaps=0.0), 8)
    tokens = tokens_of(question)
    assert tokens.key[0].sum() == 3 and tokens.key[0, -3:].all()  # 20 rows reach into three patches of 8
    assert (tokens.context[:, :-3, : 2 * PATCH] == 0).all()


def test_the_last_context_patch_ends_at_the_origin():
    values = np.arange(200.0)
    question = ahead(panel_of(values), 8)
    tile = make_tile(question, 199)
    tokens, _ = make_tokens(tile, np.array([200]))
    last = tile.scale.invert(np.sinh(tokens.context[:, -1, :PATCH].astype(float)))
    np.testing.assert_allclose(last[0], np.arange(192, 200), rtol=1e-4)
    assert tokens.position[0, -2:].tolist() == [-1, 0]


def test_with_neighbours_off_balls_hold_one_series_each():
    question = ahead(rhythm(100, 6), 8)
    tokens = tokens_of(question, options=Options(neighbours=False))
    assert all(ball.shape == (6, 1) for ball in tokens.balls)


def test_context_patches_outside_the_frame_are_left_out_and_no_answer_changes():
    network = small_network()
    question = ahead(rhythm(3 * PATCH, 6), PATCH)
    tokens = tokens_of(question, [3 * PATCH])
    less = tokens.within()
    assert less.context.shape[1] == less.key.shape[1] == 3 < CONTEXT and less.position.shape[1] == 4
    told, shorter = (network(**tensors(one)).detach().numpy() for one in (tokens, less))
    np.testing.assert_allclose(shorter, told, atol=1e-4)  # sums of other lengths round otherwise
    long = tokens_of(ahead(rhythm((CONTEXT + 2) * PATCH, 2), PATCH), [(CONTEXT + 2) * PATCH])
    assert long.within() is long
