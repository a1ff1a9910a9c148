"""The corpus: batches of questions about worlds and real sets, each a pure function of (seed, step)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.questions.kinds import SHARES, draw_kind, draw_question
from chronotope.questions.kinds.drawing import PATCH, Drawn
from chronotope.tokens.tokenizer import Options, Tokens, join, make_tile, make_tokens
from chronotope.training.coarse import with_coarse
from chronotope.training.sources import TRAIN_SHARE, close_hours, disguise, draw_window, load_packed

SERIES = 64
ATTEMPTS = 64  # windows that may hold nothing to ask before a batch goes without that example


@dataclass
class Batch:
    """Joined examples.

    Attributes:
        tokens: what the network reads.
        truth: float32 (s, q, p), scaled as the tokens are; zero where not asked.
        weight: float32 (s, q, p): zero where not asked or not observed; sums to one over the batch, each example alike.
        example: int (s,): which example a series belongs to.
    """

    tokens: Tokens
    truth: np.ndarray
    weight: np.ndarray
    example: np.ndarray


class Corpus:
    """Draws batches.

    Args:
        folder: packed real sets (may be empty or None: worlds only).
        seed: of all draws.
        worlds: share of examples from simulated worlds.
        examples: examples in a batch.
        part: "train" reads the first rows of real sets; "validation" draws other worlds, and of the real sets asks only what lies in the
            last rows, which training never reads.
        kinds: shares of the kinds of questions.
        leave_out: domains of real sets that are not drawn.
    """

    def __init__(
        self, folder: Path | None, seed: int, worlds: float = 0.5, examples: int = 4, part: str = "train",
        kinds: Mapping[str, float] = SHARES, leave_out: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.seed, self.worlds, self.examples, self.part, self.kinds = seed, worlds, examples, part, dict(kinds)
        packed = sorted(p.parent for p in folder.glob("*/about.json")) if folder else []
        self.real = [(panel, about) for panel, about in map(load_packed, packed) if about["domain"] not in leave_out]
        size = np.array([a["weight"] * float(np.prod(a["shape"])) ** 0.2 for _, a in self.real])
        self.share = size / size.sum() if len(size) else size
        if not self.real:
            self.worlds = 1.0

    def batch(self, step: int) -> Batch:
        """The batch of a step; the same for the same seed and step, whatever was drawn before.

        Raises:
            DataError: the questions that are asked for fit no window.
        """
        rng = np.random.default_rng([self.seed, step, 0 if self.part == "train" else 1])
        simulated = int(rng.binomial(self.examples, self.worlds))
        parts: list[Batch] = []
        world: Panel | None = None
        for number in range(self.examples):
            for attempt in range(ATTEMPTS):
                if number < simulated:
                    if world is None or attempt > 2:
                        world = self._world(rng)
                    panel: Panel = self._shrink(rng, world)
                else:
                    panel = disguise(rng, self._window(rng))
                made = self._ask(rng, close_hours(rng, panel), number < simulated)
                if made is not None:
                    parts.append(made)
                    break
        if not parts:
            raise DataError(
                f"A batch must hold a question; none of {', '.join(self.kinds)} found room in {ATTEMPTS} windows. Ask other kinds."
            )
        return side_by_side(parts)

    def _ask(self, rng: np.random.Generator, panel: Panel, simulated: bool) -> Batch | None:
        """A question about a panel, or None if the draw finds nothing to ask."""
        kind = draw_kind(rng, panel.values.shape, self.kinds)
        if kind is None:
            return None
        if kind == "fine":
            panel = with_coarse(rng, panel, SERIES)
        first = 0 if self.part == "train" or simulated else int(len(panel.values) * TRAIN_SHARE)
        drawn = draw_question(rng, panel.mask, kind, first=first)
        return None if drawn is None else example(panel, drawn)

    def _world(self, rng: np.random.Generator) -> Panel:
        from chronotope.worlds.draw import draw

        return draw(int(rng.integers(2**31)) + (2**31 if self.part != "train" else 0)).panel

    @staticmethod
    def _shrink(rng: np.random.Generator, panel: Panel) -> Panel:
        t, n, v = panel.values.shape
        most = max(1, SERIES // v)
        if n <= most:
            return panel
        return panel.take_places(np.sort(rng.choice(n, most, replace=False)))

    def _window(self, rng: np.random.Generator) -> Panel:
        panel, _ = self.real[int(rng.choice(len(self.real), p=self.share))]
        rows = len(panel.values)
        if self.part == "train":
            return draw_window(rng, panel, max(24, int(rows * TRAIN_SHARE)), SERIES)
        return draw_window(rng, panel, rows, SERIES, last=True)


def side_by_side(parts: Sequence[Batch]) -> Batch:
    """Batches as one, each with the same share of its weight."""
    before = np.cumsum([0, *(len(np.unique(p.example)) for p in parts)])
    owner = np.concatenate([np.unique(p.example, return_inverse=True)[1] + first for p, first in zip(parts, before)])
    weight = np.concatenate([p.weight for p in parts]) / len(parts)
    return Batch(join([p.tokens for p in parts]), np.concatenate([p.truth for p in parts]), weight, owner)


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


def manifest_table(entries: Sequence[dict]) -> list[dict]:
    """The packed sets as rows for a card."""
    return [{k: e[k] for k in ("name", "domain", "licence", "shape")} for e in entries]
