"""What nobody should be able to see in an answer: the order of variables and places, the unit, and where zero was put."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.model.load import load_predictor
from chronotope.model.model import NetworkPredictor
from panels import ahead
from tiles import rhythm

pytestmark = pytest.mark.weights
SHIPPED = load_predictor("tiny")
MODEL = NetworkPredictor(SHIPPED.network, "tiny", bf16=False)  # products in half precision round by 1e-3 of a deviation
TOLERANCE = 1e-3  # of a deviation


def _answer(panel):
    return MODEL.answer(ahead(panel, 12)).values


def _apart(a, b, panel):
    return np.abs(a - b).max() / np.nanstd(panel.values)


@pytest.mark.parametrize("variables", [2, 5, 9])
def test_the_order_of_variables_is_not_seen(variables):
    panel = rhythm(300, 7, variables)
    order = np.random.default_rng(variables).permutation(variables)
    assert _apart(_answer(panel)[..., order], _answer(replace(panel, values=panel.values[..., order])), panel) < TOLERANCE


@pytest.mark.parametrize("xy", [True, False])
@pytest.mark.parametrize("places", [12, 80])
def test_the_order_of_places_is_not_seen_with_and_without_positions(places, xy):
    panel = rhythm(300, places, xy=xy)
    order = np.random.default_rng(places).permutation(places)
    assert _apart(_answer(panel)[:, :, order], _answer(panel.take_places(order)), panel) < TOLERANCE


@pytest.mark.parametrize("offset", [273.15, -40.0, 1000.0])
def test_an_offset_is_not_seen_where_zero_is_no_bound(offset):
    panel = rhythm(300, 7, 2)
    moved = replace(panel, values=(panel.values.astype(float) + offset).astype(np.float32))
    assert _apart(_answer(panel), _answer(moved) - offset, panel) < TOLERANCE


@pytest.mark.parametrize("factor", [2.54, 1e-3, 1e4])
def test_a_factor_is_not_seen(factor):
    panel = rhythm(300, 7, negative=False)
    scaled = replace(panel, values=(panel.values.astype(float) * factor).astype(np.float32))
    assert _apart(_answer(panel), _answer(scaled) / factor, panel) < TOLERANCE
