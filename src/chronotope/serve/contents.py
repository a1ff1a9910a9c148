"""What uploads hold, looked at before anything opens them: they are what their names say, reach no other file, and are not too large."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import Any

from chronotope.errors import DataError
from chronotope.serve.limits import Limits

TEXT, JSON = (".csv", ".tsv", ".txt", ".dat", ".tab"), (".json", ".geojson", ".jsonl", ".ndjson")
HDF5 = (".nc", ".nc4", ".cdf", ".netcdf", ".h5", ".hdf5")
TAKEN = (*TEXT, *JSON, *HDF5, ".parquet", ".geoparquet", ".npz", ".npy")
MAGIC = {
    **dict.fromkeys(HDF5, (b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"CDF\x02", b"CDF\x05")),
    **dict.fromkeys((".parquet", ".geoparquet"), (b"PAR1",)),
    ".npz": (b"PK\x03\x04",),
    ".npy": (b"\x93NUMPY",),
}
WAYS = {
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "Save the sheet as .csv."),
    **dict.fromkeys(
        (".pkl", ".pickle", ".joblib", ".pt", ".pth"), "A pickle can run code; save the table as .parquet or the arrays as .npz."
    ),
    **dict.fromkeys((".zip", ".tar", ".7z", ".rar"), "Unpack it and send the table."),
    **dict.fromkeys((".grib", ".grib2", ".grb", ".tif", ".tiff"), "Save it as .nc, for example with xarray."),
    **dict.fromkeys((".shp", ".gpkg", ".fgb", ".kml"), "Save it as .geojson."),
}
READ = "A server reads CSV, NetCDF, HDF5, Parquet, GeoJSON, JSON and numpy files"


def check_name(name: str) -> None:
    """Refuse a file by its name.

    Raises:
        DataError: it is of a kind that is not taken.
    """
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    last = suffixes[-1] if suffixes else ""
    if last == ".gz" and len(suffixes) > 1 and suffixes[-2] in (*TEXT, *JSON):
        return
    if last not in TAKEN:
        found = f"{name} ends in {last}" if last else f"{name} has no ending such as .csv"
        raise DataError(f"{READ}; {found}. {WAYS.get(last, 'Save it as .csv, .nc or .parquet.')}")


def checked_file(path: Path, limits: Limits) -> Path:
    """The file to open for an upload, which is itself or what it holds packed.

    Raises:
        DataError: it is not what its name says, or reaches for other files.
        TooMuch: it holds more than is taken.
    """
    if path.suffix.lower() == ".gz":
        path = _unpacked(path, limits)
    if not path.stat().st_size:
        raise DataError(f"A file must hold something; {path.name} is empty.")
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(4096)
    if suffix in MAGIC:
        if not head.startswith(MAGIC[suffix]):
            raise DataError(f"A file must be what its name says; {path.name} does not begin like {suffix} files do. Save or copy it again.")
        _CHECKS.get(suffix, _check_hdf5 if suffix in HDF5 else _nothing)(path, limits)
        return path
    utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if head.startswith((b"\x1f\x8b", b"PAR1", b"CDF", b"PK", b"GRIB", b"%PDF")) or (b"\x00" in head and not utf16) or head[:1] == b"\x80":
        raise DataError(f"A file must be what its name says; {path.name} is not text. Name it by what it holds, or save it as text.")
    if suffix in TEXT:
        with path.open("rb") as file:
            limits.check_rows(path.name, sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")))
    return path


def _nothing(path: Path, limits: Limits) -> None:
    pass


def _unpacked(path: Path, limits: Limits) -> Path:
    made, size = path.with_suffix(""), 0
    try:
        with gzip.open(path) as source, made.open("wb") as out:
            while block := source.read(1 << 20):
                size += len(block)
                limits.check_bytes(size, f"{path.name}, unpacked,")
                out.write(block)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"A packed file must be whole; {path.name} cannot be unpacked. Copy it again.") from error
    return made


def _check_npz(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DataError(f"A numpy file must be whole; {path.name} cannot be read. Copy it again.") from error
    if not all(member.filename.endswith(".npy") for member in members):
        raise DataError(f"An .npz must hold arrays alone; {path.name} holds {members[0].filename!r} too. Save it with numpy.savez.")
    limits.check_bytes(sum(member.file_size for member in members), f"{path.name}, unpacked,")


def _check_parquet(path: Path, limits: Limits) -> None:
    import pyarrow.parquet as parquet

    try:
        about = parquet.read_metadata(path)
    except Exception as error:  # arrow raises many kinds for a damaged file
        raise DataError(f"A Parquet file must be whole; {path.name} cannot be read. Copy it again.") from error
    limits.check_rows(path.name, about.num_rows)
    limits.check_values(path.name, about.num_rows * about.num_columns)


def _check_hdf5(path: Path, limits: Limits) -> None:
    """HDF5 can name other files - links, raw data outside, virtual sets - and claim sizes that it does not hold."""
    import h5py

    with path.open("rb") as file:
        if file.read(3) == b"CDF":
            return  # classic NetCDF knows neither, and its size is that of the file
    try:
        with h5py.File(path, "r") as opened:
            limits.check_values(path.name, _size_of(opened, path.name, set()))
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        if isinstance(error, DataError) or "This server" in str(error):
            raise
        raise DataError(f"A NetCDF or HDF5 file must be whole; {path.name} cannot be read. Copy it again.") from error


def _size_of(group: Any, name: str, seen: set[Any]) -> int:
    """Numbers in a group and below it.

    Raises:
        DataError: something in it lies in another file.
    """
    import h5py

    count = 0
    for key in group:
        if isinstance(group.get(key, getlink=True), h5py.ExternalLink):
            raise DataError(f"A file must hold its own data; {key!r} in {name} is a link to another file. Save a copy without links.")
        item = group.get(key)
        if item is None or (address := h5py.h5o.get_info(item.id).addr) in seen:
            continue  # a link that leads nowhere, or to what was met before
        seen.add(address)
        if isinstance(item, h5py.Dataset):
            if item.external or item.is_virtual:
                raise DataError(f"A file must hold its own data; {key!r} in {name} lies in another file. Save a copy of its values.")
            count += int(item.size or 0)
        elif isinstance(item, h5py.Group):
            count += _size_of(item, name, seen)
    return count


_CHECKS = {".npz": _check_npz, ".parquet": _check_parquet, ".geoparquet": _check_parquet}
