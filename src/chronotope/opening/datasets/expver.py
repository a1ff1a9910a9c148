"""ERA5 beside its preliminary part, which files keep along a dim `expver`: joined into one series."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chronotope.inspect.finding import Finding

DIM = "expver"
_CELLS = 8  # cells along each dim that are looked at to see which part holds a step


def without_expver(dataset: xr.Dataset, found: list[Finding]) -> xr.Dataset:
    """The dataset with, at each step, the part that is not missing; lazily. The final one (first) where both are there.

    Args:
        dataset: with a dim `time`; as it is where it has no dim `expver`.
        found: takes what was done.
    """
    names = [name for name, array in dataset.data_vars.items() if {DIM, "time"} <= set(array.dims) and array.dtype.kind == "f"]
    if DIM not in dataset.dims or not names:
        return dataset
    seen = np.stack([_share(dataset[name]) for name in names]).mean(axis=0)
    part = seen.argmax(axis=1)
    labels = dataset[DIM].values if DIM in dataset.coords else np.arange(dataset.sizes[DIM])
    counts = ", ".join(f"{int((part == i).sum())} steps of {label}" for i, label in enumerate(labels) if (part == i).any())
    found.append(Finding("inferred", f"expver: the part that is not missing at each step is taken ({counts})"))
    both = int(((seen > 0).sum(axis=1) > 1).sum())
    if both:
        found.append(Finding("warning", f"expver: {both} steps are in more than one part; the fuller one is taken"))
    index = xr.DataArray(part, dims="time")
    over = [name for name, array in dataset.data_vars.items() if DIM in array.dims]
    joined = {name: dataset[name].isel({DIM: index}).drop_vars(DIM, errors="ignore") for name in over}
    return dataset.drop_vars([*joined, *([DIM] if DIM in dataset.coords else [])]).assign(joined)


def _share(array: xr.DataArray) -> np.ndarray:
    """Share of values that are there, (time, expver), in some cells."""
    other = [dim for dim in array.dims if dim not in ("time", DIM)]
    some = array.isel({dim: np.unique(np.linspace(0, array.sizes[dim] - 1, _CELLS).astype(int)) for dim in other})
    return some.notnull().transpose("time", DIM, ...).values.reshape(array.sizes["time"], array.sizes[DIM], -1).mean(axis=2)
