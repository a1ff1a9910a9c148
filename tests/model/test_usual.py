"""What nearly always is the same is not told for sure to leave; what leaves by the clock, has left, or is known ahead stays as told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chronotope.data.panel import Panel
from chronotope.model.usual import with_usual
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.tasks.load import load

AHEAD, PAST = 12, 200
TOLD = np.linspace(1.0, 9.0, len(QUANTILE_LEVELS))


def question(values: np.ndarray) -> Question:
    """The last twelve hours of values (t,) are asked."""
    times = np.datetime64("2024-05-01", "ns") + np.arange(len(values)) * np.timedelta64(1, "h")
    panel = Panel(values[:, None, None].astype(np.float32), times, "1h", ("rain",))
    asked = np.zeros(panel.values.shape, bool)
    asked[-AHEAD:] = True
    return Question(panel, panel.mask & ~asked, asked)


def dry(*rain: int) -> np.ndarray:
    """Hours without rain but in some rows."""
    values = np.zeros(PAST + AHEAD)
    values[list(rain)] = 5.0
    return values


def told(asked: Question, sign: float = 1.0) -> np.ndarray:
    """What stays of an answer that is the same everywhere (q, h)."""
    answer = np.sort(sign * TOLD)[:, None, None, None] * np.ones((1, AHEAD, 1, 1))
    return with_usual(asked, lambda _: answer)[..., 0, 0]


@pytest.mark.parametrize("model", ["tiny", "small"])
def test_rain_of_last_week_does_not_come_again_for_sure(model):
    answer = load(model).predictor.answer(question(dry(40, 41, 54))).values[..., 0, 0]
    assert (answer[4] == 0).all()


def test_the_usual_value_has_the_share_of_the_past_in_which_it_stayed():
    values = dry(*range(0, PAST, 10))  # 19 of 179 dry hours with an hour after them were followed by rain
    answer = told(question(values))
    assert (answer[:-1, 0] == 0).all() and answer[-1, 0] == pytest.approx(TOLD[0])
    below = told(question(values), -1.0)
    np.testing.assert_allclose(below, -answer[::-1])


def test_what_leaves_by_the_clock_is_told_to():
    answer = told(question(dry(*range(12, PAST, 24))))
    at_noon = (PAST + np.arange(AHEAD)) % 24 == 12
    assert at_noon.sum() == 1 and (answer[:, at_noon] == TOLD[:, None]).all()
    assert (answer[:, ~at_noon] == 0).all()


@pytest.mark.parametrize(
    "values",
    [
        dry(PAST - 1),  # has left
        dry(*range(0, PAST - 1, 8)),  # one in eight is usual enough for no value
        np.where(np.arange(PAST + AHEAD) < PAST - 10, np.nan, 0.0),  # too few
    ],
)
def test_all_else_stays_as_told(values):
    assert (told(question(values)) == TOLD[:, None]).all()


def test_intervals_that_hold_the_usual_value_stay():
    answer = np.broadcast_to(np.linspace(0.0, 8.0, len(TOLD))[:, None, None, None], (len(TOLD), AHEAD, 1, 1))
    assert with_usual(question(dry(40)), lambda _: answer) is answer


def test_what_is_known_ahead_may_say_so():
    asked = question(dry(40))
    seen = asked.seen.copy()
    two = replace(asked.frame, values=np.repeat(asked.frame.values, 2, axis=2), variables=("rain", "plan"))
    both = [np.concatenate([one, other], axis=2) for one, other in ((seen, np.ones_like(seen)), (asked.asked, np.zeros_like(seen)))]
    answer = np.broadcast_to(TOLD[:, None, None, None], (len(TOLD), AHEAD, 1, 2))
    assert with_usual(Question(two, *both), lambda _: answer) is answer


def test_one_level_is_enough():
    asked = question(dry(40)).wanting((0.5,))
    assert (with_usual(asked, lambda _: np.ones((1, AHEAD, 1, 1))) == 0).all()
