"""Questions about simulated tracks: pure functions of the source of chance, what followed is asked, and they mix with all others."""

import numpy as np
import pytest

from chronotope.evidence.motion.heard import hear
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.tokens.schema import context_names
from chronotope.training.corpus import Corpus
from chronotope.training.ways import PATCHES, draw_moving, example
from chronotope.worlds.ways.wanderers import wanderers
from tiles import same_bits

MOVES = context_names().index("moves")


def test_questions_depend_on_chance_alone_and_their_weights_sum_to_one():
    one, two = (draw_moving(np.random.default_rng(5), 2) for _ in range(2))
    assert len(one) == 2 and all(same_bits(a.tokens, b.tokens) == [] and np.array_equal(a.truth, b.truth) for a, b in zip(one, two))
    for batch in one:
        assert batch.weight.sum() == pytest.approx(1, rel=1e-4) and batch.tokens.query.shape[1] == PATCHES
        assert np.isfinite(batch.truth).all() and all(np.isfinite(getattr(batch.tokens, k)).all() for k in ("context", "query", "centre"))
        assert (batch.tokens.context[..., MOVES] == 1).all()


def test_the_mix_of_the_rules_says_more_of_the_truth_than_standing_still():
    from chronotope.evidence.candidates import FLOORS

    gain = []
    for seed in range(6):
        for batch in draw_moving(np.random.default_rng(seed), 1):
            stay, mix = (batch.tokens.centre[..., FLOORS.index(slot)] for slot in ("last", "residual"))
            gain.append(float((batch.weight * np.abs(batch.truth - mix)).sum() / (batch.weight * np.abs(batch.truth - stay)).sum()))
    assert len(gain) == 6 and np.mean(gain) < 0.7


def test_a_corpus_asks_as_many_as_its_share_and_leaves_all_other_draws_alone():
    moving = Corpus(None, 1, worlds=1.0, ways=1.0, examples=3).batch(0)
    assert (moving.tokens.context[..., MOVES] == 1).all() and len(np.unique(moving.example)) == 3
    plain, same = (Corpus(None, 1, worlds=1.0, examples=3, **knobs).batch(0) for knobs in ({}, {"ways": 0.0}))
    assert (plain.tokens.context[..., MOVES] == 0).all() and same_bits(plain.tokens, same.tokens) == []
    mixed = Corpus(None, 4, worlds=1.0, ways=0.5, examples=6).batch(1)
    kinds = {int(mixed.tokens.context[mixed.example == k][0, 0, MOVES]) for k in np.unique(mixed.example)}
    assert kinds == {0, 1} and mixed.weight.sum() == pytest.approx(1, rel=1e-4)


def test_moments_of_one_row_weigh_alike_however_much_of_their_sequel_is_known():
    at = wanderers(np.random.default_rng(0), 120, 8)
    at[100:, 3] = np.nan
    tracks = Tracks.of(np.stack([at.real, at.imag], axis=-1))
    nobody = Moments(np.zeros(0, int), np.zeros(0, int))
    heard = hear(tracks, nobody, np.arange(1, 13), 2)
    index = np.flatnonzero(heard.tried.moments.row == 95)
    batch = example(heard, index, np.datetime64("2024-01-01", "ns"), 60.0)
    known = np.isfinite(heard.truth[index]).sum(axis=1)
    assert len(set(known)) == 2
    np.testing.assert_allclose(batch.weight.reshape(-1, 2, PATCHES * 8).sum(axis=(1, 2)), 1 / len(index), rtol=1e-4)
