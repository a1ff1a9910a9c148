"""Regression of displacements on what the rules say, the same for a turned scene: a candidate that learns from the tracks' past."""

from __future__ import annotations

import numpy as np

BLOCKS = 5  # stretches of time, each answered by what the others teach
ROUNDS = 4  # of reweighting, so that misses count by their length and not by its square
RIDGE = (6.0, 0.004)  # strength in trials, and as a share of them
FEWEST = 12  # trials that teach anything


def design(
    said: np.ndarray,
    base: np.ndarray,
    velocity: np.ndarray,
    home: np.ndarray,
    leads: np.ndarray,
    pace: float,
    state: np.ndarray | None = None,
) -> np.ndarray:
    """Columns (m, h, p), complex, each to be multiplied by a real number.

    Args:
        said: displacements (m, h, c) of the rules, NaN where they have no answer.
        base: displacements (m, h) that the regression improves.
        velocity: last and mean velocity (m, 2), whose turned images let it learn a common bend.
        home: from each position to the middle of the object's own past (m,).
        pace: how far objects usually move in a row, the same for moments that teach and those that are asked.
        state: of numbers that objects carry, where these are and how large the numbers are (m, 3), about 1 in size; or None.
    """
    rules = np.where(np.isfinite(said), said - base[..., None], 0)
    bend = 1j * np.nan_to_num(velocity)[:, None, :] * leads[:, None]
    pull = np.broadcast_to(np.nan_to_num(home)[:, None, None], (*base.shape, 1))
    drift = np.broadcast_to(pace * leads[:, None], (*base.shape, 1))
    parts = [rules, bend, pull, drift.astype(complex), 1j * drift]
    if state is not None:
        one, two = np.triu_indices(state.shape[1])
        both = np.concatenate([state, state[:, one] * state[:, two]], axis=1)
        parts.append((both[:, None] * drift).astype(complex))
    return np.concatenate(parts, axis=2)


def crossed(columns: np.ndarray, rest: np.ndarray, rows: np.ndarray, gap: int) -> tuple[np.ndarray, np.ndarray | None]:
    """What the regression says at one lead of trials whose own stretch of time it has not read, complex (m,), and its coefficients (p,).

    Args:
        columns: (m, p). rest: what is to be explained, (m,), NaN where unknown. rows: of the moments. gap: rows kept between both.
    """
    known = np.isfinite(rest)
    if known.sum() < FEWEST:
        return np.full(len(rest), np.nan, complex), None
    scale = np.sqrt((np.abs(columns[known]) ** 2).mean(axis=0))
    scale = np.where(scale > 1e-9 * scale.max(initial=0), scale, np.inf)
    whole = columns / scale
    said = np.zeros(len(rest), complex)
    order = np.unique(rows)
    for few in np.array_split(order, min(BLOCKS, len(order))):
        inside = (rows >= few[0]) & (rows <= few[-1])
        apart = known & ((rows < few[0] - gap) | (rows > few[-1] + gap))
        apart = apart if apart.sum() >= FEWEST else known & ~inside
        if apart.sum() >= FEWEST:
            said[inside] = whole[inside] @ fitted(whole[apart], rest[apart])
    return said, fitted(whole[known], rest[known]) / scale


def fitted(columns: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Real coefficients (p,) of the least mean length of what is left, shrunk towards zero."""
    flat = np.concatenate([columns.real, columns.imag])
    truth = np.concatenate([rest.real, rest.imag])
    weight, found = np.ones(len(rest)), np.zeros(columns.shape[1])
    for _ in range(ROUNDS):
        both = np.concatenate([weight, weight])[:, None]
        strength = RIDGE[0] + RIDGE[1] * len(rest)
        found = np.linalg.solve((flat * both).T @ flat + strength * np.eye(flat.shape[1]), (flat * both).T @ truth)
        left = np.abs(rest - columns @ found)
        typical = np.median(left)
        weight = 1 / np.maximum(left, 0.2 * typical + 1e-12)
        weight = weight / weight.mean()
    return found
