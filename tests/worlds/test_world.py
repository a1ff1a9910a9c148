"""A world as a Field: the same numbers, places and edges come back."""

import numpy as np
import pytest

from chronotope.worlds import FAMILIES, compose, draw


@pytest.mark.parametrize("family", FAMILIES)
def test_the_field_of_a_world_has_its_panel(family):
    for seed in range(3):
        world = draw(seed, family=family, places=5, steps=40)
        _same(world.panel, world.field.panel())


@pytest.mark.parametrize("freq", ["5min", "h", "D", "7D", "MS"])
def test_on_every_clock(freq):
    world = compose(1, freq=freq, places=3, steps=40, observer=["sensor"], layout="ring")
    assert world.field.kind == "graph"
    _same(world.panel, world.field.panel())


def _same(panel, again):
    assert np.array_equal(panel.values, again.values, equal_nan=True) and (panel.times == again.times).all()
    assert panel.variables == again.variables and list(panel.places) == list(again.places)
    assert (panel.xy is None) == (again.xy is None) and (panel.edges is None) == (again.edges is None)
    if panel.xy is not None:
        assert again.xy == pytest.approx(panel.xy)
    if panel.edges is not None:
        assert np.array_equal(panel.edges.source, again.edges.source) and np.array_equal(panel.edges.target, again.edges.target)
        assert again.edges.weight == pytest.approx(panel.edges.weight, rel=1e-6)
    assert (panel.extend(3).times == again.extend(3).times).all()
