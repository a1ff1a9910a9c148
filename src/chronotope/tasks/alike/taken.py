"""Taken: the names and vectors of whatever a user gives, and the nearest among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import KindError
from chronotope.tasks.results.embedding import Embedding

NEAREST = 5


def taken(source: Any) -> tuple[np.ndarray, np.ndarray]:
    """Names object (n,) and vectors float64 (n, f) of an Embedding per place, a Field, a table or an array.

    Raises:
        KindError: it is none of them, or vectors of something else than places.
    """
    if isinstance(source, Field):
        from chronotope.tasks.load import load

        source = load().embed(source)
    if isinstance(source, Embedding):
        if source.meta.get("per") not in ("place", "object"):
            raise KindError(f"Vectors must be per place here; found them per {source.meta.get('per')}. Ask embed(field, per='place').")
        return source.places, np.asarray(source, dtype=np.float64)
    vectors = np.asarray(source, np.float64)
    if vectors.ndim != 2:
        raise KindError(f"Vectors must be an Embedding, a Field or an array (places, features); found shape {vectors.shape}.")
    names = np.asarray(source.index if isinstance(source, pd.DataFrame) else np.arange(len(vectors)), object)
    return names, vectors


def known_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows (k,) of places of which something was observed."""
    return np.flatnonzero(np.isfinite(vectors).all(axis=1))


def nearest(point: np.ndarray, vectors: np.ndarray, among: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k of the rows `among` that lie nearest to a point (f,), nearest first, and how far they are."""
    distance = np.sqrt(((vectors[among] - point) ** 2).sum(axis=1))
    first = np.argsort(distance, kind="stable")[:k]
    return among[first], distance[first]
