"""InfoNCE: a window is to be told from all others of the batch by another view of it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from chronotope.training.objectives.objective import Objective, by_example

TEMPERATURE = 0.1


class Contrastive(Objective):
    """Cross-entropy of finding the second view of a window by the first, and the first by the second, by the cosine of their vectors."""

    want = "vectors"
    views = 2

    def losses(self, answer: Tensor, batch: dict) -> Tensor:
        first, second = (F.normalize(_window(answer, batch, view), dim=-1) for view in (0, 1))
        there = by_example(batch["weight"], batch) > 0
        alike = (first @ second.T / TEMPERATURE).masked_fill(~there[None], -1e4)
        back = (second @ first.T / TEMPERATURE).masked_fill(~there[None], -1e4)
        lost = -(alike.log_softmax(-1).diagonal() + back.log_softmax(-1).diagonal()) / 2
        return torch.where(there, lost, 0.0) * by_example(batch["weight"], batch)


def _window(vectors: Tensor, batch: dict, view: int) -> Tensor:
    """Mean vector (e, size) of the series of one view of each window."""
    own = (batch["view"] == view).to(vectors.dtype)
    count = by_example(own, batch).clamp(min=1)
    return torch.zeros_like(vectors).index_add_(0, batch["example"], vectors * own[:, None]) / count[:, None]
