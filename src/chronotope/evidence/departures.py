"""Departures from the mean of a phase, and how much of one is left a step later: what is taken off before anything is laid to drivers."""

from __future__ import annotations

import numpy as np

LONGEST = 0.98  # the most that a step keeps of what something brought


def departures(a: np.ndarray, seen: np.ndarray, cycle: int) -> np.ndarray:
    """(t, n, f) less the mean of the phase, zero where not seen (t, n)."""
    t = len(a)
    padded = -(-t // cycle) * cycle
    pad = [(0, padded - t), (0, 0), (0, 0)]
    m = np.pad(seen[..., None].astype(float), pad).reshape(-1, cycle, seen.shape[1], 1)
    x = np.pad(a * seen[..., None], pad).reshape(-1, cycle, *a.shape[1:])
    mean = x.sum(axis=0) / np.maximum(m.sum(axis=0), 1)
    return np.asarray(((x - mean) * m).reshape(padded, *a.shape[1:])[:t])


def fading(apart: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """How much of a departure (t, n) is left a step later, (n,): what goes on by itself must not be laid to anything else."""
    both = (seen[1:] & seen[:-1]).astype(float)
    top, bottom = (apart[1:] * apart[:-1] * both).sum(axis=0), (apart[:-1] ** 2 * both).sum(axis=0)
    return np.asarray(np.clip(top / np.maximum(bottom, 1e-12), 0.0, 1.0))


def left_of(z: np.ndarray, fade: np.ndarray) -> np.ndarray:
    """What is left at each row of all that drivers z (t, n, k) brought, where a step keeps `fade` (n,) of it, as rivers do of rain."""
    kept, out = np.minimum(fade, LONGEST)[:, None], np.nan_to_num(z)
    for row in range(1, len(z)):
        out[row] += kept * out[row - 1]
    return out * np.sqrt(1 - kept**2)
