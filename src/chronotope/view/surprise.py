"""Surprise: what one place read, what was expected of it, and what was flagged."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from chronotope.data.folding import place_names
from chronotope.errors import ArgumentError
from chronotope.view.style import ACCENT, INK, date_axis, house_style, new_figure


def plot_detection(found: Any, place: Any = None, variable: str | None = None, ax: Axes | None = None) -> Axes:
    """The values of one place over time, the expected interval behind them and a mark at each flagged value.

    Args:
        found: a Detection.
        place: name of a place; the one with the most surprising value by default.
        variable: the first one by default.
        ax: where to draw; a figure of its own by default.

    Returns:
        The axes drawn on.

    Raises:
        ArgumentError: no such place or variable.
    """
    name = found.variables[0] if variable is None else variable
    if name not in found.variables:
        raise ArgumentError(f"variable must be one of {', '.join(found.variables)}; found {name!r}.")
    space = found.history.space
    parts = {part: _series(found.dataset[f"{name}_{part}"], space) for part in ("low", "high", "score", "flag")}
    values = _series(found.history.dataset[name], space)
    labels = [str(label) for label in place_names(found.history.dataset, space)]
    if place is not None and str(place) not in labels:
        raise ArgumentError(f"place must be one of the field's {len(labels)} places, such as {labels[0]!r}; found {place!r}.")
    where = int(np.nanargmax(np.nanmax(np.nan_to_num(parts["score"]), axis=0))) if place is None else labels.index(str(place))
    times, flag = found.dataset["time"].values, parts["flag"][:, where].astype(bool)
    with house_style():
        axes = new_figure().add_subplot() if ax is None else ax
        axes.fill_between(times, parts["low"][:, where], parts["high"][:, where], color=ACCENT, alpha=0.25, lw=0, label="expected")
        axes.plot(times, values[:, where], color=INK, lw=1.0, label="observed")
        axes.plot(times[flag], values[flag, where], "o", color="tab:red", ms=4, label="flagged")
        axes.set_ylabel(name)
        axes.set_title(labels[where])
        date_axis(axes)
        axes.legend(loc="upper left", ncols=3)
    return axes


def _series(array: Any, space: tuple[str, ...]) -> np.ndarray:
    """Values (t, n) of an array; of further dims the first."""
    first = {dim: 0 for dim in array.dims if dim not in ("time", *space)}
    values = array.isel(first).transpose("time", *space).values
    return values.reshape(len(values), -1)
