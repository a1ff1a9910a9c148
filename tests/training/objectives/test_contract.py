"""Every objective says what it judges, adds up over parts of a batch, and stays on the device of the batch."""

from dataclasses import replace

import pytest
import torch

from chronotope.heads.rate import Rate
from chronotope.heads.registry import HEADS
from chronotope.heads.samples import Copula
from chronotope.training.corpus import Corpus
from chronotope.training.distributed import share
from chronotope.training.loop import to_torch
from chronotope.training.objectives import OBJECTIVES
from chronotope.training.objectives.goal import Goal


def _answer(want, batch):
    """An answer of a kind, from what the tokens hold."""
    spread = batch["tokens"]["spread"]
    base = spread[..., 0, 4].exp()
    return {
        "quantiles": spread[..., 0, :].clone(), "samples": Copula(spread[..., 0, :].clone(), spread[..., 0, :3].clone()),
        "rate": Rate(base, base), "vectors": spread.flatten(1)[:, :16],
    }[want]  # fmt: skip


def _batch(packed, name, examples=3, device="cpu"):
    corpus = Corpus(packed, 0, views=OBJECTIVES[name].views, worlds=0.0, examples=examples)
    batch = to_torch(corpus.batch(1), device)
    batch["tokens"]["base"] = torch.ones_like(batch["truth"])
    return batch | ({"truth": batch["truth"].abs().round()} if name == "count" else {})


@pytest.mark.parametrize("name", OBJECTIVES)
def test_it_judges_what_a_head_answers(name):
    objective = OBJECTIVES[name]
    assert objective.want in {head.want for head in HEADS.values()} and objective.views in (1, 2) and objective.__doc__


@pytest.mark.parametrize("name", OBJECTIVES)
def test_losses_are_those_of_the_examples_and_have_a_slope(packed, name):
    batch = _batch(packed, name)
    answer = _answer(OBJECTIVES[name].want, batch)
    leaves = [a.requires_grad_() for a in ([answer] if isinstance(answer, torch.Tensor) else answer)]
    losses = OBJECTIVES[name].losses(answer, batch)
    assert losses.shape == (len(batch["truth"]),) and (losses[3:] == 0).all() and (losses[:3] > 0).all()
    losses.sum().backward()
    assert all(torch.isfinite(leaf.grad).all() and leaf.grad.abs().sum() > 0 for leaf in leaves)


@pytest.mark.parametrize("name", [name for name, one in OBJECTIVES.items() if one.views == 1 and name != "energy"])
def test_losses_of_the_shares_of_a_batch_add_up(packed, name):
    whole = Corpus(packed, 0, worlds=0.0, examples=3).batch(1)
    total = []
    for batch in (whole, share(whole, 0, 2), share(whole, 1, 2)):
        told = to_torch(replace(batch, truth=abs(batch.truth).round()))
        total.append(float(OBJECTIVES[name].losses(_answer(OBJECTIVES[name].want, told), told).sum()))
    assert total[0] == pytest.approx(total[1] + total[2], rel=1e-5)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_what_is_answered_without_a_network_is_judged_too(packed, name):
    batch = _batch(packed, name)
    plain = OBJECTIVES[name].plain(batch)
    assert plain is None or torch.isfinite(OBJECTIVES[name].losses(plain, batch)).all()


@pytest.mark.parametrize("name", [name for name in OBJECTIVES if name != "energy"])  # which draws by a number that it reads
def test_constants_are_made_where_the_batch_is(packed, name):
    there = _batch(packed, name, 2, "meta")
    with pytest.raises(RuntimeError, match="device meta"):
        there["truth"] + torch.ones(8)
    with pytest.raises(RuntimeError, match="item.*meta"):  # all was computed; only the numbers for the log cannot be read
        Goal({name: 1.0})(lambda **tokens: _answer(OBJECTIVES[name].want, there), there)
