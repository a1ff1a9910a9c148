"""Similar: the places that behave most like a given one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.arguments import whole_number
from chronotope.errors import ArgumentError
from chronotope.tasks.alike.taken import NEAREST, known_rows, nearest, taken
from chronotope.tasks.results.embedding import Embedding


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
    names, vectors = taken(source)
    asked, points, own = _asked(to, names, vectors)
    if points.shape[1] != vectors.shape[1]:
        raise ArgumentError(f"to must have the {vectors.shape[1]} features of the vectors it is compared with; found {points.shape[1]}.")
    known, k, rows = known_rows(vectors), whole_number(k, "k"), []
    for name, point, me in zip(asked, points, own):
        found, distance = nearest(point, vectors, known[known != me], k)
        rows += [(name, rank, names[i], far) for rank, (i, far) in enumerate(zip(found, distance), 1)]
    return pd.DataFrame(rows, columns=["to", "rank", "place", "distance"])


def _asked(to: Any, names: np.ndarray, vectors: np.ndarray) -> tuple[list[Any], np.ndarray, list[int]]:
    """What is looked for: names, vectors (m, f), and which row of `vectors` each is, -1 for none."""
    if isinstance(to, Embedding):
        points = np.asarray(to)
        labels = list(to.places) if len(to.places) == len(points) else list(range(len(points)))
        return labels, points, [-1] * len(points)
    if np.ndim(to) and np.asarray(to).dtype.kind in "fiu":
        points = np.atleast_2d(np.asarray(to, np.float64))
        return list(range(len(points))), points, [-1] * len(points)
    index = {name: i for i, name in enumerate(names)}
    wanted = list(to) if np.ndim(to) else [to]
    for name in wanted:
        if name not in index:
            raise ArgumentError(f"to must name a place of the vectors, such as {names[0]!r}; found {name!r}.")
    rows = [index[name] for name in wanted]
    blank = np.flatnonzero(~np.isfinite(vectors[rows]).all(axis=1))
    if len(blank):
        raise ArgumentError(f"to must name a place of which something was observed; of {wanted[blank[0]]!r} nothing was. Name another.")
    return wanted, vectors[rows], rows
