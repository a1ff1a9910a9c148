"""The look of every picture: a few colours, thin lines, and figures that never touch pyplot's global state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

INK, SOFT, FAINT = "#1c2430", "#66707f", "#d9dee6"
ACCENT, TRUTH = "#1f6fb2", "#c2571a"
PAPER = "#ffffff"
SEQUENTIAL, WIDTHS = "viridis", "magma"

_RC: Any = {
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": SOFT,
    "axes.titlecolor": INK,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "legend.labelcolor": SOFT,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.dpi": 130,
    "svg.fonttype": "none",
    "svg.hashsalt": "chronotope",  # the same numbers make the same file
}


@contextmanager
def house_style() -> Iterator[None]:
    """Drawing inside this block has the look of the house; nothing outside it changes."""
    with matplotlib.rc_context(_RC):
        yield


def new_figure(width: float = 7.2, height: float = 3.0) -> Figure:
    """A figure of its own (inches), laid out without overlaps, unknown to pyplot."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def date_axis(axes: Axes) -> None:
    """Short dates under a time axis, few enough to be read."""
    locator = AutoDateLocator(minticks=3, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def sensible_limits(*arrays: Any) -> tuple[float, float]:
    """Lowest and highest finite value, a little apart where they agree; (0, 1) where there is none."""
    numbers = np.concatenate([np.asarray(a, float).ravel() for a in arrays])
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return 0.0, 1.0
    low, high = float(numbers.min()), float(numbers.max())
    alike = high - low <= 1e-4 * max(abs(low), abs(high))  # float32 noise is no difference to be shown
    return (low - 0.5, high + 0.5) if alike else (low, high)


def time_words(stamp: Any) -> str:
    """A time stamp as people write it: without seconds, and without the clock where it is midnight."""
    text = str(np.datetime64(stamp, "m")).replace("T", " ")
    return text.removesuffix(" 00:00")


def span_words(span: Any) -> str:
    """A length of time as people write it: 15 min, 6 h, 2 d, 2 d 6 h."""
    minutes = int(round(np.timedelta64(span, "s").astype(int) / 60))
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    return " ".join(parts) or "0 min"
