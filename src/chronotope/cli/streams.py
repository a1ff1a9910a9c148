"""Streams: `-` as a file is what comes in, and as an output what goes out as a table; both are files while a verb works."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chronotope.errors import ArgumentError

STREAM = "-"
TEXT_BYTES = bytes(range(32, 256)) + b"\t\n\r\f"


@contextmanager
def streamed(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The options of a call with files in the places of streams; what was written for the stream goes out when the block ends.

    Raises:
        ArgumentError: nothing comes in.
    """
    files = values.get("file")
    reads = STREAM in files if isinstance(files, list) else files == STREAM
    writes = str(values.get("output")) == STREAM
    if not (reads or writes):
        yield values
        return
    with tempfile.TemporaryDirectory(prefix="chronotope-") as name:
        folder, changed = Path(name), dict(values)
        if reads:
            came = str(_came_in(folder))
            changed["file"] = [came if one == STREAM else one for one in files] if isinstance(files, list) else came
        if writes:
            changed["output"] = folder / "stdout.csv"
        yield changed
        if writes and (folder / "stdout.csv").exists():
            with (folder / "stdout.csv").open("rb") as made:
                shutil.copyfileobj(made, sys.stdout.buffer)
            sys.stdout.buffer.flush()


def _came_in(folder: Path) -> Path:
    """What comes in as a file; its first bytes say of which kind it is, and text is a table unless it is JSON."""
    if sys.stdin is None or sys.stdin.isatty():
        raise ArgumentError("FILE - must be what another program writes, as in: cat flows.csv | chronotope info -; nothing comes in.")
    path = folder / "stdin"
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    head = path.open("rb").read(4096)
    if not head:
        raise ArgumentError("FILE - must be what another program writes; it wrote nothing.")
    if head.translate(None, TEXT_BYTES):
        return path  # opened by what its first bytes say
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return path.rename(path.with_suffix(".json" if start in (b"{", b"[") else ".csv"))
