"""Taught: forecasts moved by what trees say of how the predictor inside missed before; all other questions go to it as they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chronotope.data.panel import Panel
from chronotope.pace import say
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question
from chronotope.questions.kinds import kind_of
from chronotope.wrappers.misses import kept
from chronotope.wrappers.taught.forest import Forest
from chronotope.wrappers.taught.lessons import Clock, Lessons
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted

LEVELS = QUANTILE_LEVELS[::2]  # that have trees of their own; those between go half of the way


@dataclass(frozen=True)
class Learned:
    """What was learned of a variable.

    Attributes:
        forests: one for each of `LEVELS`.
        share: (0 to 1] of what they say of the median that is taken.
        shape: 0 to 1, of what they say of the other levels beside it.
    """

    forests: tuple[Forest, ...]
    share: float = 1.0
    shape: float = 1.0

    def offsets(self, table: np.ndarray) -> np.ndarray:
        """How far (9, r) to move the quantiles at the house's levels, in widths, for rows (r, f)."""
        said = np.stack([forest.predict(table) for forest in self.forests])
        between = (said[1:] + said[:-1]) / 2
        every = np.stack([said[k // 2] if k % 2 == 0 else between[k // 2] for k in range(len(QUANTILE_LEVELS))])
        return shaped(every, said[len(LEVELS) // 2], self.share, self.shape)


def shaped(said: np.ndarray, median: np.ndarray, share: float, shape: float) -> np.ndarray:
    """A share of offsets (q, r): one of the median's (r,), another of what the levels move beside it."""
    return np.asarray(share * median + shape * (said - median))


@dataclass(frozen=True)
class Taught(AbstractWrapper):
    """A predictor that learned from its own misses.

    Attributes:
        base: the predictor inside.
        learned: by the number of the variable; one that is not there is answered as before.
        variables, known: of the panel that was learned from, and those that were known ahead.
        freq: its step.
        steps: how far ahead was learned; longer leads are answered as before.
        until: the last stamp that was learned from.
        clock: the periods that lessons read.
    """

    base: Predictor
    learned: dict[int, Learned]
    variables: tuple[str, ...]
    known: tuple[str, ...]
    freq: str
    steps: int
    until: np.datetime64
    clock: Clock

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the model and of the method."""
        return f"{self.base.name}+trees"

    def quantiles(self, question: Question) -> np.ndarray:
        """See `AbstractQuantilePredictor`."""
        if kind_of(question) != "forecast" or not self._fits(question):
            return ask(self.base, question)
        every = tuple(sorted({*question.levels, *QUANTILE_LEVELS}))
        told = ask(self.base, question.wanting(every)).astype(float)
        house = told[[every.index(level) for level in QUANTILE_LEVELS]]
        order, out = [question.frame.variables.index(name) for name in self.variables], house.copy()
        self._warn(question)
        panel, rows = question.frame, question.rows
        leads = rows - question.first + 1
        near = leads <= self.steps
        visible = question.visible().astype(float)[..., order]
        lessons = Lessons(panel, visible, question.first, self.clock)
        known = tuple(self.variables.index(name) for name in self.known)
        for v, learned in self.learned.items():
            here, mine = house[..., order[v]][:, near], out[..., order[v]]
            table = lessons.of(v, known, question.first - 1, leads[near], here)
            by = learned.offsets(table.reshape(-1, table.shape[-1])).reshape(-1, *table.shape[:2])
            moved = np.sort(here + by * lessons.unit(v, question.first - 1, here), axis=0)
            mine[:, near] = np.where(np.isfinite(moved), moved, here)
        asked = _carried(question.levels, dict(zip(every, told)), house, out)
        return np.where(np.isfinite(told[0]), kept(question, asked), np.nan).astype(np.float32)

    def fit(self, panel: Panel, horizon: int) -> Taught:
        """See `AbstractWrapper`; what was learned stays."""
        return replace(self, base=fitted(self.base, panel, horizon))

    def _fits(self, question: Question) -> bool:
        """Whether the question is of the kind that was learned; if not, that is said."""
        panel, ahead = question.frame, question.seen[question.rows].any(axis=(0, 1))
        known = {name for name, is_known in zip(panel.variables, ahead) if is_known}
        reason = ""
        if sorted(panel.variables) != sorted(self.variables):
            reason = f"it learned from the variables {', '.join(self.variables)}, and is asked about {', '.join(panel.variables)}"
        elif panel.freq != self.freq:
            reason = f"it learned from steps of {self.freq}, and is asked in steps of {panel.freq}"
        elif known != set(self.known):
            ways = [", ".join(sorted(names)) or "nothing" for names in (self.known, known)]
            reason = f"it learned with {ways[0]} known ahead, and is asked with {ways[1]}"
        if reason:
            say(f"{self.base.name} answers as it was before it learned: {reason}")
        return not reason

    def _warn(self, question: Question) -> None:
        panel, first = question.frame, question.first
        if panel.times[first - 1] < self.until:
            day = np.datetime_as_string(self.until, unit="m").replace("T", " ")
            say(f"{self.name} learned from values up to {day}, later than an origin it is asked from: that is no test of it")
        if len(question.rows) > self.steps:
            say(f"{self.name} learned {self.steps} steps ahead; those beyond are answered as before")

    def about(self) -> dict[str, Any]:
        """What is to be written beside the arrays."""
        return {
            "variables": list(self.variables), "known": list(self.known), "freq": self.freq, "steps": self.steps,
            "until": str(self.until), "clock": [list(self.clock.means), list(self.clock.stands)],
            "shares": {str(v): [one.share, one.shape] for v, one in self.learned.items()},
        }  # fmt: skip

    def arrays(self) -> dict[str, np.ndarray]:
        """All forests, by `variable number.level number.array`."""
        named: dict[str, np.ndarray] = {}
        for v, one in self.learned.items():
            for level, forest in enumerate(one.forests):
                named |= {f"{v}.{level}.{name}": array for name, array in forest.arrays().items()}
        return named


def _carried(levels: tuple[float, ...], told: dict[float, np.ndarray], house: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """Quantiles (q, h, n, v) at any levels: as far between those of the house as they were told, beyond the outer ones as far as they."""
    out = []
    for level in levels:
        high = int(np.clip(np.searchsorted(QUANTILE_LEVELS, level), 1, len(QUANTILE_LEVELS) - 1))
        low, x = high - 1, told[level]
        if level < QUANTILE_LEVELS[0] or level > QUANTILE_LEVELS[-1]:
            end = 0 if level < QUANTILE_LEVELS[0] else -1
            out.append(moved[end] + x - house[end])
            continue
        gap = house[high] - house[low]
        plain = (level - QUANTILE_LEVELS[low]) / (QUANTILE_LEVELS[high] - QUANTILE_LEVELS[low])
        part = np.where(gap > 0, np.clip((x - house[low]) / np.where(gap > 0, gap, 1.0), 0.0, 1.0), plain)
        out.append(moved[low] + part * (moved[high] - moved[low]))
    return np.stack(out)


def taught_again(base: Predictor, about: dict[str, Any], arrays: dict[str, np.ndarray]) -> Taught:
    """The predictor from what `Taught.about` and `Taught.arrays` gave."""
    learned = {}
    for v, shares in about["shares"].items():
        forests = [
            Forest(**{key.split(".")[2]: array for key, array in arrays.items() if key.startswith(f"{v}.{level}.")})
            for level in range(len(LEVELS))
        ]
        learned[int(v)] = Learned(tuple(forests), *map(float, shares))
    until, clock = np.datetime64(about["until"]), Clock(*(tuple(names) for names in about["clock"]))
    return Taught(base, learned, tuple(about["variables"]), tuple(about["known"]), about["freq"], int(about["steps"]), until, clock)
