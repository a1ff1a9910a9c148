"""Running totals are answered by what they gain: increments are forecast and added up, and what never fell does not fall.

totals --differences--> increments --predict--> quantiles of each --added up, as dependent as past gains were--> totals
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from chronotope.data.panel import Panel
from chronotope.inspect.support import support_of
from chronotope.inspect.totals import may_be_total, never_fell, running_totals
from chronotope.model.sums import Usual, usual_gains
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.questions.levels import at_levels

Predict = Callable[[Question], np.ndarray]
MIDDLE = QUANTILE_LEVELS.index(0.5)
INDEPENDENT, TOGETHER = 0.5, 1.0  # how widths of sums grow with their number: as its root, or as itself
ORIGINS, PLACES, LONGEST, CYCLES = 48, 64, 168, 4  # of the sums whose misses say which
OFTEN = 0.5  # share of the steps between the first and the last reading over which a total is read at both ends
TRIED, BETTER = 8, 0.7  # past gaps of a length, and the share of a straight line's misses up to which usual gains tell the next
_NORMAL = ndtri((np.arange(19) + 0.5) / 19)
_CYCLES = (86400.0, 604800.0, 365.2425 * 86400.0)


def totals_asked(question: Question) -> np.ndarray:
    """Variables of a forecast that are running totals, bool (v,): as the user said, else as what is seen says.

    A question inside the seen time has none.
    """
    rows = question.rows
    if question.both_sides or not len(rows) or rows[0] < 2 or len(rows) != rows[-1] - rows[0] + 1:
        return np.zeros(question.asked.shape[2], bool)
    return totals_of(question.frame, question.visible()[: rows[0]]) & question.asked.any(axis=(0, 1))


def totals_of(panel: Panel, values: np.ndarray) -> np.ndarray:
    """Variables (v,) of a panel that are running totals, as the user said, else as values (t, n, v) say that may be read of it."""
    count = values.shape[2]
    found = running_totals(values, float(panel.step / np.timedelta64(1, "s"))) if panel.regular else np.zeros(count, bool)
    highest = np.nanmax(values, axis=(0, 1), initial=-np.inf)
    may = [may_be_total(*one) for one in zip(panel.variables, panel.units or ("",) * count, highest)]
    return np.array([found[k] and may[k] if said is None else said for k, said in enumerate(panel.totals or (None,) * count)], bool)


def within_totals(question: Question, answered: np.ndarray) -> np.ndarray:
    """Quantiles (q, h, n, v) of gaps in running totals: rising, between what was seen before and after, where that never fell.

    Where gains have a cycle that tells better than a straight line how such gaps were filled in the past, it says when the total rose.
    A total that is lower after a gap than before it fell at once, as a meter does that is set back: see `_fallen`.
    """
    if not question.both_sides or question.frame.blocks is not None or not len(question.rows):
        return answered
    visible = question.visible()
    totals = totals_of(question.frame, visible) & question.asked.any(axis=0)
    some = totals & never_fell(visible)
    for place, k in zip(*np.nonzero(totals & ~some)):
        answered = _over_falls(answered, question, int(place), int(k), visible[:, place, k])
    if not some.any():
        return answered
    before = np.fmax.accumulate(visible, axis=0)[question.rows]
    after = np.fmin.accumulate(visible[::-1], axis=0)[::-1][question.rows]
    period = _period(question.frame, len(visible))
    for place, k in zip(*np.nonzero(some)) if period > 1 else ():
        answered = _by_usual_gains(answered, question, int(place), int(k), visible[:, place, k], period)
    return np.where(some & np.isfinite(answered), never_falling(answered, before, after), answered)


def never_falling(answered: np.ndarray, before: np.ndarray | float, after: np.ndarray | float) -> np.ndarray:
    """Quantiles (q, h, ...) between two readings, NaN for none, that never fall along h: the mean of the nearest from above and below."""
    kept = np.fmin(np.fmax(answered, before), after)
    rising, falling = np.fmax.accumulate(kept, axis=1), np.fmin.accumulate(kept[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((rising + falling) / 2)


def _by_usual_gains(answered: np.ndarray, question: Question, place: int, k: int, x: np.ndarray, period: int) -> np.ndarray:
    """Quantiles in which the gaps of one total (t,) rise as it usually does at their hours, as far as past gaps of their length say so."""
    phase, known = np.arange(len(x)) % period, np.flatnonzero(np.isfinite(x))
    gains = np.diff(x, prepend=np.nan)
    seen = np.isfinite(gains)
    count = np.bincount(phase[seen], minlength=period)
    if count.min() < CYCLES:
        return answered
    usual = np.bincount(phase[seen], gains[seen], minlength=period) / count
    out = answered.astype(float)
    for first, last in zip(known[:-1], known[1:]):
        rows = np.flatnonzero((question.rows > first) & (question.rows < last) & question.asked[question.rows, place, k])
        told = _shared_out(x, usual, phase, int(first), int(last), question.levels) if len(rows) else None
        if told is not None:
            out[:, rows, place, k] = told[:, question.rows[rows] - first - 1]
    return out


def _shared_out(x: np.ndarray, usual: np.ndarray, phase: np.ndarray, first: int, last: int, levels: tuple[float, ...]) -> np.ndarray | None:
    """Quantiles (q, rows) between two readings, their gain shared out as usual; None where a straight line was as good in the past."""
    risen = np.cumsum(usual[phase[first + 1 : last + 1]])
    starts = np.arange(first % len(usual), len(x) - (last - first), len(usual))  # at the same phase
    windows = x[starts[:, None] + np.arange(last - first + 1)]
    windows = windows[np.isfinite(windows).all(axis=1)]
    if len(windows) < TRIED or risen[-1] <= 0:
        return None
    gain, inner = (windows[:, -1] - windows[:, 0])[:, None], windows[:, 1:-1] - windows[:, :1]
    share, line = risen[:-1] / risen[-1], np.arange(1, last - first) / (last - first)
    miss = inner - gain * share
    if np.abs(miss).mean() > BETTER * np.abs(inner - gain * line).mean():
        return None
    told = x[first] + (x[last] - x[first]) * share + np.quantile(miss, levels, axis=0)
    return np.rint(told) if (windows % 1 == 0).all() else told


def _over_falls(answered: np.ndarray, question: Question, place: int, k: int, x: np.ndarray) -> np.ndarray:
    """Quantiles in which the gaps of one total (t,) that end lower than they began hold a fall at once, and the others none."""
    known, out = np.flatnonzero(np.isfinite(x)), answered.astype(float)
    for first, last in zip(known[:-1], known[1:]):
        rows = np.flatnonzero((question.rows > first) & (question.rows < last) & question.asked[question.rows, place, k])
        if len(rows) and x[last] >= x[first]:
            out[:, rows, place, k] = never_falling(out[:, rows, place, k], x[first], x[last])
            continue
        told = _fallen(x, int(first), int(last), question.levels) if len(rows) else None
        if told is not None:
            out[:, rows, place, k] = told[:, question.rows[rows] - first - 1]
    return out


def _fallen(x: np.ndarray, first: int, last: int, levels: tuple[float, ...]) -> np.ndarray | None:
    """Quantiles (q, rows) between two readings of a total that was set back: what it would gain on from the one, or up to the other.

    When it fell is not known: any step is as likely after which what it gains up to the later reading does not begin below zero.
    """
    gains = np.diff(x)
    gains = gains[gains >= 0]
    if not len(gains):
        return None
    rate, before, length = gains.mean(), np.arange(1, last - first), last - first
    spread = gains.std() * np.sqrt(np.stack([before, length - before])) * _NORMAL[:, None, None]
    latest = length if rate == 0 or x.min(initial=0, where=np.isfinite(x)) < 0 else int(np.clip(x[last] / rate, 0, length - 1)) + 1
    share = np.clip((length - before) / latest, 0, 1)  # of the moments of the fall that lie after each row
    from_first = np.maximum(x[first] + rate * before + spread[:, 0], x[first])
    to_last = np.minimum(x[last] - rate * (length - before) + spread[:, 1], x[last])
    values = np.concatenate([from_first, to_last if latest == length else np.maximum(to_last, 0)])
    weights = np.repeat(np.stack([share, 1 - share]), len(_NORMAL), axis=0)
    order = np.argsort(values, axis=0)
    values, summed = np.take_along_axis(values, order, 0), np.cumsum(np.take_along_axis(weights, order, 0), axis=0)
    at = [np.minimum((summed < level * summed[-1]).sum(axis=0), len(values) - 1) for level in levels]
    told = np.stack([values[row, np.arange(length - 1)] for row in at])
    return np.rint(told) if (x[np.isfinite(x)] % 1 == 0).all() else told


def predict_totals(predict: Predict, question: Question, totals: np.ndarray) -> np.ndarray:
    """Quantiles (q, h, n, v) of a forecast in which the variables `totals` are forecast by their increments."""
    panel, cut = question.frame, question.first
    values, seen = panel.values.copy(), question.seen.copy()
    values[..., totals], seen[..., totals] = np.nan, False
    past = question.visible()[:cut][..., totals]
    between = _gains(past)
    values[:cut][..., totals], seen[:cut][..., totals] = between, np.isfinite(between)
    gains = replace(panel, values=values, totals=(False,) * len(totals))
    told = predict(replace(question, frame=gains, seen=seen).wanting(QUANTILE_LEVELS))
    answer = told.copy()
    answer[..., totals] = _added_up(told[..., totals], past, between, _period(panel, cut))
    return at_levels(answer, QUANTILE_LEVELS, question.levels).astype(np.float32)


def _gains(past: np.ndarray) -> np.ndarray:
    """Gains (t, n, k) of totals since the step before, NaN where that is not known.

    A total that is read seldom, as in a weekly bulletin, has few readings in a row or none: its gains are even from one to the next.
    """
    out = np.full(past.shape, np.nan, past.dtype)
    out[1:] = np.diff(past, axis=0)
    rows, known = np.arange(len(past)), np.isfinite(past)
    in_a_row = np.isfinite(out).sum(axis=0)
    for place in zip(*np.nonzero(known.sum(axis=0) >= 2)):
        seen = np.flatnonzero(known[:, *place])
        if in_a_row[place] < OFTEN * (seen[-1] - seen[0]):
            out[1:, *place] = np.diff(np.interp(rows, seen, past[seen, *place], np.nan, np.nan))
    return out


def _added_up(gain: np.ndarray, past: np.ndarray, gains: np.ndarray, period: int) -> np.ndarray:
    """Quantiles of increments (q, h, n, k) as totals after the past (t, n, k)."""
    t = np.arange(len(past))[:, None, None]
    last_row = np.where(np.isfinite(past), t, -1).max(axis=0)
    last = np.take_along_axis(np.nan_to_num(past), np.maximum(last_row, 0)[None], 0)[0]
    silent = len(past) - 1 - last_row  # steps since the last reading, in which the total went on
    unit = support_of(np.diff(past, axis=0), ("",) * gains.shape[2]).unit
    usual = [usual_gains(gains[..., k], period, gain.shape[1], unit[:, k]) for k in range(gains.shape[2])]
    rare, is_rare = _rare(gain, usual, silent)
    gain = np.where(is_rare, 0, gain)
    told = rare + _dense(gain, _mean(gain, usual), silent, _growth(gains, period, gain.shape[1]))
    size = np.where(unit > 0, unit, 1.0)
    totals = last + np.where(unit > 0, np.rint(told / size) * size, told)
    kept = np.maximum.accumulate(np.maximum(totals, last), axis=1)
    return np.where(never_fell(past), kept, totals)


def _dense(gain: np.ndarray, mean: np.ndarray, silent: np.ndarray, growth: np.ndarray) -> np.ndarray:
    """Quantiles (q, h, n, k) of sums of increments (q, h, n, k) with means (h, n, k), after steps (n, k) without a reading."""
    middle, number = gain[MIDDLE], np.arange(1, gain.shape[1] + 1)[:, None, None] + silent
    evenness = 2 * (TOGETHER - growth) * (number - 1) / number  # of sums of many independent steps, which lie about their mean
    centre = np.cumsum(middle, axis=0) + silent * middle[0] + np.cumsum(mean - middle, axis=0) * evenness
    away = np.abs(gain - middle)
    wide = (np.cumsum(away ** (1 / growth), axis=1) + silent * away[:, :1] ** (1 / growth)) ** growth
    wide = (1 - evenness) * wide + evenness * np.sqrt((wide**2 + wide[::-1] ** 2) / 2)
    return np.asarray(centre + np.sign(np.arange(len(gain)) - MIDDLE)[:, None, None, None] * wide)


def _mean(gain: np.ndarray, usual: list[Usual | None]) -> np.ndarray:
    """Means (h, n, k) of increments with these quantiles, beyond the outer ones as an exponential distribution would go on.

    What that adds is no more than what is missing to the usual gains: counts leap from one quantile to the next.
    """
    shown = gain.mean(axis=0)
    upper = gain[-1] + (gain[-1] - gain[-2]) / np.log(2)
    lower = gain[0] - (gain[1] - gain[0]) / np.log(2)
    mean = 0.1 * (lower + gain.sum(axis=0) - (gain[0] + gain[-1]) / 2 + upper)
    most = np.stack([np.full(shown.shape[1], np.inf) if one is None else one.gain for one in usual], axis=-1)
    return np.asarray(shown + np.clip(mean - shown, 0, np.maximum(most - shown, 0)))


def _rare(gain: np.ndarray, usual: list[Usual | None], silent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (q, h, n, k) of what is gained in steps whose quantiles show nothing of it, and which steps these are, (h, n, k)."""
    out, which = np.zeros(gain.shape), np.zeros(gain.shape[1:], bool)
    for k, one in enumerate(usual):
        if one is not None:
            which[..., k] = one.hides(gain[-1, ..., k])
            steps = np.cumsum(which[..., k], axis=0) + which[0, :, k] * silent[:, k]
            out[..., k] = np.maximum.accumulate(one.quantiles(steps * one.gain), axis=1)
    return out, which


def _growth(gains: np.ndarray, period: int, horizon: int) -> np.ndarray:
    """The power (k,) of their number with which the misses of sums of increments grew in the past.

    Misses are those of the mean of the last cycles, summed over so many steps from origins spread over the past.
    """
    t, n, k = gains.shape
    reach = period * min(CYCLES, max(1, t // (3 * period)))
    steps = int(min(horizon, LONGEST, (t - reach) // 2))
    if steps < 2:
        return np.full(k, TOGETHER)
    places = np.unique(np.linspace(0, n - 1, min(n, PLACES)).astype(int))
    origins = np.unique(np.linspace(reach - 1, t - 1 - steps, ORIGINS).astype(int))
    lead = np.arange(1, steps + 1)
    back = np.ceil(lead / period).astype(int) * period
    rows = origins[:, None] + lead
    x = gains[:, places]
    cycles = [np.where((rows - back - j * period >= 0)[..., None, None], x[np.maximum(rows - back - j * period, 0)], np.nan)
              for j in range(reach // period)]  # fmt: skip
    known = [np.isfinite(one) for one in cycles]
    usual = sum(np.where(ok, one, 0.0) for ok, one in zip(known, cycles)) / np.maximum(sum(ok.astype(int) for ok in known), 1)
    miss = np.where(np.isfinite(x[rows]) & np.any(known, axis=0), x[rows] - usual, 0.0)
    single, whole = np.sqrt((miss**2).mean(axis=(0, 1, 2))), np.sqrt((miss.sum(axis=1) ** 2).mean(axis=(0, 1)))
    good = (single > 0) & (whole > 0)
    power = np.log(np.where(good, whole, 1.0) / np.where(good, single, 1.0)) / np.log(steps)
    return np.where(good, np.clip(power, INDEPENDENT, TOGETHER), TOGETHER)


def _period(panel: Panel, rows: int) -> int:
    """Steps of the shortest cycle of the clock that a step resolves and the past holds twice; 1 for none."""
    step = float(panel.step / np.timedelta64(1, "s"))
    found = [int(round(length / step)) for length in _CYCLES if length / step >= 3 and 2 * length / step <= rows]
    return min(found, default=1)
