"""Late: how many steps after a driver, or before it, a series answers it; looked for in what its value now and a step before do not tell."""

from __future__ import annotations

import numpy as np

LATEST, EARLIEST = 48, 24  # steps after a driver, and before it, at which it is looked for,
PART = 8  # of the past at most
MOST = 4  # such steps that are read
SURE = 3.5  # deviations by which both halves of the past must show each


def delays(rows: np.ndarray, target: np.ndarray, weight: np.ndarray, drivers: int, ahead: int) -> list[tuple[int, int]]:
    """Drivers and steps after them, below zero before them, at which the target moves beyond what is read of them, the surest first.

    Args:
        rows: changes (t, n, f) of what is read of drivers; the first `drivers` are their values now.
        target: changes (t, n) of the series.
        weight: (t, n), 0 where one is not seen.
        drivers: how many there are.
        ahead: steps that are asked, which bound the steps before a driver.
    """
    most = len(target) // PART
    steps = [k for k in range(-min(EARLIEST, ahead - 1, most), min(LATEST, most) + 1) if k not in (0, 1)]
    now, found = rows[..., :drivers], []
    while len(found) < MOST:
        left = _left(rows, target, weight)
        sure = np.array([_sure(left, now, k) for k in steps])
        if not sure.size or sure.max() < SURE:
            break
        at, driver = np.unravel_index(sure.argmax(), sure.shape)
        found.append((int(driver), steps[at]))
        rows = np.concatenate([rows, shifted(now[..., driver : driver + 1], steps[at])], axis=2)
    return found


def shifted(z: np.ndarray, steps: int) -> np.ndarray:
    """What was so many steps before each row, zero where that is outside."""
    out = np.zeros_like(z)
    if steps >= 0:
        out[steps:] = z[: len(z) - steps]
    else:
        out[:steps] = z[-steps:]
    return out


def _left(rows: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The target (t, n) less what rows tell of it at all places alike, zero where not seen."""
    weighted = rows * weight[..., None]
    gram = np.tensordot(weighted, rows, ([0, 1], [0, 1]))
    size = np.trace(gram) / len(gram) * 1e-6 + 1e-12
    told = rows @ np.linalg.solve(gram + size * np.eye(len(gram)), np.tensordot(weighted, target, ([0, 1], [0, 1])))
    return np.asarray((target - told) * weight)


def _sure(left: np.ndarray, now: np.ndarray, steps: int) -> np.ndarray:
    """Deviations (d,) from no answer of `left` (t, n) to drivers (t, n, d) so many steps before, in the half that is less sure."""
    later, sooner = slice(max(steps, 0), len(now) + min(steps, 0)), slice(max(-steps, 0), len(now) - max(steps, 0))
    each = np.einsum("tn,tnd->td", left[later], now[sooner])  # places may be alike: they are counted together
    half = len(each) // 2
    t = [part.sum(axis=0) / np.sqrt((part**2).sum(axis=0) + 1e-12) for part in (each[:half], each[half:])]
    return np.where(t[0] * t[1] > 0, np.minimum(*np.abs(t)), 0.0)
