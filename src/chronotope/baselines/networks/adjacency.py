"""Adjacency: who hears whom, given by edges or positions, or learned."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError

MOST_PLACES = 4096  # matrices are dense
_STEEP = 10.0  # so that updates of the size that suits other weights move the softmax too
_NEAR = 8  # neighbours of a place where positions stand in for edges


def given(panel: Panel) -> Tensor:
    """Weights (n, n) float32 from the edges, row = the place that hears; from the nearest places without edges, zeros without either.

    Raises:
        ArgumentError: there are too many places for a dense matrix.
    """
    n = panel.values.shape[1]
    if n > MOST_PLACES:
        raise ArgumentError(f"A graph network takes at most {MOST_PLACES} places; found {n}. Thin them, or use a network for grids.")
    weights = np.zeros((n, n), np.float32)
    if panel.edges is not None:
        weights[panel.edges.target, panel.edges.source] = panel.edges.weight
        np.fill_diagonal(weights, 0)
    elif panel.xy is not None and n > 1:
        weights = _near(panel.xy).astype(np.float32)
    return torch.from_numpy(weights)


def _near(xy: np.ndarray) -> np.ndarray:
    """Gaussian weights of the nearest places, the scale being their mean distance."""
    away = np.linalg.norm(xy[:, None] - xy[None], axis=-1)
    np.fill_diagonal(away, np.inf)
    k = min(_NEAR, len(xy) - 1)
    cut = np.partition(away, k - 1, axis=1)[:, k - 1 : k]
    scale = max(float(away[away <= cut].mean()), 1e-12)
    return np.where(away <= cut, np.exp(-((away / scale) ** 2)), 0.0)


def walk(weights: Tensor) -> Tensor:
    """Rows that sum to 1: one step of a random walk; rows without weight stay zero."""
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)


class Learned(nn.Module):
    """Weights among all pairs of n places, a softmax over whom each hears; equal at first, so the order of places means nothing."""

    def __init__(self, places: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(places, places))

    def forward(self) -> Tensor:
        """(n, n), rows sum to 1, zero on the diagonal."""
        own = torch.eye(len(self.logits), dtype=torch.bool)
        return (_STEEP * self.logits).masked_fill(own, -1e9).softmax(-1) * ~own
