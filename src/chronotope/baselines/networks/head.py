"""Nine quantiles that never cross, around the floor a network starts from."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.heads.normal import NORMAL_BASE
from chronotope.heads.quantile import MIDDLE
from chronotope.questions import QUANTILE_LEVELS

LEVELS = len(QUANTILE_LEVELS)


def last_layer(width: int, answers: int) -> nn.Linear:
    """A layer to `answers` x nine numbers that are all zero at first: the network begins as its floor."""
    layer = nn.Linear(width, answers * LEVELS)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def quantiles(raw: Tensor, start: Tensor, error: Tensor) -> Tensor:
    """Quantiles (b, h, n, v, 9) from what a network says (same shape), the floor (b, h, n, v) and its typical error (h, n, v).

    Zeros give the floor with a normal spread of that error; where the error is 0 the floor is the answer.
    """
    first = torch.tensor(np.log(np.expm1(np.diff(NORMAL_BASE))), dtype=raw.dtype)
    gaps = F.softplus(torch.cat([raw[..., :MIDDLE], raw[..., MIDDLE + 1 :]], -1) + first)
    middle = raw[..., MIDDLE : MIDDLE + 1]
    below = middle - gaps[..., :MIDDLE].flip(-1).cumsum(-1).flip(-1)
    above = middle + gaps[..., MIDDLE:].cumsum(-1)
    return start[..., None] + error[..., None] * torch.cat([below, middle, above], -1)


def loss(answer: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Twice the pinball loss over the nine levels plus the median's absolute error, averaged over the known cells."""
    levels = torch.tensor(QUANTILE_LEVELS, dtype=answer.dtype)
    miss = truth[..., None] - answer
    each = 2 * torch.maximum(levels * miss, (levels - 1) * miss).mean(-1) + miss[..., MIDDLE].abs()
    return torch.where(known, each, 0.0).sum() / known.sum().clamp(min=1)
