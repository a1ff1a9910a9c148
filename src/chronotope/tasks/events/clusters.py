"""Clusters: which events stand closer in space and time than the share of each place and the number in each step lead to expect."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.evidence.scan import Cylinder, Scan, separable
from chronotope.tasks.events.asking import Asked, EventCall
from chronotope.tasks.events.detection import EventDetection

WORLDS = (99, 999)  # of chance, at least and at most
MOST_SEEN = 400_000  # counts that are scanned: with more of them worlds take minutes
USUAL = 60_000  # counts that are scanned where no step is asked for
ESTIMATOR = "space-time permutation scan"


def detect_clusters(field: Field, *, rate: float, step: Any = None, cell: Any = None) -> EventDetection:
    """Clusters that at most a share `rate` of worlds of chance would hold; see `Model.detect`.

    Raises:
        ArgumentError: `rate` is no share, or the steps and cells are too many.
        DataError: too few events.
    """
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < 0.5:
        raise ArgumentError(f"rate must be a share between 0 and 0.5, such as 0.01; found {rate!r}.")
    call = EventCall.of(field, 1, step, cell, None, None)
    asked = call.asked[0] if step is not None or field.step is not None else _longer(call.asked[0])
    rows, places = _cells(asked)
    counts = np.zeros((rows.max() + 1, len(asked.events.lattice)))
    np.add.at(counts, (rows, places), 1)
    if counts.size > MOST_SEEN:
        said = f"step and cell must leave at most {MOST_SEEN} counts to look at; found {counts.shape[0]} steps of {counts.shape[1]} cells."
        raise ArgumentError(f"{said} Give longer steps or larger cells.")
    scan = Scan(separable(counts), asked.events.lattice)
    worlds = int(np.clip(np.ceil(2 / rate) - 1, *WORLDS))
    chance = scan.by_chance(rows, places, worlds, np.random.default_rng(0))
    found = scan.clusters(counts, chance, rate)
    number, score = np.full(len(rows), -1), np.zeros(len(rows))
    for k, one in enumerate(found):
        inside = (rows >= one.first) & (rows <= one.last) & np.isin(places, one.places)
        number[inside], score[inside] = k, -np.log10(one.chance)
    dataset = _dataset(field, asked, number, score)
    told = [_told(one, asked, number == k) for k, one in enumerate(found)]
    meta = {
        "task": "detect", "model": ESTIMATOR, "version": version("chronotope"), "seed": 0, "rate": rate, "estimator": ESTIMATOR,
        "worlds": worlds, **{name: asked.notes[name] for name in ("step", "cell", "cells")}, "observed": len(rows),
        "flagged": int((number >= 0).sum()), "events": len(found), "warnings": call.warnings,
    }  # fmt: skip
    return EventDetection(dataset, field, told, meta)


def _longer(asked: Asked) -> Asked:
    """With steps so long that not too many counts are looked at."""
    size = len(asked.panel.times) * len(asked.events.lattice)
    return replace(asked, length=asked.length * int(np.ceil(size / USUAL))) if size > USUAL else asked


def _cells(asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    """Row and place (e,) of every event; steps are counted back from the last one, and the first holds what is left over."""
    back = (asked.origin - asked.past.times).astype("timedelta64[ns]").astype(np.int64) // asked.length.value
    return back.max() - back, asked.events.place


def _dataset(field: Field, asked: Asked, number: np.ndarray, score: np.ndarray) -> xr.Dataset:
    size = field.dataset.sizes["event"]
    cluster, surprise = np.full(size, -1), np.full(size, np.nan)
    cluster[asked.past.rows], surprise[asked.past.rows] = number, score
    words = {"long_name": "minus log10 of the share of worlds of chance with so likely a cluster"}
    coords = {name: array for name, array in field.dataset.coords.items() if array.dims == ("event",)}
    coords |= {name: field.dataset[name] for name in ("time", *asked.past.axes)}
    data = {"score": ("event", surprise, words), "flag": ("event", cluster >= 0), "cluster": ("event", cluster)}
    return xr.Dataset(data, coords)


def _told(one: Cylinder, asked: Asked, mine: np.ndarray) -> dict[str, Any]:
    """A cluster as people read it."""
    lattice, size = asked.events.lattice, asked.cells.size
    centres = (lattice + asked.cells.first + 0.5) * size
    middle, times = centres[one.middle], asked.past.times[mine]
    where = dict(zip(asked.past.axes, middle))
    words = ", ".join(f"{name} {value:g}" for name, value in where.items())
    evidence = f"{one.count} events where {one.expected:.1f} were to be expected, within {(one.radius + 0.5) * size:g} of {words}"
    return {
        "start": times.min(), "end": times.max(), "places": [f"{y:g},{x:g}" for y, x in centres[one.places]], "variable": "count",
        "kind": "cluster", "peak_score": -np.log10(one.chance), "evidence": evidence, **where, "radius": (one.radius + 0.5) * size,
        "count": one.count, "expected": one.expected,
    }  # fmt: skip
