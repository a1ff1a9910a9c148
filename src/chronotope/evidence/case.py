"""Case: one question before the candidates - what is asked, what was tried, and what each of them said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from chronotope.evidence.cells import Cells
from chronotope.evidence.past import Past
from chronotope.evidence.trials import Trials, errors, run_trials


@dataclass(frozen=True)
class Said:
    """What a candidate says at some cells: `value` float32 (s, n), and where it says anything, bool (s, n)."""

    value: np.ndarray
    is_available: np.ndarray

    @classmethod
    def of(cls, value: np.ndarray, is_available: np.ndarray) -> Said:
        return cls(value.astype(np.float32), is_available)

    @classmethod
    def nothing(cls, shape: tuple[int, ...]) -> Said:
        return cls(np.zeros(shape, np.float32), np.zeros(shape, bool))


@dataclass(frozen=True)
class Spoken:
    """What a candidate says where it was tried and where it is asked.

    Attributes:
        tried: at the (s, l * j) cells of the trials.
        asked: at the (s, h) asked cells; of a distribution the median.
        error: (s, l) of a candidate that is not told by its misses in `tried`; None for all others.
        quantiles: (s, h, q) of a distribution; None for a candidate that says one value.
        share: (s, l), how much of the series' own slope a candidate that reads repetitions was lifted by; None for none.
    """

    tried: Said
    asked: Said
    error: np.ndarray | None = None
    quantiles: np.ndarray | None = None
    share: np.ndarray | None = None


class Candidate(Protocol):
    """A rule: from a case to what it says there. It may ask the case what others said, and writes into nothing."""

    def __call__(self, case: Case, /) -> Spoken: ...


BEYOND, RANGES = 10.0, 2.0  # spreads, or ranges of what was seen lately, by which an answer may leave these before it is doubted


class Case:
    """Candidates are heard when somebody first asks for them, each once.

    Args:
        past: of the series.
        rows: int (h,) asked rows of the frame.
        anchor: the row that trials gather around.
        points, distributions: rules by name, those that say one value and those that say quantiles.
    """

    def __init__(
        self, past: Past, rows: np.ndarray, anchor: int, points: Mapping[str, Candidate], distributions: Mapping[str, Candidate]
    ) -> None:
        self.past, self.rows, self.points = past, rows, tuple(points)
        self._candidates = {**points, **distributions}
        self.asked = Cells(past, rows, None, np.arange(len(rows)))
        self.trials: Trials = run_trials(past, anchor, int(self.asked.lead.max()))
        self.made: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # what several candidates share
        self._spoken: dict[str, Spoken] = {}
        self._errors: dict[str, np.ndarray] = {}

    def spoken(self, name: str) -> Spoken:
        """What a candidate says."""
        if name not in self._spoken:
            self._spoken[name] = self._candidates[name](self)
        return self._spoken[name]

    def error(self, name: str) -> np.ndarray:
        """Its error in the trials, (s, l)."""
        if name not in self._errors:
            spoken = self.spoken(name)
            tried = spoken.tried
            self._errors[name] = errors(self.trials, tried.value, tried.is_available) if spoken.error is None else spoken.error
        return self._errors[name]

    def stack(self, names: tuple[str, ...]) -> tuple[Said, Said, np.ndarray]:
        """Several candidates side by side: tried (s, l * j, k), asked (s, h, k) and errors (s, l, k)."""
        spoken = [self.spoken(name) for name in names]
        tried, asked = (
            Said(np.stack([s.value for s in said], axis=-1), np.stack([s.is_available for s in said], axis=-1))
            for said in ([s.tried for s in spoken], [s.asked for s in spoken])
        )
        return tried, asked, np.stack([self.error(name) for name in names], axis=-1)

    def error_asked(self, value: np.ndarray, error: np.ndarray) -> np.ndarray:
        """Errors (s, h, ...) of answers where they are asked, from those in the trials (s, l, ...).

        They are at least as large as answers lie beyond what trials can vouch for: a rule that has told small changes well for days has
        not been tried on the spike that it now repeats from last week.
        """
        told = self.trials.at(error, self.asked.lead)
        low, high = (a.reshape(-1, *[1] * (value.ndim - 1)) for a in self._vouched)
        return np.maximum(told, np.maximum(low - value, value - high))

    @cached_property
    def _vouched(self) -> tuple[np.ndarray, np.ndarray]:
        """The values (s,) that trials can vouch for, lowest and highest: what was seen in the rows that are tried, and well beyond."""
        rows = self.past.tried
        x, seen = self.past.series.x[:, rows], self.past.series.m[:, rows] > 0
        there = seen.any(axis=1)
        low, high = (np.where(there, end, 0.0) for end in (np.where(seen, x, np.inf).min(axis=1), np.where(seen, x, -np.inf).max(axis=1)))
        wide = np.where(there, np.maximum(BEYOND, RANGES * (high - low)), np.inf)
        return low - wide, high + wide

    def each(self, say: Callable[[Cells], Said]) -> Spoken:
        """What a rule says that needs no fitting: the same at tried and asked cells."""
        return Spoken(say(self.trials.cells), say(self.asked))

    def silence(self) -> Spoken:
        """Of a candidate that has nothing to say."""
        return self.each(lambda cells: Said.nothing(cells.shape))

    @property
    def variables(self) -> int:
        """At each place."""
        return self.trials.variables

    @cached_property
    def best_period(self) -> int:
        """The period whose phase mean did best in the trials of the median series."""
        past = self.past
        if len(past.smoothed) <= 1:
            return 0
        known = past.series.known if past.series.known.any() else np.ones(len(past.series.x), bool)
        return int(np.argmin([np.median(self.error(f"phase{k}")[known]) for k in range(len(past.smoothed))]))

    @cached_property
    def kept(self) -> np.ndarray | None:
        """The share (s, l) of its slope by which the best period's mean was lifted; None where it was not."""
        share = self.spoken(f"phase{self.best_period}").share if self.past.smoothed else None
        return None if share is None or not share.any() else share
