"""LightGBM learns from neighbours and cycles, and works from small to large."""

import numpy as np

from chronotope.baselines.naive import LastValue
from chronotope.data.panel import Edges
from panels import ahead, panel_of
from rivals import wanted


def error(model, question, truth):
    return np.abs(model.answer(question.wanting((0.5,))).values[0, ..., 0] - truth).mean()


def test_places_that_repeat_their_neighbour_a_step_later_are_read_off_it():
    leaders = np.random.default_rng(0).normal(size=(201, 10))
    values = np.concatenate([leaders[1:], leaders[:-1]], axis=1)
    edges = Edges(np.arange(10), np.arange(10, 20), np.ones(10))
    joined, apart = ahead(panel_of(values[:-1], "1min", edges=edges), 1), ahead(panel_of(values[:-1, 10:], "1min"), 1)
    answers = (wanted("lightgbm").answer(asked.wanting((0.5,))).values for asked in (joined, apart))
    found, alone = (np.abs(answer[0, 0, -10:, 0] - values[-1, 10:]).mean() for answer in answers)
    assert found < 0.5 * alone


def test_three_places_and_sixty_rows_are_enough_to_beat_the_last_value_on_a_cycle():
    rng = np.random.default_rng(1)
    values = 10 * np.sin(np.arange(66)[:, None] / 3.82) + rng.normal(size=(66, 3))
    question = ahead(panel_of(values[:-6]), 6)
    assert error(wanted("lightgbm"), question, values[-6:]) < 0.6 * error(LastValue(), question, values[-6:])


def test_too_little_to_learn_from_is_left_to_the_last_value():
    question = ahead(panel_of(np.random.default_rng(2).normal(size=(17, 1))), 20)
    model = wanted("lightgbm")
    assert np.isfinite(model.answer(question).values).all()
    assert np.isnan(model.answered(ahead(panel_of(np.random.default_rng(2).normal(size=(12, 1))), 3))).all()
