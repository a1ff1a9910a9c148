"""Trials: past cells at the leads that are asked, on which candidates are tried reading only what lay before; their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.cells import Cells
from chronotope.evidence.past import LEADS, Past
from chronotope.evidence.series import by_variable

TRIALS, CELLS = 24, 1536  # past rows at each lead; more where few series share them, up to four times as many
LEAST_ERROR, MOST_ERROR = 1e-4, 300.0  # scaled
SHRINK = 2.0  # trials' worth of the other series' error in each series' own
LEADS_INSIDE = 32  # longest distance tried when the question lies inside the seen time
BORROWED = 3.0  # rows' worth of the lead before in the error of all series at a lead, grown as the lead does
WORST_UNTRIED = 4.0  # scaled error up to which it grows where no lead could be tried


@dataclass
class Trials:
    """Tried cells: leads l by rows j.

    Attributes:
        leads: int (l,).
        rows: int (j,).
        cells: the (s, l * j) cells.
        truth: float32 (s, l, j).
        valid: float32 (s, l, j), one where the truth is seen and the past readable.
        variables: at each place.
    """

    leads: np.ndarray
    rows: np.ndarray
    cells: Cells
    truth: np.ndarray
    valid: np.ndarray
    variables: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """(s, l, j)."""
        return self.truth.shape

    def bucket(self, lead: np.ndarray) -> np.ndarray:
        """Index of the tried lead that stands for each lead."""
        return np.minimum(np.searchsorted(self.leads, lead), len(self.leads) - 1)

    def at(self, per_lead: np.ndarray, lead: np.ndarray) -> np.ndarray:
        """What holds at each cell of leads (s, n), of what is known for each tried lead (s, l, ...)."""
        return per_lead[np.arange(len(per_lead))[:, None], self.bucket(lead)]


def run_trials(past: Past, anchor: int, farthest: int = LEADS_INSIDE) -> Trials:
    """The cells around the anchor at every lead that is needed; inside the seen time what is asked lies at most `farthest` from it."""
    series = past.series
    leads = LEADS[: int(np.searchsorted(LEADS, min(farthest, LEADS_INSIDE) if series.both_sides else past.reach)) + 1]
    count = int(np.clip(CELLS // max(1, series.known.sum()), TRIALS, 4 * TRIALS))
    first, last = past.tried[0], past.tried[0] + len(past.tried) - 1
    rows = past.tried[np.unique(np.rint(np.linspace(first, last, count)).astype(np.int64)) - first]
    cells = Cells(past, rows, np.repeat(leads, len(rows)), np.tile(np.arange(len(rows)), len(leads)))
    shape = (len(series.x), len(leads), len(rows))
    truth = np.broadcast_to(series.x[:, None, rows], shape)
    valid = np.broadcast_to(series.m[:, None, rows], shape) * cells.is_readable.astype(np.float32).reshape(shape)
    return Trials(leads, rows, cells, truth, valid, series.variables)


def errors(trials: Trials, value: np.ndarray, is_available: np.ndarray | None = None) -> np.ndarray:
    """Mean absolute error per series and lead (s, l), shrunk to that of all series of the variable.

    Args:
        trials: what was tried.
        value: (s, l, j), or (s, l * j).
        is_available: bool of the same shape; None: everywhere.
    """
    value = value.reshape(trials.shape)
    good = trials.valid if is_available is None else trials.valid * is_available.reshape(trials.shape)
    value = value if is_available is None else np.where(is_available.reshape(trials.shape), value, 0.0)
    total, count = (np.abs(value - trials.truth) * good).sum(2), good.sum(2)
    pooled = _along_leads(
        by_variable(total, trials.variables), by_variable(count, trials.variables), BORROWED * _tried(count, trials), trials.leads
    )
    return np.clip((total + SHRINK * pooled) / (count + SHRINK), LEAST_ERROR, MOST_ERROR).astype(np.float32)


def _tried(count: np.ndarray, trials: Trials) -> np.ndarray:
    """How many series of the variable were tried, (s,)."""
    return by_variable((count.sum(1) > 0).astype(float), trials.variables)


def _along_leads(total: np.ndarray, count: np.ndarray, worth: np.ndarray, leads: np.ndarray) -> np.ndarray:
    """Mean errors (s, l) from their sums and counts; each lead borrows as many trials (s,) as `worth` from the one before.

    What is borrowed grows as the lead does: a few trials, close to each other, hide how far a series may go.
    """
    mean = np.where(count > 0, total / np.maximum(count, 1e-9), np.nan)
    for lead in range(1, mean.shape[1]):
        last, here = mean[:, lead - 1], count[:, lead]
        before = last * leads[lead] / leads[lead - 1]
        before = np.where(here > 0, before, np.minimum(before, np.maximum(last, WORST_UNTRIED)))
        shrunk = (total[:, lead] + worth * before) / np.maximum(here + worth, 1e-9)
        mean[:, lead] = np.where(np.isnan(before), mean[:, lead], shrunk)
    return np.where(np.isnan(mean), 1.0, mean)
