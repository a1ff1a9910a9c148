"""Listed: answers that are a list of things somewhere - drawn events, clusters, filled fixes, arrivals - on a map and as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chronotope.errors import ArgumentError, KindError
from chronotope.view.ground import draw_ground, frame_plane
from chronotope.view.plane import Plane
from chronotope.view.style import ACCENT, SOFT, house_style, new_figure

PAIRS = (("lon", "lat"), ("x", "y"))
ROWS_SHOWN = 40


def map_listed(made: Any) -> Figure:
    """What was found, drawn or filled (colour) over what was seen (grey).

    Args:
        made: what simulate or detect gives of events, impute or detect of tracks and of moving sensors, or arrival.

    Raises:
        KindError: the answer has no positions.
    """
    seen, found = _positions(made.history.to_xarray()), _found(made)
    if found is None or seen is None or not len(found):
        raise KindError("A map needs positions of what was found, drawn or filled; this answer has none. Take to_pandas().")
    with house_style():
        figure = new_figure(5.6, 4.2)
        axes = figure.add_subplot()
        plane, box = _box(made, np.concatenate([seen, found]))
        figure.set_size_inches(5.6, float(np.clip(0.9 + 4.2 * (box[3] - box[2]) / ((box[1] - box[0]) * plane.squeeze), 2.2, 4.6)))
        axes.scatter(*plane.to(*seen.T), s=6, color=SOFT, alpha=0.6, lw=0, zorder=2, label="seen")
        _draw(axes, made, plane, box, found)
    return figure


def plot_listed(made: Any, place: Any = None, ax: Axes | None = None) -> Axes:
    """The way of one object with its surprising fixes.

    Args:
        made: what detect gives of tracks or of moving sensors, or their filled gaps.
        place: name of an object; that of the most surprising fix, or of most gaps, by default.
        ax: where to draw; a figure of its own by default.

    Raises:
        ArgumentError: no such object.
        KindError: points without objects.
    """
    table = _marked(made)
    if "object" not in table:
        raise KindError("A way needs objects; these points have none. Take map().")
    names = table["object"].astype(str)
    name = str(table.loc[table["score"].fillna(-1).idxmax(), "object"]) if place is None else str(place)
    if not (names == name).any():
        raise ArgumentError(f"place must be an object of the tracks, such as {names.iloc[0]!r}; found {place!r}.")
    mine, pair = table[names == name], list(_pair(made.history.to_xarray()))
    with house_style():
        axes = new_figure(5.2, 4.2).add_subplot() if ax is None else ax
        plane, box = _box(made, mine[pair].to_numpy(float))
        axes.plot(*plane.to(*mine[pair].to_numpy(float).T), color=SOFT, lw=0.9, marker=".", ms=3, zorder=2, label="seen")
        _draw(axes, made, plane, box, mine.loc[mine["flag"], pair].to_numpy(float))
        axes.set_title(f"{name}, {int(mine['flag'].sum())} of {len(mine):,} {_word(made)}")
    return axes


def _marked(made: Any) -> pd.DataFrame:
    """A row per fix with its object and position, `flag` where it was found or filled, and the `score` by which objects are chosen."""
    table = made.to_pandas()
    if "filled" not in table:
        return table
    pair = list(_pair(made.history.to_xarray()))
    if set(pair) <= set(table):  # moving sensors, whose values are filled where they are
        table["object"] = table["object"] if "object" in table else ""
        keyed = table.rename(columns={"filled": "flag"}).groupby(["object", "time", *pair], sort=False)["flag"].any().reset_index()
        return keyed.assign(score=keyed.groupby("object")["flag"].transform("sum"))
    keys = ["object", "time"]
    wide = table.pivot_table(index=keys, columns="variable", values="q0.5", aggfunc="first")
    flag = table.groupby(keys)["filled"].any()
    return wide.assign(flag=flag, score=flag.groupby("object").transform("sum")).reset_index()


def _box(made: Any, every: np.ndarray) -> tuple[Plane, tuple[float, float, float, float]]:
    """How positions (k, 2) are laid out, and the room that they take."""
    plane = Plane.of(every[:, 0], every[:, 1], _pair(made.history.to_xarray())[0] == "lon")
    x, y = plane.to(every[:, 0], every[:, 1])
    room = 0.06 * max(np.ptp(x), np.ptp(y), 1e-6)
    return plane, (float(x.min() - room), float(x.max() + room), float(y.min() - room), float(y.max() + room))


def _draw(axes: Axes, made: Any, plane: Plane, box: tuple[float, float, float, float], found: np.ndarray) -> None:
    """What was found, and the ground around."""
    axes.scatter(*plane.to(*found.T), s=12, color=ACCENT, alpha=0.8, lw=0, zorder=3, label=_word(made))
    draw_ground(axes, plane, box)
    frame_plane(axes, plane, box, _pair(made.history.to_xarray()))
    axes.legend(loc="best", markerscale=1.5)


def table_listed(made: Any) -> tuple[pd.DataFrame, int]:
    """The first rows of what an answer lists, and how many there are."""
    table = made.events() if hasattr(made, "found") else getattr(made, "table", None)
    table = made.to_pandas() if table is None else table
    if "filled" in table:
        table = table[table["filled"]]
    return table.head(ROWS_SHOWN), len(table)


def _word(made: Any) -> str:
    if made.history.kind in ("tracks", "points") and made.meta.get("task") == "detect":
        return "surprising"
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
        if not table["filled"].any():
            return np.empty((0, 2))
        pair = list(_pair(made.history.to_xarray()))
        if set(pair) <= set(table):
            return table.loc[table["filled"], pair].drop_duplicates().to_numpy(float)
        wide = table[table["filled"]].pivot_table(index=["object", "time"], columns="variable", values="q0.5", aggfunc="first")
        return wide[list(_pair(wide.to_xarray()))].dropna().to_numpy(float)
    if made.history.kind in ("tracks", "points") and hasattr(made, "found"):
        table = made.to_pandas()
        return table.loc[table["flag"], list(_pair(dataset))].to_numpy(float)
    if "flag" in dataset:
        dataset = dataset.isel(event=np.flatnonzero(dataset["flag"].values))
    return _positions(dataset)
