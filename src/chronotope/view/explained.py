"""Explained: what moved an answer most, as bars of one colour for each kind of part."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from chronotope.errors import ArgumentError
from chronotope.view.style import ACCENT, SOFT, TRUTH, house_style, new_figure

SHOWN = 12
COLOURS = {"place": ACCENT, "object": ACCENT, "cell": ACCENT, "time": SOFT, "variable": TRUTH}


def plot_explanation(made: Any, variable: str | None = None, ax: Axes | None = None) -> Axes:
    """The parts that moved the answer most, by how much of the width of its interval.

    Args:
        made: an Explanation.
        variable: the first one by default.
        ax: where to draw; a figure of its own by default.

    Returns:
        The axes drawn on.

    Raises:
        ArgumentError: no such variable.
    """
    names = list(made.table["variable"].unique())
    name = names[0] if variable is None and names else variable
    if name not in names:
        raise ArgumentError(f"variable must be one of {', '.join(names)}; found {name!r}.")
    rows = made.table[made.table["variable"] == name].head(SHOWN)[::-1]
    with house_style():
        axes = new_figure(6.4, 0.6 + 0.28 * len(rows)).add_subplot() if ax is None else ax
        for kind, colour in COLOURS.items():
            mine = (rows["kind"] == kind).to_numpy()
            axes.barh([i for i, own in enumerate(mine) if own], rows["in_widths"][mine], color=colour, label=kind if mine.any() else None)
        axes.set_yticks(range(len(rows)), [str(hidden) for hidden in rows["hidden"]])
        axes.set_xlabel(f"{name}: moved, in widths of the 80 % interval")
        axes.grid(axis="x")
        axes.legend(loc="lower right")
    return axes
