"""The rules of `clean`: each looks at the values of one variable and marks what is not to be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chronotope.harmonize.bounds import outside
from chronotope.inspect.runs import FEWEST, Runs, continuation, longest_likely, returns, runs_of, usual_constants
from chronotope.inspect.spikes import spikes

LEAST_DISTINCT = 10  # different values that two equal series must hold to be called copies
COMPANY = 0.3  # share of the other places that stand still where the world does
LEAST_PLACES = 4  # places that must repeat together for a row to be called carried forward


@dataclass(frozen=True)
class Look:
    """What a rule may know beside the values.

    Attributes:
        times: datetime64[ns] (t,).
        low, high: range of the variable, infinite where open.
        steady: values at which a sensor may rest for long.
        unlikely: share of faultless series in which a rule may find a run.
        spike: usual departures beyond which a value is a spike.
        pairs: neighbours (e, 2), or None.
        gridded: True where neighbouring cells may be equal for good reasons.
    """

    times: np.ndarray
    low: float
    high: float
    steady: tuple[float, ...]
    unlikely: float
    spike: float
    pairs: np.ndarray | None
    gridded: bool


def impossible(values: np.ndarray, look: Look) -> np.ndarray:
    """Values beyond the range, and infinite ones."""
    return outside(values, look.low, look.high)


def duplicate(values: np.ndarray, look: Look) -> np.ndarray:
    """Whole series that copy an earlier place: equal wherever both are seen, over at least half of either."""
    mask = np.zeros(values.shape, bool)
    if look.gridded:
        return mask
    seen = np.isfinite(values)
    varied = np.array([len(np.unique(values[seen[:, i], i][:5000])) >= LEAST_DISTINCT for i in range(values.shape[1])], bool)
    for i in np.flatnonzero(varied):
        for j in _candidates(values, seen, varied, int(i)):
            both = seen[:, i] & seen[:, j]
            if both.sum() >= 0.5 * min(seen[:, i].sum(), seen[:, j].sum()) and (values[both, i] == values[both, j]).all():
                mask[:, j] = seen[:, j]
                varied[j] = False
    return mask


def _candidates(values: np.ndarray, seen: np.ndarray, varied: np.ndarray, i: int) -> np.ndarray:
    """Later places that agree with place i on 32 of its values, spread over the record."""
    rows = np.flatnonzero(seen[:, i])
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, 32).astype(int))]
    differ = (values[rows] != values[rows, i : i + 1]) & seen[rows]
    later = np.arange(values.shape[1]) > i
    return np.flatnonzero(varied & later & ~differ.any(axis=0) & (seen[rows].sum(axis=0) > len(rows) // 3))


def carried(values: np.ndarray, look: Look) -> np.ndarray:
    """Rows in which nearly all places repeat the row before: a logger that wrote its last record again.

    Judged by how often the places of this variable repeat themselves at other times: rows of rounded, calm values are left alone.
    """
    mask = np.zeros(values.shape, bool)
    both = np.isfinite(values[1:]) & np.isfinite(values[:-1])
    same = both & (values[1:] == values[:-1])
    moving = both & ~np.isin(values[1:], look.steady) & ~_at_edge(values)[1:]
    repeats, judged = (same & moving).sum(axis=1), moving.sum(axis=1)
    whole = (judged >= LEAST_PLACES) & (repeats >= 0.9 * judged) & (repeats >= LEAST_PLACES)
    for k in np.flatnonzero(whole):  # places that all read the same low value agree by nature
        whole[k] = len(np.unique(values[k + 1, (same & moving)[k]])) >= LEAST_PLACES
    if not whole.any() or whole.all():
        return mask
    usual = (same & moving)[~whole].sum() / max(moving[~whole].sum(), 1)
    if usual > 0.2:
        return mask
    mask[1:] = whole[:, None] & same & moving
    return mask


def _at_edge(values: np.ndarray) -> np.ndarray:
    """True where a place is at its lowest or highest value of all: saturated, perhaps, and then likely to stay."""
    lowest, highest = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    return (values == lowest) | (values == highest)


def stuck(values: np.ndarray, look: Look) -> np.ndarray:
    """Runs of one value that are too long for their series; the first value of a run is kept.

    How readily a run goes on is learned from the series itself (`runs.continuation`), or from all places where a series has few runs. Gaps
    do not end a run. Left alone are values where the series may rest; runs at the ends of the ranges of three places or more; and runs
    in company: where three other places, and three in ten of those seen, stand still too, the world stands still and no sensor is stuck.
    """
    rows = [np.flatnonzero(np.isfinite(values[:, i])) for i in range(values.shape[1])]
    steady = (*look.steady, *_common_edges(values))
    moving = [_moving(runs_of(values[row, i]), steady) for i, row in enumerate(rows)]
    pooled = continuation(np.concatenate([run.length for run in moving])) if moving else 1.0
    mask, at_edge = np.zeros(values.shape, bool), _at_edge(values)
    for i, (row, runs) in enumerate(zip(rows, moving)):
        own = continuation(runs.length) if len(runs.length) >= FEWEST else pooled
        limit = max(1.5 * longest_likely(own, max(len(runs.length), FEWEST), look.unlikely), 4.0)
        for k in (k for k in np.flatnonzero(runs.length > limit) if not returns(runs, int(k))):
            mask[row[runs.first[k] + 1 : runs.first[k] + runs.length[k]], i] = True
    if (mask & at_edge).any(axis=0).sum() >= 3:
        mask &= ~at_edge
    return mask & ~_in_company(mask, np.isfinite(values))


def _common_edges(values: np.ndarray) -> tuple[float, ...]:
    """The lowest and the highest value of all, where three places or more reach them: ends of a scale."""
    if not np.isfinite(values).any():
        return ()
    edges = (float(np.nanmin(values)), float(np.nanmax(values)))
    return tuple(edge for edge in edges if (values == edge).any(axis=0).sum() >= 3)


def _in_company(mask: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """True for masked runs (t, n) during most of which many others stand still."""
    still, known = mask.sum(axis=1, keepdims=True) - mask, seen.sum(axis=1, keepdims=True) - seen
    crowd = mask & (still >= 3) & (still >= COMPANY * known)
    out = np.zeros(mask.shape, bool)
    for i in np.flatnonzero(crowd.any(axis=0)):
        rows = np.flatnonzero(mask[:, i])
        for part in np.split(rows, np.flatnonzero(np.diff(np.cumsum(seen[:, i] & ~mask[:, i])[rows]) > 0) + 1):
            out[part, i] = crowd[part, i].mean() > 0.5
    return out


def _moving(runs: Runs, steady: tuple[float, ...]) -> Runs:
    if not len(runs.first):
        return runs
    keep = ~usual_constants(runs, steady)
    return Runs(runs.first[keep], runs.length[keep], runs.value[keep])


def spike(values: np.ndarray, look: Look) -> np.ndarray:
    """See `spikes.spikes`."""
    return spikes(values, look.times, look.spike, look.pairs)


RULES: dict[str, Callable[[np.ndarray, Look], np.ndarray]] = {
    "impossible": impossible,
    "duplicate": duplicate,
    "carried": carried,
    "stuck": stuck,
    "spike": spike,
}
