"""Formats that are recognised and refused, each with the way out."""

from __future__ import annotations

from pathlib import Path

from chronotope.data.field import Field
from chronotope.errors import DataError
from chronotope.opening.asked.options import OpenOptions

_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".p")
_OTHERS = {
    ".xlsx": "Save the sheet as .csv.",
    ".xls": "Save the sheet as .csv.",
    ".mat": "Load it with scipy.io.loadmat and save the arrays with numpy.savez.",
    ".rds": "Save the table as .csv.",
    ".rdata": "Save the table as .csv.",
}


def matches(path: Path) -> bool:
    """True for pickles, and office and statistics formats."""
    return path.suffix.lower() in (*_PICKLES, *_OTHERS)


def read(path: Path, options: OpenOptions) -> Field:
    """Never a Field.

    Raises:
        DataError: always, with the way out.
    """
    suffix = path.suffix.lower()
    if suffix in _PICKLES:
        raise DataError(
            f"A file to open must not run code; {path.name} is a pickle, which can. Where you trust it, load it yourself and pass the "
            "array or table to open, or save it: np.savez('data.npz', values=array) or table.to_parquet('data.parquet')."
        )
    raise DataError(f"A file must be of a kind that is read; {suffix} is not. {_OTHERS[suffix]}")
