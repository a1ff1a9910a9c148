"""Shifted: what series that lead or follow another show at its time, as further relatives of it."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.routes import routes_read

BOTH, AROUND = 2, (1, -1)  # routes of a series that are read, and steps beside the lag of the surest


def with_shifted(apart: np.ndarray, m: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]] | None:
    """Relatives (s, r) of series, those that lead or follow them first, and of which series each further one is a copy so many steps
    later, (k,) each; they are counted on from s. None where none leads or follows.

    Args:
        apart: (s, t) departures without gaps.
        m: (s, t) one where seen.
        near: int (s, r) relatives at the same time.
    """
    found = routes_read(apart.T, m.T > 0)
    if found is None:
        return None
    ways: dict[int, list[tuple[int, int]]] = {}
    for rank in range(found.source.shape[1]):
        for one in found.routed:
            other, lag = int(found.source[one, rank]), int(found.lag[one, rank])
            if other >= 0:
                ways.setdefault(int(one), []).append((other, lag))
                ways.setdefault(other, []).append((int(one), -lag))
    copies: list[tuple[int, int]] = []
    out = near.copy()
    for one, each in ways.items():
        (first, lag), *_ = each
        mine = [*each[:BOTH], *((first, lag + more) for more in AROUND)][: near.shape[1]]
        at = np.arange(len(mine)) + len(near) + len(copies)
        out[one] = [*at, *near[one][: near.shape[1] - len(mine)]]
        copies += mine
    series, lags = np.array(copies).T
    return out, (series, lags)


def copied(a: np.ndarray, series: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Series (s, t) and what some of them (k,) were so many steps before, zero where that is outside, (s + k, t)."""
    rows = np.arange(a.shape[1]) - lags[:, None]
    inside = (rows >= 0) & (rows < a.shape[1])
    return np.concatenate([a, np.where(inside, a[series[:, None], np.clip(rows, 0, a.shape[1] - 1)], 0.0)])
