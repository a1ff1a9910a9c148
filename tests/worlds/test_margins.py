"""Margins keep their bounds and look as they are called."""

import numpy as np
import pytest

from chronotope.worlds.margins import MARGINS, WEIGHTS


@pytest.mark.parametrize("name", MARGINS)
def test_margins_respect_their_bounds(name):
    latent = np.random.default_rng(0).standard_normal((300, 6))
    assert set(MARGINS) == set(WEIGHTS)
    for seed in range(20):
        channel = MARGINS[name](np.random.Generator(np.random.PCG64(seed)), latent)
        assert channel.truth.shape == (300, 6) and np.isfinite(channel.truth).all()
        assert channel.low is None or (channel.truth >= channel.low).all()
        assert channel.high is None or (channel.truth <= channel.high).all()


def test_rain_is_mostly_exactly_zero_and_skewed():
    latent = np.random.default_rng(1).standard_normal((4000, 3))
    dry = [(MARGINS["rain"](np.random.Generator(np.random.PCG64(s)), latent).truth == 0).mean() for s in range(30)]
    assert min(dry) > 0.35 and max(dry) < 0.99


def test_margins_keep_the_order_of_a_place():
    latent = np.sort(np.random.default_rng(2).standard_normal((200, 3)), 0)
    for name in ("lognormal", "counts", "rain", "bounded", "wind"):
        truth = MARGINS[name](np.random.Generator(np.random.PCG64(5)), latent).truth
        assert (np.diff(truth, axis=0) >= -1e-9).all()
