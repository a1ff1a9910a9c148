"""Routes: what other series showed some steps earlier is taken off a series, and put back on the answer.

    series --routes between them--> responses --misses of the mix without each--> their shares
    series --answer--> what sources will show --responses--> what comes along routes
    series less what came --answer--> quantiles --what comes--> answer

Only series at the end of a route are answered so, and as far as that promises to miss less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from chronotope.evidence.routes import FEWEST, PAIRS, ROWS, SERIES, Apart, Response, Routes, ahead, effect, respond, routes_of
from chronotope.model.drivers import MOST_SURE, SHARPNESS, cycle_of, less, put_back
from chronotope.model.missed import judged, missed
from chronotope.questions import QUANTILE_LEVELS, Question

NARROWER = 4.0  # power of how wide two answers are by which they are mixed
LEAST = 0.05  # share of what comes along routes below which it is not heard


@dataclass(frozen=True)
class Way:
    """What is known of routes between series, those of all variables (s,).

    Attributes:
        low: first row that is read.
        apart: the series.
        routes: between them.
        responses: to their sources, in several forms (e,).
        shares: (e, s) of them that are heard.
        off: (e, s) how far they are off where each half of the past is told by the other, in deviations.
    """

    low: int
    apart: Apart
    routes: Routes
    responses: list[Response]
    shares: np.ndarray
    off: np.ndarray

    @property
    def share(self) -> np.ndarray:
        return np.asarray(self.shares.sum(axis=0))

    def mixed(self, told: list[np.ndarray]) -> np.ndarray:
        """What the forms tell in deviations (e, t, s), by their shares, in the series' own units."""
        return np.asarray(np.einsum("es,ets->ts", self.shares, np.array(told)) * self.apart.spread)


def along_routes(question: Question, answer: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v); those of a question without routes are `answer`'s own."""
    way = _way(question)
    if way is None:
        return answer(question)
    levels, rows, shape = tuple(sorted({*question.levels, *QUANTILE_LEVELS})), question.rows, question.asked.shape[1:]
    first = answer(_wider(question, way).wanting(levels))  # of all rows from the first on
    comes, doubt = (one[rows - question.first].reshape(len(rows), *shape) for one in _comes(question, way, first, levels))
    told = np.zeros(question.asked.shape)
    told[way.low : question.first] = way.mixed([effect(way.apart.departures, way.routes, one) for one in way.responses]).reshape(-1, *shape)
    told[rows] = comes
    routed, plain = (way.share > 0).reshape(shape) & question.asked.any(axis=0), first[:, rows - question.first]
    rest = replace(less(question, told), asked=question.asked & routed)
    said = put_back(_on_rows(rest.wanting(levels), rows, answer), comes, doubt, levels)
    said = np.where(routed & question.asked[rows], _narrower(said, plain, levels), plain)
    return np.asarray(said[[levels.index(level) for level in question.levels]], np.float32)


def _wider(question: Question, way: Way) -> Question:
    """The question that asks for what sources will show, too, from its first row to its last."""
    asked, series = question.asked.copy(), np.unique(way.routes.source[way.share > 0])
    among = np.isin(np.arange(len(way.share)), series).reshape(asked.shape[1:])
    asked[question.first : question.rows[-1] + 1] |= among
    return replace(question, asked=asked)


def _narrower(said: np.ndarray, plain: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Both answers (q, h, n, v) mixed, the one that promises less the more."""
    low, high = levels.index(0.1), levels.index(0.9)
    width, before = (np.maximum(one[high] - one[low], 1e-12).astype(float) for one in (said, plain))
    share = 1 / (1 + np.minimum(width / before, 1e3) ** NARROWER)
    return share * said + (1 - share) * plain


def _on_rows(question: Question, rows: np.ndarray, answer: Callable[[Question], np.ndarray]) -> np.ndarray:
    """The answer (q, h, n, v) on more rows than are asked, NaN on the others."""
    out = np.full((len(question.levels), len(rows), *question.asked.shape[1:]), np.nan, np.float32)
    out[:, np.isin(rows, question.rows)] = answer(question)
    return out


def _way(question: Question) -> Way | None:
    frame, cut = question.frame, question.first
    if question.both_sides or frame.blocks is not None or frame.events is not None or not frame.regular or cut < FEWEST:
        return None
    free = ~question.seen[cut:].any(axis=(0, 1))  # variables that are not known ahead, which are drivers
    if not 2 <= frame.values.shape[1] * free.sum() <= SERIES:
        return None
    low = max(0, cut - min(ROWS, int(PAIRS / (frame.values.shape[1] * free.sum()) ** 2)))
    y = np.where(free, question.visible()[low:cut], np.nan).reshape(cut - low, -1).astype(float)
    seen = np.isfinite(y)
    apart = Apart.of(y, cycle_of(question, cut - low), int(question.rows[-1]) + 1 - low)
    routes = routes_of(apart.departures, seen)
    if routes is None:
        return None
    fits = [respond(apart.departures, seen, routes, keeps) for keeps in (False, True)]
    fair, off = [], []
    for whole, halves in fits:
        first, second = (effect(apart.departures, routes, one) for one in halves)
        fair.append(np.concatenate([second[: len(y) // 2], first[len(y) // 2 :]]))
        off.append((fair[-1] - effect(apart.departures, routes, whole)).std(axis=0))
    shares = _shares(question, low, routes, [one * apart.spread for one in fair])
    if not (shares * question.asked.any(axis=0).ravel()).any():
        return None
    return Way(low, apart, routes, [whole for whole, _ in fits], shares, np.array(off))


def _shares(question: Question, low: int, routes: Routes, fair: list[np.ndarray]) -> np.ndarray:
    """Shares (e, s) of effects (t, s) of the past by how much less the plain mix misses of each series without them while they are
    known."""
    shape, first, last = question.asked.shape[1:], question.first, int(question.rows[-1])
    routed, some = np.zeros((2, shape[0] * shape[1]), bool)
    routed[routes.routed] = some[routes.routed] = some[routes.source[routes.source >= 0]] = True
    routed, some, reach = (one.reshape(shape) for one in (routed, some, routes.reach))
    share = np.zeros((len(fair), *shape))
    for variable in np.flatnonzero((question.asked.any(axis=0) & routed).any(axis=0)):
        asked = np.zeros_like(question.asked)
        asked[first : min(last + 1, first + int(reach[:, variable].max())), some[:, variable], variable] = True
        part, places = judged(replace(question, asked=asked), int(variable))
        known = part.rows[:, None] < first + reach[places, variable]
        plain, weight = missed(part)[..., 0], [np.ones(len(places))]
        for one in fair:
            taken = np.zeros(part.frame.values.shape)
            taken[low:first, :, 0] = one.reshape(-1, *shape)[:, places, variable]
            more = np.where(known, missed(less(part, taken))[..., 0] - plain, np.nan)
            count = np.isfinite(more).sum(axis=0)
            more = np.where(count > 0, np.nansum(more, axis=0) / np.maximum(count, 1), 0.0)
            weight.append(np.expm1(np.clip(-SHARPNESS * more, 0.0, MOST_SURE)))
        share[:, places, variable] = np.array(weight[1:]) / np.sum(weight, axis=0)
    return (share * (share.sum(axis=0) >= LEAST)).reshape(len(fair), -1)


def _comes(question: Question, way: Way, said: np.ndarray, levels: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """What comes along routes from the first asked row on (h, s), and its deviation, where sources show what is `said` (q, h, n, v)."""
    apart = way.apart
    low, middle, high = (said[levels.index(level)].reshape(said.shape[1], -1) for level in (0.1, 0.5, 0.9))
    expected = np.nan_to_num((middle - apart.usual[question.first - way.low :]) / apart.spread)
    doubt = np.nan_to_num((high - low) / apart.spread / (ndtri(0.9) - ndtri(0.1)))
    told = [ahead(apart.departures, way.routes, one, expected, doubt, way.share) for one in way.responses]
    return way.mixed([one for one, _ in told]), way.mixed([np.hypot(unsure, off) for (_, unsure), off in zip(told, way.off)])
