"""Ordinary kriging: the best linear guess from the nearest seen places, with the doubt that their layout leaves."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from chronotope.baselines.floor import round_the_circle
from chronotope.baselines.intervals import nan_quantiles, one_sided
from chronotope.baselines.spatial import NeighbourMean, directions, own_level, straightened
from chronotope.evidence.variogram import Variogram, fit_variogram
from chronotope.harmonize.turning import averaged
from chronotope.inspect.circle import beside
from chronotope.questions import Question

_TEST_ROWS, _TEST_PLACES = 24, 150
_JITTER = 1e-10  # of the sill: two places at one spot must not make the system singular


class Kriging(NeighbourMean):
    """Asked cells from the 16 nearest places that are seen in the same step; exact where a place was seen.

    The variogram (exponential or Matern 3/2, with a nugget that is taken as real small-scale change) is fitted on the seen values.
    A place with a history keeps its own level and gets the kriged departure from it. The intervals have the kriging variance's
    width and the shape of the errors that the same rule makes on seen places. Without coordinates it is the neighbour mean.

    Source: Cressie (1993), doi:10.1002/9781119115151.
    """

    name = "kriging"

    def __init__(self, nearest: int = 16) -> None:
        self.nearest = nearest

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        panel, levels = question.frame, question.levels
        out, rows = super().quantiles(question), question.rows
        if panel.xy is None or not question.seen[rows].any():
            return out
        values, circle = question.visible(), directions(question)
        for v in range(values.shape[2]):
            way, x = straightened(values[..., v].astype(float), circle[v])
            level = own_level(x, circle[v])
            for base, mine in ((level, np.isfinite(level)), (0.0, ~np.isfinite(level))):
                asked = question.asked[rows, :, v] & mine
                if asked.any():
                    found = self._answer(beside(x - base, 0.0, circle[v]), panel.xy, rows, asked, levels, circle[v]) + base + way[rows]
                    out[..., v] = np.where(asked & np.isfinite(found), found, out[..., v])
        return round_the_circle(out, circle)

    def _answer(
        self, x: np.ndarray, xy: np.ndarray, rows: np.ndarray, asked: np.ndarray, levels: tuple[float, ...], turns: np.bool_
    ) -> np.ndarray:
        """Quantiles (q, h, n) of the asked cells; NaN where no place is seen."""
        variogram = fit_variogram(x, xy)
        guess, doubt = self._krige(x[rows], xy, asked, variogram, turns)
        tests = np.flatnonzero(np.isfinite(x).sum(axis=1) >= 2)
        tests = tests[np.unique(np.linspace(0, len(tests) - 1, _TEST_ROWS).astype(int))] if len(tests) else tests
        held = np.isfinite(x[tests]) & _some_places(xy)
        again, sure = self._krige(x[tests], xy, held, variogram, turns, without_itself=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            errors = (beside(x[tests] - again, 0.0, turns) / sure)[held]
        errors = errors[np.isfinite(errors)]
        shape = nan_quantiles(errors, levels) if len(errors) >= 6 else ndtri(np.asarray(levels))
        return guess + one_sided(shape, levels)[:, None, None] * doubt

    def _krige(
        self, values: np.ndarray, xy: np.ndarray, asked: np.ndarray, variogram: Variogram, turns: np.bool_, without_itself: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `krige`; directions go by their sines and cosines."""
        guess, doubt = krige(values, xy, asked, variogram, self.nearest, without_itself)
        if turns:
            guess = averaged(values, True, lambda part: krige(part, xy, asked, variogram, self.nearest, without_itself)[0])
        return guess, doubt


def krige(
    values: np.ndarray, xy: np.ndarray, asked: np.ndarray, variogram: Variogram, nearest: int = 16, without_itself: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Ordinary kriging of each row on its own.

    Args:
        values: (r, n), NaN where not seen.
        xy: (n, 2).
        asked: bool (r, n).
        variogram: of the values.
        nearest: places that speak for one.
        without_itself: leave the asked place out of those that speak, to try the rule on seen places.

    Returns:
        Guess and its standard deviation, both (r, n); NaN where nothing is asked or no place is seen.
    """
    guess, doubt = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    masks, group = np.unique(np.isfinite(values), axis=0, return_inverse=True)
    for g, seen in enumerate(masks):
        rows = np.flatnonzero(group.ravel() == g)
        targets = np.flatnonzero(asked[rows].any(axis=0))
        if seen.sum() <= without_itself or not len(targets):
            continue
        near, weights, variance = _weights(xy, np.flatnonzero(seen), targets, variogram, nearest, without_itself)
        wanted = asked[np.ix_(rows, targets)]
        made = np.einsum("rak,ak->ra", values[rows][:, near], weights)
        at = np.ix_(rows, targets)
        guess[at] = np.where(wanted, made, np.nan)
        doubt[at] = np.where(wanted, np.sqrt(variance), np.nan)
    return guess, doubt


def _weights(
    xy: np.ndarray, sources: np.ndarray, targets: np.ndarray, variogram: Variogram, nearest: int, without_itself: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions (a, k) of the places that speak for each target, their weights (a, k), and the kriging variance (a,)."""
    from scipy.spatial import cKDTree

    count = min(nearest + without_itself, len(sources))
    _, near = cKDTree(xy[sources]).query(xy[targets], [*range(1, count + 1)])
    near = sources[near]
    if without_itself:  # itself to the end, then off; where it is not among them the farthest goes
        order = np.argsort(near == targets[:, None], axis=1, kind="stable")
        near = np.take_along_axis(near, order, axis=1)[:, :-1]
    total = variogram.nugget + variogram.sill
    even = variogram if total > 0 else Variogram(0.0, 1.0, variogram.length, variogram.shape)
    top = total if total > 0 else 1.0
    size = near.shape[1]
    system = np.ones((len(targets), size + 1, size + 1))
    between = np.linalg.norm(xy[near][:, :, None] - xy[near][:, None], axis=-1)
    system[:, :size, :size] = even(between) / top - _JITTER * np.eye(size)
    system[:, size, size] = 0.0
    right = np.ones((len(targets), size + 1, 1))
    right[:, :size, 0] = even(np.linalg.norm(xy[near] - xy[targets][:, None], axis=-1)) / top
    solved = np.linalg.solve(system, right)[..., 0]
    variance = np.maximum((solved * right[..., 0]).sum(axis=1), 0.0) * total
    return near, solved[:, :size], variance


def _some_places(xy: np.ndarray) -> np.ndarray:
    """bool (n,): at most 150 places to try the rule on, the same in whatever order they come."""
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    picked = np.zeros(len(xy), bool)
    picked[order[np.unique(np.linspace(0, len(order) - 1, min(len(order), _TEST_PLACES)).astype(int))]] = True
    return picked
