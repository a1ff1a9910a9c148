"""Film: animated GIF and WebP, and folders of images in the order of their names; colours are one further dim."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import numpy as np

from chronotope.data.field import Field
from chronotope.errors import DataError, whole
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers.arrays import from_arrays
from chronotope.opening.readers.raster import dates_in

_FILM, _IMAGES = (".gif", ".webp"), (".png", ".jpg", ".jpeg", ".bmp", ".webp")

MOST_BYTES, MOST_PIXELS = 4 << 30, 1 << 26


def matches(path: Path) -> bool:
    """True for `.gif`, `.webp`, and folders that hold images."""
    return path.suffix.lower() in _FILM or (path.is_dir() and any(item.suffix.lower() in _IMAGES for item in path.iterdir()))


def read(path: Path, options: OpenOptions) -> Field:
    """The frames as a video Field with values 0 to 255; grey film has no colour dim.

    Raises:
        DataError: the images cannot be read or differ in size.
    """
    from PIL import Image

    with whole("A film must be whole", path.name):
        frames, seconds, times, said = _folder(path, Image, options) if path.is_dir() else (*_film(path, Image), None, [])
    if len({frame.shape for frame in frames}) > 1:
        raise DataError(f"All frames must have one size; {path.name} has {', '.join(sorted({str(f.shape[:2]) for f in frames}))}.")
    film = np.stack(frames)
    if (film == film[..., :1]).all():
        film = film[..., 0]
    arrays = {"frames": film} | ({"fps": np.array(1 / seconds)} if seconds else {})
    if times is None or options.start is not None:
        return from_arrays(arrays, options, path.name)
    said = [*said, Finding("inferred", "dates read off the names of the files")]
    return from_arrays(arrays | {"time": times}, options, path.name).with_findings(*said)


def _film(path: Path, image: ModuleType) -> tuple[list[np.ndarray], float | None]:
    frames, lengths = [], []
    with image.open(path) as film:
        pixels = film.width * film.height  # counting the frames reads them all, so their size is looked at first
        count = getattr(film, "n_frames", 1) if pixels <= MOST_PIXELS else 0
        if not count or 3 * count * pixels > MOST_BYTES:
            raise DataError(
                f"A film must fit into memory; {path.name} holds {count or 'some'} frames of {film.width} x {film.height}. Make it smaller."
            )
        for index in range(count):
            film.seek(index)
            frames.append(np.asarray(film.convert("RGB")))
            lengths.append(film.info.get("duration", 0))  # WebP knows it only now
    return frames, float(np.median(lengths)) / 1000 or None


def _folder(path: Path, image: ModuleType, options: OpenOptions) -> tuple[list[np.ndarray], float | None, np.ndarray | None, list[Finding]]:
    """Frames by the dates in their names, where all differ, else by the numbers, so that frame10 follows frame9."""
    names = sorted(
        (item for item in path.iterdir() if item.suffix.lower() in _IMAGES),
        key=lambda item: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", item.name)],
    )
    times, said = dates_in([name.stem for name in names], options) or (None, [])
    if times is not None and len(np.unique(times)) == len(names):
        names, times = [names[i] for i in np.argsort(times)], np.sort(times)
    else:
        times, said = None, []
    frames = []
    for name in names:
        with image.open(name) as picture:
            frames.append(np.asarray(picture.convert("RGB")))
    return frames, None, times, said
