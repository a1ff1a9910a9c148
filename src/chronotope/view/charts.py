"""Charts of what a back-test found: reliability over all levels, and skill by lead, with bands for the luck of the origins."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from chronotope.view.calibration import Calibration
from chronotope.view.style import ACCENT, SOFT
from chronotope.view.trials import Skill

LOWEST = -1.5  # of the skill that is drawn: farther than two and a half times as far is not told apart


def draw_reliability(axes: Axes, found: Calibration) -> None:
    """Share of truths below each quantile beside what was promised (dashed)."""
    axes.plot([0, 1], [0, 1], color=SOFT, lw=0.9, ls=(0, (4, 3)))
    if found.band is not None:
        axes.fill_between(found.levels, *found.band, color=ACCENT, alpha=0.2, lw=0)
    axes.plot(found.levels, found.below, color=ACCENT, lw=1.6, marker="o", ms=3.5)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="promised share below", ylabel="share that fell below")
    axes.set_title("Do the levels hold? (dashed: exactly)")
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid()


def draw_skill(axes: Axes, skill: Skill) -> None:
    """How much closer than the best plain method, step by step ahead; below zero is farther."""
    leads, unit = lead_numbers(skill.leads)
    if skill.band is not None:
        if len(leads) > 1:
            axes.fill_between(leads, *skill.band, color=ACCENT, alpha=0.2, lw=0)
        else:
            axes.vlines(leads, *skill.band, color=ACCENT, alpha=0.3, lw=8)
    axes.axhline(0, color=SOFT, lw=0.9, ls=(0, (4, 3)))
    axes.plot(leads, skill.gain, color=ACCENT, lw=1.6, marker="o", ms=3 if len(leads) <= 48 else 0)
    inside = np.clip([*skill.gain, 0.05, -0.05, *([] if skill.band is None else skill.band.ravel())], LOWEST, 1)
    low, high = float(np.nanmin(inside)), float(np.nanmax(inside))
    if np.nanmin(skill.gain) < LOWEST:
        axes.text(0.02, 0.03, "some lie below what is shown", transform=axes.transAxes, color=SOFT, fontsize=7.5)
    axes.set_ylim(low - 0.08 * (high - low), high + 0.08 * (high - low))
    axes.set(xlabel=f"{unit} ahead", ylabel="closer (+) or farther (\N{MINUS SIGN})", title=f"Beside {skill.other}, by lead")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(axis="y")


def lead_numbers(leads: np.ndarray) -> tuple[np.ndarray, str]:
    """Leads as numbers in a unit that suits the longest: minutes, hours, days or years."""
    seconds = leads.astype("timedelta64[s]").astype(float)
    longest = float(seconds.max()) if len(seconds) else 0.0
    for unit, length in (("years", 365.25 * 86400), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if longest >= 3 * length:
            return seconds / length, unit
    return seconds, "seconds"
