"""Cluster: groups of places that behave alike, and how many of them there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import ArgumentError
from chronotope.tasks.alike.taken import known_rows, positive, taken

RUNS, SHARE = 12, 0.7  # pairs of parts that a number of groups is tried on, and how much of the places a part holds
NEARLY = 0.02  # of the adjusted Rand index: as stable as the most stable
MOST, MOST_TRIED = 4000, 800  # places that are grouped among themselves (their distances fill a table), and tried in parts


def cluster(source: Any, n: int | None = None, most: int = 10, seed: int = 0) -> pd.DataFrame:
    """Groups of places that are alike, by Ward's method on their vectors.

    Args:
        source: an Embedding per place, a Field (embedded by the default model), or vectors (n, f).
        n: groups; None for the number up to `most` that comes out most alike when two parts of the places are grouped apart.
        most: the largest number that is tried.
        seed: of the parts.

    Returns:
        A row per place: `cluster`, from 0 for the largest; -1 for a place of which nothing was observed. `attrs["n"]` is their
        number, `attrs["stability"]` maps each that was tried to the adjusted Rand index between parts (1: always the same groups).

    Raises:
        ArgumentError: there are fewer places than groups.
    """
    names, vectors = taken(source)
    known = known_rows(vectors)
    known = known[np.lexsort(vectors[known].round(5).T)]  # in the order of the vectors, whatever that of the places
    points = vectors[known]
    if not 0 < (1 if n is None else positive(n, "n")) <= len(points):
        raise ArgumentError(f"n must be at most the number of places of which something was observed ({len(points)}); found {n!r}.")
    stability = {} if n is not None else _stability(_thinned(points, MOST_TRIED), positive(most, "most"), seed)
    number = _advised(stability) if n is None else int(n)
    out = np.full(len(names), -1)
    out[known] = _by_size(_groups(points, number))
    table = pd.DataFrame({"cluster": out}, index=pd.Index(names, name="place"))
    table.attrs.update(n=number, stability=stability)
    return table


def adjusted_rand(first: np.ndarray, second: np.ndarray) -> float:
    """How alike two groupings (n,) are: 1 the same, 0 as by chance; higher is better.

    Source: Hubert and Arabie (1985), doi:10.1007/BF01908075.
    """
    _, a = np.unique(first, return_inverse=True)
    _, b = np.unique(second, return_inverse=True)
    table = np.zeros((a.max(initial=0) + 1, b.max(initial=0) + 1))
    np.add.at(table, (a, b), 1)
    pairs = lambda count: float((count * (count - 1) / 2).sum())  # noqa: E731
    both, one, two, every = (pairs(t) for t in (table, table.sum(axis=1), table.sum(axis=0), np.array([float(len(a))])))
    expected = one * two / every if every else 0.0
    most = (one + two) / 2
    return (both - expected) / (most - expected) if most > expected else 1.0


def _thinned(points: np.ndarray, most: int) -> np.ndarray:
    """At most so many points, an even stride over their order."""
    return points if len(points) <= most else points[np.linspace(0, len(points) - 1, most).astype(int)]


def _tree(points: np.ndarray) -> np.ndarray:
    from scipy.cluster.hierarchy import linkage

    return linkage(points, "ward")


def _cut(tree: np.ndarray, n: int) -> np.ndarray:
    from scipy.cluster.hierarchy import fcluster

    return fcluster(tree, n, "maxclust")


def _groups(points: np.ndarray, n: int) -> np.ndarray:
    """Groups (k,) of points (k, f); beyond `MOST` points those of a part, and of the others the one whose mean is nearest."""
    if len(points) < 2 or n < 2:
        return np.zeros(len(points), int)
    part = _thinned(points, MOST)
    groups = _cut(_tree(part), n)
    if len(part) == len(points):
        return groups
    means = np.stack([part[groups == one].mean(axis=0) for one in np.unique(groups)])
    return np.concatenate([
        (((some[:, None] - means) ** 2).sum(axis=2)).argmin(axis=1) for some in np.array_split(points, -(-len(points) // 1000))
    ])  # fmt: skip


def _by_size(groups: np.ndarray) -> np.ndarray:
    """Groups numbered from the largest; those of one size in the order in which they come."""
    _, first, which, count = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort([first, -count])
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    return rank[which]


def _stability(points: np.ndarray, most: int, seed: int) -> dict[int, float]:
    """For each number of groups from 2: mean adjusted Rand index between two parts, over the points that both hold."""
    rng, found = np.random.default_rng(seed), []
    numbers = range(2, min(most, len(points) // 3) + 1)
    for _ in range(RUNS if len(numbers) else 0):
        one, two = (np.sort(rng.permutation(len(points))[: int(np.ceil(SHARE * len(points)))]) for _ in range(2))
        both, trees = np.intersect1d(one, two), (_tree(points[one]), _tree(points[two]))
        at = np.searchsorted(one, both), np.searchsorted(two, both)
        found.append([adjusted_rand(_cut(trees[0], n)[at[0]], _cut(trees[1], n)[at[1]]) for n in numbers])
    return dict(zip(numbers, map(float, np.mean(found, axis=0)))) if found else {}


def _advised(stability: dict[int, float]) -> int:
    """The largest number that is nearly as stable as the most stable one; 1 where none can be tried."""
    best = max(stability.values(), default=0.0)
    return max((n for n, value in stability.items() if value >= best - NEARLY), default=1)
