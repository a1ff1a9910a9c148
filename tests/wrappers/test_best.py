"""Best: the plain method where it erred less before, variable by variable, by nothing but the past."""

from dataclasses import replace

import numpy as np
import pytest

import chronotope as ct
from chronotope.pace import working
from chronotope.questions import AbstractQuantilePredictor
from chronotope.wrappers.best import LEAST, Best, chosen
from panels import ahead, panel_of


class Guess(AbstractQuantilePredictor):
    """The last value plus something, (v,), everywhere, with a narrow interval."""

    def __init__(self, name, *off, kind="floor"):
        self.name, self.kind, self.off = name, kind, np.array(off)

    def quantiles(self, question):
        rows, levels = question.rows, np.array(question.levels)[:, None, None, None]
        last = question.visible()[rows[0] - 1] + self.off
        out = np.broadcast_to(last, (len(levels), len(rows), *last.shape)) + (levels - 0.5) * 0.01
        return np.where(question.asked[rows], out, np.nan).astype("float32")


def walk(steps=80, seed=0):
    rng = np.random.default_rng(seed)
    return panel_of(np.stack([np.full((steps, 3), 5.0) + rng.normal(0, 0.1, (steps, 3)), rng.normal(0, 0.1, (steps, 3))], axis=-1))


def both():
    return Best(Guess("network", 3, 0, kind="network"), [Guess("still", 0, 3)])


def test_each_variable_is_answered_by_the_one_that_erred_less_before():
    question = ahead(walk(), 4)
    answer, network, still = (one.answer(question).values for one in (both(), both().base, both().others[0]))
    np.testing.assert_array_equal(answer[..., 0], still[..., 0])
    np.testing.assert_array_equal(answer[..., 1], network[..., 1])


def test_who_answers_is_said_in_the_result():
    field = ct.open({"values": walk(60).values[..., 0], "time": walk(60).times})
    fc = ct.Model(Best(Guess("network", 3, kind="network"), [Guess("still", 0)])).forecast(field, 4)
    assert len(fc.meta["said"]) == 1 and "is answered by baseline:still: it erred" in fc.meta["said"][0]
    assert fc.meta["model"] == "best"


def test_nothing_after_the_origin_has_a_say():
    question = ahead(walk(), 4)
    longer = question.frame.values.copy()
    longer[-4:] = 1e6
    hidden = replace(question, frame=replace(question.frame, values=longer))
    np.testing.assert_array_equal(both().answer(question).values, both().answer(hidden).values)
    behind = question.seen.copy()
    behind[60:64, 1] = False
    poisoned = question.frame.values.copy()
    poisoned[60:64, 1] = 1e6
    one, other = (replace(question, seen=behind, frame=replace(question.frame, values=v)) for v in (question.frame.values, poisoned))
    np.testing.assert_array_equal(both().answer(one).values, both().answer(other).values)


def test_where_the_past_turned_the_choice_follows_the_past_not_the_future():
    """Before the origin the network is right, after it the floor would be: the network answers."""
    values = np.arange(60, dtype=float)[:, None].repeat(2, 1)
    best = Best(Guess("network", 2.5, kind="network"), [Guess("still", 0)])
    question = ahead(panel_of(values), 4)
    np.testing.assert_array_equal(best.answer(question).values, best.base.answer(question).values)


def test_a_short_past_leaves_the_network_to_answer():
    question = ahead(walk(20), 4)
    np.testing.assert_array_equal(both().answer(question).values, both().base.answer(question).values)


def test_it_errs_less_than_the_network_where_a_floor_does():
    panel = walk(100)
    question = ahead(panel.slice_time(0, 96), 4)
    truth = panel.values[96:]
    errors = {one: np.abs(made.answer(question).values[4] - truth).mean() for one, made in (("best", both()), ("network", both().base))}
    assert errors["best"] < 0.3 < errors["network"]


@pytest.mark.parametrize(
    ("losses", "who"),
    [
        ([[1.0, 0.5], [1.1, 0.6], [1.0, 0.5], [1.2, 0.7]], 1),
        ([[1.0, 0.99], [1.1, 1.09], [1.0, 0.99], [1.2, 1.19]], 0),  # by less than counts
        ([[1.0, 0.1], [1.0, 1.9], [1.0, 0.1], [1.0, 1.8]], 0),  # by luck
        ([[1.0, 0.5], [1.1, 0.6], [1.0, 0.5]], 0),  # too few
        ([[1.0, np.nan]] * 8, 0),
    ],
)
def test_a_choice_by_hand(losses, who):
    assert LEAST == 4 and chosen(np.array(losses)[:, :, None]).tolist() == [who]


def test_gaps_are_answered_by_the_network():
    panel = walk()
    asked = np.zeros(panel.values.shape, bool)
    asked[40:44] = True
    from panels import hole

    class Silent:
        def at(self, *told): ...
        def say(self, text): ...
        def close(self): ...

    with working("filling", watcher=Silent()) as work:
        np.testing.assert_array_equal(both().answer(hole(panel, asked)).values, both().base.answer(hole(panel, asked)).values)
    assert work.sentences == ["network answers: plain methods are tried for forecasts alone"]


def test_it_is_loaded_by_name():
    assert ct.load("best").name == "best" and "best" in ct.models().index
