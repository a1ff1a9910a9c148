"""The quantile head: floors mixed by gates, then moved and reshaped by the network.

Each floor brings quantiles of its own: a centre with its back-tested error, or a distribution. A gate per floor starts at
softmax(-b log error); the mixed quantiles are shifted by multiples of the mixed error and their gaps are stretched. The token speaks for a
whole patch; a small network of the steps, which also reads what the floors say at that very step, corrects gates and moves there. With the
last layers at zero, as at the start of training, the answer is the plain mix.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.heads.head import Head
from chronotope.heads.normal import NORMAL_BASE

MIDDLE = len(NORMAL_BASE) // 2
DISTRIBUTIONS, SHOWN = 4, [0, 2, 4, 6, 8]  # floors that are distributions, and their levels that a step's network reads


class QuantileHead(Head):
    """Query tokens and floors to nine quantiles that never cross.

    Args:
        width, patch, floors: of the network and its tokens.
        detail: width of the network of single steps; 0 for none.
        distributions: how many floors, the last ones, are distributions.
    """

    want = "quantiles"
    reads = ("centre", "error", "is_available", "spread")
    starts = "the floors' plain mix"
    base: Tensor

    def __init__(self, width: int, patch: int, floors: int, detail: int = 0, distributions: int = DISTRIBUTIONS) -> None:
        super().__init__()
        self.patch, self.floors = patch, floors
        levels = len(NORMAL_BASE)
        self.gate = nn.Linear(width, floors)
        self.move = nn.Linear(width, patch * 2 * levels)
        self.sharpness = nn.Parameter(torch.tensor(3.0))
        self.register_buffer("base", torch.tensor(NORMAL_BASE), persistent=False)
        for layer in (self.gate, self.move):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.steps = StepNetwork(width, patch, floors, detail, distributions) if detail else None

    def forward(self, x: Tensor, centre: Tensor, error: Tensor, is_available: Tensor, spread: Tensor) -> Tensor:
        """Quantiles (s, q, p, levels), scaled.

        Args:
            x: query tokens (s, q, d).
            centre, error: (s, q, p, k).
            is_available: bool (s, q, p, k), False where a floor has nothing to say.
            spread: (s, q, p, d, levels): quantiles of the last d floors.
        """
        points = centre.shape[-1] - spread.shape[-2]
        gate, move = self.gates_and_moves(x, centre, error, is_available, spread)
        error = error.masked_fill(~is_available, 0.0)
        width = (gate * error).sum(-1, keepdim=True)
        centred = gate[..., :points]
        base = (centred * centre[..., :points]).sum(-1, keepdim=True)
        base = base + (centred * error[..., :points]).sum(-1, keepdim=True) * self.base
        base = base + (gate[..., points:, None] * spread).sum(-2)
        gaps = base.diff(dim=-1).clamp(min=0)
        shift, stretch, extra = move[..., 0, :1], move[..., 0, 1:], move[..., 1, 1:]
        gaps = gaps * torch.exp(stretch.clamp(-4, 4)) + width * F.softplus(extra - 5.0)
        middle = base[..., MIDDLE : MIDDLE + 1] + width * shift + gaps.mean(-1, keepdim=True) * move[..., 1, :1]
        below = middle - gaps[..., :MIDDLE].flip(-1).cumsum(-1).flip(-1)
        above = middle + gaps[..., MIDDLE:].cumsum(-1)
        return torch.cat([below, middle, above], dim=-1)

    def gates_and_moves(self, x: Tensor, centre: Tensor, error: Tensor, is_available: Tensor, spread: Tensor) -> tuple[Tensor, Tensor]:
        """Shares of the floors (s, q, p, k), which add up to one, and moves (s, q, p, 2, levels); arguments as of `forward`."""
        move = self.move(x).float().unflatten(-1, (self.patch, 2, len(NORMAL_BASE)))
        logit = self.gate(x).float()[:, :, None] - self.sharpness * error.log()
        if self.steps is not None:
            own_logit, own_move = self.steps(x, centre, error, is_available, spread, logit)
            logit, move = logit + own_logit, move + own_move
        return logit.masked_fill(~is_available, -1e9).softmax(-1), move


class StepNetwork(nn.Module):
    """What a token says of its patch and what the floors say at a step, to corrections of that step's gates and moves."""

    def __init__(self, width: int, patch: int, floors: int, detail: int, distributions: int) -> None:
        super().__init__()
        self.patch, self.detail, self.floors = patch, detail, floors
        self.token = nn.Linear(width, patch * detail)
        self.own = nn.Linear(2 * floors + distributions * len(SHOWN), detail)
        self.inner = nn.Linear(detail, detail)
        self.outer = nn.Linear(detail, floors + 2 * len(NORMAL_BASE))
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(
        self, x: Tensor, centre: Tensor, error: Tensor, is_available: Tensor, spread: Tensor, logit: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Corrections of the gates' logits (s, q, p, k) and of the moves (s, q, p, 2, levels); arguments as of the head."""
        there = is_available
        gate = logit.detach().masked_fill(~there, -1e9).softmax(-1)
        middle = (gate * centre).sum(-1, keepdim=True)
        width = (gate * error.masked_fill(~there, 0.0)).sum(-1, keepdim=True).clamp(min=1e-4)
        apart = torch.asinh((centre - middle) / width) * there
        size = (error / width).log().clamp(-4, 4) * there
        shape = torch.asinh((spread[..., SHOWN] - middle[..., None]) / width[..., None]) * there[..., -spread.shape[-2] :, None]
        own = self.own(torch.cat([apart, size, shape.flatten(-2)], -1))
        hidden = F.gelu(own + self.token(x).unflatten(-1, (self.patch, self.detail)))
        out = self.outer(hidden + F.gelu(self.inner(hidden))).float()
        return out[..., : self.floors], out[..., self.floors :].unflatten(-1, (2, len(NORMAL_BASE)))


def plain_quantiles(centre: Tensor, error: Tensor, is_available: Tensor, sharpness: float = 3.0) -> Tensor:
    """The floors' plain mix without any network: (s, q, p, k) to quantiles (s, q, p, levels)."""
    gate = (-sharpness * error.log()).masked_fill(~is_available, -1e9).softmax(-1)
    middle, width = (gate * centre).sum(-1, keepdim=True), (gate * error.masked_fill(~is_available, 0.0)).sum(-1, keepdim=True)
    return middle + width * torch.tensor(NORMAL_BASE)
