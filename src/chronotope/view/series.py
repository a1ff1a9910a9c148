"""Series: fans of quantiles over the recent past of one place, or of the few places most worth seeing."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chronotope.errors import ArgumentError
from chronotope.view.answers import slice_of
from chronotope.view.slices import FIRST, Slice
from chronotope.view.style import ACCENT, FLAG, INK, SOFT, TRUTH, date_axis, house_style, new_figure

HISTORY_PER_STEP = 3  # steps of the past shown for each step ahead, at least `HISTORY_LEAST`
HISTORY_LEAST = 24
MOST_MEMBERS = 30  # drawn as lines
COLUMNS = 3


def plot_forecast(made: Any, place: Any = None, variable: str | None = None, ax: Axes | None = None, by: str | None = None) -> Axes:
    """The answer of one place: the recent past, the median, and its intervals from light (wide) to dark (narrow).

    Args:
        made: what a verb gives that has values at fixed places over time.
        place: name or number of a place; the one most worth seeing by default, and the title says why.
        variable: the first one by default.
        ax: where to draw; a figure of its own by default (`ax.figure.savefig(...)` keeps it).
        by: how that place is chosen: one of `slices.RANKS`.

    Returns:
        The axes drawn on.

    Raises:
        ArgumentError: no such place, variable or way of choosing.
        KindError: the answer has no quantiles or members.
    """
    part = slice_of(made, variable)
    where = int(part.rank(by)[0][0]) if place is None else part.place(place)
    with house_style():
        axes = new_figure().add_subplot() if ax is None else ax
        draw_fan(axes, part, where)
        axes.set_ylabel(part.label)
        if len(part.labels) > 1:
            chosen = f" ({FIRST[by or part.ranks_by]} of {len(part.labels):,} places)" if place is None else ""
            axes.set_title(part.titles[where] + chosen)
        legend_above(axes)
    return axes


def plot_places(made: Any, places: Any = 6, variable: str | None = None, by: str | None = None) -> Figure:
    """Small fans of several places on one scale of values.

    Args:
        made: as for `plot_forecast`.
        places: how many, those most worth seeing, or a list of names.
        variable: the first one by default.
        by: how they are chosen: one of `slices.RANKS`.

    Raises:
        ArgumentError: no such place, variable or way of choosing, or no place at all.
    """
    part = slice_of(made, variable)
    order, words = part.rank(by)
    named = isinstance(places, (list, tuple, np.ndarray))
    chosen = [part.place(one) for one in places] if named else [int(i) for i in order[: max(int(places), 0)]]
    if not chosen:
        raise ArgumentError(f"places must be at least one name, or a number from 1; found {places!r}.")
    with house_style():
        columns = min(COLUMNS, len(chosen))
        rows = -(-len(chosen) // columns)
        figure = new_figure(3.4 * columns, 2.0 * rows + 0.5)
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for axes, where in zip(grid.ravel(), chosen):
            draw_fan(axes, part, where)
            axes.set_title(part.titles[where])
        for axes in grid.ravel()[len(chosen) :]:
            axes.set_axis_off()
        for axes in grid[:, 0]:
            axes.set_ylabel(part.label if rows == 1 else "")
        if rows > 1:
            figure.supylabel(part.label, fontsize=8.5, color=SOFT)
        rest = len(part.labels) - len(chosen)
        said = "" if named or not rest else f"The {len(chosen)} places {words}; {rest:,} more are not shown."
        figure.suptitle(said, x=0.01, ha="left", fontsize=8.5, color=SOFT)
    return figure


def draw_fan(axes: Axes, part: Slice, where: int) -> None:
    """Past, fan, median and known truth of place number `where`; no title, labels of values or legend."""
    keep = max(HISTORY_LEAST, HISTORY_PER_STEP * len(part.times))
    times, past = part.past_times[part.beside(keep)], part.past[part.beside(keep), where]
    steps = "steps-mid" if part.is_whole else "default"
    _bands(axes, part, where)
    _members(axes, part, where)
    if len(times):
        axes.plot(times, past, color=INK, lw=1.1, drawstyle=steps, label="observed")
    if part.score is None:
        _middle(axes, part, where, steps)
    _truth(axes, part, where, steps)
    if len(part.past_times):
        axes.axvline(part.past_times[part.joint[0]], color=SOFT, lw=0.7, ls=(0, (2, 2)))
    axes.margins(x=0.01)
    axes.grid(axis="y")
    _from_zero(axes, part)
    date_axis(axes, part.clock)


def legend_above(axes: Axes) -> None:
    """A legend in one row over the axes, where it hides nothing."""
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=5, handlelength=1.4, borderaxespad=0.2, columnspacing=1.2)
    if axes.get_title(loc="left"):
        axes.set_title(axes.get_title(loc="left"), pad=20)


def _bands(axes: Axes, part: Slice, where: int) -> None:
    bands = part.bands()
    for i, (share, low, high) in enumerate(bands):
        shade = 0.16 + 0.5 * i / max(len(bands), 1)
        label = ("expected" if part.score is not None else f"{share:.0%} interval") if i == 0 else None
        style: Any = {"color": ACCENT, "alpha": shade, "lw": 0, "label": label}
        if len(part.times) == 1:  # a band of one step has no width of its own
            gap = abs(part.times[0] - part.past_times[part.joint[0]]) if len(part.past_times) else np.timedelta64(1, "D")
            edges = [part.times[0] - gap * 3 // 8, part.times[0] + gap * 3 // 8]
            axes.fill_between(edges, [low[0, where]] * 2, [high[0, where]] * 2, **style)
        else:
            axes.fill_between(part.times, low[:, where], high[:, where], step="mid" if part.is_whole else None, **style)


def _members(axes: Axes, part: Slice, where: int) -> None:
    if part.members is not None:
        for k, member in enumerate(part.members[:MOST_MEMBERS, :, where]):
            axes.plot(part.times, member, color=ACCENT, lw=0.5, alpha=0.5, label="members" if k == 0 else None)


def _middle(axes: Axes, part: Slice, where: int, steps: str) -> None:
    """The median, and a thin line to it from the nearest observed value, so that the eye follows."""
    mark = "o" if len(part.times) == 1 else None
    label = "median" if part.expected is None else "median count"
    axes.plot(part.times, part.quantile(0.5)[:, where], color=ACCENT, lw=1.7, marker=mark, ms=4, drawstyle=steps, label=label)
    read, told = part.joint
    if len(part.past_times) and np.isfinite(part.past[read, where]) and not part.is_whole:
        ends = [part.past[read, where], part.quantile(0.5)[told, where]]
        axes.plot([part.past_times[read], part.times[told]], ends, color=ACCENT, lw=0.9, ls=(0, (1, 1)))


def _truth(axes: Axes, part: Slice, where: int, steps: str) -> None:
    truth = part.truth[:, where]
    if part.score is not None:
        axes.plot(part.times, truth, color=INK, lw=1.0, label="observed")
        flag = part.flag[:, where] if part.flag is not None else np.zeros(len(truth), bool)
        axes.plot(part.times[flag], truth[flag], "o", color=FLAG, ms=4, label="flagged")
    elif part.filled is not None:
        seen = np.where(part.filled[:, where], np.nan, truth)
        axes.plot(part.times, seen, color=INK, lw=1.1, label="observed")
    elif np.isfinite(truth).any():
        known = "came true" if len(part.past_times) else "observed"
        mark: Any = {"marker": "o", "ms": 2.6} if len(part.times) <= 60 else {}
        axes.plot(part.times, truth, color=TRUTH, lw=1.1, drawstyle=steps, label=known, **mark)


def _from_zero(axes: Axes, part: Slice) -> None:
    """Values that cannot fall below zero are not drawn over room below it."""
    low, high = axes.get_ylim()
    if low < 0 and not (part.values < 0).any() and not (part.past < 0).any() and not (part.truth < 0).any():
        axes.set_ylim(0, high)
