"""Maps: the median and the width of the interval over the places, at one lead."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from chronotope.errors import ArgumentError, KindError
from chronotope.view.slices import Slice, slice_forecast
from chronotope.view.style import SEQUENTIAL, WIDTHS, house_style, new_figure, sensible_limits, span_words, time_words


def map_forecast(fc: Any, lead: int = -1, variable: str | None = None, interval: float = 0.8) -> Figure:
    """Two maps side by side: the median, and the width of the central interval.

    Args:
        fc: a Forecast with quantiles whose places have coordinates.
        lead: which step ahead, 0 for the first, -1 for the last.
        variable: the first one by default.
        interval: share that the interval covers; the nearest one that the quantiles allow is drawn.

    Raises:
        ArgumentError: no such lead or variable.
        KindError: the places have no coordinates, or the result no quantiles.
    """
    part = slice_forecast(fc, variable)
    if not -len(part.times) <= lead < len(part.times):
        raise ArgumentError(f"lead must be a step of the forecast, {-len(part.times)} to {len(part.times) - 1}; found {lead}.")
    share, low, high = nearest_band(part, interval)
    with house_style():
        width, height = map_size(part)
        figure = new_figure(2 * width, height)
        left, right = figure.subplots(1, 2)
        ahead = f", {span_words(part.times[lead] - part.past_times[-1])} ahead" if len(part.past_times) else ""
        when = f"{time_words(part.times[lead])} {part.clock}".rstrip() + ahead
        first = draw_map(left, part, part.quantile(0.5)[lead], SEQUENTIAL)
        left.set_title(f"median, {when}")
        second = draw_map(right, part, (high - low)[lead], WIDTHS)
        right.set_title(f"width of the {share:.0%} interval")
        for axes, drawn in ((left, first), (right, second)):
            figure.colorbar(drawn, ax=axes, pad=0.02, aspect=28, shrink=0.9).set_label(part.label)
    return figure


def draw_map(axes: Axes, part: Slice, values: np.ndarray, colours: str, limits: tuple[float, float] | None = None) -> ScalarMappable:
    """Values (n,) of the places of `part` on a map: cells of a grid as cells, sites as dots.

    Raises:
        KindError: the places have no coordinates.
    """
    if part.east is None or part.north is None:
        raise KindError("A map needs places with coordinates; this data has none. Name lat= and lon=, or sites=, when opening.")
    low, high = sensible_limits(values) if limits is None else limits
    east = _unwrapped(part.east) if part.is_geographic else part.east
    if _has_cells(part, east, part.north):
        grid = [a.reshape(part.shape) for a in (east, part.north, values)]
        drawn: ScalarMappable = axes.pcolormesh(*grid, cmap=colours, vmin=low, vmax=high, shading="nearest", rasterized=True)
    elif len(part.shape) == 2:
        drawn = axes.scatter(east, part.north, c=values, s=3, marker="s", cmap=colours, vmin=low, vmax=high, lw=0, rasterized=True)
    else:
        size = float(np.clip(3000 / max(len(values), 1), 4, 70))
        drawn = axes.scatter(east, part.north, c=values, s=size, cmap=colours, vmin=low, vmax=high, lw=0.3, edgecolors="white")
    _frame(axes, part)
    return drawn


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
    across, up = (np.ptp(a[np.isfinite(a)]) or 1.0 for a in (_unwrapped(part.east) if part.is_geographic else part.east, part.north))
    across *= _squeeze(part)
    return 4.4, float(np.clip(0.85 + 3.0 * up / across, 2.2, 4.6))


def _has_cells(part: Slice, east: np.ndarray, north: np.ndarray) -> bool:
    """True for a grid whose columns run one way and whose rows run one way; folded grids of oceans do not."""
    if len(part.shape) != 2 or min(part.shape) < 2:
        return False
    steps = np.diff(east.reshape(part.shape), axis=1), np.diff(north.reshape(part.shape), axis=0)
    return all(bool((step > 0).all() or (step < 0).all()) for step in steps)


def _frame(axes: Axes, part: Slice) -> None:
    axes.set_xlabel(part.axes[0])
    axes.set_ylabel(part.axes[1])
    axes.set_aspect(1 / _squeeze(part), adjustable="datalim" if len(part.shape) == 1 else "box")
    axes.margins(0.06 if len(part.shape) == 1 else 0.0)
    axes.locator_params(nbins=5)


def _squeeze(part: Slice) -> float:
    """How much shorter a degree of longitude is than one of latitude, at the middle of the region."""
    if not part.is_geographic or part.north is None:
        return 1.0
    return float(max(np.cos(np.deg2rad(np.nanmean(part.north))), 0.2))


def _unwrapped(east: np.ndarray | None) -> np.ndarray:
    """Longitudes moved into the half turn around their middle, so that no cell crosses the edge of the map."""
    assert east is not None
    wide = np.ptp(east[np.isfinite(east)]) if np.isfinite(east).any() else 0.0
    if wide <= 180:
        return (east + 180) % 360 - 180 if np.nanmin(east) >= 180 else east
    shifted = east % 360
    return shifted if np.ptp(shifted[np.isfinite(shifted)]) < wide else east
