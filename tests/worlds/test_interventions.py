"""Interventions: closures move amounts and keep their sum; nothing changes before or elsewhere."""

import numpy as np
import pytest

from chronotope.worlds.clock import draw_clock
from chronotope.worlds.interventions import KINDS, interventions, moved, region
from chronotope.worlds.layout import draw_layout
from chronotope.worlds.world import Scene


def test_a_closure_moves_its_amount_to_the_nearest_open_places():
    truth = np.arange(1.0, 13.0).reshape(4, 3)
    distance = np.array([[0.0, 0.1, 0.9], [0.1, 0.0, 0.8], [0.9, 0.8, 0.0]])
    after = moved(truth, np.array([True, False, False]), slice(1, 3), distance, 0.05)
    assert after.sum(1) == pytest.approx(truth.sum(1))
    assert (after[1:3, 0] == 0).all() and (after[[0, 3]] == truth[[0, 3]]).all()
    gain = (after - truth)[1]
    assert gain[1] / gain[2] == pytest.approx(np.exp(0.8 / 0.05), rel=1e-6)


def test_a_region_is_a_disc():
    unit = np.random.default_rng(0).random((40, 2))
    share = region(np.random.Generator(np.random.PCG64(3)), unit)
    assert share.max() == 1.0 and (share >= 0).all()
    centre = unit[share.argmax()]
    assert share[np.hypot(*(unit - centre).T) > 1.3].sum() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_hold_after_an_intervention(kind):
    for seed in range(15):
        rng = np.random.Generator(np.random.PCG64(seed))
        draft = interventions(rng, Scene(draw_clock(rng, 120), draw_layout(rng, 9)), kind)
        for channel in draft.channels:
            assert np.isfinite(channel.truth).all()
            assert channel.low is None or (channel.truth >= channel.low).all()
            assert channel.high is None or (channel.truth <= channel.high).all()
