"""Two views of one window: pure functions of chance, the same places in another order, units that come and go."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from chronotope.training.corpus import Corpus
from chronotope.training.distributed import share
from chronotope.training.loop import to_torch
from chronotope.training.views import LEAST, two_views, view
from tiles import rhythm, same_bits

PANEL = rhythm(300, 8, 2, gaps=0.0)


def test_a_window_is_seen_twice_as_one_example():
    batch = two_views(np.random.default_rng(0), PANEL)
    assert set(batch.example) == {0} and np.bincount(batch.view).tolist() == [16, 16] and batch.weight.sum() == pytest.approx(1, rel=1e-5)
    again = two_views(np.random.default_rng(0), PANEL)
    assert same_bits(batch.tokens, again.tokens) == [] and np.array_equal(batch.truth, again.truth)
    for ball in batch.tokens.balls:
        assert all(len(set(batch.view[row[row >= 0]])) == 1 for row in ball)  # views do not read one another


def test_the_unit_of_a_variable_is_not_in_its_tokens():
    def tokens(factor):
        window = replace(PANEL, values=(PANEL.values * factor).astype(np.float32))
        return view(np.random.default_rng(3), window).tokens

    np.testing.assert_allclose(tokens(1.0).context, tokens(64.0).context, atol=2e-2)


def test_there_must_be_room_and_something_to_see():
    assert two_views(np.random.default_rng(0), PANEL.slice_time(0, LEAST - 1)) is None
    assert two_views(np.random.default_rng(0), PANEL, first=260) is None
    empty = replace(PANEL, values=np.full_like(PANEL.values, np.nan))
    assert two_views(np.random.default_rng(0), empty) is None


def test_what_training_never_reads_is_all_that_validation_sees(packed):
    rows = [two_views(np.random.default_rng(seed), PANEL.slice_time(0, 240), first=180) for seed in range(3)]
    assert all(batch is not None for batch in rows)
    changed = replace(PANEL, values=PANEL.values.copy())
    changed.values[:180] = 1e3
    other = two_views(np.random.default_rng(0), changed.slice_time(0, 240), first=180)
    assert same_bits(rows[0].tokens, other.tokens) == []


def test_a_corpus_of_views_and_its_shares(packed):
    batch = Corpus(packed, 3, views=2, worlds=0.0, examples=3).batch(0)
    assert {(e, v) for e, v in zip(batch.example, batch.view)} == {(e, v) for e in range(3) for v in range(2)}
    part = share(batch, 1, 2)
    assert set(part.view) == {0, 1} and torch.equal(to_torch(part)["view"], torch.from_numpy(batch.view[np.isin(batch.example, [1])]))
