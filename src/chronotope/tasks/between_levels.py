"""Between levels: answers at the levels of a field, read at heights or pressures between them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError

PRESSURES = {"pa", "hpa", "mb", "mbar", "millibar", "millibars", "kpa"}  # which fall off with height as exponentials do
HALVED = (
    0.5  # of the error at levels that were left out, where the gap is twice as wide: between a smooth profile's quarter and noise's whole
)


def level_dim(field: Field, names: tuple[str, ...], columns: list[str]) -> str | None:
    """The dim beside time and places of which a table of places names values; None where it names none.

    Raises:
        DataError: a variable has no such dim, more than one, or one without numbers.
    """
    further = {name: [str(dim) for dim in field.dataset[name].dims if dim not in ("time", *field.space)] for name in names}
    dim = next((dim for dims in further.values() for dim in dims if dim in columns), None)
    if dim is None:
        return None
    other = next((name for name, dims in further.items() if dims != [dim]), None)
    if other is not None:
        raise DataError(
            f"All variables must have {dim} and no dim beside it to be read between its values; {other!r} does not. Name target=."
        )
    if dim not in field.dataset.coords or field.dataset[dim].dtype.kind not in "fiu" or dim in ("member", "number", "realization"):
        raise DataError(f"{dim} must be a coordinate with numbers to be read between them; leave the column out to get all of them.")
    return dim


def between(values: np.ndarray, seen: np.ndarray, axis: xr.DataArray, wanted: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, t, k) at the `wanted` level (k,) of each place: straight between levels (of pressures in their logarithm).

    How wide they are also holds how far levels that were left out lie from the line between those above and below.

    Args:
        values: quantiles (q, t, k, w) at all levels.
        seen: what was observed, (t, n, w).
        axis: the levels' coordinate (w,).
        wanted: in its unit.
        levels: of the quantiles.

    Raises:
        ArgumentError: a wanted level lies outside.
    """
    at = axis.values.astype(float)
    if not np.isfinite(wanted).all() or (wanted < at.min()).any() or (wanted > at.max()).any():
        bad = wanted[~(np.isfinite(wanted) & (wanted >= at.min()) & (wanted <= at.max()))][0]
        raise ArgumentError(f"{axis.name} must lie between {at.min():g} and {at.max():g}, the levels of the field; found {bad:g}.")
    scale = np.log if str(axis.attrs.get("units", "")).strip().lower() in PRESSURES and at.min() > 0 else np.asarray
    order = np.argsort(at)
    rising, place = scale(at[order]), scale(wanted)
    low = np.clip(np.searchsorted(rising, place, side="right") - 1, 0, max(len(rising) - 2, 0))
    high = np.minimum(low + 1, len(rising) - 1)
    gap = np.where(rising[high] > rising[low], rising[high] - rising[low], 1.0)
    share = (place - rising[low]) / gap
    a, b = (np.take_along_axis(values[..., order], at_[None, None, :, None], axis=3)[..., 0] for at_ in (low, high))
    line = a + share * (b - a)
    more = HALVED * 4 * share * (1 - share) * _off(seen[..., order], rising, low, levels)[:, None]
    middle = line[np.abs(np.array(levels) - 0.5).argmin()]
    away = line - middle
    return np.asarray(middle + np.sign(away + more) * np.hypot(away, more))


def _off(seen: np.ndarray, at: np.ndarray, low: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, k), less their middle, of how far inner levels near `low` (k,) lie from the line between their neighbours."""
    if len(at) < 3:
        return np.zeros((len(levels), len(low)))
    part = (at[1:-1] - at[:-2]) / (at[2:] - at[:-2])
    off = seen[..., 1:-1] - (seen[..., :-2] + part * (seen[..., 2:] - seen[..., :-2]))
    found = np.nanquantile(off.reshape(-1, len(part)), levels, axis=0)
    found = found - np.nanmedian(off.reshape(-1, len(part)), axis=0)
    return np.asarray(np.nan_to_num(found)[:, np.clip(low - 1, 0, len(part) - 1)])
