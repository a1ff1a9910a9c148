"""Supposed: a forecast as things are and as they would be, the difference below, and a page of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chronotope.view import page
from chronotope.view.cutting import slice_forecast
from chronotope.view.output import writing
from chronotope.view.series import HISTORY_LEAST, HISTORY_PER_STEP
from chronotope.view.slices import Slice
from chronotope.view.style import ACCENT, INK, SOFT, TRUTH, date_axis, house_style, new_figure
from chronotope.view.svg import inline_svg

PLACES_SHOWN = 6


def plot_whatif(made: Any, place: Any = None, variable: str | None = None, figure: Figure | None = None) -> Axes:
    """Both forecasts of one place with their widest intervals, and below them the difference.

    Args:
        made: a WhatIf.
        place: name or number of a place; a well observed one by default.
        variable: the first one by default.
        figure: where to draw; one of its own by default (`ax.figure.savefig(...)` keeps it).

    Returns:
        The upper axes; the lower ones are the figure's second.

    Raises:
        ArgumentError: no such place or variable.
    """
    parts = [slice_forecast(one, variable) for one in (made.as_it_is, made.then, made.difference)]
    where = parts[2].rank("largest")[0][0] if place is None else parts[0].place(place)
    with house_style():
        figure = new_figure(6.4, 4.4) if figure is None else figure
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        _draw(upper, lower, parts, where)
        upper.set_ylabel(parts[0].label)
        lower.set_ylabel("difference")
        lower.set_xlabel(parts[0].clock)
        if len(parts[0].labels) > 1:
            upper.set_title(str(parts[0].labels[where]))
        upper.legend(loc="upper left", ncols=3, handlelength=1.4)
    return upper


def _draw(upper: Axes, lower: Axes, parts: list[Slice], where: int) -> None:
    now, then, difference = parts
    keep = max(HISTORY_LEAST, HISTORY_PER_STEP * len(now.times))
    upper.plot(now.past_times[-keep:], now.past[-keep:, where], color=INK, lw=1.1, label="observed")
    for axes, part, colour, label in ((upper, now, SOFT, "as it is"), (upper, then, ACCENT, "then"), (lower, difference, TRUTH, "")):
        for _, low, high in part.bands()[:1]:
            axes.fill_between(part.times, low[:, where], high[:, where], color=colour, alpha=0.2, lw=0)
        axes.plot(part.times, part.quantile(0.5)[:, where], color=colour, lw=1.7, label=label or None)
    lower.axhline(0, color=INK, lw=0.7)
    for axes in (upper, lower):
        axes.margins(x=0.01)
        axes.grid(axis="y")
    date_axis(lower)


def write_whatif(path: str | Path, made: Any, overwrite: bool = False) -> Path:
    """Write a self-contained page about a WhatIf.

    Raises:
        OutputExistsError: the file is there and `overwrite` is not given.
    """
    with writing(path, overwrite) as draft:
        draft.write_text(whatif_page(made), encoding="utf-8")
    return Path(path)


def whatif_page(made: Any) -> str:
    """The page that `write_whatif` writes, as text."""
    causes = [f"{name} {value}" for name, value in made.meta["set"].items()] + [f"{name} closed" for name in made.meta["closed"]]
    told = [made.words, *made.meta["warnings"]]
    with house_style():
        sections = [
            page.section("What it says", "", page.bullets([("warning" if text in made.meta["warnings"] else "", text) for text in told])),
            *(_pictures(made, name) for name in made.variables),
            page.section("Where this comes from", "", page.pairs([(k.replace("_", " "), str(v)) for k, v in made.meta.items() if v])),
        ]
    return page.page(f"What if: {', '.join(causes)}", made.caution, sections)


def _pictures(made: Any, name: str) -> str:
    part = slice_forecast(made.as_it_is, name)
    drawn = []
    for k, where in enumerate(part.rank()[0][:PLACES_SHOWN]):
        figure = new_figure(3.5, 3.0)
        plot_whatif(made, int(where), name, figure)
        drawn.append((inline_svg(figure, f"{name}{k}", f"{name} at {part.labels[where]}"), ""))
    return page.section(name, "Grey: as it is. Colour: then. Below: the difference and its widest interval.", page.figures(drawn))
