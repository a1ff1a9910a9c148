"""Text files, packed or not: their bytes, their encoding, their first lines."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from chronotope.errors import DataError

PACKED = (".gz", ".bz2", ".xz", ".zip")
DAMAGE = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    RuntimeError,
)  # what unpacking raises (the last: by a password)


def zip_names(path: Path) -> list[str]:
    """Names of the files of a zip, sorted; none where it is damaged, which its reader tells."""
    try:
        with zipfile.ZipFile(path) as archive:
            return sorted(name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX"))
    except DAMAGE:
        return []


def open_bytes(path: Path) -> BinaryIO:
    """The unpacked bytes of `path` as a stream.

    Raises:
        DataError: a zip holds no file, or more than one.
    """
    suffix = path.suffix.lower()
    if suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = zip_names(path)
            if len(names) != 1:
                raise DataError(f"A packed table must hold one file; {path.name} holds {len(names)}. Unpack it and open one of them.")
            return io.BytesIO(archive.read(names[0]))
    openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    return openers.get(suffix, open)(path, "rb")


def encoding_of(path: Path) -> str:
    """UTF-8 if the first bytes are, UTF-16 if they say so, else Windows' Western code page."""
    with open_bytes(path) as file:
        start = file.read(1 << 20)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        start[: start.rfind(b"\n") + 1 or None].decode("utf-8")
        return "utf-8-sig"
    except UnicodeDecodeError:
        return "cp1252"


def read_lines(path: Path, rows: int | None = None, blank: bool = False) -> list[str]:
    """The first `rows` lines (all for None); blank ones are passed over unless asked for."""
    with open_bytes(path) as file, io.TextIOWrapper(file, encoding=encoding_of(path), errors="replace") as text:
        lines = (line.rstrip("\r\n") for line in text)
        return list(islice((line for line in lines if blank or line.strip()), rows))
