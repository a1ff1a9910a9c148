"""Traffic archives in HDF5: the pandas layout of METR-LA and PEMS-BAY (read without pytables), and plain named arrays."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import DataError, whole
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers.arrays import from_arrays
from chronotope.opening.tables.tables import table_field

if TYPE_CHECKING:
    import h5py


def matches(path: Path) -> bool:
    """True for `.h5`, `.hdf5` and `.hdf`."""
    return path.suffix.lower() in (".h5", ".hdf5", ".hdf")


def read(path: Path, options: OpenOptions) -> Field:
    """The table or arrays of the file as a Field.

    Raises:
        DataError: the file is damaged or holds nothing of a known layout.
    """
    import h5py  # slow to load, so only when it is needed

    table = None
    with whole("An HDF5 file must be whole", path.name, "Copy or download it again."):
        with h5py.File(path, "r") as file:
            group = _frame_group(file)
            if group is not None:
                table = _fixed_frame(group) if "block0_values" in group else _table_frame(group)
            else:
                arrays = {name: item[()] for name, item in file.items() if isinstance(item, h5py.Dataset)}
    if table is not None:
        return table_field(table, options, path.name)
    if not arrays:
        raise DataError(
            f"An HDF5 file must hold a pandas table or arrays at its top; {path.name} holds neither. Save the array as .npz or .nc."
        )
    return from_arrays({name: _plain(array) for name, array in arrays.items()}, options, path.name)


def _frame_group(file: h5py.File) -> h5py.Group | None:
    """The first group that pandas wrote."""
    groups = [item for item in [file, *file.values()] if hasattr(item, "keys")]
    return next((group for group in groups if "block0_values" in group or "table" in group), None)


def _fixed_frame(group: h5py.Group) -> pd.DataFrame:
    """pandas' "fixed" layout: axis0 columns, axis1 index, one block of values per dtype."""
    columns, index = group["axis0"], group["axis1"]
    frame = pd.DataFrame(index=_index(index), columns=_labels(columns), dtype=float)
    blocks = sorted(name[:-7] for name in group if name.startswith("block") and name.endswith("_values"))
    for block in blocks:
        frame[_labels(group[f"{block}_items"])] = np.asarray(group[f"{block}_values"])
    return frame


def _table_frame(group: h5py.Group) -> pd.DataFrame:
    """pandas' "table" layout: rows of (index, values_block_0, ...)."""
    table = group["table"]
    rows = table[()]
    names = [name for name in rows.dtype.names or () if name.startswith("values_block")]
    if not names:
        raise DataError("A pandas table in HDF5 must hold its values in blocks; this one keeps named columns. Save it as .parquet or .csv.")
    values = np.concatenate([rows[name].reshape(len(rows), -1) for name in names], axis=1)
    attributes = {key: table.attrs[key] for key in table.attrs if key.startswith("values_block") and key.endswith("kind")}
    labels = [label for key in sorted(attributes) for label in _unpack(attributes[key])]
    columns = labels if len(labels) == values.shape[1] else [str(i) for i in range(values.shape[1])]
    return pd.DataFrame(values, index=_times(rows["index"], table.attrs.get("index_kind", b"datetime64")), columns=columns)


def _unpack(text: object) -> list[str]:
    """Column names kept as protocol-0 text; nothing is unpickled, only words after V or S marks are taken."""
    raw = text.decode("latin1") if isinstance(text, bytes) else str(text)
    return list(re.findall(r"^[aV(lp\d]*[VS]'?([^'\n]+)'?$", raw, flags=re.MULTILINE))


def _index(item: h5py.Dataset) -> pd.Index:
    return _times(np.asarray(item), item.attrs.get("kind", b""))


def _times(values: np.ndarray, kind: object) -> pd.Index:
    word = kind.decode() if isinstance(kind, bytes) else str(kind)
    if word.startswith("datetime64") or (values.dtype.kind == "i" and len(values) and abs(int(values[0])) > 10**17):
        unit = word[word.index("[") + 1 : word.index("]")] if "[" in word else "ns"
        return pd.DatetimeIndex(values.astype(f"datetime64[{unit}]"), name="time")
    return pd.Index(_plain(values))


def _labels(item: h5py.Dataset) -> list[str]:
    return [str(label) for label in _plain(np.asarray(item))]


def _plain(array: np.ndarray) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8")
    if array.dtype.kind == "O":
        return np.array([cell.decode() if isinstance(cell, bytes) else str(cell) for cell in array.ravel()]).reshape(array.shape)
    return array
