"""Classify: labels spread from the places that have one to those that are most like them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.arguments import whole_number
from chronotope.errors import ArgumentError
from chronotope.tasks.alike.taken import NEAREST, known_rows, nearest, taken


def classify(source: Any, labels: Any, k: int = NEAREST) -> pd.DataFrame:
    """The label of every place by its k nearest labelled neighbours among the vectors, the near ones counting for more.

    Args:
        source: an Embedding per place, a Field (embedded by the default model), or vectors (n, f).
        labels: one per place in their order, None or NaN where it is not known; or place -> label (dict or Series) for some.
        k: neighbours that vote.

    Returns:
        A row per place: `label` (the given one where there is one), `given`, `likely` (what the neighbours say, of a labelled
        place the others), `share` of their votes; None and NaN for a place of which nothing was observed.
        `attrs["accuracy"]` is how often `likely` is the given label.

    Raises:
        ArgumentError: there are no two labelled places, or `labels` or `k` does not fit.
    """
    names, vectors = taken(source)
    mine, k, observed = _labels(labels, names), whole_number(k, "k"), known_rows(vectors)
    given = np.array([i for i in observed if mine[i] is not None], int)
    if len(given) < 2:
        raise ArgumentError(f"labels must be known for at least two places of which something was observed; found {len(given)}.")
    votes: list[tuple[Any, float]] = [(None, np.nan)] * len(names)
    for i in observed:
        rows, distance = nearest(vectors[i], vectors, given[given != i], k)
        votes[i] = _vote([mine[row] for row in rows], distance)
    table = pd.DataFrame(votes, columns=["likely", "share"], index=pd.Index(names, name="place"))
    table.insert(0, "label", [own if own is not None else other for own, (other, _) in zip(mine, votes)])
    table.insert(1, "given", [own is not None for own in mine])
    table.attrs["accuracy"] = float(np.mean([votes[i][0] == mine[i] for i in given]))
    return table


def _labels(labels: Any, names: np.ndarray) -> list[Any]:
    """A label or None for each place."""
    by_name = isinstance(labels, Mapping) or (isinstance(labels, pd.Series) and not isinstance(labels.index, pd.RangeIndex))
    if by_name:
        known = set(names)
        unknown = [name for name in labels.keys() if name not in known]
        if unknown:
            raise ArgumentError(f"labels must name places of the vectors; found {unknown[0]!r}.")
        given = [labels.get(name) for name in names]
    else:
        given = list(np.asarray(labels, object).ravel())
    if len(given) != len(names):
        raise ArgumentError(f"labels must be one per place ({len(names)}), in their order; found {len(given)}.")
    return [None if label is None or label is pd.NaT or label != label else label for label in given]


def _vote(labels: list[Any], distance: np.ndarray) -> tuple[Any, float]:
    """The label that weighs most among neighbours, and its share; weights fall off as one over the distance."""
    weights: dict[Any, float] = {}
    for label, far in zip(labels, distance):
        weights[label] = weights.get(label, 0.0) + 1 / max(float(far), 1e-9)
    best = max(sorted(weights, key=str), key=lambda label: weights[label])  # ties by the label's name, not by the order of places
    return best, weights[best] / sum(weights.values())
