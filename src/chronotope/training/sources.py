"""Where training windows come from: simulated worlds, and real panels packed once into plain arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as knobs

from chronotope.data.panel import Edges, Panel

FACTORS = {1: 0.57, 2: 0.1, 3: 0.06, 4: 0.08, 6: 0.06, 12: 0.05, 24: 0.08}  # how often a coarser step is drawn
LONGEST = 8000  # rows of a drawn window
TRAIN_SHARE = 0.8  # the last fifth of every real set's time is kept out


@knobs(frozen=True, config=ConfigDict(extra="forbid"))
class Sets:
    """Knobs that say where sets lie."""

    corpus: Path | None = Field(default=None, description="manifest of real sets, a YAML list; None for worlds only")
    data: Path | None = Field(default=None, description="folder that the manifest's paths are relative to")
    packed: Path | None = Field(default=None, description="folder for the packed sets")
    shards: Path | None = Field(default=None, description="folder of batches drawn beforehand (`--pack`)")


@dataclass(frozen=True)
class Entry:
    """One real set of a corpus manifest.

    Attributes:
        name, domain, licence, source: for the card.
        path: file below the data folder.
        options: keyword arguments of `open`.
        variables: which variables; empty: all.
        transform: "none", or "difference" for cumulative counts.
        counts: of events: arguments of `events_to_counts`; cells where nothing ever happened are left out.
        weight: multiplies its share of the draws.
        stride: keep every so many-th place (dense grids).
    """

    name: str
    path: str
    domain: str
    licence: str
    options: dict = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    transform: str = "none"
    counts: dict = field(default_factory=dict)
    weight: float = 1.0
    stride: int = 1


def pack(entry: Entry, data: Path, folder: Path) -> dict:
    """Open a set and write its panel as arrays that can be memory-mapped; returns its description."""
    from chronotope.harmonize.counts import events_to_counts
    from chronotope.opening.open import open_field

    options: dict[str, Any] = {k: str(data / v) if k in ("sites", "edges") else v for k, v in entry.options.items()}
    opened = open_field(str(data / entry.path), **options)
    if entry.counts:
        opened = events_to_counts(opened, **({"keep_partial": True} | entry.counts))
    panel = opened.panel(list(entry.variables) or None)
    values = panel.values
    if entry.transform == "difference":
        values = np.diff(values, axis=0, prepend=np.nan)
    something = np.nan_to_num(values) > 0 if entry.counts else np.isfinite(values)
    keep = np.flatnonzero(something.any(axis=(0, 2)))[:: entry.stride]
    panel = replace(panel, values=values).take_places(keep)
    target = folder / entry.name
    target.mkdir(parents=True, exist_ok=True)
    np.save(target / "values.npy", panel.values.astype(np.float32))
    np.save(target / "times.npy", panel.times.astype("datetime64[ns]").astype(np.int64))
    if panel.xy is not None:
        np.save(target / "xy.npy", panel.xy)
    if panel.edges is not None:
        np.save(target / "edges.npy", np.stack([panel.edges.source, panel.edges.target, panel.edges.weight]).astype(np.float64))
    about = {
        "name": entry.name, "domain": entry.domain, "licence": entry.licence, "weight": entry.weight, "freq": panel.freq,
        "variables": list(panel.variables), "regular": panel.regular, "shape": list(panel.values.shape),
        "missing": round(float(1 - np.isfinite(panel.values).mean()), 4),
    }  # fmt: skip
    (target / "about.json").write_text(json.dumps(about, indent=1))
    return about


def load_packed(folder: Path) -> tuple[Panel, dict]:
    """A packed panel, values memory-mapped, and its description."""
    about = json.loads((folder / "about.json").read_text())
    edges = None
    if (folder / "edges.npy").exists():
        raw = np.load(folder / "edges.npy")
        edges = Edges(raw[0].astype(int), raw[1].astype(int), raw[2])
    xy = np.load(folder / "xy.npy") if (folder / "xy.npy").exists() else None
    times = np.load(folder / "times.npy").astype("datetime64[ns]")
    values = np.load(folder / "values.npy", mmap_mode="r")
    return Panel(values, times, about["freq"], tuple(about["variables"]), xy, None, edges, None, about["regular"]), about


def draw_window(rng: np.random.Generator, panel: Panel, rows: int, series: int, last: bool = False) -> Panel:
    """A neighbourhood of places, some variables, perhaps at a coarser step, of the first `rows` rows (`last`: the latest of them)."""
    t, n, v = panel.values.shape
    variables = np.sort(rng.permutation(v)[: int(rng.integers(1, min(v, 4) + 1))])
    most = max(1, series // len(variables))
    count = most if rng.random() < 0.6 else int(np.exp(rng.uniform(0, np.log(most + 0.99))))
    index = neighbourhood(rng, panel, min(n, max(1, count)))
    factor = int(rng.choice(list(FACTORS), p=list(FACTORS.values())))
    span = min(rows, LONGEST * factor)
    low = rows - span if last else int(rng.integers(0, rows - span + 1))
    rows = low + span
    values = np.asarray(panel.values[low:rows][:, index][:, :, variables], dtype=np.float32)
    piece = Panel(values, panel.times[low:rows], panel.freq, tuple(panel.variables[i] for i in variables), regular=panel.regular)
    whole = panel.take_places(index) if panel.edges is not None or panel.xy is not None else None
    if whole is not None:
        drop = rng.random()
        piece = replace(piece, xy=None if drop < 0.06 else whole.xy, edges=None if drop > 0.9 else whole.edges)
    return coarsen(rng, piece, factor)


def coarsen(rng: np.random.Generator, panel: Panel, factor: int) -> Panel:
    """A coarser step: means over, or every, so many steps; long enough panels only."""
    rows = len(panel.values) // factor
    if factor == 1 or rows < 150:
        return panel
    values = panel.values[: rows * factor].reshape(rows, factor, *panel.values.shape[1:])
    if rng.random() < 0.3:
        values = values[:, 0]
    else:
        seen = np.isfinite(values)
        count = seen.sum(1)
        values = np.where(count * 2 >= factor, np.where(seen, values, 0).sum(1) / np.maximum(count, 1), np.nan).astype(np.float32)
    times = panel.times[: rows * factor : factor]
    return Panel(values, times, panel.freq, panel.variables, panel.xy, None, panel.edges, None, panel.regular)


def close_hours(rng: np.random.Generator, panel: Panel) -> Panel:
    """Now and then a service that closes: some hours of every day, perhaps weekends too, are not observed."""
    if rng.random() > 0.08 or not panel.regular or panel.step > np.timedelta64(2, "h"):
        return panel
    seconds = panel.times.astype("datetime64[s]").astype(np.int64)
    hour, weekday = seconds / 3600 % 24, (seconds // 86400 + 3) % 7
    closed = (hour - rng.uniform(0, 24)) % 24 < rng.uniform(3, 11)
    if rng.random() < 0.4:
        closed |= weekday >= 5
    values = panel.values.copy()
    values[closed] = np.nan
    return replace(panel, values=values)


def disguise(rng: np.random.Generator, panel: Panel) -> Panel:
    """Now and then the same world in another dress: upside down, or on a root or square scale where nothing is negative."""
    draw = rng.random()
    if draw < 0.08:
        return replace(panel, values=-panel.values)
    if draw > 0.16 or np.nanmin(panel.values, initial=0.0) < 0:
        return panel
    power = float(rng.choice([0.5, 2.0]))
    size = np.nanmax(panel.values, initial=0.0) or 1.0
    return replace(panel, values=(panel.values / size) ** np.float32(power))


def neighbourhood(rng: np.random.Generator, panel: Panel, count: int) -> np.ndarray:
    """Some places of a panel, (count,): around one of them where positions are known, anywhere else."""
    n = panel.values.shape[1]
    if count >= n:
        return np.arange(n)
    if panel.xy is None:
        return np.sort(rng.choice(n, count, replace=False))
    spread = 1.0 if rng.random() < 0.7 else rng.uniform(1.5, 6.0)  # sometimes a sparser network of the same region
    offset = panel.xy - panel.xy[rng.integers(n)]
    squared, some = (offset**2).sum(1), min(n, int(count * spread))
    near = np.argpartition(squared, some - 1)[:some]
    near = near[np.argsort(squared[near], kind="stable")]
    return near if len(near) <= count else near[np.sort(rng.choice(len(near), count, replace=False))]
