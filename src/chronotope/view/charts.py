"""Charts of calibration: coverage per lead, and the histogram of the probability integral transform."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from chronotope.view.calibration import Calibration
from chronotope.view.style import ACCENT, SOFT


def draw_coverage(axes: Axes, found: Calibration) -> None:
    """Share of truths inside each interval per lead, beside what it should be (dashed)."""
    leads, unit = lead_numbers(found.leads)
    chosen = np.unique(np.linspace(0, len(found.shares) - 1, min(3, len(found.shares))).round().astype(int))
    for rank, k in enumerate(chosen):
        shade = 1.0 - 0.28 * rank
        axes.plot(leads, found.covered[k], color=ACCENT, alpha=shade, lw=1.6, marker="o", ms=2.6)
        axes.axhline(found.shares[k], color=SOFT, lw=0.8, ls=(0, (4, 3)))
        spot = (1.01, found.shares[k])
        axes.annotate(f"{found.shares[k]:.0%}", spot, xycoords=("axes fraction", "data"), va="center", color=SOFT, fontsize=8)
    axes.set(ylim=(0, 1.02), xlabel=f"lead ({unit})", title="share inside the interval, per lead")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(axis="y")


def draw_pit(axes: Axes, found: Calibration) -> None:
    """Where the truth fell among the quantiles; flat at 1 is calibrated, a valley too narrow, a hill too wide."""
    edges, density = found.pit
    axes.bar(edges[:-1], density, width=np.diff(edges), align="edge", color=ACCENT, alpha=0.55, lw=0)
    axes.axhline(1.0, color=SOFT, lw=0.8, ls=(0, (4, 3)))
    axes.set(xlim=(0, 1), xlabel="position of the truth in the forecast", title="where the truth fell (flat is calibrated)")
    axes.set_ylim(0, max(1.6, 1.1 * float(np.nanmax(density))))
    axes.grid(axis="y")


def lead_numbers(leads: np.ndarray) -> tuple[np.ndarray, str]:
    """Leads as numbers in a unit that suits the longest: minutes, hours, days or years."""
    seconds = leads.astype("timedelta64[s]").astype(float)
    longest = float(seconds.max()) if len(seconds) else 0.0
    for unit, length in (("years", 365.25 * 86400), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if longest >= 3 * length:
            return seconds / length, unit
    return seconds, "seconds"
