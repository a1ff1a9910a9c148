"""Maps: the median, the width of the interval, the change, the chance above a limit or the surprise over the places, at one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from chronotope.errors import ArgumentError, KindError
from chronotope.view.answers import Answered, slice_of
from chronotope.view.cutting import slice_forecast
from chronotope.view.ground import NO_PLACE, box_of, draw_map
from chronotope.view.slices import Slice
from chronotope.view.style import (
    CHANGES,
    SEQUENTIAL,
    WIDTHS,
    house_style,
    new_figure,
    number_words,
    sensible_limits,
    span_words,
    stamp_words,
)
from chronotope.view.style import unit_words as _unit

SHOWS = ("median", "width", "change", "chance", "surprise", "error", "before")
EDGE = 0.005  # share of the values beyond each end of a colour scale


@dataclass(frozen=True)
class Layer:
    """Values (h, n) that a map shows, on one colour scale for all steps.

    Attributes:
        title: what they are.
        values: float (h, n).
        label: for the colour bar, with units.
        colours: name of the colour map.
        limits: lowest and highest of the scale.
    """

    title: str
    values: np.ndarray
    label: str
    colours: str
    limits: tuple[float, float]


def map_forecast(
    made: Any, lead: int | None = None, variable: str | None = None, interval: float = 0.8, show: Any = None, above: float | None = None
) -> Figure:
    """Maps side by side, by default the median and the width of the central interval.

    The scale of the colours is that of all steps, so that maps of several steps can be compared.

    Args:
        made: what a verb gives that has values at places with coordinates.
        lead: which step, 0 for the first, -1 for the last; the last by default, of a detection the one with most that is flagged.
        variable: the first one by default.
        interval: share that the interval covers; the nearest one that the quantiles allow is drawn.
        show: one or several of "median", "width", "change" (from the last value read), "chance" (of more than `above`), "surprise" (of a
            detection), "error" (median less what came true), "before" (what was observed).
        above: the limit of "chance".

    Raises:
        ArgumentError: no such lead, variable or thing to show.
        KindError: the places have no coordinates, or the answer has nothing for a map.
    """
    part = slice_of(made, variable)
    if part.east is None:
        raise KindError(NO_PLACE)
    if show is None and above is None and made.meta.get("task") == "downscale":
        return _before_and_after(made, part, -1 if lead is None else lead)
    lead = _telling_step(part) if lead is None else lead
    if not -len(part.times) <= lead < len(part.times):
        raise ArgumentError(f"lead must be a step of the answer, {-len(part.times)} to {len(part.times) - 1}; found {lead}.")
    layers = layers_of(part, show, interval, above)
    with house_style():
        width, height = map_size(part)
        figure = new_figure(width * len(layers), height)
        grid = figure.subplots(1, len(layers), squeeze=False)[0]
        for axes, layer in zip(grid, layers):
            drawn = draw_map(axes, part, layer.values[lead], layer.colours, layer.limits)
            axes.set_title(layer.title)
            beyond = "both" if layer.title != "width" else "max"
            figure.colorbar(drawn, ax=axes, pad=0.02, aspect=28, shrink=0.9, extend=beyond if _beyond(layer) else "neither").set_label(
                layer.label
            )
        figure.suptitle(step_words(part, lead), x=0.01, ha="left", fontsize=9.5)
    return figure


def _before_and_after(made: Any, fine: Slice, lead: int) -> Figure:
    """The cells that were read, and the finer ones, on one scale."""
    name = fine.name.split(" [")[0]
    read = made.history.to_xarray()[[name]].expand_dims(quantile=[0.5])
    coarse = slice_forecast(Answered(read, made.history), name)
    limits = _limits(np.concatenate([coarse.values[0].ravel(), fine.quantile(0.5).ravel()]))
    with house_style():
        width, height = map_size(fine)
        figure = new_figure(2 * width, height + 0.3)
        grid = figure.subplots(1, 2)
        draw_map(grid[0], coarse, coarse.values[0, lead], SEQUENTIAL, limits)
        drawn = draw_map(grid[1], fine, fine.quantile(0.5)[lead], SEQUENTIAL, limits)
        for axes, part, word in zip(grid, (coarse, fine), ("read", "inside the cells (median)")):
            axes.set_title(f"{word}, {part.shape[0]} x {part.shape[1]} cells")
        figure.colorbar(drawn, ax=grid, pad=0.02, aspect=28, shrink=0.9).set_label(fine.label)
        figure.suptitle(step_words(fine, lead), x=0.01, ha="left", fontsize=9.5)
    return figure


def layers_of(part: Slice, show: Any = None, interval: float = 0.8, above: float | None = None) -> list[Layer]:
    """What is shown side by side; see `map_forecast`.

    Raises:
        ArgumentError: an unknown word, or one that needs what the answer has not.
    """
    wanted = [show] if isinstance(show, str) else list(show or ([] if above is None else ["median", "chance"]))
    if not wanted:
        wanted = ["before", "surprise"] if part.score is not None else ["median", "width"] if part.bands() else ["median"]
    unknown = [word for word in wanted if word not in SHOWS]
    if unknown:
        raise ArgumentError(f"show must be among {', '.join(SHOWS)}; found {unknown[0]!r}.")
    return [_layer(part, word, interval, above) for word in wanted]


def _layer(part: Slice, word: str, interval: float, above: float | None) -> Layer:
    if word == "width":
        share, low, high = nearest_band(part, interval)
        return Layer(f"width of the {share:.0%} interval", high - low, part.label, WIDTHS, _limits(high - low))
    if word == "change":
        since = f"from the {part.nearest_word} value read" if len(part.past) else "from the mean"
        return _around(f"change {since}", part.change(), part.label)
    if word == "error":
        if not np.isfinite(part.truth).any():
            raise ArgumentError("show='error' needs values that came true; none is known. Give an earlier at=.")
        return _around("median less what came true", part.quantile(0.5) - part.truth, part.label)
    if word == "chance":
        if above is None:
            raise ArgumentError("show='chance' needs above=, the limit in the units of the variable.")
        title = f"chance of more than {number_words(above)} {_unit(part.units)}".rstrip()
        return Layer(title, 100 * chance_above(part, above), "chance (%)", SEQUENTIAL, (0.0, 100.0))
    if word == "surprise":
        if part.score is None:
            raise ArgumentError("show='surprise' is for what detect gives; this is another answer. Take 'median' or 'width'.")
        return Layer("surprise", part.score, "1 in 10 to the power of", WIDTHS, (0.0, max(float(np.nanmax(part.score)), 3.0)))
    if word == "before":
        return _plain("observed", part.truth, part)
    return _plain("median" if part.expected is None else "expected number", part.middle, part)


def _plain(title: str, values: np.ndarray, part: Slice) -> Layer:
    if part.is_anomaly:
        return _around(title, values, part.label)
    return Layer(title, values, part.label, SEQUENTIAL, _limits(values))


def _around(title: str, values: np.ndarray, label: str) -> Layer:
    low, high = _limits(values)
    reach = max(abs(low), abs(high), 1e-12)
    return Layer(title, values, label, CHANGES, (-reach, reach))


def _limits(values: np.ndarray) -> tuple[float, float]:
    """The ends of a scale: nearly all values, so that one far off does not take the colours from the rest."""
    known = values[np.isfinite(values)]
    return sensible_limits(np.quantile(known, [EDGE, 1 - EDGE])) if len(known) > 200 else sensible_limits(known)


def _beyond(layer: Layer) -> bool:
    known = layer.values[np.isfinite(layer.values)]
    return bool(len(known) and (known.min() < layer.limits[0] or known.max() > layer.limits[1]))


def chance_above(part: Slice, limit: float) -> np.ndarray:
    """Chance (h, n) of a value above `limit`: from the members, else between the quantile levels, whose ends are taken for the rest."""
    if part.members is not None:
        return np.where(np.isfinite(part.members).any(axis=0), (part.members > limit).mean(axis=0), np.nan)
    flat = np.sort(part.values, axis=0).reshape(len(part.levels), -1)
    below = np.array(
        [np.interp(limit, column, part.levels, left=0.0, right=1.0) if np.isfinite(column).all() else np.nan for column in flat.T]
    )
    return 1 - below.reshape(part.values.shape[1:])


def nearest_band(part: Slice, interval: float) -> tuple[float, np.ndarray, np.ndarray]:
    """The central interval whose share is nearest to `interval`: (share, lower (h, n), upper (h, n)).

    Raises:
        ArgumentError: the quantile levels hold no central interval.
    """
    bands = part.bands()
    if not bands:
        raise ArgumentError(f"quantiles must hold a pair around the median, such as 0.1 and 0.9; found {', '.join(map(str, part.levels))}.")
    return min(bands, key=lambda band: abs(band[0] - interval))


def map_size(part: Slice) -> tuple[float, float]:
    """Width and height in inches of one map with its colour bar, after the shape of the region."""
    if part.east is None or part.north is None:
        return 4.4, 3.2
    west, east, south, north = box_of(part)
    return 4.4, float(np.clip(0.85 + 3.1 * (north - south) / ((east - west) * part.plane.squeeze), 2.2, 4.8))


def step_words(part: Slice, step: int) -> str:
    """The time of a step, its clock, and how far ahead of what was read it is, or before it."""
    away = ""
    if len(part.past_times):
        span = span_words(abs(part.times[step] - part.past_times[part.joint[0]]))
        away = f", {span} {'before the record' if part.is_backcast else 'ahead'}"
    return f"{stamp_words(part.times[step], part.times)} {part.clock}".rstrip() + away


def _telling_step(part: Slice) -> int:
    return -1 if part.flag is None else int(part.flag.sum(axis=1).argmax())
