"""Film files: frames and clock come back."""

from __future__ import annotations

import numpy as np
import pytest

from chronotope.errors import DataError
from chronotope.opening.open import open_field

av = pytest.importorskip("av")


def film(path, frames: np.ndarray, rate: int = 10):
    """(t, y, x) bytes as grey film without loss."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=rate)
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "gray"
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="gray")))
        out.mux(stream.encode())
    return path


def test_grey_film_comes_back_exactly(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (6, 32, 48), dtype=np.uint8)
    field = open_field(film(tmp_path / "a.mkv", frames))
    assert field.kind == "video" and field.panel().freq == "100ms"
    np.testing.assert_array_equal(field.dataset["frames"].values, frames)


def test_cut_and_wrong_film_is_told(tmp_path):
    whole = film(tmp_path / "a.mkv", np.zeros((3, 32, 32), np.uint8)).read_bytes()
    (tmp_path / "b.mkv").write_bytes(whole[:60])
    (tmp_path / "c.mp4").write_bytes(b"time,place\n" * 50)
    for name in ("b.mkv", "c.mp4"):
        with pytest.raises(DataError, match=name):
            open_field(tmp_path / name)
