"""Fit the matrix of `chronotope.evidence.motion.vectors` on simulated movers, and keep it where the package reads it.

    python scripts/fit_motion_vectors.py --laws 2500

A group is one law with its constants; its movers differ by chance, by the stretch that was seen, by the rate and the error of fixes.
The same laws always give the same matrix.
"""

from __future__ import annotations

import argparse

import numpy as np

from chronotope.evidence.describe.whitening import Whitening, fit
from chronotope.evidence.motion.describe import describe
from chronotope.evidence.motion.vectors import FILE

SEED, MOVERS, STEPS = 7000, 6, 600


def law(rng: np.random.Generator) -> np.ndarray:
    """Paths (m, t), complex, of movers that obey one law of random constants."""
    kind = rng.choice(["memory", "heavy", "steady", "turning", "home", "stops", "errands", "waves", "mixed"])
    shape = (MOVERS, STEPS)
    noise = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    if kind == "memory":  # velocities that forget
        return np.cumsum(filtered(noise, np.exp(-1 / 10 ** rng.uniform(-0.5, 2.2))), axis=1)
    if kind == "heavy":  # steps of any size, in any direction
        size = rng.pareto(rng.uniform(0.8, 3.0), shape) + 1
        moving = rng.random(shape) < rng.uniform(0.2, 1.0)
        return np.cumsum(size * moving * noise / np.abs(noise), axis=1)
    if kind == "steady":
        return np.cumsum(heading(rng, shape, 10 ** rng.uniform(-3, -0.5)) * (1 + rng.uniform(0, 0.3) * noise.real), axis=1)
    if kind == "turning":
        rate = rng.choice([-1, 1], (MOVERS, 1)) * 10 ** rng.uniform(-2, -0.3)
        return np.cumsum(heading(rng, shape, 10 ** rng.uniform(-3, -0.7)) * np.exp(1j * rate * np.arange(STEPS)), axis=1)
    if kind == "home":  # drawn back to a place
        return filtered(filtered(noise, rng.uniform(0, 0.9)), np.exp(-1 / 10 ** rng.uniform(0, 2.2)))
    if kind == "stops":  # goes and stands
        going = np.cumsum(rng.random(shape) < 10 ** rng.uniform(-2, -0.7), axis=1) % 2
        return np.cumsum(heading(rng, shape, 10 ** rng.uniform(-2, -0.3)) * going, axis=1)
    if kind == "errands":  # from one of a few places to the next
        places = rng.standard_normal(int(rng.integers(2, 8))) + 1j * rng.standard_normal(1)
        return errands(rng, places, int(10 ** rng.uniform(0.7, 2.0)))
    if kind == "waves":  # carried on, and round
        turn = np.exp(1j * (rng.uniform(0, 6.3, (MOVERS, 1)) + 2 * np.pi * np.arange(STEPS) / 10 ** rng.uniform(1, 2.3)))
        return np.cumsum(0.3 * filtered(noise, 0.9) + rng.uniform(0.2, 3) * turn + rng.uniform(0, 2), axis=1)
    memory = filtered(noise, np.exp(-1 / 10 ** rng.uniform(0, 1.5)))  # quick and slow by turns
    quick = np.cumsum(rng.random(shape) < 10 ** rng.uniform(-2.2, -1), axis=1) % 2
    return np.cumsum(memory * np.where(quick, 1.0, rng.uniform(0.02, 0.3)), axis=1)


def filtered(noise: np.ndarray, keep: float) -> np.ndarray:
    """Autoregressions (m, t)."""
    from scipy.signal import lfilter

    return np.asarray(lfilter([np.sqrt(1 - keep**2)], [1, -keep], noise, axis=1))


def heading(rng: np.random.Generator, shape: tuple[int, int], wander: float) -> np.ndarray:
    """Unit velocities whose heading wanders."""
    return np.exp(1j * (rng.uniform(0, 6.3, (shape[0], 1)) + np.cumsum(wander * rng.standard_normal(shape), axis=1)))


def errands(rng: np.random.Generator, places: np.ndarray, length: int) -> np.ndarray:
    """Movers that stay at places and go from one to another."""
    out = np.zeros((MOVERS, STEPS), complex)
    stay = rng.uniform(0, 3)
    for m in range(MOVERS):
        row, at = [], rng.choice(places)
        while len(row) < STEPS:
            to = rng.choice(places)
            row += [at] * int(length * stay * rng.random()) + list(np.linspace(at, to, max(length, 2)))
            at = to
        out[m] = row[:STEPS]
    return out + 0.01 * (rng.standard_normal(out.shape) + 1j * rng.standard_normal(out.shape))


def seen(rng: np.random.Generator, path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times and positions of fixes: a stretch, a rate and an error of its own."""
    length = int(rng.uniform(0.4, 1.0) * len(path))
    start = int(rng.integers(0, len(path) - length + 1))
    rows = np.arange(start, start + length, int(rng.choice([1, 2, 4, 8])))
    if rng.random() < 0.5:
        rows = np.sort(rng.choice(rows, max(int(rng.uniform(0.5, 1) * len(rows)), 8), replace=False))
    part = path[rows]
    usual = np.median(np.abs(np.diff(part))) + 1e-9
    error = usual * 10 ** rng.uniform(-3, -0.8)
    return rows.astype(float), part + error * (rng.standard_normal(len(rows)) + 1j * rng.standard_normal(len(rows)))


def fitted(laws: int) -> Whitening:
    """The matrix of so many laws."""
    columns, group, names = [], [], ()
    for k in range(laws):
        rng = np.random.default_rng([SEED, k])
        for path in law(rng):
            told = describe(*seen(rng, path))
            if told is not None:
                names = tuple(told)
                columns.append(list(told.values()))
                group.append(k)
    return fit(names, np.array(columns), np.array(group))


def main() -> None:
    """Parse, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--laws", type=int, default=2500)
    made = fitted(parser.parse_args().laws)
    made.write(FILE)
    print(f"{FILE}: {len(made.names)} numbers to {made.matrix.shape[1]}")


if __name__ == "__main__":
    main()
