"""Edges that change: one list of pairs, a weight for each of them at each time, 0 where a pair is not joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.side import EDGE_TIME
from chronotope.errors import DataError

MOST = 200_000_000


def edge_variables(times: np.ndarray, source: np.ndarray, target: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
    """Variables `edge_source, edge_target (edge)`, `edge_weight (edge_time, edge)` of rows that each name a time, a pair and a weight.

    Args:
        times: datetime64 (r,), in any order; each time that occurs has the edges of its rows and no others.
        source, target: int (r,), positions of places; self loops are no edges.
        weight: (r,); rows of one time and pair add up; only weights above 0 are edges.

    Raises:
        DataError: no edge is left, or there would be more than 200 million weights.
    """
    clock, step = np.unique(times.astype("datetime64[ns]"), return_inverse=True)
    keep = (source != target) & np.isfinite(weight) & (weight > 0)
    if not keep.any():
        raise DataError("Edges must join two places with a weight above 0; none does.")
    count = int(max(source.max(), target.max())) + 1
    pairs, column = np.unique(source[keep].astype(np.int64) * count + target[keep], return_inverse=True)
    if len(clock) * len(pairs) > MOST:
        raise DataError(f"Edges of {len(clock)} times and {len(pairs)} pairs are too many to hold; keep fewer times.")
    table = np.zeros((len(clock), len(pairs)), np.float32)
    np.add.at(table, (step[keep], column), weight[keep].astype(np.float32))
    return {
        "edge_source": ("edge", pairs // count),
        "edge_target": ("edge", pairs % count),
        "edge_weight": ((EDGE_TIME, "edge"), table),
        EDGE_TIME: (EDGE_TIME, clock),
    }


def assigned(dataset: xr.Dataset, variables: Mapping[str, Any]) -> xr.Dataset:
    """`dataset` with these edges in the place of those it had."""
    old = [name for name in ("edge_source", "edge_target", "edge_weight", EDGE_TIME) if name in dataset.variables]
    data = {name: part for name, part in variables.items() if name != EDGE_TIME}
    clock = {EDGE_TIME: variables[EDGE_TIME]} if EDGE_TIME in variables else {}
    return dataset.drop_vars(old).assign_coords(clock).assign(data)


def how_many(dataset: xr.Dataset) -> str:
    """For people: how many edges, and how they change."""
    if "edge_source" not in dataset:
        return ""
    if EDGE_TIME not in dataset["edge_weight"].dims if "edge_weight" in dataset else True:
        return f"{dataset.sizes['edge']} between places"
    counts = (dataset["edge_weight"].values > 0).sum(axis=1)
    clock = dataset[EDGE_TIME].values
    low, high = (int(counts.min()), int(counts.max())) if len(counts) else (0, 0)
    span = f", {pd.Timestamp(clock[0])} to {pd.Timestamp(clock[-1])}" if len(clock) else ""
    return f"{low} to {high} between places, changing at {len(clock)} times{span}"
