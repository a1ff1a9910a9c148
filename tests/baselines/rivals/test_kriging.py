"""PyKrige at hidden places of a smooth field, and the last value where there is nothing to krige from."""

import numpy as np

from chronotope.baselines.naive import LastValue
from panels import ahead, hole, panel_of
from rivals import wanted


def field(rng, places=60):
    xy = rng.uniform(0, 1000, (places, 2))
    z = np.sin(xy[:, 0] / 200) + np.cos(xy[:, 1] / 250)
    return xy, z + np.arange(2)[:, None]


def test_hidden_places_of_a_smooth_field_come_close():
    xy, values = field(np.random.default_rng(0))
    hidden = np.zeros((2, 60, 1), bool)
    hidden[:, :12] = True
    model = wanted("pykrige")
    question = hole(panel_of(values, xy=xy), hidden)
    answer = model.answered(question)[:, :, :12, 0]
    assert np.abs(answer[4] - values[:, :12]).mean() < 0.2 * values[0].std()
    assert ((answer[0] < values[:, :12]) & (values[:, :12] < answer[8])).mean() > 0.7


def test_forecasts_and_places_without_coordinates_are_left_to_the_last_value():
    xy, values = field(np.random.default_rng(1), 10)
    model = wanted("pykrige")
    for question in (ahead(panel_of(values, xy=xy), 2), ahead(panel_of(values), 2)):
        assert np.isnan(model.answered(question)).all()
        np.testing.assert_array_equal(model.answer(question).values, LastValue().answer(question).values)
