"""Alike: what vectors are for - which places are like this one, which kind each place is, and how many kinds there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, KindError
from chronotope.tasks.embedding import Embedding

NEAREST = 5
RUNS, SHARE = 12, 0.7  # pairs of parts that a number of clusters is tried on, and how much of the places a part holds


def classify(source: Any, labels: Any, k: int = NEAREST) -> pd.DataFrame:
    """The label of every place by its k nearest labelled neighbours among the vectors, the near ones counting for more.

    Args:
        source: an Embedding per place, a Field (embedded by the default model), or vectors (n, f).
        labels: one per place in their order, None or NaN where it is not known; or place -> label (dict or Series) for some of them.
        k: neighbours that vote.

    Returns:
        A row per place: `label` (the given one where there is one), `given`, `likely` (what the neighbours say, of a labelled place
        the others), `share` of their votes. `attrs["accuracy"]` is how often `likely` is the given label.

    Raises:
        ArgumentError: there are no two labelled places, or `labels` or `k` does not fit.
    """
    names, vectors = _taken(source)
    known = _labels(labels, names)
    given = np.array([label is not None for label in known]) & np.isfinite(vectors).all(axis=1)
    if given.sum() < 2:
        raise ArgumentError(f"labels must be known for at least two places of which something was observed; found {int(given.sum())}.")
    nearest, distance = _nearest(vectors, vectors, np.flatnonzero(given), _positive(k, "k"), themselves=False)
    likely, share = zip(*(_vote(row, far, known) for row, far in zip(nearest, distance)))
    table = pd.DataFrame({"given": given, "likely": list(likely), "share": share}, index=pd.Index(names, name="place"))
    table.insert(0, "label", [mine if mine is not None else other for mine, other in zip(known, likely)])
    table.attrs["accuracy"] = float(np.mean([a == b for a, b, is_given in zip(known, likely, given) if is_given]))
    return table


def cluster(source: Any, n: int | None = None, most: int = 10, seed: int = 0) -> pd.DataFrame:
    """Groups of places that are alike, by Ward's method on their vectors.

    Args:
        source: as in `classify`.
        n: groups; None for the number up to `most` that comes out most alike when two parts of the places are grouped on their own.
        most: the largest number that is tried.
        seed: of the parts.

    Returns:
        A row per place: `cluster`, from 0 for the largest; -1 for a place of which nothing was observed.
        `attrs["stability"]` maps each number that was tried to the adjusted Rand index between parts (1: always the same groups).

    Raises:
        ArgumentError: there are fewer places than groups.
    """
    names, vectors = _taken(source)
    known = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    known = known[np.lexsort(vectors[known].round(5).T)]  # in the order of the vectors, so that that of the places does not matter
    points = vectors[known].astype(np.float64)
    limit = len(points) if n is None else _positive(n, "n")
    if not 0 < limit <= len(points):
        raise ArgumentError(f"n must be at most the number of places of which something was observed ({len(points)}); found {n!r}.")
    stability: dict[int, float] = {}
    if n is None:
        stability = {m: _stability(points, m, seed) for m in range(2, min(_positive(most, "most"), len(points) // 3) + 1)}
        n = _advised(stability)
    out = np.full(len(names), -1)
    out[known] = _by_size(_ward(points, n))
    table = pd.DataFrame({"cluster": out}, index=pd.Index(names, name="place"))
    table.attrs.update(n=n, stability=stability)
    return table


def similar(source: Any, to: Any, k: int = NEAREST) -> pd.DataFrame:
    """The k places most like others.

    Args:
        source: as in `classify`: where to look.
        to: name of a place of `source`, several of them, an Embedding, or vectors (f,) or (m, f).
        k: places for each.

    Returns:
        A row per answer, nearest first: `to`, `rank` from 1, `place`, `distance`. A place of `source` is not among its own answers.

    Raises:
        ArgumentError: `to` names no place, or has other features than `source`.
    """
    names, vectors = _taken(source)
    asked, points, own = _asked(to, names, vectors)
    if points.shape[1] != vectors.shape[1]:
        raise ArgumentError(f"to must have the {vectors.shape[1]} features of the vectors it is compared with; found {points.shape[1]}.")
    known = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    rows = []
    for name, point, me in zip(asked, points, own):
        among = known[known != me]
        found, distance = _nearest(point[None], vectors, among, _positive(k, "k"))
        rows += [(name, rank, names[i], far) for rank, (i, far) in enumerate(zip(found[0], distance[0]), 1)]
    return pd.DataFrame(rows, columns=["to", "rank", "place", "distance"])


def _taken(source: Any) -> tuple[np.ndarray, np.ndarray]:
    """Names (n,) and vectors (n, f) of what was given."""
    if isinstance(source, Field):
        from chronotope.tasks.load import load

        source = load().embed(source)
    if isinstance(source, Embedding):
        if source.meta.get("per") != "place":
            raise KindError(f"Vectors must be per place here; found them per {source.meta.get('per')}. Ask embed(field, per='place').")
        return source.places, np.asarray(source)
    vectors = np.asarray(source, np.float64)
    if vectors.ndim != 2:
        raise KindError(f"Vectors must be an Embedding, a Field or an array (places, features); found shape {vectors.shape}.")
    names = np.asarray(source.index if isinstance(source, pd.DataFrame) else np.arange(len(vectors)), object)
    return names, vectors


def _labels(labels: Any, names: np.ndarray) -> list[Any]:
    """A label or None for each place."""
    if isinstance(labels, (Mapping, pd.Series)) and not (isinstance(labels, pd.Series) and len(labels) == len(names) and _plain(labels)):
        unknown = [name for name in labels.keys() if name not in set(names)]
        if unknown:
            raise ArgumentError(f"labels must name places of the vectors; found {unknown[0]!r}.")
        given = [labels[name] if name in labels else None for name in names]
    else:
        given = list(np.asarray(labels, object).ravel())
    if len(given) != len(names):
        raise ArgumentError(f"labels must be one per place ({len(names)}), in their order; found {len(given)}.")
    return [None if label is None or label is pd.NaT or label != label else label for label in given]


def _plain(labels: pd.Series) -> bool:
    return isinstance(labels.index, pd.RangeIndex)


def _positive(value: Any, name: str) -> int:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ArgumentError(f"{name} must be a whole number of at least 1; found {value!r}.")
    return int(value)


def _nearest(
    points: np.ndarray, vectors: np.ndarray, among: np.ndarray, k: int, themselves: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """The rows of `vectors` among some that lie nearest to points (m, f), int (m, k), and how far, (m, k); ties by the vectors."""
    own = vectors[among].astype(np.float64)
    out, far = [], []
    for i, point in enumerate(points):
        distance = np.sqrt(((own - point) ** 2).sum(axis=1))
        if not themselves:
            distance = np.where(among == i, np.inf, distance)
        first = np.argsort(distance, kind="stable")[: min(k, len(among) - (0 if themselves else int(i in among)))]
        out.append(among[first])
        far.append(distance[first])
    return np.array(out, object) if len({len(o) for o in out}) > 1 else np.array(out), np.array(far, object)


def _vote(nearest: np.ndarray, distance: np.ndarray, known: list[Any]) -> tuple[Any, float]:
    """The label that weighs most among neighbours, and its share; weights fall off as one over the distance."""
    weights: dict[Any, float] = {}
    for i, far in zip(nearest, distance):
        weights[known[i]] = weights.get(known[i], 0.0) + (1 / max(float(far), 1e-9) if np.isfinite(far) else 0.0)
    best = max(sorted(weights, key=str), key=lambda label: weights[label])
    total = sum(weights.values())
    return best, weights[best] / total if total else np.nan


def _asked(to: Any, names: np.ndarray, vectors: np.ndarray) -> tuple[list[Any], np.ndarray, list[int]]:
    """What is looked for: names, vectors (m, f), and which row of `vectors` each is, -1 for none."""
    if isinstance(to, Embedding):
        points = np.asarray(to)
        labels = list(to.places) if len(to.places) == len(points) else list(range(len(points)))
        return labels, points, [-1] * len(points)
    index = {name: i for i, name in enumerate(names)}
    if not isinstance(to, (list, tuple, np.ndarray)) or np.asarray(to).dtype.kind in "OUS":
        wanted = [to] if isinstance(to, str) or np.ndim(to) == 0 else list(to)
        for name in wanted:
            if name not in index:
                raise ArgumentError(f"to must name a place of the vectors, such as {names[0]!r}; found {name!r}.")
        rows = [index[name] for name in wanted]
        return wanted, vectors[rows], rows
    points = np.atleast_2d(np.asarray(to, np.float64))
    return list(range(len(points))), points, [-1] * len(points)


def _ward(points: np.ndarray, n: int) -> np.ndarray:
    """Groups (n points,) of Ward's method."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(points) < 2 or n < 2:
        return np.zeros(len(points), int)
    return fcluster(linkage(points, "ward"), n, "maxclust") - 1


def _by_size(groups: np.ndarray) -> np.ndarray:
    """Groups numbered from the largest; those of one size in the order in which they come."""
    _, first, which, count = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort([first, -count])
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    return rank[which]


def _stability(points: np.ndarray, n: int, seed: int) -> float:
    """Mean adjusted Rand index between the groups of two parts, over the points that both hold."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(RUNS):
        parts = [np.sort(rng.permutation(len(points))[: max(n + 1, int(SHARE * len(points)))]) for _ in range(2)]
        groups = [_ward(points[part], n) for part in parts]
        both = np.intersect1d(parts[0], parts[1])
        found.append(adjusted_rand(*(group[np.searchsorted(part, both)] for part, group in zip(parts, groups))))
    return float(np.mean(found))


def _advised(stability: dict[int, float]) -> int:
    """The largest number that is nearly as stable as the most stable one; 1 where none can be tried."""
    if not stability:
        return 1
    best = max(stability.values())
    return max(n for n, value in stability.items() if value >= best - 0.02)


def adjusted_rand(first: np.ndarray, second: np.ndarray) -> float:
    """How alike two groupings (n,) are: 1 the same, 0 as by chance; higher is better.

    Source: Hubert and Arabie (1985), doi:10.1007/BF01908075.
    """
    table = np.zeros((len(np.unique(first)), len(np.unique(second))))
    np.add.at(table, (np.unique(first, return_inverse=True)[1], np.unique(second, return_inverse=True)[1]), 1)
    pairs = lambda count: float((count * (count - 1) / 2).sum())  # noqa: E731
    both, a, b, every = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0)), pairs(np.array([float(len(first))]))
    expected = a * b / every if every else 0.0
    most = (a + b) / 2
    return (both - expected) / (most - expected) if most > expected else 1.0
