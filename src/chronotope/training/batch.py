"""A batch: questions side by side, as tokens with their truth and weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from chronotope.data.panel import Panel
from chronotope.questions.kinds.drawing import PATCH, Drawn
from chronotope.tokens.tokenizer import Options, Tokens, join, make_tile, make_tokens


@dataclass
class Batch:
    """Joined examples.

    Attributes:
        tokens: what the network reads.
        truth: float32 (s, q, p), scaled as the tokens are; zero where not asked.
        weight: float32 (s, q, p): zero where not asked or not observed; sums to one over the batch, each example alike.
        example: int (s,): which example a series belongs to.
        view: int (s,): which view of its window a series belongs to, 0 or 1; None where there is one.
    """

    tokens: Tokens
    truth: np.ndarray
    weight: np.ndarray
    example: np.ndarray
    view: np.ndarray | None = None

    def own(self) -> dict[str, np.ndarray]:
        """What it holds beside the tokens, by name."""
        return {name: value for name, value in vars(self).items() if name != "tokens" and value is not None}


class Batches(Protocol):
    """What the loop draws from: a batch is a pure function of its number."""

    def batch(self, step: int) -> Batch: ...


def side_by_side(parts: Sequence[Batch]) -> Batch:
    """Batches as one, each with the same share of its weight."""
    before = np.cumsum([0, *(len(np.unique(p.example)) for p in parts)])
    owner = np.concatenate([np.unique(p.example, return_inverse=True)[1] + first for p, first in zip(parts, before)])
    weight = np.concatenate([p.weight for p in parts]) / len(parts)
    view = None if parts[0].view is None else np.concatenate([p.view for p in parts])
    return Batch(join([p.tokens for p in parts]), np.concatenate([p.truth for p in parts]), weight, owner, view)


def example(panel: Panel, drawn: Drawn, options: Options = Options()) -> Batch:
    """One question's tokens, truth and weights."""
    question = drawn.on(panel)
    frame = question.frame
    middle = int(np.clip(drawn.starts.mean(), 0, len(frame.values) - 1))
    tile = make_tile(question, middle if question.both_sides else question.first - 1, options)
    tokens, _ = make_tokens(tile, drawn.starts, options)
    t, n, v = frame.values.shape
    rows = (drawn.starts[:, None] + np.arange(PATCH)).ravel()
    inside = np.minimum(rows, t - 1)
    asked = (question.asked[inside] & (rows < t)[:, None, None]).reshape(len(rows), n * v).T
    raw = np.where(asked, np.nan_to_num(frame.values[inside].reshape(len(rows), n * v).T), 0.0)
    truth = np.where(asked, tile.scale.apply(raw), 0.0).astype(np.float32)
    shape = (n * v, len(drawn.starts), PATCH)
    mask = asked.astype(np.float32)
    return Batch(tokens, truth.reshape(shape), (mask / max(mask.sum(), 1.0)).reshape(shape), np.zeros(n * v, np.int64))
