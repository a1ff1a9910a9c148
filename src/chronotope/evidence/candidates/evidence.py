"""Evidence: what all candidates say of a question, each with the error of its trials."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.candidates import CENTRES, DISTRIBUTIONS, FLOORS, POINTS, SPREADS
from chronotope.evidence.candidates.few import Verdict, described, widened
from chronotope.evidence.case import Case
from chronotope.evidence.distributions import MIDDLE
from chronotope.evidence.past import Past
from chronotope.evidence.series import Series

FARTHEST = 1e4  # scaled answers are cut off here


@dataclass(frozen=True)
class Evidence:
    """Candidates for the asked rows, in scaled units.

    Attributes:
        centre: float32 (s, h, k), k as in `candidates.FLOORS` (of distributions the median).
        error: float32 (s, h, k), back-tested mean absolute error; any number where nothing is available.
        is_available: bool (s, h, k).
        spread: float32 (s, h, d, q), quantiles of the distributions, d as in `candidates.SPREADS`.
        trial_error, is_tried: (s, k), errors averaged over leads, and whether there are any; for the series' own description.
        low: first row of the dense views.
        anomaly, near: float32 (s, t - low), departure from the best period's phase mean, and its mean over neighbours.
    """

    centre: np.ndarray
    error: np.ndarray
    is_available: np.ndarray
    spread: np.ndarray
    trial_error: np.ndarray
    is_tried: np.ndarray
    low: int
    anomaly: np.ndarray
    near: np.ndarray

    def of_rows(self, index: np.ndarray) -> Evidence:
        """The same about some of the asked rows (positions)."""
        parts = {name: getattr(self, name)[:, index] for name in ("centre", "error", "is_available", "spread")}
        return replace(self, **parts)


def gather(series: Series, rows: np.ndarray, anchor: int, use_phases: bool = True) -> Evidence:
    """Ask every candidate.

    Args:
        series: what may be seen.
        rows: int (h,) asked rows of the frame.
        anchor: the row the trials gather around: the last row before a forecast, the middle of the question otherwise.
        use_phases: False hides every period (to measure what memory is worth).
    """
    past = Past(series, use_phases, rows, anchor)
    case = Case(past, rows, anchor, POINTS, DISTRIBUTIONS)
    points, distributions = ([case.spoken(name) for name in names] for names in (CENTRES, SPREADS))
    error = np.stack([case.error(name) for name in FLOORS], axis=-1)
    is_tried = np.ones((len(error), len(FLOORS)), bool)
    is_tried[:, FLOORS.index("phase_quantiles")] = bool(past.smoothed)
    spread = np.stack([np.asarray(spoken.quantiles) for spoken in distributions], axis=2)
    verdict = widened(series, Verdict(error, is_tried, spread), case.trials.bucket(case.asked.lead))
    verdict = described(series, verdict)
    centre = np.stack([spoken.asked.value for spoken in points], axis=-1)
    said = np.stack([spoken.asked.is_available for spoken in (*points, *distributions)], axis=-1)
    anomaly = _anomaly(case)
    centre = _bounded(np.concatenate([centre, verdict.spread[..., MIDDLE]], axis=2))
    return Evidence(
        centre,
        case.error_asked(centre, verdict.error).astype(np.float32),
        said & verdict.is_tried[:, None],
        _bounded(verdict.spread),
        verdict.error.mean(axis=1).astype(np.float32),
        verdict.is_tried,
        past.low,
        anomaly,
        series.near_mean(anomaly, past.m)[0],
    )


def _bounded(a: np.ndarray) -> np.ndarray:
    return np.clip(a, -FARTHEST, FARTHEST).astype(np.float32)


def _anomaly(case: Case) -> np.ndarray:
    """Departures (s, t - low) of what is seen from the best period's phase mean, lifted where that was."""
    past = case.past
    if not past.smoothed:
        return past.x
    anomaly = (past.x - past.phase_mean[case.best_period]) * past.m
    if case.kept is None:
        return anomaly
    return anomaly - case.kept[:, :1] * past.gain[case.best_period] * past.m
