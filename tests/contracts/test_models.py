"""Every model obeys one contract; and the contract notices when one does not."""

import numpy as np
import pytest

from chronotope.baselines import BASELINES
from chronotope.evaluate.contract import CHECKS, ContractError, check_model
from chronotope.model.load import list_models
from chronotope.questions import AbstractQuantilePredictor, Quantiles
from chronotope.tasks.load import load

OF_VALUES = [name for name, make in BASELINES.items() if Quantiles in make().gives]  # the others read events: tests/baselines
NAMES = [f"baseline:{name}" for name in OF_VALUES] + [m["name"] for m in list_models()]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", NAMES)
def test_model_obeys(name, check):
    assert check_model(load(name), only=(check,)) == [check]


@pytest.mark.parametrize("name", BASELINES)
def test_a_floor_says_that_it_is_one(name):
    assert BASELINES[name]().kind == "floor"


class Honest(AbstractQuantilePredictor):
    """Last value, wider with the level; obeys everything that the tests below break."""

    name = "honest"

    def quantiles(self, question):
        return BASELINES["last_value"]().answer(question).values


class Peeking(Honest):
    def quantiles(self, question):
        return super().quantiles(question) + np.float32(np.nan_to_num(question.frame.values[-40:]).max() * 1e-3)


class OfTheIndex(Honest):
    def quantiles(self, question):
        return super().quantiles(question) + np.arange(question.frame.values.shape[1], dtype="float32")[:, None]


class Upwards(Honest):
    def quantiles(self, question):
        return super().quantiles(question)[::-1]


class Deaf(Honest):
    def quantiles(self, question):
        return super().quantiles(question.wanting((0.1, 0.5, 0.9)))


class InCelsius(Honest):
    def quantiles(self, question):
        return np.maximum(super().quantiles(question), 25)


class Moody(Honest):
    def __init__(self):
        self.calls = 0

    def quantiles(self, question):
        self.calls += 1
        return super().quantiles(question) + np.float32(self.calls)


class Everywhere(Honest):
    def quantiles(self, question):
        return np.nan_to_num(super().quantiles(question))


class Shy(Honest):
    def quantiles(self, question):
        if len(question.frame.times) < 30:
            raise ValueError("too short")
        return super().quantiles(question)


@pytest.mark.parametrize(
    "broken, check",
    [
        (Peeking, "blind_to_what_is_hidden"),
        (OfTheIndex, "places_in_any_order"),
        (Upwards, "quantiles_in_order"),
        (Deaf, "levels_as_asked"),
        (InCelsius, "units_change_with_the_data"),
        (Moody, "same_twice"),
        (Everywhere, "finite_where_asked"),
        (Shy, "any_size"),
    ],
)
def test_a_broken_model_is_named_with_what_it_breaks(broken, check):
    with pytest.raises(ContractError, match=check.replace("_", " ")):
        check_model(broken(), only=(check,))
    assert check_model(Honest(), only=(check,)) == [check]
