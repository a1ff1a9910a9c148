"""Usual values: a series that is where it nearly always is may be told to leave, but not for sure.

What was there once, a week ago, would else come again without any doubt: in a short past the weekly rule had always been right.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.evidence.clock import calendar_periods
from chronotope.questions import Question
from chronotope.tokens.tokenizer import mean_step

FEWEST, OFTEN = 20, 0.9  # known values, and the share of them that is the usual one
CYCLES = 8  # repetitions of the clock that are looked at
TWICE, HABIT = 2, 0.5  # departures in them, and their share, from which on the clock foretells one
SERIES = 4096  # looked at together


def with_usual(question: Question, ask: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v) of a forecast; where all lie on one side of the usual value they are mixed with it, as often as it stayed."""
    told, frame, first = ask(question), question.frame, question.first
    if not question.is_plain:
        return told
    rows, past, answer = question.rows, question.visible()[:first].reshape(first, -1), told.reshape(*told.shape[:2], -1)
    usual = _usual(past)
    apart = question.asked[rows].reshape(len(rows), -1) & ((answer > usual).all(axis=0) | (answer < usual).all(axis=0))
    if not apart.any():
        return told
    out, some = answer.copy(), np.flatnonzero(apart.any(axis=0))
    periods = calendar_periods(mean_step(frame, float(frame.step / np.timedelta64(1, "ns")) / 1e9), first)
    back = [period.offsets(CYCLES + int((rows[-1] - first) // period.steps)) for period in periods]
    for part in np.array_split(some, range(SERIES, len(some), SERIES)):
        stays = np.where(np.isfinite(past[:, part]), past[:, part] == usual[part], np.nan)
        for h in np.flatnonzero(apart[:, part].any(axis=1)):
            here = apart[h, part] & ~_is_habit(stays, [rows[h] - shifts for shifts in back])
            share = _share(stays[:, here], rows[h] + 1 - first)
            out[:, h, part[here]] = _mixed(answer[:, h, part[here]], usual[part[here]], share, question.levels)
    return out.reshape(told.shape)


def _usual(values: np.ndarray) -> np.ndarray:
    """The value (s,) that series (t, s) have now and nearly always; NaN where there is none."""
    known = np.isfinite(values)
    last = len(values) - 1 - known[::-1].argmax(axis=0)
    now = np.take_along_axis(values, last[None], axis=0)[0]
    count = known.sum(axis=0)
    return np.where((count >= FEWEST) & ((values == now).sum(axis=0) >= OFTEN * count), now, np.nan)


def _is_habit(stays: np.ndarray, repetitions: list[np.ndarray]) -> np.ndarray:
    """Series (s,) that left the usual value in at least half of the last repetitions, rows of stays (t, s), and more than once."""
    out = np.zeros(stays.shape[1], bool)
    for rows in repetitions:
        seen = stays[rows[(rows >= 0) & (rows < len(stays))][:CYCLES]]
        left = (seen == 0).sum(axis=0)
        out |= (left >= TWICE) & (left >= HABIT * np.isfinite(seen).sum(axis=0))
    return out


def _share(stays: np.ndarray, lead: int) -> np.ndarray:
    """Of the moments at the usual value the share (s,) with it again after so many steps; of all moments where none was tried."""
    again = np.where(stays[: max(len(stays) - lead, 0)] == 1, stays[lead:], np.nan)
    count = np.isfinite(again).sum(axis=0)
    whole = np.nansum(stays, axis=0) / np.isfinite(stays).sum(axis=0)
    return np.where(count > 0, np.nansum(again, axis=0) / np.maximum(count, 1), whole)


def _mixed(told: np.ndarray, usual: np.ndarray, share: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, m) of what is `usual` (m,) with a probability, and else as told, which lies on one side of it."""
    level, above, rest = np.asarray(levels)[:, None], told[0] > usual, np.maximum(1 - share, 1e-9)
    at = np.interp(np.where(above, level - share, level) / rest, levels, np.arange(len(levels)))
    low = np.minimum(at.astype(int), max(len(levels) - 2, 0))
    pair = [np.take_along_axis(told, np.minimum(low + k, len(levels) - 1), axis=0) for k in (0, 1)]
    return np.where(np.where(above, level, 1 - level) <= share, usual, pair[0] + (at - low) * (pair[1] - pair[0]))
