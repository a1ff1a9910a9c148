"""Answer: quantiles at places that were never seen, from the values of places that were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from chronotope.evidence.between.direction import evened
from chronotope.evidence.between.known import Known, filled
from chronotope.evidence.between.plane import Plane
from chronotope.evidence.between.rules import Field, Told, told_by_all
from chronotope.evidence.between.stack import stacked
from chronotope.evidence.between.weights import Weights, by_distance, kriged
from chronotope.evidence.between.widths import Signs, fit_widths, independent

FEWEST = 6  # known places
TIMES = 128  # at which known places are left out
SKEWED = 0.1  # of a deviation between mean and median
BEYOND = 1.0  # how far an answer may lie outside all known values, in their range


def between(
    values: np.ndarray,
    known: np.ndarray,
    asked: np.ndarray,
    levels: tuple[float, ...],
    about: tuple[np.ndarray, np.ndarray] | None = None,
    edges: csr_array | None = None,
    from_zero: bool = False,
) -> np.ndarray:
    """Quantiles (q, t, m) at asked places.

    Args:
        values: (t, n) of the known places, NaN where not seen; each of at least `FEWEST` places is seen sometime.
        known, asked: positions (n, 2) and (m, 2) on one plane.
        levels: of the quantiles.
        about: (n, f) and (m, f), what does not change and is known of the known and of the asked places, finite.
        edges: (n + m, n) strengths of edges of all places, the known ones first, to known ones.
        from_zero: values are never below zero, and zero is no accident of their unit.
    """
    order = np.lexsort((np.nan_to_num(values).sum(axis=0), known[:, 1], known[:, 0]))  # the order of the places does not matter
    none = np.zeros((len(known), 0)), np.zeros((len(asked), 0))
    here, there = none if about is None else about
    plane = Plane.of(known[order], asked, here[order], there)
    if edges is not None:
        plane = replace(plane, linked=edges[: len(known)][order][:, order], asked_linked=edges[len(known) :][:, order])
    values = values[:, order].astype(float)
    x = _known(values, plane)
    as_it_was, plane = plane, evened(x, plane)
    told, expected = told_by_all(Field(x, plane, as_it_was), from_zero and _is_skewed(values))
    names = tuple(told)
    rows = np.unique(np.linspace(0, len(values) - 1, TIMES).astype(int))
    at = np.nonzero(x.seen[rows][:, plane.tried])
    pick = rows[at[0]], at[1]
    truth = x.x[:, plane.tried][pick]
    seen = x.seen[rows][:, plane.tried]
    worth = independent(told["kriging"].tried[rows] - x.x[rows][:, plane.tried], seen)
    weights = stacked(np.stack([told[name].tried[pick] for name in names], axis=1), truth, worth)
    tried = _mixed([told[name].tried for name in names], weights)
    answer = _mixed([told[name].asked for name in names], weights)
    here_signs, there_signs = _signs(x, plane, told, (tried, answer), expected, from_zero)
    trial_signs = Signs(here_signs.expected[pick[1]], here_signs.further[:, pick[0], pick[1]])
    widths = fit_widths(tried[pick], truth, trial_signs, len(plane.tried), worth, from_zero)
    return _plausible(widths.quantiles(answer, there_signs, levels), values)


def _plausible(quantiles: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Quantiles not too far outside what is known: far out, slopes, logarithms and widths go on as they began among the known places."""
    low, high = np.nanmin(values), np.nanmax(values)
    return np.clip(quantiles, low - BEYOND * (high - low), high + BEYOND * (high - low))


def _known(values: np.ndarray, plane: Plane) -> Known:
    """Values without gaps: silent cells are kriged from what the others show at the time."""
    x = filled(values)
    silent = np.flatnonzero(~x.seen.all(axis=0))
    if not len(silent):
        return x
    field = Field(x, plane)
    first = field.fits(x.x - x.x.mean(), field.flat[0])[0]
    weights = kriged(first, field.flat[0], plane.others(silent), np.ones((len(silent), 1)))
    return x.refilled(weights.of(x.x), silent)


def _is_skewed(values: np.ndarray) -> bool:
    """Mostly small."""
    seen = values[np.isfinite(values)]
    return bool(seen.mean() - np.median(seen) > SKEWED * seen.std())


def _mixed(parts: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    return np.asarray(sum(weight * part for weight, part in zip(weights, parts) if weight > 0))


def _signs(
    x: Known,
    plane: Plane,
    told: dict[str, Told],
    answers: tuple[np.ndarray, np.ndarray],
    expected: tuple[np.ndarray, np.ndarray],
    from_zero: bool,
) -> tuple[Signs, Signs]:
    """Signs at the tried and at the asked places."""
    tiny = 1e-3 * float(x.x.std()) + 1e-300
    near = by_distance(plane.to_tried, 2.0, 8), by_distance(plane.to_asked, 2.0, 8)
    parts = [one.tried for one in told.values()], [one.asked for one in told.values()]
    made = (_further(x, *one, tiny, from_zero) for one in zip(near, answers, parts))
    first, second = made
    return Signs(expected[0], first), Signs(expected[1], second)


def _further(x: Known, near: Weights, answer: np.ndarray, parts: list[np.ndarray], tiny: float, from_zero: bool) -> np.ndarray:
    """(4, t, m): the neighbours' spread, what rules disagree by, the size of the answer, and how many neighbours are silent."""
    mean = near.of(x.x)
    spread = np.sqrt(np.maximum(near.of(x.x**2) - mean**2, 0.0))
    apart = np.sqrt(sum((part - answer) ** 2 for part in parts) / len(parts))
    silent = 1 - near.of(x.seen.astype(float))
    size = np.log(np.abs(answer) + 10 * tiny) * from_zero  # a distance from zero says something only where zero does
    return np.stack([np.log(spread + tiny), np.log(apart + tiny), size, silent])
