"""A total of its parts, a copy, the same in another unit are told in gaps by what tells them, to the record's end."""

from __future__ import annotations

import numpy as np
import pytest
from tests.model.test_gaps import Constant, _miss

from chronotope.model.exact import exact
from chronotope.model.gaps import with_gaps
from chronotope.questions.kinds.gaps import between
from panels import hole, panel_of


def walks(seed=0, steps=300, n=4):
    return 50 + np.random.default_rng(seed).normal(size=(steps, n)).cumsum(axis=0)


def question_of(values, rows):
    """The last place is asked in some rows."""
    asked = np.zeros((*values.shape, 1), bool)
    asked[rows, -1] = True
    return hole(panel_of(values), asked)


OF_PARTS = {
    "sum": lambda x: x[:, :2].sum(axis=1),
    "copy": lambda x: x[:, 1],
    "unit": lambda x: 1.8 * x[:, 2] + 32,
    "less": lambda x: x[:, 0] - x[:, 3],
}


@pytest.mark.parametrize("rows", [slice(260, 300), slice(0, 50), slice(120, 160)])
@pytest.mark.parametrize("kind", OF_PARTS)
def test_what_others_tell_without_a_miss_is_told_by_them(kind, rows):
    values = np.column_stack([walks(), OF_PARTS[kind](walks())])
    question = question_of(values, rows)
    answer = with_gaps(question, Constant(100.0, 20.0))
    assert _miss(question, answer) < 1e-3
    assert np.nanmax(np.ptp(answer, axis=0)) < 0.01


@pytest.mark.parametrize("n, told", [(12, lambda x: x.sum(axis=1)), (700, lambda x: 3 - x[:, 0])])
def test_a_total_of_many_and_a_twin_among_hundreds_are_found(n, told):
    values = walks(steps=300, n=n)
    question = question_of(np.column_stack([values, told(values)]), slice(260, 300))
    assert _miss(question, with_gaps(question, Constant())) < 1e-2


def test_whoever_is_no_part_may_be_silent():
    values = np.column_stack([walks(), walks()[:, :2].sum(axis=1)])
    asked = np.zeros((300, 5, 1), bool)
    asked[200:240, 4] = asked[190:250, 2] = True
    told = exact(hole(panel_of(values), asked))
    assert told.where[200:240, 4].all() and not told.where[:, 2].any()


def test_totals_of_whole_numbers_are_whole():
    counts = np.random.default_rng(4).poisson(8, (300, 3)).astype(float)
    question = question_of(np.column_stack([counts, counts.sum(axis=1)]), slice(260, 300))
    answer = with_gaps(question, Constant())[:, :, -1, 0]
    np.testing.assert_array_equal(answer, np.broadcast_to(counts[260:].sum(axis=1), answer.shape))


def test_what_is_only_alike_is_left_to_the_rules():
    values = walks()
    rng = np.random.default_rng(1)
    noisy = np.column_stack([values, values[:, 0] + rng.normal(size=300)])
    assert exact(question_of(noisy, slice(260, 300))) is None
    assert exact(question_of(np.column_stack([values, np.sin(np.arange(300) / 40)]), slice(100, 110))) is None


def test_what_is_nearly_always_nothing_shows_nothing():
    values = np.zeros((300, 4))
    values[6] = values[270, -1] = 5.0  # of 64 looked at none is the one that was seen
    assert exact(question_of(values, slice(260, 300))) is None


def test_a_sum_that_held_for_half_of_the_record_is_not_exact():
    values = walks()
    total = values[:, :2].sum(axis=1)
    total[150:] += np.random.default_rng(2).normal(size=150).cumsum()
    assert exact(question_of(np.column_stack([values, total]), slice(260, 300))) is None


def test_it_is_told_where_its_parts_are_seen_and_the_rest_is_still_answered():
    values = np.column_stack([walks(), walks()[:, :2].sum(axis=1)])
    asked = np.zeros((300, 5, 1), bool)
    asked[200:240, 4] = asked[210:220, 0] = True
    question = hole(panel_of(values), asked)
    told = exact(question)
    assert told.where[200:210, 4].all() and told.where[220:240, 4].all() and not told.where[210:220].any()
    answer = with_gaps(question, Constant(100.0, 20.0))
    assert np.isfinite(answer[:, question.asked[question.rows]]).all()
    sure = np.isin(question.rows, [*range(200, 210), *range(220, 240)])
    np.testing.assert_allclose(answer[4, sure, 4, 0], values[question.rows[sure], 4], atol=1e-3)


def test_nothing_that_is_hidden_is_read():
    values = np.column_stack([walks(), walks()[:, :2].sum(axis=1)])
    question = question_of(values, slice(250, 300))
    poisoned = question.frame.values.copy()
    poisoned[question.asked] = 1e9
    other = between(panel_of(poisoned[..., 0]), question.asked)
    np.testing.assert_array_equal(with_gaps(question, Constant()), with_gaps(other, Constant()))
