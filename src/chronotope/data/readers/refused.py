"""Formats that are recognised and refused, each with the way out."""

from __future__ import annotations

from pathlib import Path

from chronotope.data.field import Field
from chronotope.data.options import OpenOptions
from chronotope.errors import DataError, MissingExtraError

_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".p")
_GEO = (".tif", ".tiff", ".shp", ".gpkg")
_OTHERS = {
    ".xlsx": "Save the sheet as .csv.",
    ".xls": "Save the sheet as .csv.",
    ".mat": "Load it with scipy.io.loadmat and save the arrays with numpy.savez.",
    ".rds": "Save the table as .csv.",
    ".rdata": "Save the table as .csv.",
    ".mp4": "Turn its frames into an array (time, y, x, channel) and save it with numpy.save.",
}


def matches(path: Path) -> bool:
    """True for pickles, rasters of the geo extra, and office and statistics formats."""
    return path.suffix.lower() in (*_PICKLES, *_GEO, *_OTHERS)


def read(path: Path, options: OpenOptions) -> Field:
    """Never a Field.

    Raises:
        DataError: always, with the way out.
        MissingExtraError: the format is one of the geo extra's.
    """
    suffix = path.suffix.lower()
    if suffix in _PICKLES:
        raise DataError(
            f"A file to open must not run code; {path.name} is a pickle, which can. Where you trust it, load it yourself and pass the "
            "array or table to open, or save it: np.savez('data.npz', values=array) or table.to_parquet('data.parquet')."
        )
    if suffix in _GEO:
        raise MissingExtraError(
            f"{path.name} needs a reader of the geo extra, which is not there yet. Convert it to NetCDF first, "
            "for example with rioxarray.open_rasterio and .to_netcdf."
        )
    raise DataError(f"A file must be of a kind that is read; {suffix} is not. {_OTHERS[suffix]}")
