"""Pictures of scores: models beside plain methods, skill by lead and reliability of a saved back-test, errors on a map."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chronotope.errors import ArgumentError
from chronotope.view.answers import Answered
from chronotope.view.charts import draw_reliability, draw_skill
from chronotope.view.cutting import slice_forecast
from chronotope.view.ground import draw_map
from chronotope.view.maps import map_size
from chronotope.view.scores import is_floor
from chronotope.view.style import ACCENT, SOFT, WIDTHS, house_style, new_figure, number_words, unit_words
from chronotope.view.trials import Trials


def plot_scores(table: pd.DataFrame, variable: str | None = None, score: str = "mae", ax: Axes | None = None) -> Axes:
    """Every model of a table of scores as a dot, the best on top; plain methods are hollow.

    Args:
        table: what `ct.backtest`, `ct.floors` or `ct.rescore` gives.
        variable: the first one by default.
        score: a column in which smaller is better; its `_spread` is drawn where the table has it.
        ax: where to draw; a figure of its own by default.

    Raises:
        ArgumentError: the table has no such column or variable.
    """
    if score not in table:
        raise ArgumentError(f"score must be a column of the table; found {score!r} and columns {', '.join(map(str, table))}.")
    names = list(dict.fromkeys(table["variable"])) if "variable" in table else [None]
    variable = names[0] if variable is None else variable
    if variable not in names:
        raise ArgumentError(f"variable must be one of {', '.join(map(str, names))}; found {variable!r}.")
    rows = table if variable is None else table[table["variable"] == variable]
    rows = rows.drop_duplicates("model").dropna(subset=score).sort_values(score, ascending=False)
    with house_style():
        axes = new_figure(6.4, 0.6 + 0.26 * len(rows)).add_subplot() if ax is None else ax
        for i, (name, value) in enumerate(zip(rows["model"], rows[score])):
            floor = is_floor(str(name))
            axes.plot(value, i, "o", ms=6, color=ACCENT, mfc="white" if floor else ACCENT)
        if f"{score}_spread" in rows:
            axes.hlines(
                range(len(rows)), rows[score] - rows[f"{score}_spread"], rows[score] + rows[f"{score}_spread"], color=SOFT, lw=1, zorder=0
            )
        floors = rows.loc[[is_floor(str(name)) for name in rows["model"]], score]
        if len(floors):
            axes.axvline(floors.min(), color=SOFT, lw=0.8, ls=(0, (4, 3)))
        axes.set_yticks(range(len(rows)), [str(name) for name in rows["model"]])
        axes.set_xlabel(f"{score.upper()}{f' of {variable}' if variable else ''}; smaller is better, dashed: the best plain method")
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="x")
    return axes


def plot_trials(saved: Any, variable: str | None = None) -> Figure:
    """Skill by lead and reliability of what a back-test saved, with bands for the luck of the origins.

    Args:
        saved: a path or a Dataset that `ct.backtest(..., save=...)` wrote.
        variable: the first one by default.
    """
    trials = Trials.of(saved)
    skill, found = trials.skill(variable), trials.calibration(variable)
    with house_style():
        figure = new_figure(8.0, 3.1)
        left, right = figure.subplots(1, 2)
        if skill is None:
            left.set_axis_off()
        else:
            draw_skill(left, skill)
        if found is None:
            right.set_axis_off()
        else:
            draw_reliability(right, found)
        figure.suptitle(f"{trials.ours}, {trials.dataset.sizes['origin']} origins", x=0.01, ha="left", fontsize=9.5)
    return figure


def map_errors(errors: xr.Dataset, field: Any, variable: str | None = None, title: str = "mean absolute error") -> Figure:
    """Errors per place, as `ct.error_map` gives them, on the map of their field.

    Args:
        errors: a variable of each name, without time.
        field: what was back-tested.
        variable: the first one by default.
        title: above the map.

    Raises:
        ArgumentError: no such variable.
    """
    names = [str(name) for name in errors.data_vars if not str(name).endswith("_weight")]
    name = names[0] if variable is None else variable
    if name not in names:
        raise ArgumentError(f"variable must be one of {', '.join(names)}; found {variable!r}.")
    one = errors[[name]].expand_dims(quantile=[0.5], time=field.times[-1:])
    one[name].attrs = dict(field.to_xarray()[name].attrs)
    part = replace(slice_forecast(Answered(one, field), name), edges=None)
    with house_style():
        figure = new_figure(*map_size(part))
        axes = figure.add_subplot()
        values = part.values[0, 0]
        drawn = draw_map(axes, part, values, WIDTHS, (0.0, float(np.nanquantile(values, 0.99))))
        axes.set_title(f"{title}, mean {number_words(float(np.nanmean(values)))} {unit_words(part.units)}".rstrip())
        figure.colorbar(drawn, ax=axes, pad=0.02, aspect=28, shrink=0.9).set_label(part.label)
    return figure
