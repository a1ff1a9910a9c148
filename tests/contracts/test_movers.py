"""Models that give paths or rates obey their contract; and it notices when one does not."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.baselines.hawkes import Hawkes
from chronotope.baselines.paths import PathMix
from chronotope.evaluate.protocols.contract import ContractError, check_model
from chronotope.evaluate.protocols.contract_movers import PATH_CHECKS, RATE_CHECKS
from chronotope.tasks.load import load


@pytest.mark.parametrize("name", ["stay", "paths_mix"])
def test_floors_of_paths_obey(name):
    assert check_model(load(f"baseline:{name}"), only=tuple(PATH_CHECKS)) == list(PATH_CHECKS)


@pytest.mark.parametrize("name", ["homogeneous_poisson", "hawkes"])
def test_floors_of_events_obey(name):
    assert check_model(load(f"baseline:{name}"), only=tuple(RATE_CHECKS)) == list(RATE_CHECKS)


def test_networks_are_asked_too():
    assert check_model(load("tiny"), only=("paths_by_name", "rates_by_name")) == ["paths_by_name", "rates_by_name"]
    assert "paths_by_name" not in check_model(load("baseline:last_value"), only=("shape", "paths_by_name"))


class Leaning(PathMix):
    def answer(self, question):
        made = super().answer(question)
        return replace(made, values=made.values + np.arange(len(question.rows))[None, :, None, None])


class OfTheIndex(PathMix):
    def answer(self, question):
        made = super().answer(question)
        return replace(made, values=made.values + np.arange(made.values.shape[2])[None, None, :, None])


class Counting(Hawkes):
    def answer(self, question):
        made = super().answer(question)
        return replace(made, values=made.values[::-1])


@pytest.mark.parametrize(
    "model, check",
    [(Leaning(), "paths_turn_with_the_scene"), (OfTheIndex(), "paths_of_any_order"), (Counting(), "rates_by_name")],
)
def test_the_contract_notices(model, check):
    with pytest.raises(ContractError):
        check_model(model, only=(check,))
