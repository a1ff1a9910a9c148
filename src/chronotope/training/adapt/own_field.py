"""Questions about one field: those of training lie before a row, those of validation ask what comes after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.questions.kinds import SHARES, draw_kind, draw_question
from chronotope.training.batch import Batch, example, side_by_side
from chronotope.training.sources import neighbourhood

SERIES = 64
ATTEMPTS = 32


class OwnField:
    """Batches of a panel, each a pure function of (seed, step).

    Args:
        panel: values (t, n, v).
        cut: row from which on is validated; training reads nothing of it.
        seed: of all draws.
        part: "train" or "validation".
        examples: questions of a batch.
        kinds: shares of the kinds of questions.
    """

    def __init__(
        self, panel: Panel, cut: int, seed: int, part: str = "train", examples: int = 2, kinds: Mapping[str, float] = SHARES
    ) -> None:
        self.panel = panel.slice_time(0, cut) if part == "train" else panel
        self.first = 0 if part == "train" else cut
        self.seed, self.part, self.examples, self.kinds = seed, part, examples, kinds
        self.known = np.flatnonzero(self.panel.mask.any(axis=(0, 2)))

    def batch(self, step: int) -> Batch:
        """The batch of a step.

        Raises:
            DataError: nothing can be asked.
        """
        rng = np.random.default_rng([self.seed, step, 0 if self.part == "train" else 1])
        made = []
        for _ in range(self.examples):
            one = next((found for _ in range(ATTEMPTS) if (found := self._ask(rng)) is not None), None)
            made += [] if one is None else [one]
        if not made:
            raise DataError("A field to learn from must hold values to ask about, before and after four fifths of its time; it does not.")
        return side_by_side(made)

    def _ask(self, rng: np.random.Generator) -> Batch | None:
        panel = self._some(rng)
        kind = draw_kind(rng, panel.values.shape, {name: share for name, share in self.kinds.items() if name != "fine"})
        question = None if kind is None else draw_question(rng, panel.mask, kind, first=self.first)
        return None if question is None else example(panel, question)

    def _some(self, rng: np.random.Generator) -> Panel:
        """A neighbourhood of places and some variables, as many series as a batch holds."""
        v = self.panel.values.shape[2]
        variables = np.sort(rng.permutation(v)[: min(v, 8)])
        part = self.panel.take_places(self.known) if len(self.known) < self.panel.values.shape[1] else self.panel
        index = neighbourhood(rng, part, min(part.values.shape[1], max(1, SERIES // len(variables))))
        part = part.take_places(index)
        if len(variables) == v:
            return part
        names = tuple(part.variables[k] for k in variables)
        units = tuple(part.units[k] for k in variables) if part.units else ()
        return replace(part, values=part.values[..., variables], variables=names, units=units)
