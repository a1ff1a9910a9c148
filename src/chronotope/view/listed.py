"""Listed: answers that are a list of things somewhere - drawn events, clusters, filled fixes, arrivals - on a map and as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from chronotope.errors import KindError
from chronotope.view.ground import draw_ground, frame_plane
from chronotope.view.plane import Plane
from chronotope.view.style import ACCENT, SOFT, house_style, new_figure

PAIRS = (("lon", "lat"), ("x", "y"))
ROWS_SHOWN = 40


def map_listed(made: Any) -> Figure:
    """What was found, drawn or filled (colour) over what was seen (grey).

    Args:
        made: what simulate or detect gives of events, impute of tracks, or arrival.

    Raises:
        KindError: the answer has no positions.
    """
    seen, found = _positions(made.history.to_xarray()), _found(made)
    if found is None or seen is None or not len(found):
        raise KindError("A map needs positions of what was found, drawn or filled; this answer has none. Take to_pandas().")
    every = np.concatenate([seen, found])
    plane = Plane.of(every[:, 0], every[:, 1], _pair(made.history.to_xarray())[0] == "lon")
    x, y = plane.to(every[:, 0], every[:, 1])
    room = 0.06 * max(np.ptp(x), np.ptp(y), 1e-6)
    box = (float(x.min() - room), float(x.max() + room), float(y.min() - room), float(y.max() + room))
    with house_style():
        figure = new_figure(5.6, float(np.clip(0.9 + 4.2 * (box[3] - box[2]) / ((box[1] - box[0]) * plane.squeeze), 2.2, 4.6)))
        axes = figure.add_subplot()
        axes.scatter(x[: len(seen)], y[: len(seen)], s=6, color=SOFT, alpha=0.6, lw=0, zorder=2, label="seen")
        axes.scatter(x[len(seen) :], y[len(seen) :], s=12, color=ACCENT, alpha=0.8, lw=0, zorder=3, label=_word(made))
        draw_ground(axes, plane, box)
        frame_plane(axes, plane, box, _pair(made.history.to_xarray()))
        axes.legend(loc="best", markerscale=1.5)
    return figure


def table_listed(made: Any) -> tuple[pd.DataFrame, int]:
    """The first rows of what an answer lists, and how many there are."""
    table = made.events() if hasattr(made, "found") else getattr(made, "table", None)
    table = made.to_pandas() if table is None else table
    if "filled" in table:
        table = table[table["filled"]]
    return table.head(ROWS_SHOWN), len(table)


def _word(made: Any) -> str:
    return {"simulate": "drawn", "detect": "in a cluster", "impute": "filled"}.get(str(made.meta.get("task")), "asked")


def _pair(dataset: Any) -> tuple[str, str]:
    return next((pair for pair in PAIRS if set(pair) <= set(dataset.variables)), PAIRS[0])


def _positions(dataset: Any) -> np.ndarray | None:
    """Positions (n, 2) east and north of all that a dataset holds, without holes."""
    pair = _pair(dataset)
    if not set(pair) <= set(dataset.variables):
        return None
    east, north = (np.asarray(dataset[name].values, float).ravel() for name in pair)
    return np.stack([east, north], axis=1)[np.isfinite(east) & np.isfinite(north)]


def _found(made: Any) -> np.ndarray | None:
    """Positions (m, 2) of what an answer lists; None where they have none."""
    dataset = made.to_xarray()
    if "quantile" in dataset.dims and "chance" not in dataset:
        table = made.to_pandas()
        wide = table[table["filled"]].pivot_table(index=["object", "time"], columns="variable", values="q0.5", aggfunc="first")
        return wide[list(_pair(wide.to_xarray()))].dropna().to_numpy(float)
    if "flag" in dataset:
        dataset = dataset.isel(event=np.flatnonzero(dataset["flag"].values))
    return _positions(dataset)
