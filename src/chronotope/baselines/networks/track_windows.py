"""Track windows: short stretches of walkers that are there all the time, each seen along its own heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

_REACH = 3.0  # typical steps over which nearness falls to a third: a crowd beyond it counts little


@dataclass(frozen=True)
class TrackBatch:
    """Windows of walkers, lengths in units of the typical step.

    Attributes:
        features: (b, t, n, 7) per step, turned into the walker's heading: its move, the near ones' pull on it (mean relative
            position and move, weighted by nearness), and how near they are.
        near: (b, t, n, n) weights of the others and oneself, normalised on both sides.
        truth: (b, h, n, 2) how far off walking straight on is, along and across the heading; 0 where there is no truth.
        there: bool (b, n).
        turn: (b, n, 2, 2) from along-and-across to the plane; straight: (b, h, n, 2) the straight way on, in the plane.
    """

    features: Tensor
    near: Tensor
    truth: Tensor
    there: Tensor
    turn: Tensor
    straight: Tensor


def stretches(values: np.ndarray, length: int, least: int = 1) -> list[np.ndarray]:
    """Positions (n, length, 2) of those who are there throughout, for every start row of values (t, n, 2) with at least `least` of them."""
    seen = np.isfinite(values).all(axis=-1)
    if len(values) < length:
        return []
    throughout = np.asarray(np.lib.stride_tricks.sliding_window_view(seen, length, axis=0).all(axis=-1))
    return [values[i : i + length, who].transpose(1, 0, 2) for i, who in enumerate(throughout) if who.sum() >= least]


def batch_of(windows: Sequence[np.ndarray], observed: int, horizon: int, scale: float) -> TrackBatch:
    """Windows (n_i, observed or observed + horizon, 2) side by side, padded to the largest."""
    most = max(len(w) for w in windows)
    full = np.zeros((len(windows), most, observed + horizon, 2))
    there = np.zeros((len(windows), most), bool)
    for i, w in enumerate(windows):
        full[i, : len(w), : w.shape[1]] = (w - w[:, observed - 1 : observed].mean(axis=0)) / scale
        there[i, : len(w)] = True
    known = windows[0].shape[1] > observed
    return _batch(torch.from_numpy(full), torch.from_numpy(there), observed, horizon, known)


def _batch(full: Tensor, there: Tensor, observed: int, horizon: int, known: bool) -> TrackBatch:
    past = full[:, :, :observed]
    move = past.diff(dim=2)
    turn = _heading(past[:, :, -1] - past[:, :, 0])
    straight = past[:, :, -1:] + move[:, :, -1:] * torch.arange(1, horizon + 1)[:, None]
    truth = torch.einsum("bnji,bnhj->bnhi", turn, full[:, :, observed:] - straight) if known else torch.zeros_like(straight)
    features, near = _features(past[:, :, 1:].transpose(1, 2), move.transpose(1, 2), turn, there)
    truth = truth.transpose(1, 2) * there[:, None, :, None]
    return TrackBatch(features.float(), near.float(), truth.float(), there, turn, straight.transpose(1, 2))


def _heading(way: Tensor) -> Tensor:
    """Rotations (b, n, 2, 2) whose first column points along `way` (b, n, 2); no turn for those who stand."""
    length = way.norm(dim=-1, keepdim=True)
    along = torch.where(length > 1e-9, way / length.clamp(min=1e-9), torch.tensor([1.0, 0.0], dtype=way.dtype))
    across = torch.stack([-along[..., 1], along[..., 0]], -1)
    return torch.stack([along, across], -1)


def _features(at: Tensor, move: Tensor, turn: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
    """Features (b, t, n, 7) and nearness (b, t, n, n) of walkers at `at`, moving by `move` (b, t, n, 2)."""
    apart = at[:, :, None] - at[:, :, :, None]  # [.., i, j] from i to j
    pairs = there[:, None, :, None] & there[:, None, None] & ~torch.eye(at.shape[2], dtype=torch.bool)
    weight = torch.where(pairs, torch.exp(-apart.norm(dim=-1) / _REACH), 0.0)
    total = weight.sum(-1, keepdim=True).clamp(min=1e-9)
    pull = torch.einsum("btij,btijc->btic", weight, apart) / total
    drift = (torch.einsum("btij,btjc->btic", weight, move) - weight.sum(-1, keepdim=True) * move) / total
    own = [torch.einsum("bnji,btnj->btni", turn, a) for a in (move, pull / _REACH, drift)]
    looped = weight + torch.eye(at.shape[2], dtype=at.dtype)
    degree = looped.sum(-1).rsqrt()
    return torch.cat([*own, weight.sum(-1, keepdim=True).log1p()], -1), degree[..., :, None] * looped * degree[..., None, :]
