"""Groups: one tally split by lead, place, region, hour of the day or season, so that each part can be scored alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import ArgumentError
from chronotope.evaluate.tally import Tally

GROUPS = ("lead", "place", "region", "hour", "season")
SEASONS = np.array(["DJF", "MAM", "JJA", "SON"])


def check_by(by: Any) -> None:
    """Refuse what is no grouping."""
    if by is not None and by not in GROUPS:
        raise ArgumentError(f"by must be one of {', '.join(GROUPS)}; found {by!r}.")


def split(whole: Tally, by: str, stamps: np.ndarray, places: np.ndarray, regions: np.ndarray) -> dict[Any, Tally]:
    """The parts of a tally with detail, by label in order; their sums add up to the whole.

    Args:
        whole: with `leads` and `places`.
        by: one of `GROUPS`; hour and season are those of the valid time, as the data's clock shows it.
        stamps: datetime64 (o, h), the valid times.
        places, regions: labels (n,).

    Raises:
        ArgumentError: regions are asked for, and places have none.
    """
    if by == "region":
        if (regions == "").all():
            raise ArgumentError("by='region' needs places with positions; they have none. Give sites= when you open, or regions=.")
        parts, sums = {}, whole.places
        assert sums is not None
        for label in np.unique(regions):
            parts[str(label)] = Tally(sums[:, :, regions == label].sum(axis=2), whole.seconds, peak=whole.peak)
        return parts
    if by == "place":
        sums = whole.places
        assert sums is not None
        return {label: Tally(sums[:, :, i], whole.seconds, peak=whole.peak) for i, label in enumerate(places)}
    assert whole.leads is not None
    labels = _labels(by, stamps)
    parts = {}
    for label in SEASONS[np.isin(SEASONS, labels)] if by == "season" else np.unique(labels):
        inside = (labels == label)[None, :, :, None]
        parts[label.item()] = Tally(np.where(inside, whole.leads, 0.0).sum(axis=2), whole.seconds, peak=whole.peak)
    return parts


def _labels(by: str, stamps: np.ndarray) -> np.ndarray:
    """The label (o, h) of every origin and lead."""
    if by == "lead":
        return np.broadcast_to(np.arange(1, stamps.shape[1] + 1), stamps.shape)
    index = pd.DatetimeIndex(stamps.ravel())
    found = index.hour.to_numpy() if by == "hour" else SEASONS[index.month.to_numpy() % 12 // 3]
    return found.reshape(stamps.shape)
