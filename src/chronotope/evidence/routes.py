"""Routes: which series shows some steps earlier what another one will - a gauge upstream, a road behind, a town next to be reached.

    series --less the mean of the phase--> departures --less what they keep of themselves--> news --products at lags--> routes
    departures of a series --on itself a step before, and on its routes' at their lags--> response --step after step--> its effect

What is looked for are news, as what goes on by itself is alike everywhere: each part of the past must show a route, half as surely again
as that both go together or the other way round.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.linalg import solve_toeplitz

from chronotope.evidence.departures import LONGEST, fading

LATEST, SOONEST = 48, 2  # steps from a source to a series
PART, FEWEST = 8, 96  # of the past at most, and rows of it
LIKELY, SURE, TURNS = 6.0, 2.5, 4  # deviations by which the past must show a route, and by which each of so many parts of it must
BACK = 1.5  # times that it is shown later than at once or the other way round
LOOKED_AT = 6  # sources of a series that are
MOST = 3  # sources of a series
WIDE = (1, 4, 12)  # lags over which what is held up is looked for
AROUND = (-1, 0, 1, 2)  # steps around a lag at which a source is read
OWN = 8  # steps of itself that a series is freed from
FARTHEST = 6.0  # deviations to which news are read
SERIES, ROWS, PAIRS = 256, 2000, 3e7  # among which routes are looked for, rows that are read, and pairs of series times rows at most
DRAWN = 0.01  # of the mean square that coefficients are drawn to nothing by


@dataclass(frozen=True)
class Routes:
    """Sources int (n, k) of each series, -1 for none, and their lags in steps (n, k)."""

    source: np.ndarray
    lag: np.ndarray

    @property
    def routed(self) -> np.ndarray:
        return np.flatnonzero((self.source >= 0).any(axis=1))

    @property
    def reach(self) -> np.ndarray:
        """Steps (n,) for which the surest source of each series tells it from what is seen."""
        return np.asarray(np.where(self.source[:, 0] >= 0, self.lag[:, 0], 0))


@dataclass(frozen=True)
class Response:
    """What a series keeps of itself (n,), and what it takes of its sources at each lag around theirs (n, k, a)."""

    kept: np.ndarray
    taken: np.ndarray


@dataclass(frozen=True)
class Apart:
    """Series (t, n) as `departures` from the mean of the phase over the `spread` (n,), fading where not seen; `usual` is that mean in
    their own units, of all rows that are asked too."""

    departures: np.ndarray
    usual: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, cycle: int, rows: int) -> Apart:
        """Of values (t, n), NaN where not seen, beside so many rows."""
        seen = np.isfinite(y)
        count = np.maximum(seen.sum(axis=0), 1)
        mean = np.where(seen, y, 0.0).sum(axis=0) / count
        spread = np.sqrt((np.where(seen, y - mean, 0.0) ** 2).sum(axis=0) / count) + 1e-12
        phase = np.arange(rows) % cycle
        each, of = np.zeros((2, cycle, y.shape[1]))
        np.add.at(each, phase[: len(y)], np.where(seen, y - mean, 0.0))
        np.add.at(of, phase[: len(y)], seen)
        usual = mean + (each / np.maximum(of, 1))[phase]
        d = np.where(seen, (y - usual[: len(y)]) / spread, 0.0)
        fade = fading(d, seen)
        for row in np.flatnonzero(~seen.all(axis=1)):
            d[row] = np.where(seen[row], d[row], fade * d[row - 1] if row else 0.0)
        return cls(d, usual, spread)


def routes_of(d: np.ndarray, seen: np.ndarray) -> Routes | None:
    """Routes between series by their departures (t, n), zero or faded where not `seen`; None where there are none."""
    most, n = min(LATEST, len(d) // PART), d.shape[1]
    if len(d) < FEWEST or n < 2:
        return None
    news = _news(d, seen)
    source = _likely(news, most)
    if source is None:
        return None
    height, lag = _surest(news, np.concatenate([source, np.arange(n)[:, None]], axis=1), most)
    height, lag, own = height[:, :-1], lag[:, :-1], height[:, -1:]
    height = np.where((lag >= SOONEST) & (height >= np.maximum(SURE, own)) & (source >= 0), height, 0.0)
    if not height.any():
        return None
    order = np.argsort(-height, axis=1, kind="stable")[:, :MOST]
    found = np.take_along_axis(height, order, 1) > 0
    source, lag = (np.take_along_axis(a, order, 1) for a in (source, lag))
    return Routes(np.where(found, source, -1), np.where(found, lag, 0))


def routes_read(d: np.ndarray, seen: np.ndarray) -> Routes | None:
    """The same of many rows or series (t, s): of the last rows of so few series that it is quickly found."""
    if d.shape[1] > SERIES:
        return None
    rows = slice(-min(ROWS, int(PAIRS / max(d.shape[1], 1) ** 2)), None)
    return routes_of(d[rows], seen[rows])


def respond(d: np.ndarray, seen: np.ndarray, routes: Routes, keeps: bool) -> tuple[Response, tuple[Response, Response]]:
    """How series answer their sources, fitted on all rows of departures (t, n) and on each half; on themselves too where they keep."""
    read = _read(d, routes)
    y = d[1:]
    x = np.concatenate([(d[:-1] * keeps)[..., None], read[1:].reshape(len(y), d.shape[1], -1)], axis=2)
    weight = (seen[1:] & (seen[:-1] | (not keeps))).astype(float)
    half = len(y) // 2
    sums = [_sums(x[part], y[part], weight[part]) for part in (slice(half), slice(half, None))]
    (gram, side), (more, other), shape = *sums, routes.source.shape
    return _solved(gram + more, side + other, shape), (_solved(gram, side, shape), _solved(more, other, shape))


def effect(d: np.ndarray, routes: Routes, response: Response) -> np.ndarray:
    """What sources do to series, (t, n), by departures (t, n)."""
    push, told = (_read(d, routes) * response.taken).sum(axis=(2, 3)), np.zeros_like(d)
    for row in range(1, len(d)):
        told[row] = response.kept * told[row - 1] + push[row]
    return told


def ahead(
    d: np.ndarray, routes: Routes, response: Response, expected: np.ndarray, doubt: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same of rows after the past (h, n), and its deviation.

    Args:
        d: departures (t, n) of the past.
        routes, response: as of `routes_of` and `respond`.
        expected: departures (h, n) that are expected without routes.
        doubt: their deviations (h, n).
        share: (n,) of what comes along routes in what is expected of a series.
    """
    told, cut = effect(d, routes, response), len(d)
    rest = d - told
    keeps, size, left = fading(rest, np.ones(rest.shape, bool)), rest.std(axis=0), rest[-1]
    d, doubt = np.concatenate([d, expected]), np.concatenate([np.zeros_like(d), doubt])
    told, unsure = (np.concatenate([a, np.zeros_like(expected)]) for a in (told, np.zeros_like(told)))
    for row in range(cut, len(d)):
        now, more = _read_at(d, routes, row), _read_at(doubt, routes, row)
        told[row] = response.kept * told[row - 1] + (now * response.taken).sum(axis=(1, 2))
        pushed = np.abs((more * response.taken).sum(axis=2)).sum(axis=1)  # steps of a source are off alike, as sources may be
        unsure[row] = np.hypot(response.kept * unsure[row - 1], pushed)
        left = keeps * left
        d[row] += share * (told[row] + left - d[row])
        with_routes = np.hypot(unsure[row], size * np.sqrt(1 - keeps ** (2 * (row - cut + 1))))
        doubt[row] += share * (with_routes - doubt[row])
    return told[cut:], unsure[cut:]


def _news(d: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Departures (t, n) less what each series keeps of itself, over their deviation, float32; zero where not seen, and at first."""
    t = len(d)
    own = min(OWN, t // PART)
    size = next_fast_len(2 * t, real=True)
    waves = rfft(d, size, axis=0)
    alike = irfft(np.abs(waves) ** 2, size, axis=0)[: own + 1].T
    alike[:, 0] = alike[:, 0] * (1 + 1e-3) + 1e-9
    keeps = np.array([np.concatenate([[1.0], -solve_toeplitz(each[:-1], each[1:])]) for each in alike]).T
    e = irfft(waves * rfft(keeps, size, axis=0), size, axis=0)[:t] * seen
    e[:own] = 0.0
    e /= np.sqrt((e**2).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)) + 1e-12
    return np.clip(e, -FARTHEST, FARTHEST).astype(np.float32)


def _likely(e: np.ndarray, most: int) -> np.ndarray | None:
    """Series int (n, k) that each one follows most, rather than goes with or is followed by, -1 where there are no more."""
    shape, before = (e.shape[1], e.shape[1]), deque[np.ndarray](maxlen=max(WIDE))
    height, first, totals = np.zeros(shape, np.float32), np.zeros(shape, np.int16), [np.zeros(shape, np.float32) for _ in WIDE]
    for last in range(most + max(WIDE)):
        now = e[last:].T @ e[: len(e) - last]
        for wide, total in zip(WIDE, totals):
            total += now if last < wide else now - before[-wide]
            if 0 <= last - wide + 1 <= most:
                z = np.abs(total) * np.float32(1 / np.sqrt(wide * len(e)))
                better = z > height
                np.copyto(height, z, where=better)
                np.copyto(first, last - wide + 1, where=better, casting="unsafe")
        before.append(now)
    ok = (first >= SOONEST) & (height >= LIKELY) & (height > BACK * height.T)
    np.fill_diagonal(ok, False)
    if not ok.any():
        return None
    order = np.argsort(-np.where(ok, height, 0.0), axis=1, kind="stable")[:, :LOOKED_AT]
    return np.where(np.take_along_axis(ok, order, 1), order, -1)


def _surest(e: np.ndarray, source: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """By how many deviations a series follows its sources int (n, k), or itself, in the part of the news (t, n) that is least sure, and
    from which lag on: what came but once or twice is no route.

    What comes at once is one lag, what is held up several.
    """
    target, which = np.nonzero(source >= 0)
    itself, parts = source[target, which] == target, []
    for part in np.array_split(e.T, TURNS, axis=1):
        a, b = part[target], part[source[target, which]]
        parts.append(tuple(_so_far(*pair, most + max(WIDE)) for pair in ((a, b), (a**2, b**2))))
    height, first = np.zeros(len(target)), np.zeros(len(target), int)
    for wide in WIDE:
        z = np.stack([_over(top, wide) / np.sqrt(_over(bottom, wide) + 1e-6) for top, bottom in parts])
        least = np.where((z > 0).all(axis=0) | (z < 0).all(axis=0), np.abs(z).min(axis=0), 0.0)[: most + 1]
        least[:SOONEST, itself] = 0.0
        best, at = least.max(axis=0), least.argmax(axis=0)
        height, first = np.maximum(best, height), np.where(best > height, at, first)
    out, lag = np.zeros(source.shape), np.zeros(source.shape, int)
    out[target, which], lag[target, which] = height, first
    return out, lag


def _so_far(a: np.ndarray, b: np.ndarray, lags: int) -> np.ndarray:
    """Sums of products (l, p) of a with what b (p, t) was up to so many steps before."""
    return np.cumsum([np.einsum("pt,pt->p", a[:, lag:], b[:, : b.shape[1] - lag]) for lag in range(lags)], axis=0)


def _over(total: np.ndarray, wide: int) -> np.ndarray:
    """Sums over so many lags from each on, of sums (l, ...) up to each."""
    out = total[wide - 1 :].copy()
    out[1:] -= total[:-wide]
    return out


def _read(d: np.ndarray, routes: Routes) -> np.ndarray:
    """Departures of sources around their lags, (t, n, k, a), zero before the first row."""
    t = len(d)
    row = np.arange(t)[:, None, None, None] - (routes.lag[..., None] + np.array(AROUND))
    value = d[np.clip(row, 0, t - 1), np.maximum(routes.source, 0)[..., None]]
    return np.where((row >= 0) & (routes.source >= 0)[..., None], value, 0.0)


def _read_at(d: np.ndarray, routes: Routes, row: int) -> np.ndarray:
    rows = row - (routes.lag[..., None] + np.array(AROUND))
    return np.where((routes.source >= 0)[..., None], d[np.clip(rows, 0, len(d) - 1), np.maximum(routes.source, 0)[..., None]], 0.0)


def _sums(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    left = np.moveaxis(x * weight[..., None], 0, 2)  # (n, f, t)
    return left @ np.moveaxis(x, 0, 1), (left * y.T[:, None]).sum(axis=2)


def _solved(gram: np.ndarray, side: np.ndarray, shape: tuple[int, ...]) -> Response:
    features = gram.shape[1]
    size = np.trace(gram, axis1=1, axis2=2)[:, None, None] / features
    beta = np.linalg.solve(gram + (DRAWN * size + 1e-9) * np.eye(features), side[..., None])[..., 0]
    return Response(np.clip(beta[:, 0], 0.0, LONGEST), beta[:, 1:].reshape(*shape, len(AROUND)))
