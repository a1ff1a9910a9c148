"""Outages: runs of missing steps where a series is otherwise there, longer than its own gaps make likely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.inspect.runs import stretches_of

PRESENT = 0.8  # share of the other steps that must be there
UNLIKELY = 0.05
SURE = 300.0  # the largest score


@dataclass(frozen=True)
class Stretch:
    """Steps first .. last (both of them in it) of one series, and what was found there.

    Attributes:
        place, variable: int.
        first, last: rows.
        kind: point, stuck, level, drift, burst, unit, inconsistent, swapped or outage.
        peak: the largest score, minus log10 of a probability.
        told: the evidence, half a sentence.
    """

    place: int
    variable: int
    first: int
    last: int
    kind: str
    peak: float
    told: str


def outages(mask: np.ndarray, wanted: np.ndarray) -> list[Stretch]:
    """Outages of all series of mask (t, n, v), of the channels `wanted` (v,); what came before a series began is none."""
    found = []
    for k in np.flatnonzero(wanted):
        for i in np.flatnonzero(mask[..., k].any(axis=0) & ~mask[..., k].all(axis=0)):
            found += _of_series(mask[:, i, k], int(i), int(k))
    return found


def _of_series(there: np.ndarray, place: int, variable: int) -> list[Stretch]:
    begun = int(np.argmax(there))
    first, stop = stretches_of(~there[begun:])
    length = stop - first
    out = []
    for one, size in zip(first + begun, length):
        rest = len(there) - begun - size
        other = int(length.sum() - size)
        if rest < 1 or other > (1.0 - PRESENT) * rest:
            continue
        going_on = (other - (len(length) - 1) + 0.5) / (other + 2.0)  # chance that one of the other gaps goes on
        likely = np.log10(len(length)) + (size - 1) * np.log10(going_on)
        if likely < np.log10(UNLIKELY):
            told = f"missing for {size} steps, where {1.0 - other / rest:.0%} of the others are there"
            out.append(Stretch(place, variable, int(one), int(one + size - 1), "outage", float(min(-likely, SURE)), told))
    return out
