"""Energy score: by hand, its one-dimensional case is the CRPS of a normal, and dependence that is right scores best."""

import numpy as np
import pytest
import torch

from chronotope.heads.samples import SCORES, Copula, draw
from chronotope.training.objectives.energy import Energy, energy


def _batch(truth, examples=None):
    """Cells whose floors promise and miss so that units are known: one floor of error 1 that is right."""
    s = len(truth)
    tokens = {"centre": truth[..., None].clone(), "error": torch.ones(*truth.shape, 1)}
    tokens["is_available"] = tokens["error"] > 0
    example = torch.zeros(s, dtype=torch.long) if examples is None else torch.tensor(examples)
    return {"tokens": tokens, "truth": truth, "weight": torch.full(truth.shape, 1 / truth.numel()), "example": example}


def test_by_hand():
    batch = _batch(torch.tensor([1.0, 2.0]).reshape(2, 1, 1))
    samples = torch.stack([batch["truth"] + 3.0, batch["truth"] - 1.0])  # units are 0.5: norms of 6 and 2, 8 apart
    assert energy(samples, batch)[0] == pytest.approx((6 + 2) / 2 - 8 / 2, abs=1e-4)
    same = torch.stack([batch["truth"] + 2.0] * 3)
    assert energy(same, batch)[0] == pytest.approx(4.0, abs=1e-4)


def test_examples_are_scored_each_for_itself():
    batch = _batch(torch.zeros(3, 1, 2), [0, 1, 1])
    samples = torch.randn(5, 3, 1, 2, generator=torch.Generator().manual_seed(0))
    found = energy(samples, batch)
    alone = energy(samples[:, 1:], {**_batch(torch.zeros(2, 1, 2)), "weight": batch["weight"][1:]})
    assert found[1] == pytest.approx(float(alone[0]), rel=1e-5) and found[2] == 0


def test_of_one_cell_it_is_the_crps_of_a_normal():
    batch = _batch(torch.zeros(1, 1, 1))
    samples = torch.randn(200_000, 1, 1, 1, generator=torch.Generator().manual_seed(1))
    crps = 2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi)  # of a standard normal at its middle
    assert energy(samples, batch)[0] == pytest.approx(crps / 0.5, abs=0.01)


def test_the_right_dependence_scores_best():
    normal, chance = torch.tensor(SCORES).expand(1, 1, 6, 9), torch.Generator().manual_seed(2)
    right = torch.full((1, 1, 6, 1), 2.0)
    truths = draw(Copula(normal, right), 300, chance)
    score = {}
    for name, loading in (("right", right), ("none", 0 * right), ("opposite", right * torch.tensor([1, -1] * 3)[:, None])):
        samples = draw(Copula(normal, loading), 400, chance)
        batches = [_batch(torch.zeros(1, 1, 6)) | {"truth": truth} for truth in truths]
        for batch in batches:
            batch["tokens"]["centre"] = batch["truth"][..., None]
        score[name] = float(np.mean([float(energy(samples, batch)[0]) for batch in batches]))
    assert score["right"] < min(score["none"], score["opposite"]) - 0.02


def test_what_is_drawn_follows_from_the_batch():
    batch = _batch(torch.rand(2, 1, 4))
    joint = Copula(torch.tensor(SCORES).expand(2, 1, 4, 9), torch.ones(2, 1, 4, 3))
    assert torch.equal(Energy().losses(joint, batch), Energy().losses(joint, batch))
    other = batch | {"truth": batch["truth"] + 1, "tokens": batch["tokens"] | {"centre": batch["tokens"]["centre"] + 1}}
    moved = joint._replace(quantiles=joint.quantiles + 1)  # the same score, were the same drawn
    assert (Energy().losses(moved, other) - Energy().losses(joint, batch)).abs().max() > 1e-3
    assert Energy().plain(batch).loading.abs().sum() == 0
