"""Surprise: a tail probability for every observed cell, alone and within its stretch, comparable between places and variables.

values -> past walls -> even numbers -> residuals from the profile -> what lies beyond all else is told by none
       -> gross cells are trusted no more
       -> so are those that break what others tell exactly, and those of places that are exchanged
       -> predictor asked in folds -> residuals, polished -> alone, and in bursts
       -> profile's residuals beside other places' -> in shifts
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.data.panel import Panel
from chronotope.inspect.support import Support, support_of
from chronotope.model.totals import totals_of
from chronotope.questions import Predictor
from chronotope.tasks.detecting.beyond import beyond
from chronotope.tasks.detecting.exchanged import Exchange, exchanges
from chronotope.tasks.detecting.folds import expectations
from chronotope.tasks.detecting.inconsistent import Told, inconsistent
from chronotope.tasks.detecting.kinds import FAR
from chronotope.tasks.detecting.polish import MOST_PLACES, Polish
from chronotope.tasks.detecting.profile import phases_of, profile
from chronotope.tasks.detecting.scale import Scale, scale_of
from chronotope.tasks.detecting.stretches import burst_scores, shift_scores
from chronotope.tasks.detecting.stuck import stuck_chances
from chronotope.tasks.detecting.tails import Tail, tail_of
from chronotope.tasks.detecting.walls import CHANCE, past_walls
from chronotope.tasks.detecting.width import usual_size

GROSS = 8.0  # usual sizes beyond which a cell is not read by others
# of views, a weighted Bonferroni
WEIGHTS = {"alone": 0.55, "shift": 0.25, "burst": 0.1, "stuck": 0.1, "told": 0.1, "swapped": 0.1, "wall": 0.1}
OWN = ("stuck", "told", "swapped", "wall")  # views that have chances of their own
VIEWED = (0.2, 0.04)  # share of cells that a view's tail is fitted to, and of the outermost, whose size is not read
SHIFTED = (0.5, 0.15)  # the same of shifts, of which one anomaly fills many cells
ENDLESS, LIGHT = (0.0, 0.6), (0.0, 0.1)  # shapes of the views' tails, and of the law of the inner part
INNER, MOST = (0.4, 0.12), 6.0  # the same of the law of the inner part, and by how much a chance may exceed it
NEAR = 24  # places that may be alike where there are too many to compare


@dataclass(frozen=True)
class Surprise:
    """What is known of every cell (t, n, v) of the wanted channels; NaN where nothing was observed.

    Attributes:
        expected, low, high: in the unit of the values.
        score: minus log10 of the tail probability.
        alone: standardised residual beside all that is seen.
        slow: standardised residual beside the profile and other places, without the steps around.
        usual: the profile alone: what a place is at that hour, in the unit of the values.
        reference: what `slow` departs from, and `size` of such a departure, in the unit of the values.
        views: chance of each view, float (t, n, v).
        far: bool, stretches beyond all else of their series.
        told: by (row, place, variable), what others tell exactly of a value that is something else.
        exchanged: of each variable, the places that are exchanged, and when.
    """

    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    score: np.ndarray
    alone: np.ndarray
    slow: np.ndarray
    usual: np.ndarray
    reference: np.ndarray
    size: np.ndarray
    views: dict[str, np.ndarray]
    far: np.ndarray
    told: dict[tuple[int, int, int], Told]
    exchanged: list[list[Exchange]]


def surprise(predictor: Predictor, panel: Panel, wanted: np.ndarray, rate: float, context: int | None = None) -> Surprise:
    """The surprise of all observed cells of channels `wanted` (v,); `low` and `high` hold all but a share `rate` of clean cells."""
    values = np.asarray(panel.values, float)
    t, n, v = values.shape
    past = past_walls(values)
    far = past | _beyond(values, values, panel)
    support, totals = support_of(np.where(far, np.nan, values), panel.called, panel.units), totals_of(panel, values)
    scales = [scale_of(np.where(far, np.nan, values)[..., k], support.lower[:, k], bool(support.circle[k])) for k in range(v)]
    phases = phases_of(panel.times)
    phase = phases[-1] if phases else None
    even = np.stack([scale.to(values[..., k]) for k, scale in enumerate(scales)], axis=-1)
    far |= _beyond(even, np.where(far, np.nan, even), panel)
    far[..., support.circle] = False
    floors = [_floor(scale, np.where(far, np.nan, values)[..., k], support.unit[:, k]) for k, scale in enumerate(scales)]
    usual = profile(np.where(far, np.nan, even).reshape(t, -1), panel.times).reshape(even.shape)
    rough = _apart(scales, even, usual)
    own, others = Polish(v, True, _near(panel)), Polish(v, False, _near(panel))

    trusted = panel.mask & ~far
    broken = inconsistent(np.where(support.circle, np.nan, values), trusted, _values(scales, usual, support))
    trusted &= ~broken.where
    can_be = wanted & ~support.circle & ~totals & (panel.cells is None)
    exchanged = [exchanges(even[..., k], usual[..., k], panel.mask[..., k]) if can_be[k] else [] for k in range(v)]
    swapped = _of_exchanges(exchanged, values.shape)
    trusted &= ~(swapped < 1)
    left, size = _left(own, rough, trusted, None, usual, phase, floors, far)
    trusted &= ~(np.abs(left) > GROSS * size)

    told = expectations(predictor, panel, wanted, trusted, context)
    base = np.stack([scale.to(told[..., k]) for k, scale in enumerate(scales)], axis=-1)
    base = np.where(np.isfinite(base), base, usual)
    fine = _apart(scales, even, base[1])
    width = np.stack([np.abs(scale.apart(base[2, ..., k], base[0, ..., k])) for k, scale in enumerate(scales)], axis=-1)
    left, size = _left(own, fine, trusted, width, base[1], phase, floors, far)
    slow_left, slow_size = _left(others, rough, trusted, None, usual, phase, floors, far)
    left, slow_left = (_from_inside(scales, even, one, support) for one in (left, slow_left))
    alone, slow = left / size, slow_left / slow_size
    far |= beyond(alone.reshape(t, -1), FAR).reshape(far.shape)

    score, low, high = np.full((3, *values.shape), np.nan)
    views = {name: np.full(values.shape, np.nan) for name in WEIGHTS}
    for k in np.flatnonzero(wanted):
        found, tails = _views(alone[..., k], slow[..., k], far[..., k])
        read = _gains(values[..., k], support.lower[:, k]) if totals[k] else values[..., k]  # a total may rest: it gains nothing
        stuck = stuck_chances(read, np.where(totals[k], np.nan, support.lower[:, k]))
        found["stuck"] = np.where(panel.mask[..., k], stuck, np.nan)
        found["told"] = np.where(panel.mask[..., k], broken.chance[..., k], np.nan)
        found["swapped"] = np.where(panel.mask[..., k], swapped[..., k], np.nan)
        found["wall"] = np.where(panel.mask[..., k], np.where(past[..., k], CHANCE, 1.0), np.nan)
        for name, chance in found.items():
            views[name][..., k] = chance
        score[..., k] = _joined(found, far[..., k])
        middle = even[..., k] - left[..., k]
        for side, out in ((0, low), (1, high)):
            reach = tails[side].value(rate / 2)
            out[..., k] = middle + (reach if side else -reach) * size[..., k]
    expected = _values(scales, even - left, support)
    reference = _values(scales, even - slow_left, support)
    reach = np.abs(_values(scales, even - slow_left + slow_size, support, inside=False) - reference)
    sides = [_values(scales, side, support) for side in (low, high)]
    for cell, one in broken.told.items():
        expected[cell], sides[0][cell], sides[1][cell] = one.value, one.value - one.reach, one.value + one.reach
    usual = _values(scales, usual, support)
    return Surprise(expected, sides[0], sides[1], score, alone, slow, usual, reference, reach, views, far, broken.told, exchanged)


def _of_exchanges(exchanged: list[list[Exchange]], shape: tuple[int, ...]) -> np.ndarray:
    """The chance (t, n, v) of cells within exchanges; one elsewhere."""
    out = np.ones(shape)
    for k, found in enumerate(exchanged):
        for one in found:
            out[one.first : one.stop, one.places, k] = one.chance
    return out


def _gains(total: np.ndarray, lowest: np.ndarray) -> np.ndarray:
    """What a total (t, n) gains in each step; NaN before the first of it, when there is nothing to stand still."""
    begun = np.logical_or.accumulate(total > lowest, axis=0)
    return np.where(begun, np.diff(total, axis=0, prepend=np.nan), np.nan)


def _values(scales: list[Scale], even: np.ndarray, support: Support, inside: bool = True) -> np.ndarray:
    """Even numbers (t, n, v) in the unit of the values, within the bounds of their support."""
    out = np.stack([scale.back(even[..., k]) for k, scale in enumerate(scales)], axis=-1)
    return np.where(support.circle, out, np.clip(out, support.lower, support.upper)) if inside else out


def _from_inside(scales: list[Scale], even: np.ndarray, left: np.ndarray, support: Support) -> np.ndarray:
    """What is left (t, n, v) where nothing is expected beyond the bounds: at night no sun is as little as there can be."""
    raw, inside = (_values(scales, even - left, support, flag) for flag in (False, True))
    nearest = np.stack([scale.to(inside[..., k]) for k, scale in enumerate(scales)], axis=-1)
    return np.where(raw == inside, left, even - nearest)


def _beyond(values: np.ndarray, read: np.ndarray, panel: Panel) -> np.ndarray:
    """Where values (t, n, v) lie beyond all others of their series, beside the profile of what is `read` of them."""
    flat = values.reshape(len(values), -1)
    return beyond(flat - profile(read.reshape(flat.shape), panel.times)).reshape(values.shape)


def _apart(scales: list[Scale], even: np.ndarray, middle: np.ndarray) -> np.ndarray:
    return np.stack([scale.apart(even[..., k], middle[..., k]) for k, scale in enumerate(scales)], axis=-1)


def _left(
    polish: Polish,
    residual: np.ndarray,
    trusted: np.ndarray,
    width: np.ndarray | None,
    level: np.ndarray,
    phase: np.ndarray | None,
    floors: list[float],
    far: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """What is left of residuals (t, n, v) beside those around them, and its usual size, which cells `far` off say nothing of."""
    t, n, v = residual.shape
    left = residual - polish(residual.reshape(t, -1), trusted.reshape(t, -1)).reshape(residual.shape)
    size = np.ones(residual.shape)
    for k in range(v):
        told = np.full((t, n), np.nan) if width is None else width[..., k]
        size[..., k] = usual_size(np.where(far, np.nan, left)[..., k], told, level[..., k], phase, floors[k])
    return left, size


def _floor(scale: Scale, values: np.ndarray, unit: np.ndarray) -> float:
    """Half a unit of counts in even numbers at the middle value; a hundredth of the usual departure of what is no count."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0
    middle = float(np.median(known))
    if (unit > 0).all():
        return float(scale.to(np.array(middle + unit.max() / 2)) - scale.to(np.array(middle)))
    return 0.01 * float(np.abs(scale.to(known) - scale.to(np.array(middle))).mean())


def _near(panel: Panel) -> np.ndarray | None:
    """The nearest places (n, c) where there are too many to compare all."""
    n = panel.values.shape[1]
    if n <= MOST_PLACES or panel.xy is None:
        return None
    from scipy.spatial import cKDTree

    return cKDTree(panel.xy).query(panel.xy, NEAR + 1)[1][:, 1:]


def _views(alone: np.ndarray, slow: np.ndarray, far: np.ndarray) -> tuple[dict[str, np.ndarray], tuple[Tail, Tail]]:
    """Chances (t, n) of the views of one variable that read residuals, and the lower and upper tail of what stands alone.

    No law is fitted to cells `far` off.
    """
    known = np.isfinite(alone) & ~far
    tails = tail_of(-alone[known], 0.1), tail_of(alone[known], 0.1)
    per_place = _own_reach(np.where(far, np.nan, alone))
    fair = alone / per_place
    sides = tail_of(-fair[known], *VIEWED, ENDLESS), tail_of(fair[known], *VIEWED, ENDLESS)
    found = {"alone": np.minimum(1.0, 2.0 * np.minimum(sides[0].chance(-fair), sides[1].chance(fair)))}
    for name, stat in (("shift", shift_scores(slow)), ("burst", burst_scores(alone))):
        found[name] = tail_of(stat[known], *(SHIFTED if name == "shift" else VIEWED), ENDLESS).chance(stat)
    return {name: np.where(np.isfinite(alone), chance, np.nan) for name, chance in found.items()}, tails


def _own_reach(alone: np.ndarray) -> np.ndarray:
    """How much farther out the tails of each series (n,) reach than those of all, shrunk."""
    with np.errstate(all="ignore"):
        size = np.abs(alone)
        count = np.isfinite(size).sum(axis=0)
        pooled = float(np.nanquantile(size, 0.95)) or 1.0
        own = np.array([np.quantile(c[np.isfinite(c)], 0.95) if m else pooled for c, m in zip(size.T, count)])
    return np.clip((own * count + 200.0 * pooled) / (count + 200.0) / pooled, 0.3, 4.0)


def _joined(views: dict[str, np.ndarray], far: np.ndarray) -> np.ndarray:
    """Minus log10 of one tail probability (t, n) for all views: the least weighted one, by the ranks and the tail of its own field.

    Where a field is full of anomalies they would pass for its usual tail; so no chance is more than a few times that of the law which the
    inner part of the field gives. Cells of a run that stands still, that others tell exactly to be wrong, whose places are exchanged or
    past a wall, chances of their own, and cells `far` off are no part of either: were they many, nothing else could be rare.
    """
    best = np.min(np.stack([views[name] / weight for name, weight in WEIGHTS.items()]), axis=0)
    raw = -np.log10(np.maximum(best, 1e-300))
    known = np.isfinite(raw)
    moving = known & ~far & ~np.any([views[name] < 1 for name in OWN], axis=0)
    moving = moving if moving.any() else known
    own = tail_of(raw[moving], shapes=ENDLESS).chance(raw)
    told = MOST * tail_of(raw[moving], *INNER, shapes=LIGHT).chance(raw)
    chance = np.minimum(own, told)
    return np.where(known, -np.log10(np.clip(chance, 1e-300, 1.0)), np.nan)
