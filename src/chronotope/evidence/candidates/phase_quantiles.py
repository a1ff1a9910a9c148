"""Phase quantiles: those of the best period's repetitions, lifted as its mean is."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.candidates.marginal import recent_quantiles
from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.distributions import MIDDLE, masked_quantiles
from chronotope.evidence.past import Past
from chronotope.evidence.phases import LONG_REPEATS, REPEATS

FEWEST = 4  # repetitions that tell a distribution
NEIGHBOURS = 9  # phases of a long period that are read together


def phase_quantiles(case: Case) -> Spoken:
    """Quantiles of repetitions; where there are too few of them, those of all that was seen."""
    if not case.past.smoothed:
        marginal = case.spoken("marginal")
        nothing = np.zeros(case.asked.shape, bool)
        return Spoken(marginal.tried, Said(marginal.asked.value, nothing), quantiles=marginal.quantiles)
    kept = None if case.kept is None else case.trials.at(case.kept, case.asked.lead)
    asked, ok = quantiles_at(case, case.rows, kept, case.asked.nearest_repeat[0])
    tried, _ = tried_quantiles(case)
    middle = tried[..., MIDDLE].reshape(len(tried), -1)
    return Spoken(Said.of(middle, np.ones(middle.shape, bool)), Said.of(asked[..., MIDDLE], ok), quantiles=asked)


def tried_quantiles(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (s, l, j, q) at the tried rows, and where there are enough repetitions for them."""
    made: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
    period, told = case.past.smoothed[case.best_period].period, []
    for rows, lead in zip(case.trials.rows, case.trials.leads):
        key = int(rows[0]), int(np.ceil(lead / period.steps))  # what leads within the same repetition may read is the same
        if key not in made:
            kept = None if case.kept is None else np.repeat(case.kept[:, :1], len(rows), 1)
            made[key] = quantiles_at(case, rows, kept, np.full(len(rows), 1 if case.past.series.both_sides else lead))
        told.append(made[key])
    values, ok = zip(*told)
    return np.stack(values, axis=1), np.stack(ok, axis=1)


def quantiles_at(case: Case, rows: np.ndarray, kept: np.ndarray | None, lead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (s, h, q) of the best period's repetitions around rows (h,), and where there are enough of them.

    `kept` (s, h) is the share of their slope by which they are lifted, None for none; repetitions nearer than `lead` (h,) are not read.
    """
    past, best = case.past, case.best_period
    series = past.series
    back = _rows(past, rows, best, lead)
    back = np.where(back <= (rows - lead)[:, None], back, -1)
    inside = np.clip(back, 0, series.x.shape[1] - 1)
    found = (back >= 0) & (series.m[:, inside] > 0)
    ok = found.sum(2) >= FEWEST
    values = series.x[:, inside]
    if kept is not None:
        slope = past.slope[best][:, past.here(rows - lead)]
        values = values + (kept * slope)[..., None] * (rows[:, None] - back)
    return np.where(ok[..., None], masked_quantiles(values, found), recent_quantiles(series)[:, None]), ok


def _rows(past: Past, rows: np.ndarray, best: int, lead: np.ndarray) -> np.ndarray:
    """Rows of the last repetitions of a period that a question may read, with neighbouring phases where it is long; (h, r)."""
    period = past.smoothed[best].period
    offsets = period.offsets(REPEATS)
    if period.smooth:
        shifts = np.rint(np.linspace(-period.smooth, period.smooth, NEIGHBOURS)).astype(int) * period.stride
        cycles = period.offsets(LONG_REPEATS)
        offsets = (cycles[: max(4, int(np.searchsorted(cycles, rows.max())))][:, None] + shifts).ravel()
    whole = np.ceil(lead / period.steps).astype(int) - 1
    shift = np.rint(whole * period.steps / period.stride).astype(int) * period.stride
    return rows[:, None] - offsets - shift[:, None]
