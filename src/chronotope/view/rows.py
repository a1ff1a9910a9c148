"""Rows: values asked at any time and place of moving sensors, over time and on the map."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chronotope.errors import ArgumentError
from chronotope.view.cutting import on_clock
from chronotope.view.ground import draw_ground, frame_plane
from chronotope.view.plane import Plane
from chronotope.view.style import ACCENT, SEQUENTIAL, date_axis, house_style, new_figure, sensible_limits, unit_words


def plot_rows(made: Any, variable: str | None = None, ax: Axes | None = None) -> Axes:
    """Median and 80 % interval of every row over its time.

    Args:
        made: what interpolate gives of moving sensors.
        variable: the first one by default.
        ax: where to draw; a figure of its own by default.

    Raises:
        ArgumentError: no such variable.
    """
    name, dataset, times, clock = _of(made, variable)
    order = np.argsort(times)
    low, middle, high = (dataset[name].sel(quantile=level, method="nearest").values[order] for level in (0.1, 0.5, 0.9))
    with house_style():
        axes = new_figure().add_subplot() if ax is None else ax
        axes.vlines(times[order], low, high, color=ACCENT, alpha=0.3, lw=2, label="80% interval")
        axes.plot(times[order], middle, "o", color=ACCENT, ms=3, label="median")
        axes.set_ylabel(_label(dataset[name], name))
        axes.grid(axis="y")
        axes.legend(loc="best")
        date_axis(axes, clock)
    return axes


def map_rows(made: Any, variable: str | None = None) -> Figure:
    """The median of every row where it was asked.

    Raises:
        ArgumentError: no such variable.
    """
    name, dataset, _, _ = _of(made, variable)
    pair = ("lon", "lat") if "lon" in dataset.variables else ("x", "y")
    east, north = (dataset[word].values.astype(float) for word in pair)
    plane = Plane.of(east, north, pair[0] == "lon")
    x, y = plane.to(east, north)
    middle = dataset[name].sel(quantile=0.5, method="nearest").values
    low, high = sensible_limits(middle)
    room = 0.06 * max(np.ptp(x), np.ptp(y), 1e-6)
    box = (float(x.min() - room), float(x.max() + room), float(y.min() - room), float(y.max() + room))
    with house_style():
        figure = new_figure(5.6, float(np.clip(0.9 + 4.2 * (box[3] - box[2]) / ((box[1] - box[0]) * plane.squeeze), 2.2, 4.6)))
        axes = figure.add_subplot()
        drawn = axes.scatter(x, y, c=middle, cmap=SEQUENTIAL, vmin=low, vmax=high, s=28, lw=0.3, edgecolors="white", zorder=3)
        draw_ground(axes, plane, box)
        frame_plane(axes, plane, box, pair)
        axes.set_title("median at each row asked")
        figure.colorbar(drawn, ax=axes, pad=0.02, aspect=28).set_label(_label(dataset[name], name))
    return figure


def _of(made: Any, variable: str | None) -> tuple[str, Any, np.ndarray, str]:
    dataset = made.to_xarray()
    names = [str(name) for name in dataset.data_vars if "row" in dataset[name].dims and "quantile" in dataset[name].dims]
    name = names[0] if variable is None else variable
    if name not in names:
        raise ArgumentError(f"variable must be one that was read ({', '.join(names)}); found {variable!r}.")
    times = dataset["time"].values.astype("datetime64[ns]")
    clock, (times,) = on_clock(made.history.to_xarray(), times)
    return name, dataset, times, clock


def _label(array: Any, name: str) -> str:
    units = unit_words(str(array.attrs.get("units", "")))
    return f"{name} ({units})" if units else name
