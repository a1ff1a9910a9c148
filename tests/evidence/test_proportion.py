"""Swings that grow with the level are told from those that do not, and only on strong evidence."""

import numpy as np
import pytest

from chronotope.evidence.clock import Period
from chronotope.evidence.proportion import in_proportion
from chronotope.harmonize.scale import fit_scale

MONTHS = np.arange(120)
WAVE = np.sin(2 * np.pi * MONTHS / 12)
GROWTH = 100 * np.exp(0.012 * MONTHS)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (GROWTH * (1 + 0.2 * WAVE), True),
        (GROWTH + 20 * WAVE, False),  # grows, its swings do not
        (100 + 20 * WAVE, False),  # no growth to tell by
        (GROWTH * (1 + 0.2 * WAVE) - 150, False),  # below zero
        (np.where(MONTHS == 5, 0.01, GROWTH * (1 + 0.2 * WAVE)), False),  # a logarithm would make much of it
    ],
    ids=["in proportion", "even swings", "level", "negative", "near zero"],
)
def test_only_swings_in_proportion_are(x, expected):
    noise = np.random.default_rng(0).normal(0, 0.5, 120)
    assert in_proportion((x + noise * (x > 1))[None], np.ones((1, 120), bool), [Period(12.0)]).tolist() == [expected]


def test_what_is_not_seen_says_nothing():
    x = (GROWTH * (1 + 0.2 * WAVE))[None]
    seen = np.random.default_rng(1).random(x.shape) < 0.9
    poisoned = np.where(seen, x, -1e9)
    assert in_proportion(poisoned, seen, [Period(12.0)]).all() and not in_proportion(x, np.zeros_like(seen), [Period(12.0)]).any()


def test_a_scale_of_logarithms_goes_there_and_back():
    x = np.stack([GROWTH * (1 + 0.2 * WAVE), WAVE])
    scale = fit_scale(x, np.ones(x.shape, bool), 119, 1, np.array([True, False]))
    np.testing.assert_allclose(scale.invert(scale.apply(x)), x, rtol=1e-9, atol=1e-12)
    assert scale.location[0] == pytest.approx(np.log(np.median(x[0])), abs=0.02)
    level, spread = scale.plain()
    assert level[0] == pytest.approx(np.median(x[0]), rel=0.02) and spread[0] == pytest.approx(level[0] * scale.spread[0])
