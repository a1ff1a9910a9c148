"""Fit the whitening of descriptions on simulated worlds, and keep it where the package reads it.

    python scripts/fit_vectors.py --worlds 3000

A group is one variable of one world: several of its places, each with gaps of its own and half of them over a stretch of its own.
The same worlds always give the same matrix.
"""

from __future__ import annotations

import argparse

import numpy as np

from chronotope.evidence.describe import describe
from chronotope.evidence.describe.whitening import FILE, Whitening, fit
from chronotope.worlds.compose import CHOICES, compose
from chronotope.worlds.draw import draw
from chronotope.worlds.world import World

SEED = 5000
PLACES = 8  # of a world that are read
SPATIAL = ("independent", "coregionalised", "separable", "travelling", "network", "drifting", "duplicates")
STEPS = (256, 512, 1024)


def world_of(k: int, rng: np.random.Generator) -> World:
    """The k-th world: every third from all families, the others of named parts with any margin."""
    steps = int(rng.choice(STEPS))
    if k % 3 == 0:
        return draw(SEED + k, places=int(rng.integers(8, 24)), steps=steps)
    margin = "plain" if rng.random() < 0.25 else str(rng.choice(CHOICES["margin"]))
    temporal, spatial = str(rng.choice(CHOICES["temporal"])), str(rng.choice(SPATIAL))
    freq, observer = str(rng.choice(["5min", "15min", "h", "D"])), str(rng.choice(["clean", "mild"]))
    return compose(SEED + k, temporal=temporal, spatial=spatial, margin=margin, places=PLACES, steps=steps, freq=freq, observer=observer)


def with_gaps(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """Series (s, t) of which up to 40 % is hidden: single steps, or runs."""
    out, share = x.copy(), rng.uniform(0.0, 0.4)
    if rng.random() < 0.5:
        out[rng.random(x.shape) < share] = np.nan
        return out
    for row in out:
        while np.isnan(row).mean() < share:
            start = int(rng.integers(0, len(row)))
            row[start : start + int(rng.integers(3, max(5, len(row) // 12)))] = np.nan
    return out


def views(rng: np.random.Generator, x: np.ndarray) -> list[np.ndarray]:
    """Two halves of the places (s, t), each with gaps of its own, perhaps over a part of the record."""
    order, out = rng.permutation(len(x))[:PLACES], []
    for part in np.array_split(order, 2):
        y = x[part]
        if rng.random() < 0.5:
            length = int(rng.integers(x.shape[1] // 2, x.shape[1] + 1))
            start = int(rng.integers(0, x.shape[1] - length + 1))
            y = y[:, start : start + length]
        out.append(with_gaps(rng, y))
    return out


def fitted(worlds: int) -> Whitening:
    """The whitening of so many worlds."""
    columns, group, names = [], [], ()
    for k in range(worlds):
        rng = np.random.default_rng([SEED, k])
        panel = world_of(k, rng).panel
        step = float(panel.step / np.timedelta64(1, "s"))
        for v in range(min(2, panel.values.shape[2])):
            for part in views(rng, panel.values[..., v].T.astype(np.float64)):
                said = describe(part, step)
                names = tuple(said)
                columns.append(np.stack(list(said.values()), axis=1))
                group += [2 * k + v] * len(part)
    return fit(names, np.concatenate(columns), np.array(group))


def main() -> None:
    """Parse, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=3000)
    made = fitted(parser.parse_args().worlds)
    made.write()
    print(f"{FILE}: {len(made.names)} numbers to {made.matrix.shape[1]}")


if __name__ == "__main__":
    main()
