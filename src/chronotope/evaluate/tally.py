"""Tally: the sums that every score of a model on one panel is made of, per origin and variable."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import DimensionError
from chronotope.evaluate.compare import block_rows
from chronotope.evaluate.memory import peak_memory
from chronotope.evaluate.metrics.probabilistic import pinball
from chronotope.questions import QUANTILE_LEVELS, Predictor
from chronotope.tasks.forecast import Ask, question
from chronotope.tasks.levels import predict

SUMS = ("error", "square", "signed", "loss", "inside", "size", "n")


@dataclass(frozen=True)
class Tally:
    """Sums over the cells where truth and forecast are known.

    Attributes:
        sums: (7, o, v): |median - truth|, its square, median - truth, twice the pinball loss (mean over levels), truth inside
            the central 80 %, |truth|, and the number of cells; per origin and channel.
        seconds: time inside `predict`.
        leads, places: the same sums by lead (7, o, h, v) and by place (7, o, n, v), where they were asked for.
        peak: most memory that `predict` took beyond what was held, MB; NaN where unknown.
    """

    sums: np.ndarray
    seconds: float
    leads: np.ndarray | None = None
    places: np.ndarray | None = None
    peak: float = float("nan")

    def scores(self, channels: np.ndarray | None = None) -> dict[str, float]:
        """mae, rmse, bias, wql, coverage80 and n, pooled over origins, places, leads and the given channels (v,)."""
        picked = self.sums if channels is None else self.sums[:, :, channels]
        error, square, signed, loss, inside, size, n = picked.sum(axis=(1, 2))
        with np.errstate(invalid="ignore", divide="ignore"):
            values = np.array([error / n, np.sqrt(square / n), signed / n, loss / size, inside / n])
        named = dict(zip(("mae", "rmse", "bias", "wql", "coverage80"), map(float, values)))
        return {**named, "n": int(n)}

    def by_origin(self, name: str, channels: np.ndarray | None = None) -> np.ndarray:
        """One of `SUMS` per origin (o,), pooled over the given channels."""
        picked = self.sums[SUMS.index(name)]
        return (picked if channels is None else picked[:, channels]).sum(axis=1)

    def spread(self, channels: np.ndarray | None = None, draws: int = 200) -> float:
        """Standard deviation of the mae when blocks of neighbouring origins are drawn anew; NaN with fewer than three origins."""
        error, n = self.by_origin("error", channels), self.by_origin("n", channels)
        if len(error) < 3:
            return float("nan")
        rows = block_rows(len(error), draws)
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = error[rows].sum(axis=1) / n[rows].sum(axis=1)
        return float(np.std(drawn[np.isfinite(drawn)])) if np.isfinite(drawn).any() else float("nan")


def tally(predictor: Predictor, panel: Panel, ask: Ask, detail: bool = False, keep: list[np.ndarray] | None = None) -> Tally:
    """Run a predictor from every origin of `ask` and add up; truth is what the panel holds in the asked steps.

    Args:
        predictor, panel, ask: who is asked, and what.
        detail: also keep the sums by lead and by place.
        keep: a list that takes the answers (q, h, n, v) of every origin, NaN where nothing was asked.

    Raises:
        DimensionError: the predictor's answer has the wrong shape.
    """
    steps, parts, seconds, peaks = ask.horizon, [], 0.0, [float("nan")]
    for origin in ask.origins:
        one = question(panel, ask, origin)
        asked = one.asked[-steps:]
        answer = np.full((len(QUANTILE_LEVELS), *asked.shape), np.nan, np.float32)
        if asked.any():
            with peak_memory() as peak:
                start = time.perf_counter()
                answer = predict(predictor, one)
                seconds += time.perf_counter() - start
            peaks += peak
            _check(answer, (len(QUANTILE_LEVELS), *asked.shape), predictor.name)
        parts.append(collapse(answer, np.where(asked, panel.after(origin, steps), np.nan), detail))
        if keep is not None:
            keep.append(np.where(asked, answer, np.nan).astype(answer.dtype))
    return replace(assemble(parts, seconds), peak=float(np.fmax.reduce(peaks)))


def collapse(answer: np.ndarray, truth: np.ndarray, detail: bool) -> tuple[np.ndarray, ...]:
    """The sums of one answer (q, h, n, v) against truth (h, n, v): in all (7, v), and with `detail` by lead and by place."""
    cells = _cells(answer.astype(float), truth)
    return (cells.sum(axis=(1, 2)), *((cells.sum(axis=2), cells.sum(axis=1)) if detail else ()))


def assemble(parts: list[tuple[np.ndarray, ...]], seconds: float) -> Tally:
    """The tally of what `collapse` gave for each origin."""
    sums, *grouped = (np.stack(some, axis=1) for some in zip(*parts))
    leads, places = grouped or (None, None)
    return Tally(sums, seconds, leads, places)


def _cells(answer: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The seven numbers (7, h, n, v) of every cell of one answer (q, h, n, v) against truth (h, n, v); 0 where one is unknown."""
    low, median, high = (QUANTILE_LEVELS.index(level) for level in (0.1, 0.5, 0.9))
    known = np.isfinite(truth) & np.isfinite(answer).all(axis=0)
    answer, truth = np.where(known, answer, 0.0), np.where(known, truth, 0.0)
    gap = answer[median] - truth
    inside = known & (truth >= answer[low]) & (truth <= answer[high])
    loss = 2 * pinball(answer, truth, QUANTILE_LEVELS).mean(axis=0)
    return np.stack([np.abs(gap), gap**2, gap, loss, inside.astype(float), np.abs(truth), known.astype(float)])


def _check(answer: np.ndarray, shape: tuple[int, ...], name: str) -> None:
    if answer.shape != shape:
        raise DimensionError(f"predict must return (quantile, asked step, place, variable) = {shape}; {name} returned {answer.shape}.")
