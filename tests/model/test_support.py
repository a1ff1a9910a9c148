"""Directions as numbers for a network: places that point alike get numbers alike, wherever north is."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.inspect.support import support_of
from chronotope.model.support import unwound
from panels import ahead, panel_of


@pytest.mark.parametrize("south", [0.0, 180.0])
def test_neighbours_on_both_sides_of_a_cut_lie_side_by_side(south):
    values = np.mod(south + np.array([[-2.0, 3.0], [-1.0, 1.0], [-2.0, 2.0], [150.0, 150.0]]), 360)
    panel = replace(panel_of(values), variables=("wind_direction",), units=("degrees",))
    question = ahead(panel, 1)
    numbers = unwound(question, support_of(question.visible(), panel.variables, panel.units)).frame.values[:4, :, 0]
    np.testing.assert_allclose(numbers[:, 1] - numbers[:, 0], [5, 2, 4, 0], atol=1e-3)
