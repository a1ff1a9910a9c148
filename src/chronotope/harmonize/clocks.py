"""Local clocks to UTC and back, by declared rules for the hours that daylight saving repeats and leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.side import CLOCKS
from chronotope.data.zones import comes_twice, zone_named
from chronotope.errors import ArgumentError, TimeError
from chronotope.harmonize.record import changed

Ambiguous = Literal["first", "second", "infer", "drop"]
Missing = Literal["raise", "shift", "drop"]
_MISSING = {"raise": "raise", "shift": "shift_forward", "drop": "NaT"}


def localize(field: Field, zone: str, *, ambiguous: Ambiguous = "first", missing: Missing = "raise") -> Field:
    """The field with its local stamps, whose clock is that of `zone`, turned to UTC.

    Args:
        field: any Field with naive local stamps, `time` over one dim.
        zone: IANA name, "Europe/Berlin"; "Etc/GMT-1" is a clock that never changes, one hour ahead of UTC.
        ambiguous: which of the two hours a stamp means when the clock is set back: "first" (daylight saving), "second", "infer" from
            the order of the stamps, or "drop" such rows.
        missing: what to do with stamps of the hour that is left out when the clock is set forward: "raise", "shift" them to the first
            hour that exists, or "drop" such rows.

    Returns:
        The Field with UTC stamps; no value changes. Dropped rows and repeated hours are named in the findings.

    Raises:
        ArgumentError: no such zone or rule.
        TimeError: a stamp does not exist (and `missing` is "raise"), or two stamps become one.
    """
    local = field.times
    utc = to_utc(local, zone, ambiguous=ambiguous, missing=missing)
    keep = ~np.isnat(utc)
    dim = str(field.dataset["time"].dims[0])
    dataset = field.dataset if keep.all() else field.dataset.isel({dim: np.flatnonzero(keep)})
    dataset = dataset.assign_coords(time=(dim, utc[keep], field.dataset["time"].attrs | {"time_zone": "UTC", "source_zone": zone}))
    _check_rising(utc[keep], local[keep], dim, zone)
    dataset = _clocks_beside(dataset, lambda times: to_utc(times, zone, ambiguous="first", missing="shift"))
    twice = int(comes_twice(local, zone).sum())
    texts = [f"clock: local time of {zone} turned to UTC"]
    texts += [f"clock: {twice} stamps lie in repeated hours; rule {ambiguous!r}"] if twice else []
    texts += [f"clock: {int((~keep).sum())} rows dropped"] if not keep.all() else []
    return changed(field, dataset, *texts)


def to_local(field: Field, zone: str) -> Field:
    """The field with its UTC stamps shown on the clock of `zone`; the inverse of `localize`.

    Raises:
        ArgumentError: no such zone.
        TimeError: the record holds an hour that the local clock repeats, so that two stamps would become one.
    """
    dim = str(field.dataset["time"].dims[0])
    local = _shown(field.times, zone)
    _check_rising(local, field.times, dim, zone)
    dataset = field.dataset.assign_coords(time=(dim, local, field.dataset["time"].attrs | {"time_zone": zone}))
    dataset = _clocks_beside(dataset, lambda times: _shown(times, zone))
    return changed(field, dataset, f"clock: UTC shown as local time of {zone}")


def to_utc(times: Any, zone: str, *, ambiguous: Ambiguous = "infer", missing: Missing = "raise") -> np.ndarray:
    """Naive local stamps as UTC, datetime64[ns] (t,), NaT where a rule drops them.

    For columns that repeat an hour, which cannot be opened before their stamps are told apart.

    Args:
        times: naive local stamps (t,), in the order of the record for "infer".
        zone, ambiguous, missing: see `localize`.

    Raises:
        ArgumentError: no such zone or rule.
        TimeError: a stamp does not exist, or the order does not tell the first hour from the second.
    """
    if ambiguous not in ("first", "second", "infer", "drop"):
        raise ArgumentError(f"ambiguous must be 'first', 'second', 'infer' or 'drop'; found {ambiguous!r}.")
    if missing not in _MISSING:
        raise ArgumentError(f"missing must be 'raise', 'shift' or 'drop'; found {missing!r}.")
    index = pd.DatetimeIndex(np.asarray(times, "datetime64[ns]"))
    rule = {"first": np.ones(len(index), bool), "second": np.zeros(len(index), bool), "infer": "infer", "drop": "NaT"}[ambiguous]
    try:
        aware = index.tz_localize(zone_named(zone), ambiguous=rule, nonexistent=_MISSING[missing])
    except ValueError as error:
        raise TimeError(_complaint(index, zone, error)) from None
    return aware.tz_convert("UTC").tz_localize(None).values.astype("datetime64[ns]")


def _shown(times: np.ndarray, zone: str) -> np.ndarray:
    return pd.DatetimeIndex(times).tz_localize("UTC").tz_convert(zone_named(zone)).tz_localize(None).values.astype("datetime64[ns]")


def _clocks_beside(dataset: xr.Dataset, move: Callable[[np.ndarray], np.ndarray]) -> xr.Dataset:
    """Stamps of notes, of what is known ahead and of changing edges moved with the time; in hours that come twice by the first of them."""
    moved = {name: (dataset[name].dims, move(dataset[name].values), dataset[name].attrs) for name in CLOCKS if name in dataset.coords}
    return dataset.assign_coords(moved)


def _complaint(index: pd.DatetimeIndex, zone: str, error: ValueError) -> str:
    told = index.tz_localize(zone_named(zone), ambiguous="NaT", nonexistent="NaT")
    absent = told.isna() & ~comes_twice(index.values, zone) & ~index.isna()
    if absent.any():
        return (
            f"Local stamps must exist on the clock of {zone}; {index[absent][0]} does not, as the clock is set forward then "
            f"({int(absent.sum())} such stamps). If the clock never changes, name a fixed one such as 'Etc/GMT-1', "
            "else give missing='shift' or 'drop'."
        )
    return f"The order of the stamps must tell the repeated hour of {zone} apart; {error}. Give ambiguous='first', 'second' or 'drop'."


def _check_rising(times: np.ndarray, before: np.ndarray, dim: str, zone: str) -> None:
    """Rows of a common clock stay in order, each once; events and fixes may share a stamp."""
    fallen = np.flatnonzero(np.diff(times) <= np.timedelta64(0)) if dim == "time" else np.array([], int)
    if len(fallen):
        i = int(fallen[0])
        raise TimeError(
            f"Stamps must stay different on the new clock; {before[i]} and {before[i + 1]} become {times[i]} and {times[i + 1]} ({zone}). "
            "Drop the rows of that hour, for example with ambiguous='drop' and missing='drop'."
        )
