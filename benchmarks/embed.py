"""Do vectors know what a place is like? Errors of nearest neighbours and agreement of clusters, beside plain features.

    python benchmarks/embed.py --model small --seeds 3

Planted: regimes of known law (22 of them, and the 17 temporal bases of the worlds), each as several fields of places with units and
levels of their own and 10 to 40 % hidden; the neighbours of a place are looked for in other fields only. Real: places of the sets of
the data folder, the set being the label; then its domain, the neighbours being looked for in other sets only. `random` is a fixed
random matrix with tanh in the place of the fitted one; `raw` are the last 128 steps in deviations. The plain features are taken as the
floors give them, and again in deviations among the data at hand (`z`); vectors are taken as they are.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chronotope.data.panel import Panel
from chronotope.errors import ChronotopeError
from chronotope.evaluate.sets.suites import data_root
from chronotope.evidence.describe import describe, record_of
from chronotope.evidence.describe.whitening import shipped
from chronotope.opening.open import open_field
from chronotope.questions import Vectors
from chronotope.questions.kinds.window import whole
from chronotope.tasks.alike import adjusted_rand, cluster
from chronotope.tasks.load import load
from chronotope.worlds.compose import CHOICES, compose

STEPS, PLACES, LAST, NEIGHBOURS = 512, 4, 128, 5
LARGEST, LONGEST = 4e7, 2048  # bytes of a set's file, and steps of it that are read


@dataclass(frozen=True)
class Piece:
    """A field of places of one kind: the panel, its label, and the group in which no neighbour is looked for."""

    panel: Panel
    label: str
    group: str


def _driven(rng: np.random.Generator, n: int, weights: tuple[float, ...]) -> np.ndarray:
    """Autoregressions (n, t) with these weights on the last values."""
    x = np.zeros((n, STEPS + 200))
    noise = rng.normal(size=x.shape)
    for k in range(len(weights), x.shape[1]):
        x[:, k] = noise[:, k] + sum(w * x[:, k - j - 1] for j, w in enumerate(weights))
    return x[:, 200:]


def _wave(rng: np.random.Generator, n: int, steps: float, harmonics: int = 1) -> np.ndarray:
    """A repeating wave (n, t) under noise."""
    phase, t = rng.uniform(0, 2 * np.pi, (n, 1)), np.arange(STEPS)
    waves = (np.sin((2 * np.pi * t / steps + phase) * (k + 1)) / (k + 1) for k in range(harmonics))
    return sum(waves) + 0.7 * rng.normal(size=(n, STEPS))


def _unrest(rng: np.random.Generator, n: int) -> np.ndarray:
    x, size = np.zeros((n, STEPS)), np.ones(n)
    for k in range(1, STEPS):
        size = 0.05 + 0.25 * x[:, k - 1] ** 2 + 0.7 * size
        x[:, k] = np.sqrt(size) * rng.normal(size=n)
    return x


def _logistic(rng: np.random.Generator, n: int) -> np.ndarray:
    x = rng.uniform(0.2, 0.8, (n, STEPS))
    for k in range(1, STEPS):
        x[:, k] = 3.9 * x[:, k - 1] * (1 - x[:, k - 1])
    return x + 0.02 * rng.normal(size=x.shape)


def _shots(rng: np.random.Generator, n: int) -> np.ndarray:
    hit, x = rng.random((n, STEPS)) < 0.03, np.zeros((n, STEPS))
    for k in range(1, STEPS):
        x[:, k] = 0.85 * x[:, k - 1] + hit[:, k] * rng.exponential(3, n)
    return x + 0.1 * rng.normal(size=x.shape)


def _levels(rng: np.random.Generator, n: int) -> np.ndarray:
    cuts = [np.sort(rng.integers(0, STEPS, 6)) for _ in range(n)]
    steps = [rng.normal(size=7)[np.searchsorted(cut, np.arange(STEPS))] for cut in cuts]
    return np.stack(steps) + 0.3 * rng.normal(size=(n, STEPS))


def _saw(rng: np.random.Generator, n: int) -> np.ndarray:
    return (np.arange(STEPS) + rng.uniform(0, 24, (n, 1))) % 24 / 12 - 1 + 0.4 * rng.normal(size=(n, STEPS))


def _busy_days(rng: np.random.Generator, n: int) -> np.ndarray:
    rate = 0.3 + 0.9 * np.sin(2 * np.pi * np.arange(STEPS) / 24 + rng.uniform(0, 6.28, (n, 1)))
    return rng.poisson(np.exp(rate)).astype(float)


REGIMES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "white": lambda rng, n: rng.normal(size=(n, STEPS)),
    **{f"autoregression {w}": lambda rng, n, w=w: _driven(rng, n, w) for w in ((0.5,), (0.8,), (0.95,), (1.4, -0.8), (0.9, -0.6))},
    "walk": lambda rng, n: rng.normal(size=(n, STEPS)).cumsum(axis=1),
    **{f"wave {p:g}": lambda rng, n, p=p: _wave(rng, n, p) for p in (12, 24, 31, 168)},
    "peaked days": lambda rng, n: _wave(rng, n, 24, 3),
    "unrest that clusters": _unrest,
    "logistic map": _logistic,
    "shots": _shots,
    "saw": _saw,
    "levels": _levels,
    "heavy tails": lambda rng, n: rng.standard_t(2.5, size=(n, STEPS)),
    "showers": lambda rng, n: np.where(rng.random((n, STEPS)) < 0.15, rng.gamma(0.7, 3, (n, STEPS)), 0),
    "trend": lambda rng, n: 3 * np.arange(STEPS) / STEPS + rng.normal(size=(n, STEPS)),
    "counts": lambda rng, n: rng.poisson(1.5, (n, STEPS)).astype(float),
    "counts by day": _busy_days,
}


def hidden(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """Series (s, t) with 10 to 40 % hidden, single steps or runs."""
    out, share = x.astype(float), rng.uniform(0.1, 0.4)
    if rng.random() < 0.5:
        return np.where(rng.random(x.shape) < share, np.nan, out)
    for row in out:
        while np.isnan(row).mean() < share:
            start = int(rng.integers(0, len(row)))
            row[start : start + int(rng.integers(3, 40))] = np.nan
    return out


def panel_of(x: np.ndarray, step: str = "h") -> Panel:
    """Series (s, t) as a panel of places at steps of an hour."""
    times = pd.date_range("2024-01-01", periods=x.shape[1], freq=step).values.astype("datetime64[ns]")
    return Panel(x.T[..., None].astype(np.float32), times, step, ("value",))


def planted(seed: int) -> list[Piece]:
    """Six fields of each regime."""
    rng = np.random.default_rng([77, seed])
    made = [(name, k, law(rng, PLACES)) for name, law in REGIMES.items() for k in range(6)]
    return [Piece(panel_of(hidden(rng, x * rng.uniform(0.01, 100) + 100 * rng.normal())), name, f"{name}{k}") for name, k, x in made]


def bases(seed: int) -> list[Piece]:
    """Ten worlds of each temporal base, with parameters of their own."""
    out = []
    for i, name in enumerate(CHOICES["temporal"]):
        for k in range(10):
            rng = np.random.default_rng([seed, i, k])
            spatial = "independent" if k % 2 else "coregionalised"
            world = compose(900_000 + 10_000 * seed + 100 * i + k, temporal=name, spatial=spatial, places=PLACES, steps=STEPS)
            x = world.panel.values[..., 0].T * rng.uniform(0.01, 100) + 100 * rng.normal()
            out.append(Piece(panel_of(hidden(rng, x)), name, f"{name}{k}"))
    return out


def real(seed: int) -> list[Piece]:
    """Up to 12 places of each variable (at most three) of every set that opens as a panel; the label is set and variable."""
    root, out = data_root(), []
    for index in ("urban", "earth", "urban2", "earth2"):
        found = json.loads((root / f"{index}.json").read_text())
        for entry in found["datasets"] if isinstance(found, dict) else found:
            files = [one.get("path") or one.get("file") for one in entry["files"]]
            files = [name for name in files if name and name.endswith((".npz", ".nc", ".csv", ".csv.gz", ".parquet", ".h5"))]
            if files and sum(one.get("bytes", 0) for one in entry["files"]) < LARGEST:
                out += _of_set(root / files[0], entry, np.random.default_rng([seed, len(out)]))
    return out


def _of_set(path, entry: dict, rng: np.random.Generator) -> list[Piece]:
    try:
        panel = open_field(path).panel()
    except (ChronotopeError, ValueError, MemoryError):  # not a panel as it stands, or an option would be needed
        return []
    panel = panel.slice_time(max(0, len(panel.times) - LONGEST), len(panel.times))
    if len(panel.times) < 96 or not panel.regular:
        return []
    out = []
    for k, name in enumerate(panel.variables[:3]):
        x = panel.values[..., k]
        varies = np.nanmax(x, axis=0, initial=-1e30) > np.nanmin(x, axis=0, initial=1e30)
        good = np.flatnonzero((np.isfinite(x).sum(axis=0) >= 64) & varies)
        if len(good) >= 8:
            some = rng.permutation(good)[:12]
            part = Panel(x[:, some, None], panel.times, panel.freq, (name,), regular=panel.regular)
            out.append(Piece(part, f"{entry['name']} {name}", entry["name"] + "|" + str(entry.get("domain", ""))))
    return out


def tables_of(pieces: list[Piece], model: str) -> dict[str, np.ndarray]:
    """Vectors (s, f) of all places of all pieces, by method."""
    asked = [whole(piece.panel, Vectors()) for piece in pieces]
    series = [(piece.panel.values[..., 0].T, float(piece.panel.step / np.timedelta64(1, "ns")) / 1e9) for piece in pieces]
    out = {
        name: np.concatenate([load(name).predictor.answer(question).values for question in asked])
        for name in (model, "baseline:summary_features", "baseline:spectrum")
    }
    scaled = np.concatenate([shipped().scaled(describe(*one)) for one in series])
    lot = np.random.default_rng(0).normal(size=(scaled.shape[1], shipped().matrix.shape[1])) / np.sqrt(scaled.shape[1])
    out["random"] = np.tanh(scaled @ lot)
    out["all numbers z"] = deviations(scaled)
    ends = [record_of(*one).filled[:, -LAST:] for one in series]
    out["raw"] = np.concatenate([np.pad(end, ((0, 0), (LAST - end.shape[1], 0))) for end in ends])
    for name in ("baseline:summary_features", "baseline:spectrum"):
        out[name + " z"] = deviations(out[name])
    return out


def deviations(x: np.ndarray) -> np.ndarray:
    """Columns in deviations among the rows."""
    return (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)


def error(vectors: np.ndarray, label: np.ndarray, group: np.ndarray | None) -> float:
    """Share of wrong labels by the five nearest, weighted by one over the distance, none of them in the own group."""
    square = (vectors.astype(float) ** 2).sum(axis=1)
    far = np.sqrt(np.maximum(square[:, None] + square - 2 * vectors.astype(float) @ vectors.T, 0))
    if group is None:
        np.fill_diagonal(far, np.inf)
    else:
        far[group[:, None] == group] = np.inf
    near = np.argpartition(far, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    kinds, which = np.unique(label, return_inverse=True)
    votes = np.zeros((len(far), len(kinds)))
    for j in range(NEIGHBOURS):
        np.add.at(votes, (np.arange(len(far)), which[near[:, j]]), 1 / (far[np.arange(len(far)), near[:, j]] + 1e-9))
    return float((votes.argmax(axis=1) != which).mean())


def agreement(vectors: np.ndarray, label: np.ndarray, seed: int) -> tuple[float, float]:
    """Adjusted Rand index of Ward's groups with eight labels drawn at random: their number given, and advised."""
    some = np.isin(label, np.random.default_rng(seed).choice(np.unique(label), min(8, len(np.unique(label))), replace=False))
    given = cluster(vectors[some], len(np.unique(label[some])))["cluster"].to_numpy()
    advised = cluster(vectors[some])["cluster"].to_numpy()
    return adjusted_rand(given, label[some]), adjusted_rand(advised, label[some])


def raw_k_means(vectors: np.ndarray, label: np.ndarray, seed: int) -> float:
    """The same of k-means on the raw series."""
    from scipy.cluster.vq import kmeans2

    some = np.isin(label, np.random.default_rng(seed).choice(np.unique(label), min(8, len(np.unique(label))), replace=False))
    return adjusted_rand(kmeans2(vectors[some], len(np.unique(label[some])), minit="++", seed=seed)[1], label[some])


def measured(pieces: list[Piece], model: str, seed: int, kind: str) -> list[dict]:
    """A row per method."""
    tables = tables_of(pieces, model)
    label = np.array([piece.label for piece in pieces for _ in range(piece.panel.values.shape[1])])
    group = np.array([piece.group for piece in pieces for _ in range(piece.panel.values.shape[1])])
    rows = []
    domain = np.array([one.partition("|")[2] for one in group])
    several = [d for d in np.unique(domain) if d and len(np.unique(group[domain == d])) > 1]
    shared = np.isin(domain, several) if kind == "real" else None
    for name, vectors in tables.items():
        row = {"data": kind, "method": name, "seed": seed, "n": len(label)}
        row["error"] = error(vectors, label, None if kind == "real" else group)
        row["rand"], row["rand_advised"] = agreement(vectors, label, seed)
        if name == "raw":
            row["rand_k_means"] = raw_k_means(vectors, label, seed)
        if shared is not None:
            row |= {"n_domain": int(shared.sum()), "error_domain": error(vectors[shared], domain[shared], group[shared])}
        rows.append(row)
    return rows


KINDS = {"planted": planted, "bases": bases, "real": real}


def main() -> None:
    """Parse, run, print mean and standard deviation over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="small")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--output")
    args = parser.parse_args()
    rows = [
        row for kind in args.kinds.split(",") for seed in range(args.seeds) for row in measured(KINDS[kind](seed), args.model, seed, kind)
    ]
    table = pd.DataFrame(rows)
    if args.output:
        table.to_csv(args.output, index=False)
    numbers = [name for name in table.columns if name not in ("data", "method", "seed")]
    shown = table.groupby(["data", "method"], sort=False)[numbers].agg(["mean", "std"]).round(3)
    print(shown.dropna(axis=1, how="all").to_string())


if __name__ == "__main__":
    main()
