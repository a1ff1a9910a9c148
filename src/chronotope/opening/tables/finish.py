"""The last step of every table of fixed places."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.tidy_time import tidy_time

FEWEST, SPARSE = 12, 0.7  # stamps, and share of them at which a place is read


def finish_graph(dataset: xr.Dataset, names: tuple[str, ...], found: list[Finding], options: OpenOptions, source: str) -> Field:
    """Sorted stamps, text labels, and the Field."""
    notes = list(found)
    dataset = tidy_time(dataset, notes)
    notes += _days_of_their_own(dataset, names)
    return Field(dataset, "graph", names, ("place",), tuple(notes), options.step, source)


def _days_of_their_own(dataset: xr.Dataset, names: tuple[str, ...]) -> list[Finding]:
    """Places that are read in the same rounds, but each on a day of its own: their values do not stand side by side."""
    times, count = dataset["time"].values, dataset.sizes["time"]
    known = [dataset[name].notnull().transpose("time", "place", ...) for name in names if {"time", "place"} <= set(dataset[name].dims)]
    seen = np.any([one.values.reshape(count, dataset.sizes["place"], -1).any(axis=-1) for one in known], axis=0)
    if seen.ndim != 2 or seen.shape[1] < 2 or count < FEWEST or seen.mean() > SPARSE:
        return []
    gaps = [np.diff(times[rows]) for rows in seen.T if rows.sum() > 2]
    if not gaps:
        return []
    usual, between = np.median(np.concatenate(gaps)), np.diff(times)
    rounds = 1 + (between > usual / 3).sum()
    full = len(gaps) == seen.shape[1] and abs(rounds - np.median(seen.sum(axis=0))) <= 0.1 * rounds
    if not full or np.median(between) > usual / 10:
        return []
    text = f"places are read about every {usual / np.timedelta64(1, 'D'):.3g} days, each on a day of its own, so few values share a stamp"
    return [Finding("warning", f"{text}; write one date for each round of readings, or forecasts mix rounds")]
