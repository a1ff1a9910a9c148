"""InfoNCE by hand, chance, and who is whose other view."""

import math

import pytest
import torch

from chronotope.training.objectives.contrastive import TEMPERATURE, Contrastive


def _batch(example, view):
    example, view = torch.tensor(example), torch.tensor(view)
    weight = torch.ones(len(example), 1, 1) / len(example)
    return {"example": example, "view": view, "weight": weight}


BATCH = _batch([0, 0, 1, 1], [0, 1, 0, 1])


def test_by_hand():
    vectors = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0], [0.0, 1.0]])  # both views alike, the other window at a right angle
    wanted = math.log(1 + math.exp(-1 / TEMPERATURE))
    assert float(Contrastive().losses(vectors, BATCH).sum()) == pytest.approx(wanted, rel=1e-3)


def test_where_all_are_alike_it_is_the_logarithm_of_their_number():
    assert float(Contrastive().losses(torch.ones(4, 3), BATCH).sum()) == pytest.approx(math.log(2), rel=1e-5)


def test_it_compares_means_over_series_and_knows_no_order_of_them():
    torch.manual_seed(0)
    vectors, batch = torch.randn(8, 5), _batch([0, 0, 0, 0, 2, 2, 2, 2], [0, 0, 1, 1, 1, 0, 1, 0])
    order = torch.tensor([6, 1, 0, 5, 3, 2, 7, 4])
    other = {name: value[order] for name, value in batch.items()}
    found = Contrastive().losses(vectors, batch)
    assert torch.allclose(found, Contrastive().losses(vectors[order], other), atol=1e-6)
    means = torch.stack([vectors[batch["view"] == v][batch["example"][batch["view"] == v] == e].mean(0) for e in (0, 2) for v in (0, 1)])
    short = Contrastive().losses(means, BATCH)
    assert torch.allclose(found[[0, 2]], short[:2], atol=1e-5) and found[1] == 0
