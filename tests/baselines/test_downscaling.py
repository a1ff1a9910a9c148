"""Fine fields whose blocks have the coarse means, whatever the kernel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chronotope.baselines import DOWNSCALE_FLOORS
from chronotope.errors import ArgumentError
from chronotope.evidence.fine.blocks import block_means

FIELDS = arrays(float, (5, 4), elements=st.one_of(st.floats(-1e3, 1e3, width=32), st.just(np.nan)))


@pytest.mark.parametrize("name", DOWNSCALE_FLOORS)
@settings(max_examples=20, deadline=None)
@given(FIELDS, st.integers(1, 5))
def test_block_means_are_the_coarse_values(name, coarse, factor):
    fine = DOWNSCALE_FLOORS[name]().refine(coarse, factor)
    assert fine.shape == (5 * factor, 4 * factor)
    np.testing.assert_allclose(block_means(fine, (factor, factor)), coarse, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("name", ["bilinear", "bicubic"])
def test_a_plane_is_met_away_from_the_edges(name):
    y, x = np.mgrid[:32, :40]
    plane = 2.0 * y - 0.5 * x + 7
    fine = DOWNSCALE_FLOORS[name]().refine(block_means(plane, (4, 4)), 4)
    np.testing.assert_allclose(fine[12:-12, 12:-12], plane[12:-12, 12:-12], atol=1e-9)


def test_smooth_fields_are_met_the_better_the_smoother_the_kernel():
    y, x = np.mgrid[:64, :64] / 64
    truth = np.sin(2 * np.pi * (2 * x + y))
    coarse = block_means(truth, (4, 4))
    error = {name: np.abs(one().refine(coarse, 4) - truth)[8:-8, 8:-8].mean() for name, one in DOWNSCALE_FLOORS.items()}
    assert error["bicubic"] < 0.6 * error["bilinear"] < 0.6 * 0.6 * error["nearest_cell"]


def test_a_factor_below_one_is_refused():
    with pytest.raises(ArgumentError, match="factor must be at least 1"):
        DOWNSCALE_FLOORS["nearest_cell"]().refine(np.ones((2, 2)), 0)
