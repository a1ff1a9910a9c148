"""Datasets as long tables: time, place, lat, lon, variable, then the numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr


def long_table(dataset: xr.Dataset, names: tuple[str, ...], space: tuple[str, ...], kind: str) -> pd.DataFrame:
    """One row per observed value; for events and tracks one row per event or fix."""
    if "time" not in dataset.dims or kind == "events":
        return dataset.reset_coords().to_dataframe().reset_index(drop=True)
    parts = []
    for name in names:
        array = dataset[name]
        frame = array.rename("value").to_dataframe().reset_index()
        extra = [dim for dim in array.dims if dim not in ("time", *space)]
        label = frame[extra].astype(str).agg(", ".join, axis=1).radd(f"{name}[").add("]") if extra and int(np.prod([array.sizes[d] for d in extra])) > 1 else name
        parts.append(frame.assign(variable=label)[[c for c in _columns(frame, space) if c in frame] + ["variable", "value"]])
    return pd.concat(parts, ignore_index=True).dropna(subset=["value"]).reset_index(drop=True)


def _columns(frame: pd.DataFrame, space: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(["time", *(dim for dim in space if dim not in ("lat", "lon", "x", "y")), "lat", "lon", "y", "x"]))
