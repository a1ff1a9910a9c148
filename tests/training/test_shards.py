"""Batches from shards are those of the live corpus: bit by bit after autocast's rounding, within half precision before."""

import numpy as np
import pytest
import torch

from chronotope.errors import DataError, NoFileError
from chronotope.training import shards
from chronotope.training.loop import to_torch
from chronotope.training.objectives.goal import Goal
from chronotope.training.shards import HALVES, ShardedCorpus, flatten, pack_batches
from corpora import drawn
from tiles import small_network

ABOUT = {"seed": 3, "sets": ["daily", "hourly"]}


@pytest.fixture(scope="module")
def both(packed, tmp_path_factory):
    """The live corpus, and the folder of its first six batches, three in a shard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SIZE", 3)
        folder, live = tmp_path_factory.mktemp("shards"), drawn(packed, 3, 2)
        told = []
        assert pack_batches(live, folder, 5, ABOUT, tell=told.append) == 6 and told == [{"batches": 3}, {"batches": 6}]
        yield live, folder


@pytest.mark.parametrize("step", [0, 2, 3, 5])
def test_a_batch_is_the_live_one_within_half_precision(both, step):
    live, folder = both
    parts, kept = dict(flatten(live.batch(step))), dict(flatten(ShardedCorpus(folder, ABOUT).batch(step)))
    assert parts.keys() == kept.keys()
    for name, array in parts.items():
        assert kept[name].dtype == array.dtype and kept[name].shape == array.shape
        if name.split(".")[0] in HALVES:
            assert not np.array_equal(kept[name], array)
            np.testing.assert_allclose(kept[name], array, rtol=2**-8)
        else:
            assert np.array_equal(kept[name], array), name


def test_trained_in_bf16_the_loss_is_the_same_bit_by_bit(both):
    live, folder = both
    network, losses = small_network(2), []
    for corpus in (live, ShardedCorpus(folder, ABOUT)):
        with torch.autocast("cpu", torch.bfloat16):
            losses.append(Goal()(network, to_torch(corpus.batch(1)))[0])
    assert torch.equal(*losses)


def test_shards_that_would_be_drawn_otherwise_today_are_refused(both, packed):
    live, folder = both
    corpus = ShardedCorpus(folder, ABOUT)
    corpus.compare(live)
    with pytest.raises(DataError, match="that would be drawn today.*pack again"):
        corpus.compare(drawn(packed, 4, 2))


def test_past_the_last_batch_they_begin_anew(both):
    corpus = ShardedCorpus(both[1], ABOUT)
    assert corpus.count == 6
    assert np.array_equal(corpus.batch(7).truth, corpus.batch(1).truth) and not np.array_equal(corpus.batch(7).truth, corpus.batch(2).truth)


def test_packing_goes_on_where_it_stopped_and_draws_no_batch_twice(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SIZE", 2)
    live, asked = drawn(packed, 3, 1), []

    class Counting:
        def batch(self, step):
            asked.append(step)
            return live.batch(step)

    pack_batches(Counting(), tmp_path, 2, ABOUT)
    (tmp_path / "00001.half.npy").write_bytes(b"cut off")  # no table beside it: not there yet
    assert pack_batches(Counting(), tmp_path, 4, ABOUT) == 4 and asked == [0, 1, 2, 3]
    assert np.array_equal(ShardedCorpus(tmp_path, ABOUT).batch(3).truth, live.batch(3).truth)
    assert pack_batches(Counting(), tmp_path, 3, ABOUT) == 4 and len(asked) == 4


def test_shards_of_another_configuration_or_none_are_refused(both, packed, tmp_path):
    live, folder = both
    with pytest.raises(DataError, match="has seed 3, not 4"):
        ShardedCorpus(folder, ABOUT | {"seed": 4})
    with pytest.raises(DataError, match="has seed 3, not 4"):
        pack_batches(live, folder, 9, ABOUT | {"seed": 4})
    with pytest.raises(NoFileError, match="holds none.*--pack COUNT"):
        ShardedCorpus(tmp_path, ABOUT)
