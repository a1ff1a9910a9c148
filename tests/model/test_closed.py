"""What shows nothing for far longer than ever is told to show nothing, with the chance that it lasts as long again."""

from __future__ import annotations

import numpy as np
import pytest

from chronotope.data.panel import Panel
from chronotope.model.closed import with_closed
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.tasks.load import load

AHEAD, OPEN = 8, 133
TOLD = np.linspace(1.0, 9.0, len(QUANTILE_LEVELS))


def question(zeros: int, before: int = 0, freq: int = 7 * 24, lowest: float = 0.0) -> Question:
    """Sales of a shop that is closed for `zeros` weeks and was once for `before` weeks."""
    rows = np.arange(OPEN)
    sales = 170 + 40 * np.sin(2 * np.pi * rows / 52) + np.random.default_rng(2).normal(0, 25, OPEN)
    values = np.concatenate([sales, np.full(zeros + AHEAD, lowest)])
    values[40 : 40 + before] = lowest
    times = np.datetime64("2021-01-03", "ns") + np.arange(len(values)) * np.timedelta64(freq, "h")
    panel = Panel(values[:, None, None].astype(np.float32), times, f"{freq}h", ("sales",))
    asked = np.zeros(panel.values.shape, bool)
    asked[-AHEAD:] = True
    return Question(panel, panel.mask & ~asked, asked)


def told(asked: Question) -> np.ndarray:
    """What stays of an answer that is the same everywhere (q, h)."""
    return with_closed(asked, lambda _: TOLD[:, None, None, None] * np.ones((1, AHEAD, 1, 1)))[..., 0, 0]


@pytest.mark.parametrize("model", ["tiny", "small"])
def test_a_shop_that_was_closed_for_half_a_year_is_not_told_to_sell(model):
    assert (load(model).predictor.answer(question(23)).values[4, :, 0, 0] == 0).all()


def test_it_lasts_as_long_again_with_even_chances():
    made = told(question(24, before=3))
    stays = 24 / (24 + np.arange(1, AHEAD + 1))
    assert np.array_equal(made == 0, np.asarray(QUANTILE_LEVELS)[:, None] <= stays)
    high = (0.9 - stays[-1]) / (1 - stays[-1])  # of what is told, the share below the ninth decile
    assert made[-1, -1] == pytest.approx(np.interp(high, QUANTILE_LEVELS, TOLD))


def test_an_answer_that_is_surer_of_zero_stays():
    answer = np.where(np.asarray(QUANTILE_LEVELS) < 0.85, 0.0, 5.0)[:, None, None, None] * np.ones((1, AHEAD, 1, 1))
    assert np.array_equal(with_closed(question(24), lambda _: answer)[:, 5:], answer[:, 5:])


@pytest.mark.parametrize(
    "asked",
    [question(12), question(24, before=7), question(20, freq=1), question(60), question(24, lowest=100.0)],
    ids=["few weeks", "seen before", "not yet a day", "hardly anything before", "not zero"],
)
def test_all_others_stay_as_told(asked):
    assert np.array_equal(told(asked), TOLD[:, None] * np.ones(AHEAD))
