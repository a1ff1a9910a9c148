"""Files that appear whole or not at all, and what is said when the disk is full."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from chronotope.errors import ChronotopeError


def write_whole(files: Iterable[tuple[Path, bytes]], need: int, then: str) -> None:
    """Write files in their order, each beside its place and then moved there.

    Args:
        files: path and content; made one by one, so that one of them at a time is in memory.
        need: bytes of all of them, for the sentence.
        then: what is left and what to do, the end of the sentence.

    Raises:
        ChronotopeError: one cannot be written; those of this call that had no file before are taken away again.
    """
    made: list[Path] = []
    for path, content in files:
        partial, there = path.with_name(path.name + ".partial"), path.exists()
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except OSError as error:
            for old in [partial, *made]:
                old.unlink(missing_ok=True)
            free = shutil.disk_usage(path.parent).free
            raise ChronotopeError(
                f"There must be room for {_size(need)}; writing {path} failed ({error.strerror or error}) with {_size(free)} free. {then}"
            ) from error
        if not there:
            made.append(path)


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"
