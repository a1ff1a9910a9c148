"""Memory: what each place showed before, as floors with errors that were back-tested on what may be seen.

Every asked cell gets a set of candidate answers (floors): the last value, the same phase of each period before, its mean, the
persisting anomaly, the marginal level, the neighbours. Each is also tried on past cells at the same lead, reading only what lay
before, so that it comes with an error. A ridge on the floors' differences, fitted on those trials, is one more candidate.

    scaled series, masks --past, phases--> repetitions --candidates--> floors at past and asked cells --trials--> errors, ridge
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.heads.quantile import NORMAL_BASE
from chronotope.tokens.candidates import CENTRES, FLOORS, SLOT, SPREADS, Cells, candidates
from chronotope.tokens.past import Past
from chronotope.tokens.phases import LONG_REPEATS, REPEATS
from chronotope.tokens.regression import fit_regression
from chronotope.tokens.residuals import Residuals, relative_widths, residuals
from chronotope.tokens.series import Series
from chronotope.tokens.surround import doubt
from chronotope.tokens.trials import (
    LEAST_ERROR,
    MOST_ERROR,
    NO_ERROR,
    Trials,
    damp,
    errors,
    fit_around,
    fit_ridge,
    lift,
    plain_mix,
    run_trials,
)

LEVELS = np.arange(1, len(NORMAL_BASE) + 1) / (len(NORMAL_BASE) + 1)
MARGINAL_ROWS = 512
FEW = 8  # values from which a series' own quantiles are told
ONE_MISS = 1.1  # by how much one value of a normal misses another on average, in deviations


@dataclass
class Floors:
    """Candidates for the asked rows, in scaled units.

    Attributes:
        centre: float32 (s, h, k), k as in `FLOORS` (for distributions: their median).
        error: float32 (s, h, k) back-tested mean absolute error, `NO_ERROR` where a floor has nothing to say.
        spread: float32 (s, h, d, q) quantiles of the distribution floors, d as in `SPREADS`.
        trial_error: float32 (s, k) errors averaged over leads, for the series' own description.
        low: first row of the dense views.
        anomaly, near: float32 (s, t - low): departure from the best period's phase mean, and its mean over neighbours.
    """

    centre: np.ndarray
    error: np.ndarray
    spread: np.ndarray
    trial_error: np.ndarray
    low: int
    anomaly: np.ndarray
    near: np.ndarray


def build_floors(series: Series, rows: np.ndarray, anchor: int, use_phases: bool = True) -> Floors:
    """Candidates and their back-tested errors for the asked rows.

    Args:
        series: what may be seen.
        rows: int (h,) asked rows of the frame.
        anchor: the row the trials gather around: the last row before a forecast, the middle of the question otherwise.
        use_phases: False hides every period (to measure what memory is worth).
    """
    past = Past(series, use_phases, rows, anchor)
    trials = run_trials(past, anchor)
    asked = candidates(past, rows, None, np.arange(len(rows)))
    shares = lift(trials, asked, series.variables)
    damp(trials, asked, series.variables)
    fit_around(trials, asked, series.variables)
    error = errors(trials, series.variables)
    best = _best_period(past, error)
    fit_ridge(trials, asked, error, series.variables)
    kept = shares.get(f"phase{best}")
    kept = None if kept is None or not kept.any() else kept
    if not series.both_sides:
        fit_regression(past, trials, asked, error, rows, best, kept)
    ahead = None if kept is None else kept[np.arange(len(kept))[:, None], trials.bucket(asked.lead)]
    spread, phase_ok = _distributions(past, rows, best, ahead)
    tried, tried_ok = _distributions(past, trials.rows, best, None if kept is None else np.repeat(kept[:, :1], len(trials.rows), 1))
    left = _left_over(past, trials, asked, error, (spread, phase_ok), (tried, tried_ok))
    medians = np.broadcast_to(tried[:, None, :, :, len(LEVELS) // 2], (*trials.shape, 2))
    own = errors(trials, series.variables, medians)
    own[..., 1] = own[..., 1] if past.smoothed else NO_ERROR
    error = np.concatenate([error, own, left.error], axis=2)
    spread = np.concatenate([spread, left.spread], axis=2)
    _widen_few(series, error, spread, trials.bucket(asked.lead))
    _describe_unknown(series, error, spread)
    anomaly = (past.x - past.phase_mean[best]) * past.m if past.smoothed else past.x
    if kept is not None:
        anomaly = anomaly - kept[:, :1] * past.gain[best] * past.m
    return Floors(
        _bounded(np.concatenate([asked.centre, spread[..., len(LEVELS) // 2]], axis=2)),
        _cell_errors(error, trials.bucket(asked.lead), asked, phase_ok),
        _bounded(spread),
        _over_leads(error),
        past.low,
        anomaly,
        series.near_mean(anomaly, past.m)[0],
    )


def masked_quantiles(x: np.ndarray, seen: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles over the last axis of what is seen, (..., k) -> (..., q); zero where nothing is."""
    ordered = np.sort(np.where(seen, x, np.float32(1e30)), axis=-1)
    last = np.maximum(seen.sum(-1)[..., None] - 1, 0)
    position = np.clip(levels * (last + 2) - 1, 0, last)  # unbiased plotting position, kept inside the sample
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, last)
    value = np.take_along_axis(ordered, low, -1) * (1 - (position - low)) + np.take_along_axis(ordered, high, -1) * (position - low)
    return np.where(np.expand_dims(seen.any(-1), -1), value, 0.0).astype(np.float32)


def _bounded(a: np.ndarray) -> np.ndarray:
    return np.clip(a, -1e4, 1e4).astype(np.float32)


def _cell_errors(error: np.ndarray, bucket: np.ndarray, asked: Cells, phase_ok: np.ndarray) -> np.ndarray:
    """Errors at the asked cells (s, h, k), by their lead; marked where a floor has nothing to say there."""
    out = error[np.arange(len(error))[:, None], bucket]
    out[..., : len(CENTRES)][~asked.ok] = NO_ERROR
    for name in ("phase_quantiles", "residual_phase"):
        out[..., SLOT[name]][~phase_ok] = NO_ERROR
    return out.astype(np.float32)


def _over_leads(error: np.ndarray) -> np.ndarray:
    there = error < NO_ERROR
    mean = np.where(there, error, 0).sum(1) / np.maximum(there.sum(1), 1)
    return np.where(there.any(1), mean, NO_ERROR).astype(np.float32)


def _best_period(past: Past, error: np.ndarray) -> int:
    """The period whose phase mean did best in the trials of the median series."""
    if len(past.smoothed) <= 1:
        return 0
    known = past.series.known if past.series.known.any() else np.ones(len(error), bool)
    return int(np.argmin([np.median(error[known][:, :, SLOT[f"phase{k}"]]) for k in range(len(past.smoothed))]))


def _distributions(past: Past, rows: np.ndarray, best: int, kept: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of the recent marginal and of the best period's repetitions, (s, h, 2, q), and whether the second exists.

    Args:
        past: of the series.
        rows: int (h,).
        best: the period.
        kept: (s, h) share of their slope by which repetitions are lifted; None for none.
    """
    series = past.series
    s, t = series.x.shape
    window = slice(max(0, series.stop - MARGINAL_ROWS), series.stop)
    step = max(1, (window.stop - window.start) // 128)
    own = masked_quantiles(series.x[:, window][:, ::-1][:, ::step], series.m[:, window][:, ::-1][:, ::step] > 0, LEVELS)
    out = np.broadcast_to(own[:, None, None], (s, len(rows), 2, len(LEVELS))).copy()
    if not past.smoothed:
        return out, np.zeros((s, len(rows)), bool)
    back = _repeat_rows(past, rows, best)
    back = np.where(back < series.stop, back, -1)
    inside = np.clip(back, 0, t - 1)
    found = (back >= 0) & (series.m[:, inside] > 0)
    ok = found.sum(2) >= 4
    values = series.x[:, inside]
    if kept is not None:
        slope = past.slope[best][:, past.here(np.minimum(rows, series.cut) - 1)]
        values = values + (kept * slope)[..., None] * (rows[:, None] - back)
    out[:, :, 1] = np.where(ok[..., None], masked_quantiles(values, found, LEVELS), out[:, :, 1])
    return out, ok


def _left_over(
    past: Past, trials: Trials, asked: Cells, error: np.ndarray, here: tuple[np.ndarray, np.ndarray], there: tuple[np.ndarray, np.ndarray]
) -> Residuals:
    """The plain mix with the distribution of its own misses, once alike at all rows and once as wide as the best period's phases are."""
    wide = np.ones(asked.lead.shape, np.float32), np.ones((len(error), len(trials.rows)), np.float32)
    if past.smoothed:
        wide = relative_widths(*(np.where(ok, s[:, :, 1, -1] - s[:, :, 1, 0], np.nan) for s, ok in (here, there)))
    return residuals(trials, asked, error, *wide, past.series.variables)


def _repeat_rows(past: Past, rows: np.ndarray, best: int) -> np.ndarray:
    """Rows of the last repetitions of a period that a question may read, with neighbouring phases where it is long; (h, r)."""
    series, period = past.series, past.smoothed[best].period
    offsets = period.offsets(REPEATS)
    if period.smooth:
        shifts = np.rint(np.linspace(-period.smooth, period.smooth, 9)).astype(int) * period.stride
        cycles = period.offsets(LONG_REPEATS)
        offsets = (cycles[: max(4, int(np.searchsorted(cycles, rows.max())))][:, None] + shifts).ravel()
    lead = np.broadcast_to(1 if series.both_sides else np.maximum(rows - series.cut + 1, 1), rows.shape)
    whole = np.ceil(lead / period.steps).astype(int) - 1
    shift = np.rint(whole * period.steps / period.stride).astype(int) * period.stride
    return rows[:, None] - offsets - shift[:, None]


def _widen_few(series: Series, error: np.ndarray, spread: np.ndarray, bucket: np.ndarray) -> None:
    """Errors and distributions of series seen a few times, in place: they know neither their level nor how they vary.

    One value misses the next by about as much as the series varies, whatever rule made an answer of it.
    """
    seen = series.m[:, : series.stop].sum(axis=1)
    few = np.flatnonzero(series.known & (seen < FEW))
    if not len(few):
        return
    least = (ONE_MISS / np.sqrt(seen[few]))[:, None, None]
    error[few] = np.where(error[few] < NO_ERROR, np.maximum(error[few], least), error[few])
    base = np.array(NORMAL_BASE, np.float32)
    for d, name in enumerate(SPREADS[:2]):
        wide = np.minimum(error[few[:, None], bucket[few], SLOT[name]], MOST_ERROR)
        middle = spread[few][:, :, d, len(LEVELS) // 2]
        even = middle[..., None] + np.maximum(wide, 1.0)[..., None] * base
        below, above = np.minimum(spread[few][:, :, d], even), np.maximum(spread[few][:, :, d], even)
        spread[few, :, d] = np.where(base < 0, below, np.where(base > 0, above, middle[..., None]))


def _describe_unknown(series: Series, error: np.ndarray, spread: np.ndarray) -> None:
    """Errors and marginal quantiles of series without any seen value, in place: the known series' spread between places."""
    unknown = np.flatnonzero(~series.known)
    if not len(unknown):
        return
    near_doubt, kriging_doubt = doubt(series)
    farther = np.stack([near_doubt, np.sqrt(near_doubt * kriging_doubt), kriging_doubt], axis=1)[:, None]
    for variable in np.unique(unknown % series.variables):
        here = unknown[unknown % series.variables == variable]
        there = np.flatnonzero(series.known & (np.arange(len(series.known)) % series.variables == variable))
        slots = [SLOT["near"], SLOT["around"], SLOT["kriging"]]
        if len(there):  # in raw units: series that hardly vary would make much of small misses
            usual = np.mean(error[there][:, :, slots] * series.spread[there, None, None], axis=0)
            near = usual / series.spread[here, None, None]
        else:
            near = error[here][:, :, slots]
        near = np.clip(near * farther[here], LEAST_ERROR, MOST_ERROR)
        error[here] = NO_ERROR
        error[np.ix_(here, np.arange(error.shape[1]), np.array(slots))] = near
        between = 1.0
        if len(there):
            raw = series.location[there]
            between += float(np.mean(np.abs(raw - np.median(raw))) / series.spread[here[0]])
            spread[here] = _all_places(series, there, here[0])  # of all distributions; only the marginal is used
        error[here, :, SLOT["level"]] = error[here, :, SLOT["marginal"]] = min(between, MOST_ERROR)


def _all_places(series: Series, there: np.ndarray, here: int) -> np.ndarray:
    """Quantiles over all known places, in the scale of one that is not known, (q,)."""
    columns = np.linspace(0, series.x.shape[1] - 1, min(64, series.x.shape[1])).astype(int)
    raw = series.x[np.ix_(there, columns)] * series.spread[there, None] + series.location[there, None]
    values = (raw.ravel() - series.location[here]) / series.spread[here]
    return masked_quantiles(values[None], series.m[np.ix_(there, columns)].reshape(1, -1) > 0, LEVELS)[0]


__all__ = ["FLOORS", "NO_ERROR", "Floors", "Series", "build_floors", "masked_quantiles", "plain_mix"]
