"""The network among the rules of motion: it is heard as far as it did better, and what is asked of it stays exact."""

import numpy as np
import pytest

from chronotope.evidence.candidates import CENTRES, FLOORS
from chronotope.evidence.motion.heard import hear
from chronotope.evidence.motion.mix import answer
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.model.paths import FEWEST, SHARES, _told, best_share, refined
from chronotope.worlds.ways.wanderers import wanderers

LEVELS = np.linspace(0.1, 0.9, 9)


@pytest.fixture(scope="module")
def heard():
    at = wanderers(np.random.default_rng(3), 150, 12)
    tracks = Tracks.of(np.stack([at.real, at.imag], axis=-1))
    return hear(tracks, Moments(np.full(12, 149), np.arange(12)), np.arange(1, 9), 2, (), 400)


TIMES = np.datetime64("2024-01-01", "ns") + np.arange(150) * np.timedelta64(60, "s")


def says(value):
    """A network that says the same of everything."""
    return lambda tokens: np.broadcast_to(value + np.linspace(-1, 1, 9), (*tokens.centre.shape[:3], 9)).astype(np.float32)


def test_the_share_is_the_one_that_would_have_missed_least(heard):
    truth, tried = heard.truth, heard.tried
    assert best_share(tried, np.nan_to_num(truth), truth) == 1.0
    assert best_share(tried, tried.path + 50 * np.abs(tried.path).max(), truth) == 0.0
    half = best_share(tried, tried.path + 2 * np.nan_to_num(truth - tried.path), truth)
    assert half == pytest.approx(0.5, abs=float(np.diff(SHARES)[0]))


def test_a_network_that_talks_nonsense_changes_nothing(heard):
    assert refined(heard, says(40.0), TIMES, 60.0) is heard


def test_a_network_that_says_what_the_mix_says_leaves_paths_where_they_are_and_widths_are_learnt_anew(heard):
    def echoes(tokens):
        return tokens.spread[..., FLOORS.index("residual") - len(CENTRES), :]

    way, width = _told(heard, heard.asked, echoes, TIMES, 60.0)
    assert (np.abs(way - heard.asked.path) < 0.5 * heard.asked.size).all() and (width > 0).all()
    made = refined(heard, echoes, TIMES, 60.0)
    assert (np.abs(made.asked.path - heard.asked.path) < 0.5 * heard.asked.size).all()
    assert (made.asked.size > 0).all() and np.median(made.asked.size / heard.asked.size) == pytest.approx(1, abs=0.4)


def test_where_too_little_was_tried_the_rules_are_left_alone():
    at = wanderers(np.random.default_rng(3), 12, 2)
    tracks = Tracks.of(np.stack([at.real, at.imag], axis=-1))
    few = hear(tracks, Moments(np.full(2, 11), np.arange(2)), np.arange(1, 3), 2)
    assert any(few.widths.spreads) and len(few.tried.moments) < FEWEST

    def asked(tokens):
        raise AssertionError("the network is not asked")

    assert refined(few, asked, TIMES[:12], 60.0) is few


def test_answers_turn_with_the_scene_and_follow_their_objects():
    from chronotope.tasks.load import load

    refine = lambda one: load("tiny").predictor.refine_paths(one, TIMES[:120], 60.0)  # noqa: E731
    at = wanderers(np.random.default_rng(8), 120, 10)
    order = np.random.default_rng(1).permutation(10)
    turned = at[:, order] * np.exp(2.1j) + 70
    asked, leads = Moments(np.full(10, 119), np.arange(10)), np.arange(1, 9)
    one, two = (answer(Tracks.of(np.stack([a.real, a.imag], -1)), asked, leads, tuple(LEVELS), refine=refine) for a in (at, turned))
    size = np.abs(one.path).mean()
    np.testing.assert_allclose(two.path, one.path[order] * np.exp(2.1j), atol=0.02 * size)


def test_asked_alone_an_object_goes_where_it_goes_among_others_that_are_asked():
    at = wanderers(np.random.default_rng(5), 120, 10) * np.geomspace(0.2, 5, 10)  # slow ones and fast ones
    tracks, leads = Tracks.of(np.stack([at.real, at.imag], -1)), np.arange(1, 9)
    whole = answer(tracks, Moments(np.full(10, 119), np.arange(10)), leads, tuple(LEVELS))
    for k in (0, 9):
        alone = answer(tracks, Moments(np.array([119]), np.array([k])), leads, tuple(LEVELS))
        np.testing.assert_allclose(alone.path[0], whole.path[k], rtol=1e-9)
        np.testing.assert_allclose(alone.offsets[:, 0], whole.offsets[:, k], rtol=1e-9)
