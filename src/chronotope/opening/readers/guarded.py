"""Arrays that are read when asked for: where reading fails, the error names file, variable and chunk."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from chronotope.errors import DataError, reason

_MOST = 4096  # chunks that are tried one by one to find the broken one


def guarded(dataset: xr.Dataset, rule: str, name: str) -> xr.Dataset:
    """`dataset` whose lazily opened variables raise DataError where they cannot be read.

    Args:
        rule: what must hold, for example "A Zarr folder must hold whole chunks".
        name: the file, for people.
    """
    made = {}
    for key, variable in dataset.variables.items():
        if key in dataset.indexes or not isinstance(variable._data, indexing.ExplicitlyIndexed):
            continue
        inner = _Guarded(variable, f"{rule}; variable {key!r} in {name} cannot be read")
        lazy: Any = indexing.LazilyIndexedArray(inner)
        data = indexing.MemoryCachedArray(indexing.CopyOnWriteArray(lazy))
        made[key] = xr.Variable(variable.dims, data, variable.attrs, variable.encoding, fastpath=True)
    return dataset.assign_coords({key: made[key] for key in made if key in dataset.coords}).assign(
        {key: made[key] for key in made if key in dataset.data_vars}
    )


class _Guarded(BackendArray):
    """One variable, read through the file's own array."""

    def __init__(self, variable: xr.Variable, complaint: str) -> None:
        self.variable, self.complaint = variable, complaint
        self.shape, self.dtype = variable.shape, variable.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._part)

    def _part(self, key: tuple[Any, ...]) -> np.ndarray:
        try:
            return self.variable[key].values
        except Exception as error:  # the file's libraries raise many kinds, and all mean: this part is damaged
            raise DataError(f"{self.complaint}{self._where()} ({reason(error)}). Copy or download it again.") from error

    def _where(self) -> str:
        """The first chunk that cannot be read, by the positions it begins at."""
        sizes = self.variable.encoding.get("chunksizes") or self.variable.encoding.get("chunks")
        if not sizes or len(sizes) != len(self.shape) or not all(sizes):
            return ""
        counts = [-(-length // size) for length, size in zip(self.shape, sizes)]
        for index in list(np.ndindex(*counts))[:_MOST] if np.prod(counts) <= _MOST else ():
            part = tuple(slice(i * size, min((i + 1) * size, length)) for i, size, length in zip(index, sizes, self.shape))
            try:
                _ = self.variable[part].values
            except Exception:  # as above
                place = ", ".join(f"{dim} {piece.start} to {piece.stop - 1}" for dim, piece in zip(self.variable.dims, part))
                return f" at {place}"
        return ""
