"""Film in `.mp4` and its like (needs PyAV, from the video extra): the frames as a video, on the clock of the film."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chronotope.data.field import Field
from chronotope.data.native import needed
from chronotope.errors import DataError, whole
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers.arrays import from_arrays

_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg")


def matches(path: Path) -> bool:
    """True for film by suffix."""
    return path.suffix.lower() in _SUFFIXES


def read(path: Path, options: OpenOptions) -> Field:
    """The frames as a video Field with values 0 to 255; grey film has no colour dim.

    Raises:
        MissingExtraError: av is not installed.
        DataError: the file is damaged or holds no pictures.
    """
    av = needed(f"{path.name} is film, which needs av", "video", "av")
    with whole("A film must be whole", path.name, "Copy or download it again.", av.FFmpegError, OSError, ValueError, MemoryError):
        with av.open(str(path)) as film:
            if not film.streams.video:
                raise DataError(f"A film must hold pictures; {path.name} holds none.")
            stream = film.streams.video[0]
            rate = float(stream.average_rate or 0)
            if stream.codec_context is None:
                raise DataError(f"A film must be in a coding that is known; that of {path.name} is not. Convert it to H.264.")
            grey = stream.codec_context.pix_fmt in ("gray", "gray8")
            frames = [frame.to_ndarray(format="gray" if grey else "rgb24") for frame in film.decode(stream)]
    if not frames:
        raise DataError(f"A film must hold pictures; {path.name} holds none.")
    values = np.stack(frames)
    values = values[..., 0] if values.ndim == 4 and (values == values[..., :1]).all() else values
    return from_arrays({"frames": values} | ({"fps": np.array(rate)} if rate else {}), options, path.name)
