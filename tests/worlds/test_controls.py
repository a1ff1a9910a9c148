"""Controls: no place tells anything about another."""

import numpy as np
import pytest

from chronotope.worlds.clock import draw_clock
from chronotope.worlds.controls import KINDS, controls
from chronotope.worlds.draw import draw
from chronotope.worlds.dress import dress
from chronotope.worlds.layout import draw_layout
from chronotope.worlds.temporal import BASES
from chronotope.worlds.world import Scene


def _correlations(paths):
    """Correlations of the places with the map (near places first), ranks against heavy tails."""
    rank = paths.argsort(0).argsort(0)
    full = np.corrcoef(rank.T)
    return full[np.triu_indices(len(full), 1)]


@pytest.mark.parametrize("base", ["white", "autoregression"])
def test_anomalies_of_places_are_uncorrelated(base):
    found = []
    for seed in range(40):
        rng = np.random.Generator(np.random.PCG64(seed))
        paths = BASES[base](rng, draw_clock(rng, 400, "h", "none"), 8)
        memory = 1 + 2 * sum(max(0.0, np.mean([np.corrcoef(p[k:], p[:-k])[0, 1] for p in paths])) ** 2 for k in range(1, 60))
        found.append(_correlations(paths.T).mean() / np.sqrt(memory / 400 / 28))
    assert abs(np.mean(found)) < 4 / np.sqrt(40)  # means of 28 pairs, about unit variance each


@pytest.mark.parametrize("kind", KINDS)
def test_a_control_changes_nowhere_else_when_one_place_is_drawn_anew(kind):
    """Independence by construction: correlations over many draws of differenced series are noise around zero."""
    found = []
    for seed in range(120):
        rng = np.random.Generator(np.random.PCG64(seed))
        scene = Scene(draw_clock(rng, 200, "h", "none"), draw_layout(rng, 4))
        draft = controls(rng, scene, kind)
        assert draft.control
        found.append(_correlations(np.diff(draft.channels[0].truth, axis=0) + 1e-9 * rng.standard_normal((199, 4))))
    found = np.concatenate(found)
    assert abs(found.mean()) < 0.02 and np.median(np.abs(found)) < 0.08


def test_a_shared_anomaly_would_be_caught():
    rng = np.random.Generator(np.random.PCG64(0))
    scene = Scene(draw_clock(rng, 200, "h", "none"), draw_layout(rng, 4))
    shared = rng.standard_normal((200, 1)) * np.ones((1, 4))
    channel = dress(rng, scene, shared, {"margin_kind": "real"}, private=0.0)[0]
    assert np.abs(_correlations(np.diff(channel.truth, axis=0))).min() > 0.3


def test_only_controls_are_called_controls():
    assert draw(1, family="controls", places=5, steps=64).control and not draw(1, family="gaussian", places=5, steps=64).control
