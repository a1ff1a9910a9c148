"""What moves smoothly goes on as its last steps say; noise, walks and gaps are left to the rule."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from chronotope.model.load import load_predictor
from chronotope.model.onward import onward
from panels import ahead, panel_of

WIDE = np.linspace(-3, 3, 9)[:, None, None, None]


def _smooth(seed=0, places=12, steps=220):
    x = gaussian_filter1d(np.random.default_rng(seed).normal(size=(steps + 160, places)), 12, axis=0)[80:-80]
    return x / x.std()


def _told(x, steps, wide=WIDE):
    question = ahead(panel_of(x[: len(x) - steps], "1h"), steps)
    plain = lambda asked: np.broadcast_to(wide, (9, *asked.asked[asked.rows].shape)).astype(np.float32)  # noqa: E731
    return onward(question, plain)[..., 0], plain(question)[..., 0]


def test_a_smooth_series_goes_on_far_closer_than_along_a_line_and_intervals_hold():
    x = _smooth()
    told, _ = _told(x, 5)
    truth, line = x[-5:], x[-6] + np.arange(1, 6)[:, None] * (x[-6] - x[-7])
    assert np.abs(told[4] - truth).mean() < 0.1 * np.abs(line - truth).mean()
    assert ((truth >= told[0]) & (truth <= told[-1])).mean() > 0.7


@pytest.mark.parametrize("kind", ["noise", "walk", "short", "gap"])
def test_all_else_keeps_the_answer_of_the_rule(kind):
    rng = np.random.default_rng(1)
    x = {"noise": rng.normal(size=(220, 4)), "walk": rng.normal(size=(220, 4)).cumsum(axis=0), "short": _smooth()[:50], "gap": _smooth()}[
        kind
    ]
    if kind == "gap":
        x[100] = np.nan
    told, plain = _told(x, 5)
    np.testing.assert_array_equal(told, plain)


def test_an_answer_that_is_as_sharp_is_kept():
    told, plain = _told(_smooth(), 5, wide=1e-9 * WIDE)
    np.testing.assert_array_equal(told, plain)


def test_a_unit_and_the_order_of_places_change_nothing_else():
    x, order = _smooth(2), np.random.default_rng(0).permutation(12)
    plain = _told(x, 5)[0]
    np.testing.assert_allclose(_told(1000 * x + 7, 5, 1000 * WIDE + 7)[0], 1000 * plain + 7, atol=0.1)
    np.testing.assert_allclose(_told(x[:, order], 5)[0], plain[..., order], atol=1e-6)


@pytest.mark.weights
def test_a_single_level_is_that_of_nine():
    question = ahead(panel_of(_smooth(3), "1h"), 4)
    model = load_predictor("tiny")
    np.testing.assert_allclose(model.answer(question.wanting((0.5,))).values[0], model.answer(question).values[4], atol=1e-5)


@pytest.mark.weights
def test_the_model_follows_a_smooth_series_closer_than_a_line_does():
    x = _smooth(4)
    answer = load_predictor("tiny").answer(ahead(panel_of(x[:-5], "1h"), 5)).values[4, ..., 0]
    line = x[-6] + np.arange(1, 6)[:, None] * (x[-6] - x[-7])
    assert np.abs(answer - x[-5:]).mean() < 0.1 * np.abs(line - x[-5:]).mean()
