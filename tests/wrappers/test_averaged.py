"""The mean of several predictors: by hand."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.baselines import BASELINES
from chronotope.errors import ArgumentError
from chronotope.questions import AbstractQuantilePredictor, Question
from chronotope.wrappers.averaged import Averaged
from panels import panel_of


class Says(AbstractQuantilePredictor):
    """Answers `values` (q,) for every asked cell."""

    def __init__(self, *values, name="says"):
        self.values, self.name = np.array(values, "float32"), name

    def quantiles(self, question):
        asked = question.asked[question.rows]
        return np.where(asked, self.values[:, None, None, None], np.nan).astype("float32")


def asked_of(panel, steps=2):
    longer = panel.extend(steps)
    asked = np.zeros(longer.values.shape, bool)
    asked[-steps:, 0] = True
    return Question(longer, longer.mask, asked).wanting((0.1, 0.5, 0.9))


def test_each_quantile_is_the_weighted_mean():
    question = asked_of(panel_of(np.ones((5, 2))))
    made = Averaged([Says(1, 2, 6, name="a"), Says(5, 6, 6, name="b")], (3, 1))
    answer = made.answer(question).values
    assert answer.dtype == np.float32 and made.name == "mean(a, b)"
    assert answer[:, 0, 0, 0].tolist() == [2, 3, 6] and np.isnan(answer[:, :, 1]).all()


def test_directions_meet_on_the_short_way():
    panel = replace(panel_of(np.tile([[350.0], [10.0]], (4, 1))), variables=("wind_dir",))
    answer = Averaged([Says(340, 350, 0), Says(0, 10, 20)]).answer(asked_of(panel)).values
    assert answer[:, 0, 0, 0].tolist() == [350, 0, 10]


def test_a_mean_is_a_floor_only_where_all_are():
    floor, network = BASELINES["mix"](), Says(1)
    assert [Averaged(some).kind for some in ((floor, floor), (floor, network), (network, floor))] == ["floor", "network", "network"]


@pytest.mark.parametrize(("bases", "weights"), [((), None), ((Says(1),), (0,)), ((Says(1),), (1, 2)), ((Says(1),), (float("nan"),))])
def test_wrong_weights_are_refused(bases, weights):
    with pytest.raises(ArgumentError, match="bases|weights"):
        Averaged(bases, weights)
