"""Forecasts of years that are long beside their past."""

import numpy as np
import pandas as pd
import pytest

from chronotope.model.legs import in_legs
from chronotope.opening.open import open_field
from chronotope.questions import Question
from chronotope.tasks.load import load


def years(n: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    grown = np.exp(np.cumsum(np.array([0.02, 0.045, 0.065]) + rng.normal(0, 0.01, (n, 3)), axis=0))
    return pd.DataFrame(1000 * grown, pd.date_range("1965", periods=n, freq="YS", name="time"), ["slow", "middle", "fast"])


def asked(values: np.ndarray, horizon: int, freq: str) -> Question:
    table = pd.DataFrame(values, pd.date_range("1900", periods=len(values), freq=freq, name="time"), ["a"])
    frame = open_field(table.reset_index(), target="a").panel().extend(horizon)
    ahead = np.zeros(frame.values.shape, bool)
    ahead[-horizon:] = True
    return Question(frame, frame.mask, ahead).wanting((0.1, 0.9))


@pytest.mark.parametrize("name", ["baseline:mix", "tiny"])
def test_what_grew_goes_on_growing_as_far_as_is_asked(name):
    table = years(60)
    field = open_field(table.reset_index().melt("time", var_name="place", value_name="gdp"), cumulative=False)
    answer = load(name).forecast(field, 60).to_xarray()["gdp"].transpose("quantile", "time", "place").values
    assert (answer[4, 39] > answer[4, 14]).all() and (answer[4, -1] > answer[4, 19])[1:].all()  # what grows slowly may dip at the end
    width = (answer[8] - answer[0])[[19, 39, 59]]
    assert (np.diff(width, axis=0) > 0).all()


def test_legs_read_the_medians_before_them_and_are_as_wide_as_the_lead():
    ends = []

    def last_value(question: Question) -> np.ndarray:
        ends.append((question.first, len(question.asked)))
        last = question.visible()[question.first - 1]
        return np.stack([last + level for level in (-1.0, 1.0, 3.0)])[:, None].repeat(len(question.rows), axis=1)

    said = in_legs(asked(np.zeros((12, 1)), 12, "YS"), last_value)
    assert ends == [(12, 16), (16, 20), (20, 24)] and said.shape == (2, 12, 1, 1)
    wide = [0.5 * lead for lead in range(5, 13)]
    np.testing.assert_allclose(said[1, :, 0, 0], [3] * 4 + [2 + one for one in wide[:4]] + [3 + one for one in wide[4:]])


@pytest.mark.parametrize(("horizon", "freq"), [(4, "YS"), (12, "MS")])
def test_short_forecasts_and_those_with_a_year_are_asked_at_once(horizon, freq):
    question, heard = asked(np.zeros((12, 1)), horizon, freq), []
    in_legs(question, lambda one: heard.append(one) or np.zeros((2, horizon, 1, 1)))
    assert len(heard) == 1 and heard[0] is question
