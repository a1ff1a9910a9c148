"""Animation: the maps of an answer one step after the other on fixed colours, as a GIF or an MP4."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from chronotope.errors import ArgumentError, KindError, MissingExtraError
from chronotope.view.answers import slice_of
from chronotope.view.ground import NO_PLACE, draw_map
from chronotope.view.maps import layers_of, map_size, step_words
from chronotope.view.output import writing
from chronotope.view.slices import Slice
from chronotope.view.style import house_style, new_figure

MOST_FRAMES = 240
SUFFIXES = (".gif", ".mp4")


def animate_forecast(
    made: Any,
    path: str | Path,
    variable: str | None = None,
    fps: int = 4,
    overwrite: bool = False,
    show: Any = None,
    above: float | None = None,
) -> Path:
    """Write the median and the interval's width, step by step on fixed colour scales.

    Args:
        made: what a verb gives that has values at places with coordinates.
        path: the file, ending in .gif, or in .mp4 with the video extra.
        variable: the first one by default.
        fps: frames per second.
        overwrite: replace an existing file.
        show, above: as for a map.

    Returns:
        The path written.

    Raises:
        ArgumentError: another suffix, or more than `MOST_FRAMES` steps.
        KindError: the places have no coordinates.
        OutputExistsError: the file is there and `overwrite` is not given.
        MissingExtraError: .mp4 without the library that writes it.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ArgumentError(f"path must end in .gif or .mp4; found {path.name!r}.")
    part = slice_of(made, variable)
    if part.east is None:
        raise KindError(NO_PLACE)
    if len(part.times) > MOST_FRAMES:
        raise ArgumentError(f"An animation holds at most {MOST_FRAMES} steps; this answer has {len(part.times)}. Ask for fewer.")
    with writing(path, overwrite) as draft, house_style():
        write_frames(draft, _frames(part, show, above), fps)
    return path


def _frames(part: Slice, show: Any, above: float | None) -> Iterator[np.ndarray]:
    """Pictures (y, x, 3) of every step."""
    layers = layers_of(part, show, above=above)
    width, height = map_size(part)
    figure = new_figure(width * len(layers), height)
    grid = figure.subplots(1, len(layers), squeeze=False)[0]
    drawn = [draw_map(axes, part, layer.values[0], layer.colours, layer.limits) for axes, layer in zip(grid, layers)]
    for axes, mappable, layer in zip(grid, drawn, layers):
        figure.colorbar(mappable, ax=axes, pad=0.02, aspect=28, shrink=0.9).set_label(layer.label)
        axes.set_title(layer.title)
    title = figure.suptitle(step_words(part, 0), x=0.01, ha="left", fontsize=9.5)
    figure.set_dpi(90)
    figure.canvas.draw()
    figure.set_layout_engine("none")  # laid out once: frames that shift would flicker, and layout is most of the work
    for k in range(len(part.times)):
        for mappable, layer in zip(drawn, layers):
            mappable.set_array(layer.values[k].reshape(np.asarray(mappable.get_array()).shape))
        title.set_text(step_words(part, k))
        yield pixels_of(figure)


def pixels_of(figure: Figure) -> np.ndarray:
    """The picture of a figure, uint8 (y, x, 3), both even."""
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]  # type: ignore[attr-defined]
    return pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2].copy()


def write_frames(path: Path, frames: Iterator[np.ndarray], fps: int) -> None:
    """Frames to a .gif or .mp4 file."""
    if path.suffix.lower() == ".gif":
        from PIL import Image

        first, *rest = [Image.fromarray(frame).convert("P", palette=Image.Palette.ADAPTIVE, colors=128) for frame in frames]
        first.save(path, save_all=True, append_images=rest, duration=round(1000 / fps), loop=0, optimize=False)
        return
    try:
        import av
    except ImportError as error:
        raise MissingExtraError(
            'An .mp4 needs the library av, which is not installed. Install "chronotope[video]", or write a .gif.'
        ) from error
    with av.open(str(path), "w", format="mp4") as film:
        stream: Any = None
        for frame in frames:
            if stream is None:
                stream = film.add_stream("libx264", rate=fps, options={"crf": "20"})
                stream.height, stream.width, stream.pix_fmt = frame.shape[0], frame.shape[1], "yuv420p"
            film.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        film.mux(stream.encode())
