"""What a file is by its first bytes, where its name does not say so or says something else."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import re
import shutil
import tempfile
import weakref
import zipfile
from pathlib import Path
from typing import Any

from chronotope.opening.sniff.text import DAMAGE, zip_names

_HEAD = 4096
_MAGIC = (
    (b"CDF\x01", ".nc"),
    (b"CDF\x02", ".nc"),
    (b"CDF\x05", ".nc"),
    (b"\x89HDF\r\n\x1a\n", ".h5"),
    (b"GRIB", ".grib"),
    (b"PAR1", ".parquet"),
    (b"\x93NUMPY", ".npy"),
    (b"II*\x00", ".tif"),
    (b"MM\x00*", ".tif"),
    (b"II+\x00", ".tif"),
    (b"GIF8", ".gif"),
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"fgb\x03fgb", ".fgb"),
    (b"SQLite format 3\x00", ".sqlite"),
    (b"\x1aE\xdf\xa3", ".mkv"),
    (b"MATLAB 5.0", ".mat"),
    (b"\x1f\x8b", ".gz"),
    (b"BZh", ".bz2"),
    (b"\xfd7zXZ\x00", ".xz"),
    (b"PK\x03\x04", ".zip"),
)
_PACKED: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
ONE_KIND = tuple(".nc .nc4 .grib .grib2 .grb .grb2 .parquet .npy .tif .tiff .csv .txt .tsv .dat .json".split())
_SAME = {".nc4": ".nc", ".grib2": ".grib", ".grb": ".grib", ".grb2": ".grib", ".tiff": ".tif"}
_TEXT = (".txt", ".json", ".jsonl", ".gpx")
_FOLDERS: list[weakref.finalize] = []  # data that are opened lazily may still be read; removed when the program ends


def suffix_of(path: Path) -> str | None:
    """The suffix that a file of this content would have, for example ".nc"; None where the bytes are of no known kind."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    found = _of_bytes(head)
    if found == ".h5":
        return ".nc" if _is_netcdf(path) else ".h5"
    if found == ".zip":
        return _of_zip(path)
    return found


def named_by_content(path: Path, known: bool) -> tuple[Path, str] | None:
    """(the file under a name with the suffix of its content, that suffix), where its own name has none or a wrong one; else None.

    What is packed and no text is unpacked, as no reader takes it packed.

    Args:
        known: whether a reader takes the file by its name.
    """
    own = path.suffix.lower()
    if not path.is_file() or (known and own not in ONE_KIND):
        return None
    found = suffix_of(path)
    if found is None or known and (_SAME.get(own, own) == found or found in _TEXT or {own, found} <= {".nc", ".nc4", ".h5"}):
        return None
    inside = _unpacked(path, found)
    return inside if inside is not None else (_linked(path, found), found)


def _of_bytes(head: bytes) -> str | None:
    if head[:4] == b"SQLi" and head[68:72] in (b"GPKG", b"GP10", b"GP11"):
        return ".gpkg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ".webp"
    if head[4:8] == b"ftyp":
        return ".mp4"
    if head[8:12] == b"DUCK":
        return ".duckdb"
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05":
        return ".pkl"
    return next((suffix for magic, suffix in _MAGIC if head.startswith(magic)), None) or _of_text(head)


def _of_text(head: bytes) -> str | None:
    if not head.strip() or (b"\x00" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff")):
        return None
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] in (b"{", b"["):
        lines = [line for line in text.splitlines() if line.strip()]
        return ".jsonl" if len(lines) > 1 and lines[0].rstrip().endswith(b"}") and lines[1].lstrip().startswith(b"{") else ".json"
    if b"<gpx" not in head and len([line for line in text.splitlines() if line.strip()]) < 2:
        return None  # one line is no table
    return ".gpx" if b"<gpx" in head else None if re.match(rb"<(\?xml|!doctype|html)", text, re.IGNORECASE) else ".txt"


def _is_netcdf(path: Path) -> bool:
    """True for HDF5 with the marks of NetCDF 4: its properties, or dims kept as scales."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            scales = (item.attrs.get("CLASS") == b"DIMENSION_SCALE" for item in file.values() if isinstance(item, h5py.Dataset))
            return "_NCProperties" in file.attrs or any(scales)
    except Exception:  # damaged in one of many ways; the reader tells
        return False


def _of_zip(path: Path) -> str:
    names = zip_names(path)
    if "[Content_Types].xml" in names:
        return ".xlsx"
    if any(Path(name).name in ("zarr.json", ".zgroup", ".zarray") for name in names):
        return ".zarr.zip"
    return ".npz" if names and all(name.endswith(".npy") for name in names) else ".zip"


def _unpacked(path: Path, packing: str) -> tuple[Path, str] | None:
    """A single file inside a zip or a compressed stream, where it is no text; None else."""
    try:
        if packing == ".zip":
            names = zip_names(path)
            if len(names) != 1:
                return None
            with zipfile.ZipFile(path) as archive, archive.open(names[0]) as file:
                return _copied(file, path)
        if packing in _PACKED:
            with _PACKED[packing](path, "rb") as file:
                return _copied(file, path)
    except DAMAGE:
        return None
    return None


def _copied(file: Any, path: Path) -> tuple[Path, str] | None:
    head = file.read(_HEAD)
    found = _of_bytes(head)
    if found in (None, ".txt", ".json", ".jsonl", *_PACKED, ".zip"):
        return None
    copy = _folder() / f"{path.name}.part"
    with copy.open("wb") as out:
        out.write(head)
        shutil.copyfileobj(file, out)
    suffix = suffix_of(copy) or str(found)
    return copy.rename(copy.with_name(path.name + suffix)), suffix


def _linked(path: Path, suffix: str) -> Path:
    """`path` under a name that ends in `suffix`, as a link, or as a copy where links are not allowed."""
    alias = _folder() / f"{path.name}{suffix}"
    with contextlib.suppress(OSError, NotImplementedError):
        alias.symlink_to(path.resolve())
        return alias
    return Path(shutil.copyfile(path, alias))


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="chronotope-"))
    _FOLDERS.append(weakref.finalize(_KEEPER, shutil.rmtree, folder, ignore_errors=True))
    return folder


class _Keeper:
    """Lives as long as the program does."""


_KEEPER = _Keeper()
