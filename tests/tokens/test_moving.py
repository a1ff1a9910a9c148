"""Tokens of objects: they turn with the scene, read nothing later than their moment, and go back to displacements."""

import numpy as np
import pytest

from chronotope.evidence.candidates import FLOORS
from chronotope.evidence.motion.earlier import EARLIER
from chronotope.evidence.motion.heard import REGRESSION, hear
from chronotope.evidence.motion.rules import RULES
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.tokens.moving import SLOT_OF, Frame, frame_of, moving_tile
from chronotope.tokens.tokenizer import cut_tokens
from chronotope.worlds.ways.draw import draw_ways
from chronotope.worlds.ways.wanderers import wanderers

ORIGIN = np.datetime64("2024-01-01", "ns")


def scene(seed=0, steps=120, objects=9):
    at = wanderers(np.random.default_rng(seed), steps, objects)
    return np.stack([at.real, at.imag], axis=-1)


def tokens_at(values, leads=10):
    tracks = Tracks.of(values)
    who = np.flatnonzero(tracks.seen[-1] & (tracks.age[-1] > 1))
    asked = Moments(np.full(len(who), len(values) - 1), who)
    heard = hear(tracks, asked, np.arange(1, leads + 1), 2, (), 300)
    frame = frame_of(tracks, heard.asked)
    tile, evidence, starts = moving_tile(heard, heard.asked, frame, ORIGIN, 60.0)
    return cut_tokens(tile, evidence, starts), frame, heard


def test_series_go_back_to_displacements():
    rng = np.random.default_rng(0)
    frame = Frame(np.exp(1j * rng.uniform(0, 6, 5)), rng.uniform(0.5, 9, 5))
    ways = rng.normal(size=(5, 7)) + 1j * rng.normal(size=(5, 7))
    np.testing.assert_allclose(frame.joined(frame.split(ways)), ways)
    ahead = frame.split(frame.heading[:, None] * frame.unit[:, None])
    np.testing.assert_allclose(ahead[:, 0], np.tile([1.0, 0.0], 5), atol=1e-12)


def test_a_turned_moved_and_stretched_scene_has_the_same_tokens():
    values = scene()
    at = (values[..., 0] + 1j * values[..., 1]) * 3.5 * np.exp(0.7j) + (400 - 90j)
    one, two = tokens_at(values)[0], tokens_at(np.stack([at.real, at.imag], axis=-1))[0]
    for name in ("centre", "error", "is_available", "spread"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), atol=2e-3, err_msg=name)
    assert np.abs(one.query - two.query).max() < 0.02


def test_each_rule_stands_in_its_slot():
    tokens, frame, heard = tokens_at(scene())
    for name in ("stay", "constant_velocity", "alike"):
        said = heard.asked.ways[..., heard.names.index(name)]
        made = frame.joined(tokens.centre.reshape(18, -1, len(FLOORS))[:, :10, FLOORS.index(SLOT_OF[name])].astype(float))
        np.testing.assert_allclose(made, said, rtol=1e-3, atol=1e-3)
    assert len(set(SLOT_OF.values())) == len(SLOT_OF) and set(RULES) <= set(SLOT_OF)


def test_slots_are_those_that_the_weights_were_taught():
    assert list(SLOT_OF) == [*RULES, *EARLIER, REGRESSION]
    words = (
        "last drift repeat0 repeat1 repeat2 level damped phase0 phase1 phase2 phase_all0 phase_all1 near around near_anomaly kriging ridge"
    )
    assert list(SLOT_OF.values()) == words.split()


def test_what_lies_after_a_moment_does_not_show_in_its_past():
    values = scene()
    tokens = tokens_at(values[:100])[0]
    spoiled = values.copy()
    spoiled[100:] = 1e6
    np.testing.assert_array_equal(tokens.context, tokens_at(spoiled[:100])[0].context)
    moved = values.copy()
    moved[90, 0] += 5.0  # and its past does
    assert not np.array_equal(tokens.context, tokens_at(moved[:100])[0].context)


@pytest.mark.parametrize("family", ["walkers", "lanes"])
def test_quantiles_of_the_mix_hold_about_what_they_say(family):
    inside = []
    for seed in range(4):
        values = draw_ways(seed, family).values
        tokens, frame, heard = tokens_at(values[: len(values) - 12], 8)
        truth = Tracks.of(values).truth(heard.asked.moments, heard.leads)
        series, spread = frame.split(truth), tokens.spread[..., FLOORS.index("residual") - len(FLOORS) + tokens.spread.shape[-2], :]
        low, high = (spread.reshape(len(series), -1, 9)[:, :8, k] for k in (0, 8))
        known = np.isfinite(series)
        inside += list(((series >= low) & (series <= high))[known])
    assert 0.6 < np.mean(inside) < 0.97
