"""Question: shapes, what is derived from its masks, and its parts."""

import numpy as np
import pytest

from chronotope.errors import DimensionError
from chronotope.questions import QUANTILE_LEVELS, Quantiles, Question, Samples, Vectors
from panels import ahead, hole, panel_of

PANEL = panel_of(np.arange(48.0).reshape(8, 3, 2))


def masks(seen=(), asked=()):
    """Two masks on PANEL: all false but for the rows of each."""
    out = np.zeros((2, *PANEL.values.shape), bool)
    out[0, list(seen)] = out[1, list(asked)] = True
    return out


@pytest.mark.parametrize("wrong", ["seen", "asked", "both"])
def test_masks_of_another_shape_are_refused(wrong):
    seen, asked = masks()
    seen = seen[:-1] if wrong in ("seen", "both") else seen
    asked = asked[:-1] if wrong in ("asked", "both") else asked
    with pytest.raises(DimensionError, match=r"must have the shape of the frame \(8, 3, 2\); found \("):
        Question(PANEL, seen, asked)


def test_asking_for_what_is_seen_is_refused():
    with pytest.raises(DimensionError, match="asked must not overlap Question.seen"):
        Question(PANEL, *masks(seen=range(5), asked=[4, 5]))


def test_rows_are_the_steps_in_which_something_is_asked():
    question = Question(PANEL, *masks(seen=range(3), asked=[4, 6]))
    assert question.rows.tolist() == [4, 6] and question.first == 4
    nothing = Question(PANEL, *masks(seen=range(8)))
    assert nothing.rows.tolist() == [] and nothing.first == 8 and not nothing.both_sides


@pytest.mark.parametrize(
    "seen, asked, both",
    [
        (range(5), [5, 6], False),
        ([0, 1, 7], [4], True),
        ([4, 5], [0], True),
        ([0, 1, 6], [5, 7], True),
        ([], [0, 1], True),
    ],
    ids=["ahead", "between", "the beginning", "a later row between", "nothing can be before the first row"],
)
def test_both_sides(seen, asked, both):
    assert Question(PANEL, *masks(seen, asked)).both_sides is both


def test_a_later_value_of_a_variable_that_is_not_asked_makes_no_second_side():
    seen, asked = masks(range(5))
    asked[5:, :, 0] = seen[5:, :, 1] = True
    assert not Question(PANEL, seen, asked).both_sides
    seen[7, 2, 0], asked[7, 2, 0] = True, False
    assert Question(PANEL, seen, asked).both_sides


def test_what_is_visible_is_what_is_seen():
    values = np.arange(48.0).reshape(8, 3, 2)
    values[0, 0, 0] = np.nan
    seen, asked = masks(range(5), [6])
    visible = Question(panel_of(values), seen, asked).visible()
    assert np.array_equal(visible[:5], values[:5], equal_nan=True) and visible.dtype == np.float32
    assert np.isnan(visible[5:]).all()


def test_levels_are_those_wanted_or_those_of_the_house():
    question = ahead(PANEL, 2)
    assert question.levels == question.want.levels == QUANTILE_LEVELS
    other = question.wanting((0.25, 0.5))
    assert other.want == Quantiles((0.25, 0.5)) and other.levels == (0.25, 0.5)
    assert question.wanting(Samples(3)).want == Samples(3)
    assert question.wanting(Vectors()).levels == QUANTILE_LEVELS


def test_a_part_of_the_places_keeps_their_order():
    hidden = np.zeros(PANEL.values.shape, bool)
    hidden[3, 2] = True
    part = hole(PANEL, hidden).of_places(np.array([2, 0]))
    assert np.array_equal(part.frame.values, PANEL.values[:, [2, 0]]) and part.frame.places.tolist() == [2, 0]
    assert np.argwhere(part.asked).tolist() == [[3, 0, 0], [3, 0, 1]] and part.seen[3, 1].all()


def test_a_part_of_the_rows_counts_from_its_start():
    question = ahead(PANEL, 2).wanting((0.5,))
    part = question.of_rows(5, 9)
    assert part.rows.tolist() == [3] and part.first == 3 and part.levels == (0.5,)
    assert part.seen.shape == (4, 3, 2)
    assert np.array_equal(part.frame.times, question.frame.times[5:9]) and question.first == 8
