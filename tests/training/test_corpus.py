"""Batches are pure functions of seed and step; weights and truth are those of the asked cells."""

import json
import shutil

import numpy as np
import pytest

from chronotope.errors import DataError
from chronotope.questions.kinds import SHARES, draw_kind, draw_question
from chronotope.tokens.tokenizer import PATCH, make_tile
from chronotope.training import corpus as room
from chronotope.training.batch import example, side_by_side
from chronotope.training.corpus import Corpus
from tiles import rhythm, same_bits


def _same(a, b):
    parts = all(np.array_equal(getattr(a, k), getattr(b, k)) for k in ("truth", "weight", "example"))
    return parts and same_bits(a.tokens, b.tokens) == []


def test_a_batch_depends_on_seed_and_step_only(packed):
    corpus = Corpus(packed, 3, worlds=0.0)
    first, second = corpus.batch(0), corpus.batch(1)
    again = Corpus(packed, 3, worlds=0.0)
    assert _same(second, again.batch(1)) and _same(first, again.batch(0))  # in another order
    assert not _same(first, second)
    assert not _same(first, Corpus(packed, 4, worlds=0.0).batch(0))
    assert not _same(first, Corpus(packed, 3, worlds=0.0, part="validation").batch(0))


@pytest.mark.parametrize("step", range(8))
def test_weights_sum_to_one_each_example_alike_and_lie_on_numbers(packed, step):
    batch = Corpus(packed, 1, worlds=0.0, examples=3).batch(step)
    assert batch.weight.sum() == pytest.approx(1, rel=1e-5) and (batch.weight >= 0).all()
    share = np.bincount(batch.example, batch.weight.sum((1, 2)))
    np.testing.assert_allclose(share, 1 / len(share), rtol=1e-5)
    assert np.isfinite(batch.truth).all() and (batch.truth[batch.weight == 0] == 0).all()
    for number in np.unique(batch.example):
        there = batch.weight[batch.example == number]
        assert len(np.unique(there[there > 0])) == 1  # every asked cell of an example alike


def test_only_kinds_with_a_share_are_asked(packed, monkeypatch):
    asked = []
    monkeypatch.setattr(
        room, "draw_question", lambda rng, observed, kind, **more: asked.append(kind) or draw_question(rng, observed, kind, **more)
    )
    corpus = Corpus(packed, 3, worlds=0.2, examples=3, kinds={"gaps": 1.0, "fine": 1.0, "forecast": 0.0})
    first = [corpus.batch(step) for step in range(6)]
    assert set(asked) == {"gaps", "fine"}
    assert _same(first[5], Corpus(packed, 3, worlds=0.2, examples=3, kinds={"fine": 1.0, "gaps": 1.0}).batch(5))


def test_a_batch_without_room_for_its_questions_is_refused(packed, monkeypatch):
    monkeypatch.setitem(room.__dict__, "draw_kind", lambda *given: None)
    with pytest.raises(DataError, match="none of pieces found room in 64 windows"):
        Corpus(packed, 3, worlds=0.0, kinds={"pieces": 1.0}).batch(0)


def test_domains_that_are_left_out_are_not_drawn(packed, tmp_path):
    about = json.loads((packed / "daily" / "about.json").read_text())
    shutil.copytree(packed, tmp_path / "packed")
    (tmp_path / "packed" / "daily" / "about.json").write_text(json.dumps(about | {"domain": "rain"}))
    assert [a["name"] for _, a in Corpus(tmp_path / "packed", 0, leave_out=["rain"]).real] == ["hourly"]
    left = Corpus(tmp_path / "packed", 0, worlds=0.0, leave_out=["rain"])
    shutil.rmtree(tmp_path / "packed" / "daily")
    assert _same(left.batch(2), Corpus(tmp_path / "packed", 0, worlds=0.0).batch(2))


def test_batches_side_by_side_are_the_batch_of_all_their_examples(packed):
    two, one = Corpus(packed, 1, worlds=0.0, examples=2).batch(0), Corpus(packed, 1, worlds=0.0, examples=1).batch(7)
    both = side_by_side([two, one])
    assert both.weight.sum() == pytest.approx(1, rel=1e-5) and sorted(set(both.example)) == [0, 1, 2]
    np.testing.assert_array_equal(both.truth, np.concatenate([two.truth, one.truth]))
    assert both.weight[both.example == 2].sum() == pytest.approx(0.5, rel=1e-5)


def test_worlds_alone_make_a_corpus_without_any_folder():
    batch = Corpus(None, 2, examples=1).batch(1)
    assert np.isfinite(batch.tokens.context).all() and batch.weight.sum() == pytest.approx(1, rel=1e-5)
    assert _same(batch, Corpus(None, 2, examples=1).batch(1))


@pytest.mark.parametrize("kind", SHARES)
def test_the_truth_is_the_scaled_value_of_the_asked_cell(kind):
    panel = rhythm(300, 8, 2)
    drawn = next(q for s in range(20) if (q := draw_question(np.random.default_rng(s), panel.mask, kind=kind)) is not None)
    made, question = example(panel, drawn), drawn.on(panel)
    frame = question.frame
    anchor = min(int(drawn.starts.mean()), len(frame.times) - 1) if question.both_sides else question.first - 1
    scale = make_tile(question, anchor).scale
    checked = 0
    for s in range(16):
        for q, start in enumerate(drawn.starts):
            for p in range(PATCH):
                row = start + p
                asked = row < len(frame.times) and question.asked[row, s // 2, s % 2]
                assert (made.weight[s, q, p] > 0) == asked
                if asked:
                    truth = (frame.values[row, s // 2, s % 2] - scale.location[s]) / scale.spread[s]
                    assert made.truth[s, q, p] == pytest.approx(truth, rel=1e-5, abs=1e-6)
                    checked += 1
    assert checked == question.asked.sum() > 0


def test_the_truth_of_the_asked_cells_is_not_among_the_tokens():
    panel = rhythm(300, 8, 2)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        drawn = draw_question(rng, panel.mask, draw_kind(rng, panel.values.shape))
        values = np.where(panel.mask, panel.values, np.nan)
        values[drawn.low : drawn.high][drawn.asked] = 1e6
        other = example(type(panel)(values, panel.times, panel.freq, panel.variables, panel.xy), drawn)
        assert same_bits(example(panel, drawn).tokens, other.tokens) == []


def test_shares_of_the_sets_add_up_to_one(packed):
    corpus = Corpus(packed, 0)
    assert [(a["name"], a["licence"], a["shape"]) for _, a in corpus.real] == [
        ("daily", "none", [150, 3, 1]), ("hourly", "none", [400, 8, 2]),
    ]  # fmt: skip
    assert corpus.share.sum() == pytest.approx(1)
