"""Drivers: what variables that are known ahead do to a series is taken off it, and put back on the answer.

    series --regressions on the drivers, in several forms--> effects --misses of the mix without each--> their mixture
    series less it --answer--> quantiles --what the drivers do at the asked time--> answer

How much of an effect is taken off is what held-out halves of the past are sure of, and by how much the plain mix misses less in its trials
then: a driver that says nothing changes nothing. What is seldom on, and so hardly ever in a trial, is judged by its episodes (`switches`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from chronotope.evidence.clock import DAY, WEEK, YEAR
from chronotope.evidence.departures import departures, fading, left_of
from chronotope.model.late import delays, expected, shifted
from chronotope.model.missed import judged, missed, spread_over
from chronotope.model.switches import gain, switches_of
from chronotope.questions import Question

MOST = 8  # drivers
ROWS, FEWEST = 4000, 40  # of the past that are read, and that are needed
POOLED, NONE = 20.0, 4.0  # rows' worth of what all places say in each place's coefficients, and of no effect in those of all
SURE = 9.0  # a share counts for what it exceeds so many of its variances over itself
LOOKED_AT = 48  # places that show how late drivers act
FORMS = 3  # in which each driver is read: now, before, and how far from usual
SHARPNESS, MOST_SURE = 30.0, 50.0  # effects are mixed by exp(-SHARPNESS log miss) - 1, up to exp(MOST_SURE), and none by 1
AROUND = 2  # rows before and after that show the level of a series where a switch was on, or a day of a week
FARTHEST = 6.0  # deviations from the mean that a driver is read to, and farther as far as it was seen, as nothing was learnt beyond,
USUAL, FAR = 0.99, 2.0  # but no farther than twice what nearly all lie within: single slips of a sensor lie there


@dataclass(frozen=True)
class Effect:
    """What drivers do to a variable, (t, n): `whole`, `fair`, in which each half of the past is told by the other, and `doubt`, the
    deviation of `whole` where it hangs on drivers beyond what is known of them."""

    whole: np.ndarray
    fair: np.ndarray
    doubt: np.ndarray


@dataclass(frozen=True)
class Sums:
    """Of rows times rows (n, f, f), rows times target (n, f), and of weights: what a fit needs."""

    gram: np.ndarray
    side: np.ndarray
    count: float

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.gram + other.gram, self.side + other.side, self.count + other.count)


def driven(question: Question) -> tuple[Question, np.ndarray, np.ndarray] | None:
    """The question with the effect of its drivers taken off, that effect on the asked rows (h, n, v), and its deviation where it hangs on
    what is not known; None where there is no effect."""
    asked = np.flatnonzero(question.asked.any(axis=(0, 1)))
    drivers = drivers_of(question)
    cut = question.first
    if question.both_sides or not len(drivers) or cut < FEWEST:
        return None
    low = max(0, cut - ROWS)
    features, cycle = _features(question, drivers, low, cut), cycle_of(question, cut - low)
    known = np.isfinite(question.visible()[low:, :, drivers])
    leads = sorted({1, max(1, min(int(question.rows[-1]) - cut + 1, (cut - low) // 4))})
    effect, doubt = np.zeros((2, *question.frame.values.shape))
    for variable in asked:
        y = question.visible()[low:cut, :, variable].astype(float)
        if effects := _effects(y, features, known, cycle, leads):
            mixed = heard(question, int(variable), low, effects)
            effect[low:, :, variable], doubt[low:, :, variable] = _switched(question, y, drivers, cycle, effects, mixed)
    if not effect.any():
        return None
    return less(question, effect), effect[question.rows], doubt[question.rows]


def put_back(said: np.ndarray, effect: np.ndarray, doubt: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, h, n, v) of the question without its drivers, with their effect and as unsure as that is.

    Where there is doubt, `levels` must hold those of the middle 80 %, so that a level says the same whatever else is asked.
    """
    if not doubt.any():
        return np.asarray(said + effect.astype(np.float32))
    low, high = levels.index(0.1), levels.index(0.9)
    normal = ndtri(np.array(levels))
    width = (said[high] - said[low]) / (normal[high] - normal[low])
    more = np.multiply.outer(normal, np.hypot(width, doubt) - width)
    return np.asarray(said + (effect + more).astype(np.float32))


def heard(question: Question, variable: int, low: int, effects: list[Effect]) -> tuple[np.ndarray, np.ndarray]:
    """The effects (t, n), and none, mixed by how little the plain mix misses without them, and the doubt of that."""
    part, places = judged(question, variable)
    plain, weight = missed(part), [1.0]
    for one in effects:
        taken = np.zeros(part.frame.values.shape)
        taken[low:, :, 0] = one.fair[:, places]
        more = missed(less(part, taken)) - plain
        more = more[np.isfinite(more)].mean() if np.isfinite(more).any() else 0.0
        weight.append(float(np.expm1(np.clip(-SHARPNESS * more, 0.0, MOST_SURE))))
    share = np.array(weight[1:]) / sum(weight)
    return np.tensordot(share, [one.whole for one in effects], 1), np.tensordot(share, [one.doubt for one in effects], 1)


def _switched(
    question: Question, y: np.ndarray, drivers: np.ndarray, cycle: int, effects: list[Effect], mixed: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Mixed effects and their doubt (t, n); where what is seldom on is on, mixed by what they told at such times of the past."""
    (effect, doubt), low, cut = mixed, question.first - len(y), len(y)
    seen = np.isfinite(y)
    asked = np.isin(np.arange(low, len(question.asked)), question.rows)
    switches = switches_of(question.visible()[low:, :, drivers].astype(float), cut, asked)
    apart = np.where(seen, departures(np.where(seen, y, 0.0)[..., None], seen, cycle)[..., 0], np.nan) if switches else y
    for switch in switches:
        found = [gain(switch, apart, one.fair[:cut], max(AROUND, cycle // 7 if cycle % 7 == 0 else 0)) for one in effects]
        weight = np.expm1(np.clip([-SHARPNESS * more for more, _ in found], 0.0, MOST_SURE))
        if weight.any():
            share = weight / (1.0 + weight.sum())
            whole, unsure = (np.tensordot(share, parts, 1) for parts in ([one.whole for one in effects], [one.doubt for one in effects]))
            left = share @ [left for _, left in found]
            effect, doubt = np.where(switch.on, whole, effect), np.where(switch.on, np.hypot(unsure, left), doubt)
    return effect, doubt


def less(question: Question, effect: np.ndarray) -> Question:
    """The question without an effect (t, n, v)."""
    values = question.frame.values - effect.astype(question.frame.values.dtype)
    return replace(question, frame=replace(question.frame, values=values))


def drivers_of(question: Question) -> np.ndarray:
    """Variables that are not asked and are seen in asked steps."""
    return np.flatnonzero(question.seen[question.rows].any(axis=(0, 1)) & ~question.asked.any(axis=(0, 1)))[:MOST]


def without_holes(question: Question) -> tuple[np.ndarray, Question] | None:
    """Asked cells (h, n) in which a driver is not seen, and the question without such drivers, which answers these; None for no such cell.

    A driver that is missing is not usual: who knows nothing of it is less sure.
    """
    drivers = drivers_of(question)
    if question.both_sides or not len(drivers):
        return None
    hole = ~question.seen[question.rows][..., drivers]
    hole &= question.asked[question.rows].any(axis=2, keepdims=True)
    if not hole.any():
        return None
    seen = question.seen.copy()
    seen[np.ix_(question.rows, np.arange(seen.shape[1]), drivers[hole.any(axis=(0, 1))])] = False
    return hole.any(axis=2), replace(question, seen=seen)


def _features(question: Question, drivers: np.ndarray, low: int, cut: int) -> np.ndarray:
    """What is read of the drivers, (t, n, f): now, before, and how far from usual; zero, the mean, where one is not seen."""
    d = question.visible()[low:, :, drivers].astype(float)
    past = d[: cut - low]
    known = np.isfinite(past)
    count = np.maximum(known.sum(axis=(0, 1)), 1)
    mean = np.where(known, past, 0.0).sum(axis=(0, 1)) / count
    spread = np.sqrt(np.where(known, past - mean, 0.0) ** 2).sum(axis=(0, 1)) / count + 1e-12
    z = np.nan_to_num((d - mean) / spread)
    size = np.where(known, np.abs(z[: cut - low]), 0.0).reshape(-1, len(drivers))
    farthest = np.maximum(FARTHEST, np.minimum(size.max(axis=0), FAR * np.quantile(size, USUAL, axis=0)))
    z = np.clip(z, -farthest, farthest)
    before = np.concatenate([z[:1], z[:-1]])
    return np.concatenate([z, before, np.minimum(z**2, FARTHEST)], axis=2)


def cycle_of(question: Question, rows: int) -> int:
    """Steps of the cycle whose phases have means of their own, where four are past: a year of weeks or longer steps, a week, a day."""
    step = float(question.frame.step / np.timedelta64(1, "s"))
    for length in (YEAR, WEEK, DAY):
        steps = length / step
        whole = int(round(steps))
        if question.frame.regular and steps >= 2 and rows >= 4 * whole and (abs(steps - whole) < 1e-6 or length == YEAR and whole <= 53):
            return whole
    return 1


def _effects(y: np.ndarray, features: np.ndarray, known: np.ndarray, cycle: int, leads: list[int]) -> list[Effect]:
    """What drivers do to a variable y (cut, n) in several forms, fitted on changes over each lead; none of which the past is not sure."""
    seen, cut = np.isfinite(y), len(y)
    spread = np.sqrt(np.mean(np.where(seen, y - _means(y, seen), 0.0) ** 2, axis=0)) + 1e-12
    apart = departures(np.where(seen, y, 0.0)[..., None] / spread[:, None], seen, cycle)[..., 0]
    out = []
    late, unsure = _late(features, known, apart, seen, cycle)
    fade = fading(apart, seen)
    doubts = _forms(np.zeros_like(features), unsure, fade, cycle) if unsure.any() else []
    for index, form in enumerate(_forms(features, late, fade, cycle)):
        z = departures(form[:cut], np.ones(seen.shape, bool), cycle)
        for lead in leads:
            rows, target, weight = _changes(apart, z, seen, lead)
            half = len(target) // 2
            sums = [_sums(rows[part], target[part], weight[part]) for part in (slice(half), slice(half, None))]
            first, second = (_fit(one) for one in sums)
            share = _kept(np.concatenate([_told(rows[:half], second), _told(rows[half:], first)]), target, weight) * spread
            if (share > 0).any():
                fair = np.concatenate([_told(form[: cut // 2], second), _told(form[cut // 2 :], first)])
                whole = _fit(sums[0] + sums[1])
                doubt = _told(np.abs(doubts[index]), np.abs(whole)) if doubts else np.zeros(fair.shape)
                out.append(Effect(*(one * share for one in (_told(form, whole), fair, doubt))))
    return out


def _late(features: np.ndarray, known: np.ndarray, apart: np.ndarray, seen: np.ndarray, cycle: int) -> tuple[np.ndarray, np.ndarray]:
    """Drivers (t, n, k) at the steps at which the series answers them, late or early, and their deviations where they are not known."""
    drivers, cut = features.shape[2] // FORMS, len(seen)
    now, few = features[..., :drivers], spread_over(seen.shape[1], LOOKED_AT)
    z = departures(features[:cut, few], np.ones((cut, len(few)), bool), cycle)
    found = delays(*_changes(apart[:, few], z, seen[:, few], 1), drivers, len(features) - cut)
    late, unsure = np.zeros((2, *now.shape[:2], len(found)))
    if not found:
        return late, unsure
    longer, doubt = expected(now, known, cut, cycle, max(0, *(-steps for _, steps in found)))
    for index, (driver, steps) in enumerate(found):
        late[..., index], unsure[..., index] = (shifted(a[..., driver], steps, len(now)) for a in (longer, doubt))
    return late, unsure


def _forms(features: np.ndarray, late: np.ndarray, fade: np.ndarray, cycle: int) -> list[np.ndarray]:
    """Drivers (t, n, f) as they are, and when they act late, with what is left of them, and by the phase of the day or of the year where
    it has more than a week's."""
    now = np.concatenate([features[..., : features.shape[2] // FORMS], late], axis=2)
    features = np.concatenate([features, late], axis=2)
    forms = [features, np.concatenate([features, left_of(now, fade)], axis=2)]
    day = cycle // 7 if cycle % 7 == 0 else cycle
    if day > 7:
        turn = 2 * np.pi * np.arange(len(features))[:, None, None] / day
        forms.append(np.concatenate([features, now * np.cos(turn), now * np.sin(turn)], axis=2))
    return forms


def _changes(apart: np.ndarray, z: np.ndarray, seen: np.ndarray, lead: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, target and weight of a fit: each row less what is left of the one a lead before."""
    both = (seen[lead:] & seen[:-lead]).astype(float)
    top, bottom = (apart[lead:] * apart[:-lead] * both).sum(axis=0), (apart[:-lead] ** 2 * both).sum(axis=0)
    fade = np.clip(top / np.maximum(bottom, 1e-12), 0.0, 1.0)
    return z[lead:] - fade[:, None] * z[:-lead], apart[lead:] - fade * apart[:-lead], both


def _told(rows: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("tnf,nf->tn", rows, coefficients))


def _means(y: np.ndarray, seen: np.ndarray) -> np.ndarray:
    return np.where(seen, y, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)


def _sums(rows: np.ndarray, target: np.ndarray, weight: np.ndarray) -> Sums:
    left = np.moveaxis(rows * weight[..., None], 0, 2)  # (n, f, t)
    return Sums(left @ np.moveaxis(rows, 0, 1), (left * target.T[:, None]).sum(axis=2), float(weight.sum()))


def _fit(sums: Sums) -> np.ndarray:
    """Coefficients (n, f) of each place, drawn to those of all places, which are drawn to none."""
    every = sums.gram.sum(axis=0)
    size, eye = np.trace(every) / len(every) / max(sums.count, 1.0) + 1e-9, np.eye(len(every))
    pooled = np.linalg.solve(every + NONE * size * eye, sums.side.sum(axis=0))
    return pooled + np.linalg.solve(sums.gram + POOLED * size * eye, (sums.side - sums.gram @ pooled)[..., None])[..., 0]


def _kept(held: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The share (n,) of the held-out effect that showed, between 0 and 1: of each place as far as it is sure, else of all."""
    top, bottom = (held * target * weight).sum(axis=0), (held**2 * weight).sum(axis=0)
    left = ((target - held) ** 2 * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1)

    def sure(top: np.ndarray, bottom: np.ndarray, left: np.ndarray) -> np.ndarray:
        share = top / np.maximum(bottom, 1e-12)
        variance = left / np.maximum(bottom, 1e-12)
        return np.clip(share, 0, 1) * np.clip(1 - SURE * variance / np.maximum(share**2, 1e-12), 0, 1)

    return np.maximum(sure(top, bottom, left), sure(top.sum(), bottom.sum(), left.mean()) * (bottom > 0))
