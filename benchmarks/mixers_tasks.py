"""The small tasks on which `benchmarks/mixers.py` compares mixers, and the small network that learns them.

A task draws (x (s, t, f), position (s, t), driver (s,) or None, truth): the last token of every series is asked and read by no other.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from chronotope.backbone.block import FeedForward
from chronotope.backbone.mixers import MIXERS
from chronotope.backbone.mixers.graph import ball_edges
from chronotope.backbone.network import _time_bias

WIDTH, HEADS, BUDGET = 16, 2, 5200  # parameters of one block
KEYS, VALUES, PAIRS, NOISE = 8, 6, 16, 12
PLACES, DELAY, SHARE = 8, 3, 0.9


def recall(batch: int) -> tuple[Tensor, Tensor, None, Tensor]:
    """Pairs of key and value, some keys twice; then noise for a while; then: what did this key hold last?"""
    key, value = torch.randint(KEYS, (batch, PAIRS)), torch.randint(VALUES, (batch, PAIRS))
    x = torch.zeros(batch, PAIRS + NOISE + 1, KEYS + VALUES)
    x[:, :PAIRS] = torch.cat([F.one_hot(key, KEYS), F.one_hot(value, VALUES)], -1).float()
    x[:, PAIRS:-1] = 0.3 * torch.randn(batch, NOISE, KEYS + VALUES)
    asked = key.gather(1, torch.randint(PAIRS, (batch, 1)))
    x[:, -1, :KEYS] = F.one_hot(asked[:, 0], KEYS).float()
    last = torch.where(key == asked, torch.arange(PAIRS), -1).argmax(1, keepdim=True)
    return x, torch.arange(float(x.shape[1])).expand(batch, -1), None, F.one_hot(value.gather(1, last)[:, 0], VALUES).float()


def smooth(batch: int) -> tuple[Tensor, Tensor, None, Tensor]:
    """Noisy samples of two sines at irregular times; then: what comes after a gap of 0.5 to 4?"""
    gap = torch.empty(batch, 33).exponential_() + 0.2
    gap[:, -1] = 0.5 + 3.5 * torch.rand(batch)
    position = gap.cumsum(1)
    period, phase = torch.exp(torch.empty(batch, 2, 1).uniform_(2.1, 3.7)), 6.2832 * torch.rand(batch, 2, 1)
    path = torch.sin(6.2832 * position[:, None] / period + phase).sum(1)
    x = torch.stack([path + 0.2 * torch.randn_like(path), torch.zeros_like(path)], -1)
    x[:, -1] = torch.tensor([0.0, 1.0])
    return x, position, None, path[:, -1:]


def driver(batch: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Places that show what their driver showed three steps before, and noise; then: what comes next?"""
    worlds, steps = max(batch // PLACES, 1), 24
    order = torch.stack([torch.randperm(PLACES) for _ in range(worlds)])
    leader = torch.empty_like(order).scatter_(1, order, order.roll(1, 1))  # one ring through all places
    path = list(torch.randn(DELAY, worlds, PLACES))
    for _ in range(steps - DELAY):
        path.append(SHARE * path[-DELAY].gather(1, leader) + (1 - SHARE**2) ** 0.5 * torch.randn(worlds, PLACES))
    shown = torch.stack(path, -1).flatten(0, 1)
    x = torch.stack([shown, torch.zeros_like(shown)], -1)
    x[:, -1] = torch.tensor([0.0, 1.0])
    who = (leader + PLACES * torch.arange(worlds)[:, None]).flatten()
    return x, torch.arange(float(steps)).expand(len(x), -1), who, shown[:, -1:]


def share_right(said: Tensor, truth: Tensor) -> tuple[Tensor, float]:
    """Cross entropy to learn by; the share of right answers to report."""
    return F.cross_entropy(said, truth), float((said.argmax(-1) == truth.argmax(-1)).float().mean())


def error(said: Tensor, truth: Tensor) -> tuple[Tensor, float]:
    """Squared error, as a share of the variance of the truth when reported."""
    loss = (said - truth).square().mean()
    return loss, float(loss.detach() / truth.var())


SKILLS = {"recall": (recall, share_right), "smooth": (smooth, error), "driver": (driver, error)}


class Stack(nn.Module):
    """Blocks of a time mixer, a place mixer and a feed-forward part that takes up what is left of the parameters.

    One block for each time mixer that `time` joins by a plus.
    """

    def __init__(self, time: str, place: str, features: int, answers: int) -> None:
        super().__init__()
        turns = [[name for name in (turn, place) if name != "none"] for turn in time.split("+")]
        self.embed, self.head, self.norm = nn.Linear(features, WIDTH), nn.Linear(WIDTH, answers), nn.LayerNorm(WIDTH)
        self.blocks = nn.ModuleList(nn.ModuleList(MIXERS[name](WIDTH, HEADS) for name in names) for names in turns)
        self.relation = nn.Parameter(torch.randn(len(turns), HEADS))
        for block in self.blocks:
            block.append(_feed(BUDGET - parameters(block)))
        self.norms = nn.ModuleList(nn.ModuleList(nn.LayerNorm(WIDTH) for _ in block) for block in self.blocks)

    def forward(self, x: Tensor, position: Tensor, leader: Tensor | None) -> Tensor:
        """Answers (s, a) of the last tokens; `leader` (s,) names the series that drives each, marked in the bias."""
        key = torch.ones(x.shape[0], x.shape[1] - 1, dtype=torch.bool)
        asked = torch.cat([key, torch.zeros_like(key[:, :1])], 1)
        x = self.embed(x)
        for block, norms, weight in zip(self.blocks, self.norms, self.relation, strict=True):
            for mixer, norm in zip(block, norms, strict=True):
                kind = getattr(mixer, "third", "alone")
                if kind in ("bias", "mask"):
                    x = x + mixer(norm(x), position, asked if kind == "mask" else _time_bias(key, 1))
                elif kind == "alone":
                    x = x + mixer(norm(x))
                else:
                    x = x + mixer(norm(x), *_where(kind, leader, weight))
        return self.head(self.norm(x[:, -1]))


def parameters(module: nn.Module) -> int:
    """How many numbers it learns."""
    return sum(p.numel() for p in module.parameters())


def _feed(left: int) -> FeedForward:
    """A feed-forward part of about that many parameters."""
    feed = FeedForward(WIDTH, 1)
    hidden = max(4, (left - WIDTH) // (2 * WIDTH + 1))
    feed.inner, feed.outer = nn.Linear(WIDTH, hidden), nn.Linear(hidden, WIDTH)
    return feed


def _where(kind: str, leader: Tensor, weight: Tensor) -> tuple:
    """Balls of the places of one world, or the edges from each place's driver and itself."""
    index = torch.arange(len(leader)).view(-1, PLACES)
    follows = (leader.view(-1, PLACES)[:, :, None] == index[:, None]).float()
    bias = 3 * follows[:, None] * weight[:, None, None]
    if kind == "balls":
        return index, bias
    edges, each = ball_edges(index, bias)
    joined = (leader[edges[1]] == edges[0]) | (edges[0] == edges[1])
    return (edges[0][joined], edges[1][joined]), each[joined]
