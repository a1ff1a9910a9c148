"""Sums: the accumulator that every table is made of - what `METRICS` add up over cells, per origin and variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chronotope.errors import BudgetError, ChronotopeError
from chronotope.evaluate.asking import Cost, sentence
from chronotope.evaluate.metrics import METRICS, Metric
from chronotope.evaluate.metrics.metric import GIVES, TRUTH, TRUTH_SQUARE, Sum
from chronotope.evaluate.scores.compare import block_rows
from chronotope.inspect.circle import around_truth, beside
from chronotope.questions import QUANTILE_LEVELS


@dataclass(frozen=True)
class Sums:
    """Sums over the cells where truth and forecast are known.

    Attributes:
        names: of the sums, in order.
        totals: (k, o, v), per origin (or another unit that is drawn anew for a spread) and channel.
        leads, places: the same by lead (k, o, h, v) and by place (k, o, n, v), where they were asked for.
        cost: of the answers.
        error: what the model broke with; then all sums are 0.
    """

    names: tuple[str, ...]
    totals: np.ndarray
    leads: np.ndarray | None = None
    places: np.ndarray | None = None
    cost: Cost = Cost()
    error: Exception | None = None

    @property
    def broken(self) -> str:
        """The sentence that the model broke with, "" where it did not."""
        return "" if self.error is None else sentence(self.error)

    def scores(self, channels: np.ndarray | None = None) -> dict[str, Any]:
        """Every metric that these sums make by its column, and n, pooled over origins, places, leads and the channels (v,)."""
        totals = dict(zip(self.names, self._picked(channels).sum(axis=(1, 2))))
        made = {column: one.of(totals) for column, one in tabled().items() if {s.name for s in one.sums} <= set(totals)}
        return {**made, "n": int(totals["n"])}

    def by_origin(self, name: str, channels: np.ndarray | None = None) -> np.ndarray:
        """One of the sums per origin (o,), pooled over the given channels."""
        return self._picked(channels)[self.names.index(name)].sum(axis=1)

    def spread(self, channels: np.ndarray | None = None, of: str = "error", length: int | None = None, draws: int = 200) -> float:
        """Standard deviation of a mean when blocks of neighbouring origins are drawn anew; NaN with fewer than three origins.

        Args:
            channels: bool (v,), all by default.
            of: the sum whose mean over cells it is.
            length: origins of a block, the root of their number by default.
            draws: how many.
        """
        total, n = self.by_origin(of, channels), self.by_origin("n", channels)
        if len(total) < 3:
            return float("nan")
        rows = block_rows(len(total), draws, length)
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = total[rows].sum(axis=1) / n[rows].sum(axis=1)
        return float(np.std(drawn[np.isfinite(drawn)])) if np.isfinite(drawn).any() else float("nan")

    def _picked(self, channels: np.ndarray | None) -> np.ndarray:
        return self.totals if channels is None else self.totals[:, :, channels]


def tabled(gives: str | None = None) -> dict[str, Metric]:
    """The metrics that tables hold, by column; of answers that give "quantiles", "point", "paths" or "rate", or all."""
    needs = [need for key, met in GIVES.items() if gives in (None, key) for need in met]
    return {one.column or name: one for name, one in METRICS.items() if one.sums and one.needs in needs}


def sums_for(gives: str) -> tuple[Sum, ...]:
    """What is added up of answers that give "quantiles", "point", "paths" or "rate", each once."""
    every = [one for metric in METRICS.values() for one in metric.sums if one.needs in GIVES[gives]]
    return tuple({one.name: one for one in every}.values())


def cells(forecast: Any, truth: np.ndarray, gives: str = "quantiles") -> np.ndarray:
    """The numbers (k, ...) of every cell of an answer against the truth (...); 0 where one is unknown.

    Args:
        forecast: (q, ...) at the levels of the house, (...), paths (w, t, 2), or the rates (e,) of each window.
        truth: (...); paths (w, t, 2), or the integral of the rate over each window.
        gives: what the forecast is.
    """
    wanted = sums_for(gives)
    if gives in ("paths", "rate"):
        return np.stack([one.of(forecast, truth) for one in wanted])
    answer, ahead = np.asarray(forecast, float), gives == "quantiles"
    known = np.isfinite(truth) & (np.isfinite(answer).all(axis=0) if ahead else np.isfinite(answer))
    answer, truth = np.where(known, answer, 0.0), np.where(known, truth, 0.0)
    point = answer[QUANTILE_LEVELS.index(0.5)] if ahead else answer
    made = [one.of(answer, truth, QUANTILE_LEVELS) if one.needs == "quantiles" else one.of(point, truth) for one in wanted]
    return np.where(known, np.stack(made), 0.0)


def collapse(answer: np.ndarray, truth: np.ndarray, detail: bool = False, ways: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
    """The sums of one answer (q, h, n, v) against truth (h, n, v): in all (k, v), and with `detail` by lead and by place.

    Misses of directions are counted by the shorter way round, and how much they vary on both sides of their mean. `ways` (v,) are the
    means, NaN for what is no direction.
    """
    ways = np.full(truth.shape[-1], np.nan) if ways is None else ways
    circle = np.isfinite(ways)
    made = cells(around_truth(answer, truth, QUANTILE_LEVELS.index(0.5), circle), truth)
    if circle.any():
        line, names = beside(truth, ways, circle), [one.name for one in sums_for("quantiles")]
        for one in (TRUTH, TRUTH_SQUARE):
            made[names.index(one.name)] = np.where(made[names.index("n")] > 0, one.of(line, line), 0.0)
    return (made.sum(axis=(1, 2)), *((made.sum(axis=2), made.sum(axis=1)) if detail else ()))


def assemble(parts: Sequence[tuple[np.ndarray, ...]], cost: Cost = Cost()) -> Sums:
    """The sums of what `collapse` gave for each origin."""
    totals, *grouped = (np.stack(some, axis=1) for some in zip(*parts))
    leads, places = grouped or (None, None)
    return Sums(tuple(one.name for one in sums_for("quantiles")), totals, leads, places, cost)


def gathered(made: np.ndarray, gives: str, cost: Cost, group: np.ndarray | None = None) -> Sums:
    """The sums of `cells` (k, c), one origin per cell or per number in `group` (c,)."""
    names = tuple(one.name for one in sums_for(gives))
    if group is not None:
        made = np.stack([np.bincount(group, one) for one in made])
    return Sums(names, made[..., None], cost=cost)


def or_broken(work: Callable[[], Sums], shape: tuple[int, int, int, int] = (1, 1, 1, 1), gives: str = "quantiles") -> Sums:
    """What `work` adds up; where it raises, sums of nothing that say so, so that the others of a table go on.

    Args:
        work: asks a model and adds up.
        shape: (origins, leads, places, channels) of the sums of nothing.
        gives: what the answers are.
    """
    try:
        return work()
    except BudgetError:
        raise
    except Exception as error:
        origins, leads, places, channels = shape
        names = tuple(one.name for one in sums_for(gives))
        empty = np.zeros((len(names), origins, channels))
        by_lead, by_place = (np.zeros((len(names), origins, size, channels)) for size in (leads, places))
        return Sums(names, empty, by_lead, by_place, error=error)


def each_or_broken(
    work: Mapping[str, Callable[[], Sums]], shape: tuple[int, int, int, int] = (1, 1, 1, 1), gives: str = "quantiles"
) -> dict[str, Sums]:
    """`or_broken` of each by name.

    Raises:
        ChronotopeError: every one broke over a mistake of the call.
    """
    made = {name: or_broken(one, shape, gives) for name, one in work.items()}
    refuse_if_all_broke(list(made.values()))
    return made


def refuse_if_all_broke(everyone: Sequence[Sums]) -> None:
    """Raise the first mistake where every model broke over a mistake of the call; anything else belongs into the table."""
    errors = [one.error for one in everyone]
    if errors and all(isinstance(error, ChronotopeError) for error in errors):
        raise next(error for error in errors if error is not None)


def part(whole: Sums, totals: np.ndarray) -> Sums:
    """Sums (k, o, v) that are a part of a whole, with its cost and what it broke with."""
    return replace(whole, totals=totals, leads=None, places=None)
