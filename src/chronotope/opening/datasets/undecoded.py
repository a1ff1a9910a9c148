"""Datasets in memory whose attributes still say how their numbers are packed and what stands for missing."""

from __future__ import annotations

import xarray as xr

from chronotope.data.categories import is_category
from chronotope.errors import listed
from chronotope.inspect.finding import Finding

_MISSING, _PACKED = ("_FillValue", "missing_value"), ("scale_factor", "add_offset")


def decoded_numbers(dataset: xr.Dataset, found: list[Finding]) -> xr.Dataset:
    """The dataset as xarray decodes it from a file: packed numbers unpacked, declared codes as NaN, both kept in `encoding`."""
    names = [
        name
        for name, array in dataset.data_vars.items()
        if array.dtype.kind in "iuf" and set(array.attrs) & {*_MISSING, *_PACKED} and not is_category(array)
    ]
    if not names:
        return dataset
    codes = {str(dataset[name].attrs[word]) for name in names for word in _MISSING if word in dataset[name].attrs}
    packed = [str(name) for name in names if set(dataset[name].attrs) & set(_PACKED)]
    plain = xr.decode_cf(dataset[names].copy(), decode_times=False, decode_timedelta=False, decode_coords=False, concat_characters=False)
    said = [f"{', '.join(sorted(codes))} stands for missing, as declared"] if codes else []
    said += [f"packed numbers are unpacked ({listed(packed, 4)})"] if packed else []
    found.append(Finding("inferred", "; ".join(said)))
    return dataset.assign({name: plain[name].variable for name in names})
