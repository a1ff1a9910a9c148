"""Predictors: what they say of themselves, what they refuse, and how tables call them."""

import numpy as np
import pytest

from chronotope.baselines import BASELINES
from chronotope.baselines.mix import Mix
from chronotope.baselines.networks import NETWORKS
from chronotope.baselines.rivals import RIVALS, rival_class
from chronotope.errors import ArgumentError, DimensionError
from chronotope.questions import AbstractQuantilePredictor, Paths, QuantileAnswer, Quantiles, Samples, Vectors
from chronotope.questions.predictor import PREDICTOR_KINDS, SHOWN, check_want, shown_name
from panels import ahead, panel_of

QUESTION = ahead(panel_of(np.arange(20.0)), 2)


class Level(AbstractQuantilePredictor):
    """The level itself."""

    name = "level"

    def quantiles(self, question):
        return np.array(question.levels, np.float32)[:, None, None, None] + np.zeros((1, 2, 1, 1), np.float32)


def test_whoever_fills_in_quantiles_answers_with_the_levels_that_are_wanted():
    answer = Level().answer(QUESTION.wanting((0.25, 0.75)))
    assert isinstance(answer, QuantileAnswer) and answer.levels == (0.25, 0.75)
    assert answer.values[:, 0, 0, 0].tolist() == [0.25, 0.75]


@pytest.mark.parametrize("want", [Samples(3), Vectors(), Paths()])
def test_a_want_that_is_not_given_is_refused(want):
    refusal = (
        rf"^level must be asked for what it gives \(Quantiles\); found {type(want).__name__}\.( Ask a network that ships, such as tiny\.)?$"
    )
    with pytest.raises(ArgumentError, match=refusal):
        Level().answer(QUESTION.wanting(want))


@pytest.mark.parametrize("values, words", [([[[[1.0]]]], "must be an array"), (np.zeros((3, 1, 1, 1)), "each of the 2 levels; found 3")])
def test_an_answer_that_does_not_fit_its_levels_is_refused(values, words):
    with pytest.raises(DimensionError, match=words):
        QuantileAnswer(values, (0.1, 0.9))


def test_wants_that_are_given_are_named_in_order():
    class Both(Level):
        gives = frozenset({Samples, Quantiles})

    check_want(Both(), QUESTION.wanting(Samples(2)))
    with pytest.raises(ArgumentError, match=r"\(Quantiles, Samples\); found Vectors"):
        check_want(Both(), QUESTION.wanting(Vectors()))


def test_who_tells_rates_says_what_else_to_do_about_values():
    with pytest.raises(ArgumentError, match=r"hawkes must .*\(Rate\); found Quantiles\. It tells .* kind='events', or ask another model"):
        check_want(BASELINES["hawkes"](), QUESTION)


def test_everyone_says_what_kind_they_are():
    assert {make().kind for make in BASELINES.values()} == {"floor"}
    assert {make().kind for make in NETWORKS.values()} == {"trained"}
    assert {rival_class(name).kind for name in RIVALS} == {"rival"}
    assert Level().kind == "network" and Mix().kind == "floor"
    assert set(SHOWN) < set(PREDICTOR_KINDS)


def test_tables_call_a_predictor_by_the_name_that_load_takes():
    assert shown_name(BASELINES["mix"]()) == "baseline:mix" and shown_name(Level()) == "level"
    assert shown_name(NETWORKS["conv_lstm"]()) == "baseline:conv_lstm"
