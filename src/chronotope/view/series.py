"""Series: fans of quantiles over the recent past of one place."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from chronotope.view.slices import Slice, slice_forecast
from chronotope.view.style import ACCENT, INK, SOFT, TRUTH, date_axis, house_style, new_figure

HISTORY_PER_STEP = 3  # steps of the past shown for each step ahead, at least `HISTORY_LEAST`
HISTORY_LEAST = 24


def plot_forecast(fc: Any, place: Any = None, variable: str | None = None, ax: Axes | None = None) -> Axes:
    """The forecast of one place: the recent past, the median, and its intervals from light (wide) to dark (narrow).

    Args:
        fc: a Forecast with quantiles.
        place: name or number of a place; a well observed one by default.
        variable: the first one by default.
        ax: where to draw; a figure of its own by default (`ax.figure.savefig(...)` keeps it).

    Returns:
        The axes drawn on.

    Raises:
        ArgumentError: no such place or variable.
        KindError: the result has no quantiles.
    """
    part = slice_forecast(fc, variable)
    where = part.telling_places(1)[0] if place is None else part.place(place)
    with house_style():
        axes = new_figure().add_subplot() if ax is None else ax
        draw_fan(axes, part, where)
        axes.set_ylabel(part.label)
        axes.set_xlabel(part.clock)
        if len(part.labels) > 1:
            axes.set_title(str(part.labels[where]))
        axes.legend(loc="upper left", ncols=4, handlelength=1.4)
    return axes


def draw_fan(axes: Axes, part: Slice, where: int) -> None:
    """Past, fan, median and known truth of place number `where`; no title, labels or legend."""
    keep = max(HISTORY_LEAST, HISTORY_PER_STEP * len(part.times))
    times, past = part.past_times[-keep:], part.past[-keep:, where]
    bands = part.bands()
    for i, (share, low, high) in enumerate(bands):
        shade = 0.16 + 0.5 * i / max(len(bands), 1)
        label = f"{share:.0%} interval" if i == 0 else None
        axes.fill_between(part.times, low[:, where], high[:, where], color=ACCENT, alpha=shade, lw=0, label=label)
    if len(times):
        axes.plot(times, past, color=INK, lw=1.1, label="observed")
    _join(axes, part, where)
    axes.plot(part.times, part.quantile(0.5)[:, where], color=ACCENT, lw=1.7, label="median")
    if np.isfinite(part.truth[:, where]).any():
        known = "came true" if len(times) else "observed"
        axes.plot(part.times, part.truth[:, where], color=TRUTH, lw=1.1, marker="o", ms=2.6, label=known)
    if len(part.past_times):
        axes.axvline(part.past_times[-1], color=SOFT, lw=0.7, ls=(0, (2, 2)))
    axes.margins(x=0.01)
    axes.grid(axis="y")
    date_axis(axes)


def _join(axes: Axes, part: Slice, where: int) -> None:
    """A thin line from the last observed value to the first median, so that the eye follows."""
    if len(part.past_times) and np.isfinite(part.past[-1, where]):
        ends = [part.past[-1, where], part.quantile(0.5)[0, where]]
        axes.plot([part.past_times[-1], part.times[0]], ends, color=ACCENT, lw=0.9, ls=(0, (1, 1)))
