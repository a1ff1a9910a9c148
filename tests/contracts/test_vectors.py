"""Every model that gives vectors obeys one contract; and the contract notices when one does not."""

import numpy as np
import pytest

from chronotope.baselines import VECTOR_FLOORS
from chronotope.evaluate.protocols.contract import CHECKS, VECTOR_CHECKS, ContractError, check_model
from chronotope.model.load import list_models
from chronotope.questions import AbstractVectorPredictor
from chronotope.tasks.load import load
from chronotope.tokens.pooling import pooled

NAMES = [f"baseline:{name}" for name in VECTOR_FLOORS] + [m["name"] for m in list_models()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("check", VECTOR_CHECKS)
def test_model_obeys(name, check):
    assert check_model(load(name), only=(check,)) == [check]


def test_a_model_is_asked_for_what_it_gives():
    assert check_model("baseline:spectrum") == list(VECTOR_CHECKS)
    assert check_model("baseline:last_value") == list(CHECKS)


class Levels(AbstractVectorPredictor):
    """Vectors that know the unit."""

    name = "levels"

    def vectors(self, question):
        return pooled(question, lambda x, step: np.nanmean(x, axis=1, keepdims=True))


class Peeking(AbstractVectorPredictor):
    """Vectors of what is hidden, too."""

    name = "peeking"

    def vectors(self, question):
        return np.sign(question.frame.values[:, :, :1].sum(axis=0))


class Short(AbstractVectorPredictor):
    """Vectors as long as the field."""

    name = "short"

    def vectors(self, question):
        return pooled(question, lambda x, step: np.zeros((len(x), max(1, x.shape[1] // 100))))


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (Levels, "vectors_of_any_order_and_unit"),
        (Peeking, "vectors_blind_to_what_is_hidden"),
        (Short, "vectors_of_every_kind"),
    ],
)
def test_a_broken_model_is_named_with_what_it_breaks(broken, check):
    with pytest.raises(ContractError, match=check.replace("_", " ")):
        check_model(broken(), only=(check,))
