"""What was done to a Field, written where the next reader looks: its findings and the CF attribute `history`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.side import FUTURE, NOTE, POI
from chronotope.errors import KindError
from chronotope.inspect.finding import Finding

FRAMED = ("grid", "graph", "video")


def changed(field: Field, dataset: xr.Dataset, *texts: str, **changes: Any) -> Field:
    """`field` around `dataset`, with one finding and one line of `history` per text; `changes` are further fields of Field.

    Notes, points of interest and what is known ahead everywhere stay, also where the places are others.
    """
    kept = {name: array for name, array in field.dataset.coords.items() if array.dims and set(array.dims) <= {NOTE, POI, FUTURE}}
    dataset = dataset.assign_coords({name: array for name, array in kept.items() if name not in dataset.coords})
    before = [str(dataset.attrs["history"])] if dataset.attrs.get("history") else []
    dataset = dataset.assign_attrs(history="\n".join([*before, *texts]))
    return replace(field, dataset=dataset, **changes).with_findings(*(Finding("inferred", text) for text in texts))


def need_kind(field: Field, kinds: tuple[str, ...], verb: str, way_out: str) -> None:
    """Raise KindError with the way out, unless the field is of one of `kinds`."""
    if not isinstance(field, Field):
        raise KindError(f"{verb} takes a Field; found {type(field).__name__}. Open it first with chronotope.open.")
    if field.kind not in kinds:
        raise KindError(f"{verb} takes {', '.join(kinds)}; this field is {field.kind}. {way_out}")


def series_block(array: xr.DataArray, space: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """(values float64 (t, n, w), dims they were ordered by): n places, w indices of any further dims."""
    extra = tuple(str(dim) for dim in array.dims if dim not in ("time", *space))
    dims = ("time", *space, *extra)
    ordered = array.transpose(*dims)
    places, width = (int(np.prod([array.sizes[dim] for dim in part])) for part in (space, extra))
    return ordered.values.astype(np.float64).reshape(-1, places, width), dims


def masked(array: xr.DataArray, mask: np.ndarray, dims: tuple[str, ...]) -> xr.DataArray:
    """`array` with NaN where `mask` (t, n, w) is True; no other value, dim or attribute changes."""
    if not mask.any():
        return array
    flags = xr.DataArray(mask.reshape([array.sizes[dim] for dim in dims]), dims=dims).transpose(*array.dims)
    kind = array.dtype if array.dtype.kind == "f" else np.float64
    values = np.where(flags.values, np.nan, array.values.astype(kind)).astype(kind)
    return array.copy(data=values)
