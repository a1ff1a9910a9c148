"""Trials: past cells at the leads that are asked, on which candidates are tried reading only what lay before; their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.cells import Cells
from chronotope.evidence.past import APART, LEADS, Past
from chronotope.evidence.series import by_variable

TRIALS, CELLS = 24, 1536  # past rows at each lead; more where few series share them, up to four times as many
LEAST_ERROR, MOST_ERROR = 1e-4, 300.0  # scaled
SHRINK = 2.0  # trials' worth of the other series' error in each series' own
LEADS_INSIDE = 32  # longest distance tried when the question lies inside the seen time
BORROWED = 3.0  # rows' worth of the lead before in the error of all series at a lead, grown as the lead does
RECENT = 3  # power by which trials of a long lead lie closer to each other near the anchor
OCTAVES = 8  # shortest of the leads that tell how errors grow, one in so many of the longest
WORST_UNTRIED = 4.0  # scaled error up to which it grows where no lead could be tried


@dataclass
class Trials:
    """Tried cells: leads l by rows j.

    Attributes:
        leads: int (l,).
        rows: int (l, j).
        cells: the (s, l * j) cells.
        truth: float32 (s, l, j).
        valid: float32 (s, l, j), one where the truth is seen and the past readable, less where trials of a lead are too close to differ.
        variables: at each place.
        growth: float (s, l), by how much errors are taken to grow from the lead before where they cannot be told.
    """

    leads: np.ndarray
    rows: np.ndarray
    cells: Cells
    truth: np.ndarray
    valid: np.ndarray
    variables: int
    growth: np.ndarray

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
    near = past.tried[np.unique(np.rint(np.linspace(first, last, count)).astype(np.int64)) - first]
    windows = [past.tried_at(int(lead)) for lead in leads]
    rows = np.stack([near if w is past.tried else _thinning(w, len(near), past.span) for w in windows])
    worth = np.array([min(1.0, len(w) / (APART * lead)) if past.is_long(lead) else 1.0 for w, lead in zip(windows, leads)])
    frame, which = np.unique(rows, return_inverse=True)
    cells = Cells(past, frame, np.repeat(leads, rows.shape[1]), which.ravel())
    shape = (len(series.x), *rows.shape)
    truth = series.x[:, rows]
    valid = series.m[:, rows] * cells.is_readable.reshape(shape) * worth[:, None].astype(np.float32)
    growth = _growth(np.abs(cells.last.reshape(shape) - truth), valid, leads, worth, series.variables)
    return Trials(leads, rows, cells, truth, valid, series.variables, growth)


def _growth(miss: np.ndarray, valid: np.ndarray, leads: np.ndarray, worth: np.ndarray, variables: int) -> np.ndarray:
    """As the leads grow; where too little lies before a lead, as the last value's misses (s, l, j) grew up to there."""
    ratio = leads[1:] / leads[:-1]
    growth = np.ones((len(miss), len(leads)))
    growth[:, 1:] = ratio
    if worth.min() >= 1:
        return growth
    known = int(np.argmax(worth < 1))
    far = slice(max(0, int(np.searchsorted(leads, leads[known - 1] / OCTAVES))), known)
    total, count = (by_variable(a[:, far].sum(2), variables) for a in (miss * valid, valid))
    u, w = np.log(leads[far]), np.log(np.maximum(total, 1e-9) / np.maximum(count, 1e-9))
    u = u - u.mean()
    slope = np.where((count > 0).all(1), w @ u / max(u @ u, 1e-9), 1.0).clip(0, 1)
    growth[:, known:] = ratio[known - 1 :] ** slope[:, None]
    return growth


def _thinning(rows: np.ndarray, count: int, span: int) -> np.ndarray:
    """`count` of the rows, most of them late, but no denser than evenly over `span`: how lively a series is now counts for more."""
    u = np.linspace(1, 0, count)
    back = np.maximum((len(rows) - 1) * u**RECENT, (min(span, len(rows)) - 1) * u)
    return rows[len(rows) - 1 - np.rint(back).astype(np.int64)]


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
        by_variable(total, trials.variables), by_variable(count, trials.variables), BORROWED * _tried(count, trials), trials.growth
    )
    return np.clip((total + SHRINK * pooled) / (count + SHRINK), LEAST_ERROR, MOST_ERROR).astype(np.float32)


def _tried(count: np.ndarray, trials: Trials) -> np.ndarray:
    """How many series of the variable were tried, (s,)."""
    return by_variable((count.sum(1) > 0).astype(float), trials.variables)


def _along_leads(total: np.ndarray, count: np.ndarray, worth: np.ndarray, growth: np.ndarray) -> np.ndarray:
    """Mean errors (s, l) from their sums and counts; each lead borrows as many trials (s,) as `worth` from the one before.

    What is borrowed grows: a few trials, close to each other, hide how far a series may go.
    """
    mean = np.where(count > 0, total / np.maximum(count, 1e-9), np.nan)
    for lead in range(1, mean.shape[1]):
        last, here = mean[:, lead - 1], count[:, lead]
        before = last * growth[:, lead]
        before = np.where(here > 0, before, np.minimum(before, np.maximum(last, WORST_UNTRIED)))
        shrunk = (total[:, lead] + worth * before) / np.maximum(here + worth, 1e-9)
        mean[:, lead] = np.where(np.isnan(before), mean[:, lead], shrunk)
    return np.where(np.isnan(mean), 1.0, mean)
