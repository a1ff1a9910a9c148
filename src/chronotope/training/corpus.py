"""The corpus: batches of questions about worlds and real sets, each a pure function of (seed, step)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ConfigDict, Field, field_validator
from pydantic.dataclasses import dataclass

from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.questions.kinds import SHARES, draw_kind, draw_question
from chronotope.training.batch import Batch, example, side_by_side
from chronotope.training.coarse import with_coarse
from chronotope.training.sources import TRAIN_SHARE, close_hours, disguise, draw_window, load_packed
from chronotope.training.views import two_views
from chronotope.training.ways import draw_moving
from chronotope.worlds.draw import draw

SERIES = 64
ATTEMPTS = 64  # windows that may hold nothing to ask before a batch goes without that example


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Draws:
    """Knobs of what is drawn."""

    examples: int = Field(default=4, ge=1, description="questions of a batch")
    worlds: float = Field(default=0.5, ge=0, le=1, description="share of questions about simulated worlds")
    ways: float = Field(default=0.0, ge=0, le=1, description="share of questions about where objects of simulated tracks go")
    kinds: dict[str, float] = Field(
        default_factory=lambda: dict(SHARES), description="shares of the kinds of questions, in proportion; what is not named is not asked"
    )
    leave_out: list[str] = Field(default_factory=list, description="domains of the manifest that are not drawn from; they stay packed")

    @field_validator("kinds")
    @classmethod
    def _kinds(cls, value: dict[str, float]) -> dict[str, float]:
        if not set(value) <= set(SHARES) or not all(0 <= share < float("inf") for share in value.values()) or not sum(value.values()):
            raise ValueError(f"must give shares of at least 0, one of them above it, to some of {', '.join(SHARES)}")
        return {kind: value[kind] for kind in SHARES if value.get(kind)}


class Corpus:
    """Draws batches.

    Args:
        folder: packed real sets (may be empty or None: worlds only).
        seed: of all draws.
        part: "train" reads the first rows of real sets; "validation" draws other worlds, and of the real sets asks only what lies in the
            last rows, which training never reads.
        views: 2 draws two views of a window where else a question is drawn.
        knobs: those of `Draws`.
    """

    def __init__(self, folder: Path | None, seed: int, part: str = "train", views: int = 1, **knobs: Any) -> None:
        draws = Draws(**knobs)
        self.seed, self.part, self.views = seed, part, views
        self.worlds, self.examples, self.kinds, self.ways = draws.worlds, draws.examples, draws.kinds, draws.ways
        packed = sorted(p.parent for p in folder.glob("*/about.json")) if folder else []
        self.real = [(panel, about) for panel, about in map(load_packed, packed) if about["domain"] not in draws.leave_out]
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
        moving = int(rng.binomial(self.examples, self.ways)) if self.ways and self.views == 1 else 0
        parts: list[Batch] = draw_moving(rng, moving, 0 if self.part == "train" else 2**31) if moving else []
        simulated = int(rng.binomial(self.examples - len(parts), self.worlds))
        world: Panel | None = None
        for number in range(self.examples - len(parts)):
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
        first = 0 if self.part == "train" or simulated else int(len(panel.values) * TRAIN_SHARE)
        if self.views == 2:
            return two_views(rng, panel, first)
        kind = draw_kind(rng, panel.values.shape, self.kinds)
        if kind is None:
            return None
        if kind == "fine":
            panel = with_coarse(rng, panel, SERIES)
        question = draw_question(rng, panel.mask, kind, first=first)
        return None if question is None else example(panel, question)

    def _world(self, rng: np.random.Generator) -> Panel:
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
