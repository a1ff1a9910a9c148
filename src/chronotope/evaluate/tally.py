"""Tally: the sums that every score of a model on one panel is made of, per origin and variable."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import DimensionError
from chronotope.evaluate.metrics.probabilistic import pinball
from chronotope.tasks.forecast import Ask, question
from chronotope.tokens.query import QUANTILE_LEVELS, Predictor

SUMS = ("error", "square", "signed", "loss", "inside", "size", "n")


@dataclass(frozen=True)
class Tally:
    """Sums over the cells where truth and forecast are known.

    Attributes:
        sums: (7, o, v): |median - truth|, its square, median - truth, twice the pinball loss (mean over levels), truth inside
            the central 80 %, |truth|, and the number of cells; per origin and channel.
        seconds: time inside `predict`.
    """

    sums: np.ndarray
    seconds: float

    def scores(self, channels: np.ndarray | None = None) -> dict[str, float]:
        """mae, rmse, bias, wql, coverage80 and n, pooled over origins, places, leads and the given channels (v,)."""
        picked = self.sums if channels is None else self.sums[:, :, channels]
        error, square, signed, loss, inside, size, n = picked.sum(axis=(1, 2))
        with np.errstate(invalid="ignore", divide="ignore"):
            values = np.array([error / n, np.sqrt(square / n), signed / n, loss / size, inside / n])
        named = dict(zip(("mae", "rmse", "bias", "wql", "coverage80"), map(float, values)))
        return {**named, "n": int(n)}

    def spread(self, channels: np.ndarray | None = None, draws: int = 200) -> float:
        """Standard deviation of the mae when blocks of neighbouring origins are drawn anew; NaN with fewer than three origins."""
        picked = self.sums if channels is None else self.sums[:, :, channels]
        error, n = picked[0].sum(axis=1), picked[-1].sum(axis=1)
        count = len(error)
        if count < 3:
            return float("nan")
        length = max(round(count**0.5), 1)
        starts = np.random.default_rng(0).integers(0, count, (draws, -(-count // length)))
        rows = ((starts[:, :, None] + np.arange(length)) % count).reshape(draws, -1)[:, :count]
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn = error[rows].sum(axis=1) / n[rows].sum(axis=1)
        return float(np.std(drawn[np.isfinite(drawn)])) if np.isfinite(drawn).any() else float("nan")


def tally(predictor: Predictor, panel: Panel, ask: Ask) -> Tally:
    """Run a predictor from every origin of `ask` and add up; truth is what the panel holds in the asked steps.

    Raises:
        DimensionError: the predictor's answer has the wrong shape.
    """
    sums, seconds = np.zeros((len(SUMS), len(ask.origins), panel.values.shape[2])), 0.0
    for i, origin in enumerate(ask.origins):
        longer, query = question(panel, ask, origin)
        if not query.asked.any():
            continue
        start = time.perf_counter()
        answer = predictor.predict(longer, query, QUANTILE_LEVELS)
        seconds += time.perf_counter() - start
        truth = panel.values[origin + 1 : origin + 1 + ask.horizon].astype(float)
        asked = query.asked[-ask.horizon :]
        _check(answer, (len(QUANTILE_LEVELS), *asked.shape), predictor.name)
        sums[:, i] = _add(answer[:, : len(truth)].astype(float), np.where(asked[: len(truth)], truth, np.nan))
    return Tally(sums, seconds)


def _add(answer: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The seven sums (7, v) over leads and places of one answer (q, h, n, v) against truth (h, n, v)."""
    low, median, high = (QUANTILE_LEVELS.index(level) for level in (0.1, 0.5, 0.9))
    known = np.isfinite(truth) & np.isfinite(answer).all(axis=0)
    answer, truth = np.where(known, answer, 0.0), np.where(known, truth, 0.0)
    gap = answer[median] - truth
    inside = known & (truth >= answer[low]) & (truth <= answer[high])
    loss = 2 * pinball(answer, truth, QUANTILE_LEVELS).mean(axis=0)
    return np.stack([part.sum(axis=(0, 1)) for part in (np.abs(gap), gap**2, gap, loss, inside, np.abs(truth), known)])


def _check(answer: np.ndarray, shape: tuple[int, ...], name: str) -> None:
    if answer.shape != shape:
        raise DimensionError(f"predict must return (quantile, asked step, place, variable) = {shape}; {name} returned {answer.shape}.")
