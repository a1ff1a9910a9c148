"""Cluster: groups of places that behave alike, and how many of them there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.arguments import whole_number
from chronotope.errors import ArgumentError
from chronotope.tasks.alike.taken import known_rows, taken

RUNS, SHARE = 12, 0.7  # pairs of parts that a number of groups is tried on, and how much of the places a part holds
WORLDS, CLEAR = 40, 3.0  # worlds of one group, and by how many of their deviations groups must stand out from them
MOST, MOST_TRIED = 4000, 800  # places that are grouped among themselves (their distances fill a table), and tried in parts


def cluster(source: Any, n: int | None = None, most: int = 10, seed: int = 0) -> pd.DataFrame:
    """Groups of places that are alike, by Ward's method on their vectors.

    Args:
        source: an Embedding per place, a Field (embedded by the default model), or vectors (n, f).
        n: groups; None for the number up to `most` beyond which groups explain no more than those cut from one cloud of places would.
        most: the largest number that is tried.
        seed: of what is drawn.

    Returns:
        A row per place: `cluster`, from 0 for the largest; -1 for a place of which nothing was observed. `attrs["n"]` is their
        number. Where it is advised, `attrs["gap"]` maps each number that was tried to how much closer its groups are than those of one
        cloud (a logarithm), and `attrs["stability"]` to the adjusted Rand index between groups of two parts of the places (1: the same).

    Raises:
        ArgumentError: there are fewer places than groups.
    """
    names, vectors, seed = *taken(source), whole_number(seed, "seed", 0)
    known = known_rows(vectors)
    known = known[np.lexsort(vectors[known].round(5).T)]  # in the order of the vectors, whatever that of the places
    points = vectors[known]
    if not 0 < (1 if n is None else whole_number(n, "n")) <= len(points):
        raise ArgumentError(f"n must be at most the number of places of which something was observed ({len(points)}); found {n!r}.")
    tried, numbers = _thinned(points, MOST_TRIED), range(2, min(whole_number(most, "most"), len(points) // 3) + 1)
    gap, error = ({}, {}) if n is not None else _gaps(tried, numbers, seed)
    stability = {} if n is not None else _stability(tried, numbers, seed)
    number = _advised(gap, error) if n is None else int(n)
    out = np.full(len(names), -1)
    out[known] = _by_size(_groups(points, number))
    table = pd.DataFrame({"cluster": out}, index=pd.Index(names, name="place"))
    table.attrs.update(n=int(out.max()) + 1, gap=gap, stability=stability)
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


def _gaps(points: np.ndarray, numbers: range, seed: int) -> tuple[dict[int, float], dict[int, float]]:
    """For each number of groups how far the logarithm of what is left within them lies below that of one cloud, and its deviation.

    The cloud is normal with the covariance of the points: what is long in one direction, or in many, is not two groups for that.

    Source: Tibshirani, Walther and Hastie (2001), doi:10.1111/1467-9868.00293.
    """
    apart = points - points.mean(axis=0)
    _, size, axes = np.linalg.svd(apart, full_matrices=False)
    if not len(numbers) or not (size > 1e-9 * np.abs(points).max(initial=0.0)).any():
        return {}, {}
    rng, at = np.random.default_rng(seed), [n - 1 for n in numbers]
    cloud = (rng.normal(size=(len(points), len(size))) * size / np.sqrt(len(points) - 1) @ axes for _ in range(WORLDS))
    worlds = np.stack([_within(one)[at] for one in cloud])
    gap, error = worlds.mean(axis=0) - _within(apart)[at], worlds.std(axis=0)
    return dict(zip(numbers, map(float, gap))), dict(zip(numbers, map(float, error)))


def _within(points: np.ndarray) -> np.ndarray:
    """Logarithm of the sum of squares within 1, 2, ... groups, beside that of one."""
    rest = np.cumsum(_tree(points)[:, 2] ** 2)[::-1]
    return np.log(np.maximum(rest / rest[0], 1e-12))


def _advised(gap: dict[int, float], error: dict[int, float]) -> int:
    """The smallest number that stands out from one group and that one more does not clearly better; 1 where none stands out."""
    clear = [n for n in gap if gap[n] >= CLEAR * error[n] > 0]
    last = [n for n in clear if n + 1 not in gap or gap[n] >= gap[n + 1] - error[n + 1] * np.sqrt(1 + 1 / WORLDS)]
    return min(last, default=max(clear, key=lambda n: gap[n], default=1))


def _stability(points: np.ndarray, numbers: range, seed: int) -> dict[int, float]:
    """For each number of groups: mean adjusted Rand index between two parts, over the points that both hold."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(RUNS if len(numbers) else 0):
        one, two = (np.sort(rng.permutation(len(points))[: int(np.ceil(SHARE * len(points)))]) for _ in range(2))
        both, trees = np.intersect1d(one, two), (_tree(points[one]), _tree(points[two]))
        at = np.searchsorted(one, both), np.searchsorted(two, both)
        found.append([adjusted_rand(_cut(trees[0], n)[at[0]], _cut(trees[1], n)[at[1]]) for n in numbers])
    return dict(zip(numbers, map(float, np.mean(found, axis=0)))) if found else {}
