"""Groups: sums split by lead, place, region, hour of the day or season, so that each part can be scored alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import ArgumentError
from chronotope.evaluate.scores.sums import Sums, part

GROUPS = ("lead", "place", "region", "hour", "season")
SEASONS = np.array(["DJF", "MAM", "JJA", "SON"])


def check_by(by: Any) -> None:
    """Refuse what is no grouping."""
    if by is not None and by not in GROUPS:
        raise ArgumentError(f"by must be one of {', '.join(GROUPS)}; found {by!r}.")


def split(whole: Sums, by: str, stamps: np.ndarray, places: np.ndarray, regions: np.ndarray) -> dict[Any, Sums]:
    """The parts of sums with detail, by label in order; they add up to the whole.

    Args:
        whole: with `leads` and `places`.
        by: one of `GROUPS`; hour and season are those of the valid time, as the data's clock shows it.
        stamps: datetime64 (o, h), the valid times.
        places, regions: labels (n,).

    Raises:
        ArgumentError: regions are asked for, and places have none.
    """
    assert whole.leads is not None and whole.places is not None
    if by == "region" and (regions == "").all():
        raise ArgumentError("by='region' needs places with positions; they have none. Give sites= when you open, or regions=.")
    if by == "region":
        return {str(label): part(whole, whole.places[:, :, regions == label].sum(axis=2)) for label in np.unique(regions)}
    if by == "place":
        return {label: part(whole, whole.places[:, :, i]) for i, label in enumerate(places)}
    labels = _labels(by, stamps)
    order = SEASONS[np.isin(SEASONS, labels)] if by == "season" else np.unique(labels)
    return by_label(whole, labels, order.tolist())


def by_label(whole: Sums, labels: np.ndarray, order: Sequence[Any]) -> dict[Any, Sums]:
    """The parts of sums by the label (o, h) of every origin and lead, in the given order."""
    assert whole.leads is not None
    inside = {label: (labels == label)[None, :, :, None] for label in order}
    return {label: part(whole, np.where(mine, whole.leads, 0.0).sum(axis=2)) for label, mine in inside.items()}


def _labels(by: str, stamps: np.ndarray) -> np.ndarray:
    """The label (o, h) of every origin and lead."""
    if by == "lead":
        return np.broadcast_to(np.arange(1, stamps.shape[1] + 1), stamps.shape)
    index = pd.DatetimeIndex(stamps.ravel())
    found = index.hour.to_numpy() if by == "hour" else SEASONS[index.month.to_numpy() % 12 // 3]
    return found.reshape(stamps.shape)
