"""The first and the last step of a record, which it may cover only in part."""

from __future__ import annotations

import numpy as np

from chronotope.harmonize.bins import Bins

WHOLE = 0.95  # a step of which so much is covered counts as whole
_EMPTY = 3.0  # times the mean gap between stamps: a longer rest without one is the end of the record, not chance (5 in 100)
_UNITS = tuple(unit * 10**9 for unit in (86400, 3600, 60, 1))


def whole_steps(bins: Bins, times: np.ndarray) -> slice:
    """The steps without a first or last one that the record begins or ends in; all of them where none would be left.

    A record of single events ends with its last one, so only a rest of the step that is far too long for chance tells: longer than
    three mean gaps, and twice as long as what any other step leaves empty at that end (a weekend, a night).

    Args:
        times: datetime64 (k,), the stamps that `bins` were made of.
    """
    known = np.sort(times[bins.index >= 0].astype("datetime64[ns]").astype(np.int64))
    edges, count = bins.edges.astype("datetime64[ns]").astype(np.int64), len(bins.labels)
    if count < 2 or len(known) < 3:
        return slice(0, count)
    gap, fine = _mean_gap(known), _resolution(known)
    step = np.searchsorted(edges, known, side="right") - 1
    filled = np.unique(step.clip(0, count - 1))
    first = np.searchsorted(step, filled, side="left")
    last = np.searchsorted(step, filled, side="right") - 1
    before = (known[first] - edges[filled]).clip(0)
    after = (edges[filled + 1] - known[last] - fine).clip(0)
    start = int(_is_cut(before[0], before[1:], gap, edges[1] - edges[0]))
    stop = count - int(_is_cut(after[-1], after[:-1], gap, edges[-1] - edges[-2]))
    return slice(start, stop) if stop > start else slice(0, count)


def _mean_gap(known: np.ndarray) -> float:
    """Mean time between stamps; of objects that are seen at the same moments, between these moments."""
    moments = np.unique(known)
    apart = (moments[-1] - moments[0]) / max(len(moments) - 1, 1)
    return apart if apart > 1.5 * _resolution(known) else (known[-1] - known[0]) / (len(known) - 1)


def _is_cut(rest: int, others: np.ndarray, gap: float, length: int) -> bool:
    return bool(rest > (1 - WHOLE) * length and rest > _EMPTY * gap and (not len(others) or rest > 2 * others.max()))


def _resolution(known: np.ndarray) -> int:
    """The unit that all stamps are whole numbers of: a day, an hour, a minute, a second, or 0."""
    return next((unit for unit in _UNITS if not (known % unit).any()), 0)


def left_out(bins: Bins, kept: slice, what: str) -> list[str]:
    """Sentences for the steps that `kept` leaves out, with what lies in them."""
    count = np.bincount(bins.index[bins.index >= 0], minlength=len(bins.labels))
    ends = [("first", 0)] * (kept.start > 0) + [("last", len(bins.labels) - 1)] * (kept.stop < len(bins.labels))
    return [
        f"counts: the {word} step ({str(bins.labels[i])[:16]}, {int(count[i])} {what}) is left out, as the record covers it only in part; "
        "keep_partial=True keeps it"
        for word, i in ends
    ]
