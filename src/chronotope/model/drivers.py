"""Drivers: what variables that are known ahead do to a series is taken off it, and put back on the answer.

    series --regression on the drivers at the same time--> what they leave --answer--> quantiles --what they do at the asked time--> answer

How much of it is taken off is what held-out halves of the past are sure of: a driver that says nothing changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.evidence.clock import DAY, WEEK
from chronotope.evidence.departures import departures, fading, left_of
from chronotope.questions import Question

SEEN = 0.5  # share of the asked steps in which a variable must be seen to be a driver
MOST = 8  # drivers
ROWS, FEWEST = 4000, 40  # of the past that are read, and that are needed
POOLED, NONE = 20.0, 4.0  # rows' worth of what all places say in each place's coefficients, and of no effect in those of all
SURE = 9.0  # a share counts for what it exceeds so many of its variances over itself
FORMS = 3  # in which each driver is read: now, before, and how far from usual
GAINS = 2.0  # standard errors by which absolute errors must be less for a driver to be heard, and for what is left of it
FARTHEST = 6.0  # deviations from the mean that a driver is read to: beyond what was seen nothing was learnt


def driven(question: Question) -> tuple[Question, np.ndarray] | None:
    """The question with the effect of its drivers taken off, and that effect on the asked rows (h, n, v); None where there is none."""
    asked = np.flatnonzero(question.asked.any(axis=(0, 1)))
    drivers = _drivers(question)
    cut = question.first
    if question.both_sides or not len(drivers) or cut < FEWEST:
        return None
    low = max(0, cut - ROWS)
    features = _features(question, drivers, low, cut)
    cycle = _cycle(question, cut - low)
    effect = np.zeros(question.frame.values.shape)
    for variable in asked:
        y = question.visible()[low:cut, :, variable].astype(float)
        effect[low:, :, variable] = _effect(y, features, cut - low, cycle)
    if not effect.any():
        return None
    values = question.frame.values - effect.astype(question.frame.values.dtype)
    return replace(question, frame=replace(question.frame, values=values)), effect[question.rows]


def _drivers(question: Question) -> np.ndarray:
    """Variables that are not asked and are seen in the asked steps."""
    seen = question.seen[question.rows].mean(axis=(0, 1)) if len(question.rows) else np.zeros(question.seen.shape[2])
    return np.flatnonzero((seen >= SEEN) & ~question.asked.any(axis=(0, 1)))[:MOST]


def _features(question: Question, drivers: np.ndarray, low: int, cut: int) -> np.ndarray:
    """What is read of the drivers, (t, n, f): now, before, and how far from usual; zero, the mean, where one is not seen."""
    d = question.visible()[low:, :, drivers].astype(float)
    past = d[: cut - low]
    known = np.isfinite(past)
    count = np.maximum(known.sum(axis=(0, 1)), 1)
    mean = np.where(known, past, 0.0).sum(axis=(0, 1)) / count
    spread = np.sqrt(np.where(known, past - mean, 0.0) ** 2).sum(axis=(0, 1)) / count + 1e-12
    z = np.nan_to_num(np.clip((d - mean) / spread, -FARTHEST, FARTHEST))
    before = np.concatenate([z[:1], z[:-1]])
    return np.concatenate([z, before, np.minimum(z**2, FARTHEST)], axis=2)


def _cycle(question: Question, rows: int) -> int:
    """Steps of the cycle whose phases have means of their own: a week where the past holds four, else a day, else one step."""
    step = float(question.frame.step / np.timedelta64(1, "s"))
    for length in (WEEK, DAY):
        steps = length / step
        if question.frame.regular and steps >= 2 and abs(steps - round(steps)) < 1e-6 and rows >= 4 * steps:
            return int(round(steps))
    return 1


def _effect(y: np.ndarray, features: np.ndarray, cut: int, cycle: int) -> np.ndarray:
    """What the drivers do to a variable y (cut, n), at all rows (t, n); zero at places where the past is not sure of it."""
    seen = np.isfinite(y)
    spread = np.sqrt(np.mean(np.where(seen, y - _means(y, seen), 0.0) ** 2, axis=0)) + 1e-12
    apart = departures(np.where(seen, y, 0.0)[..., None] / spread[:, None], seen, cycle)[..., 0]
    fade = fading(apart, seen)
    whole = np.concatenate([features, left_of(features[..., : features.shape[2] // FORMS], fade)], axis=2)
    z = departures(whole[:cut], np.ones(seen.shape, bool), cycle)
    target, rows, weight = _quasi(apart, fade), _quasi(z, fade), _both(seen)
    plain = rows[..., : features.shape[2]]
    held, with_left = (_held_out(read, target, weight) for read in (plain, rows))
    if _gains((np.abs(target - held) - np.abs(target - with_left)) * weight):
        features, plain, held = whole, rows, with_left
    share = _kept(held, target, weight)
    if not _gains((np.abs(target) - np.abs(target - share * held)) * weight):
        return np.zeros(features.shape[:2])
    return np.einsum("tnf,nf->tn", features, _fit(plain, target, weight)) * share * spread


def _held_out(rows: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What each half of the past says of the other, (t, n)."""
    half = len(target) // 2
    first, second = (_fit(rows[part], target[part], weight[part]) for part in (slice(half), slice(half, None)))
    return np.concatenate([np.einsum("tnf,nf->tn", rows[:half], second), np.einsum("tnf,nf->tn", rows[half:], first)])


def _gains(less: np.ndarray) -> bool:
    """Whether errors are less by `less` (t, n), places of a step counting as one, by `GAINS` standard errors."""
    each = less.sum(axis=1)
    return bool(each.mean() > GAINS * each.std() / np.sqrt(len(each)))


def _means(y: np.ndarray, seen: np.ndarray) -> np.ndarray:
    return np.where(seen, y, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)


def _both(seen: np.ndarray) -> np.ndarray:
    return (seen[1:] & seen[:-1]).astype(float)


def _quasi(a: np.ndarray, fade: np.ndarray) -> np.ndarray:
    """Each row less what is left of the one before."""
    fade = fade if a.ndim == 2 else fade[:, None]
    return a[1:] - fade * a[:-1]


def _fit(rows: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Coefficients (n, f) of each place, drawn to those of all places, which are drawn to none."""
    left = np.moveaxis(rows * weight[..., None], 0, 2)  # (n, f, t)
    gram, side = left @ np.moveaxis(rows, 0, 1), (left * target.T[:, None]).sum(axis=2)
    every, count = gram.sum(axis=0), max(float(weight.sum()), 1.0)
    size, eye = np.trace(every) / len(every) / count + 1e-9, np.eye(len(every))
    pooled = np.linalg.solve(every + NONE * size * eye, side.sum(axis=0))
    return pooled + np.linalg.solve(gram + POOLED * size * eye, (side - gram @ pooled)[..., None])[..., 0]


def _kept(held: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The share (n,) of the held-out effect that showed, between 0 and 1: of each place as far as it is sure, else of all."""
    top, bottom = (held * target * weight).sum(axis=0), (held**2 * weight).sum(axis=0)
    left = ((target - held) ** 2 * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1)

    def sure(top: np.ndarray, bottom: np.ndarray, left: np.ndarray) -> np.ndarray:
        share = top / np.maximum(bottom, 1e-12)
        variance = left / np.maximum(bottom, 1e-12)
        return np.clip(share, 0, 1) * np.clip(1 - SURE * variance / np.maximum(share**2, 1e-12), 0, 1)

    return np.maximum(sure(top, bottom, left), sure(top.sum(), bottom.sum(), left.mean()) * (bottom > 0))
