"""Animation: the maps of a forecast one lead after the other, as a GIF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.animation import PillowWriter

from chronotope.errors import ArgumentError
from chronotope.view.maps import draw_map, map_size, nearest_band
from chronotope.view.output import writing
from chronotope.view.slices import slice_forecast
from chronotope.view.style import SEQUENTIAL, WIDTHS, house_style, new_figure, sensible_limits, time_words

MOST_FRAMES = 240


def animate_forecast(fc: Any, path: str | Path, variable: str | None = None, fps: int = 4, overwrite: bool = False) -> Path:
    """Write the median and the interval's width, lead by lead on fixed colour scales, as a GIF.

    Args:
        fc: a Forecast with quantiles whose places have coordinates.
        path: the file, ending in .gif.
        variable: the first one by default.
        fps: frames per second.
        overwrite: replace an existing file.

    Returns:
        The path written.

    Raises:
        ArgumentError: the suffix is not .gif, or the forecast has more than `MOST_FRAMES` steps.
        KindError: the places have no coordinates.
        OutputExistsError: the file is there and `overwrite` is not given.
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise ArgumentError(f"path must end in .gif; found {path.name!r}.")
    part = slice_forecast(fc, variable)
    if len(part.times) > MOST_FRAMES:
        raise ArgumentError(f"An animation holds at most {MOST_FRAMES} steps; this forecast has {len(part.times)}. Give a shorter horizon.")
    share, low, high = nearest_band(part, 0.8)
    median, spread = part.quantile(0.5), high - low
    scales = sensible_limits(median), sensible_limits(spread)
    writer = PillowWriter(fps=fps)
    with writing(path, overwrite) as draft, house_style():
        width, height = map_size(part)
        figure = new_figure(2 * width, height)
        axes = figure.subplots(1, 2)
        drawn = draw_map(axes[0], part, median[0], SEQUENTIAL, scales[0]), draw_map(axes[1], part, spread[0], WIDTHS, scales[1])
        for one, mappable in zip(axes, drawn):
            figure.colorbar(mappable, ax=one, pad=0.02, aspect=28, shrink=0.9).set_label(part.label)
        axes[1].set_title(f"width of the {share:.0%} interval")
        axes[0].set_title(f"median, {time_words(part.times[0])}")
        figure.canvas.draw()
        figure.set_layout_engine("none")  # laid out once: frames that shift would flicker, and layout is most of the work
        with writer.saving(figure, str(draft), dpi=90):
            for k, when in enumerate(part.times):
                for mappable, values in zip(drawn, (median[k], spread[k])):
                    mappable.set_array(values.reshape(np.asarray(mappable.get_array()).shape))
                axes[0].set_title(f"median, {time_words(when)}")
                writer.grab_frame()
    return path
