"""Late: how many steps after a driver, or before it, a series answers it; looked for in what its values now and before do not tell."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.departures import departures, fading

LATEST, EARLIEST = 48, 24  # steps after a driver, and before it, at which it is looked for,
PART = 8  # of the past at most
MOST = 6  # such steps that are read
SURE = 5.0  # deviations by which both halves of the past must show each


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
    now = rows[..., :drivers]
    found: list[tuple[int, int]] = []
    while len(found) < MOST:
        left = _left(rows, target, weight)
        sure = np.array([_sure(left, now, k) for k in steps])
        if not sure.size or sure.max() < SURE:
            break
        at, driver = np.unravel_index(sure.argmax(), sure.shape)
        found.append((int(driver), steps[at]))
        rows = np.concatenate([rows, shifted(now[..., driver], steps[at], len(now))[..., None]], axis=2)
    return found


def shifted(z: np.ndarray, steps: int, rows: int) -> np.ndarray:
    """What was so many steps before each of so many rows (t, n), zero where that is outside."""
    out = np.zeros((rows, *z.shape[1:]))
    part = z[max(-steps, 0) : rows - steps]
    out[max(steps, 0) : max(steps, 0) + len(part)] = part
    return out


def expected(z: np.ndarray, known: np.ndarray, cut: int, cycle: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Drivers (t, n, k) and so many steps on, and their deviations, zero where they are known, and before row `cut`.

    From there on each departure from the mean of its phase in the past fades, where nothing is known, as it did there.
    """
    each = np.ones(z[:cut].shape[:2], bool)
    apart = departures(z[:cut], each, cycle)
    usual, spread = z[:cut] - apart, apart.std(axis=0)
    fade = np.stack([fading(apart[..., k], each) for k in range(z.shape[2])], axis=1)
    out, doubt = (np.concatenate([a, np.zeros((steps, *z.shape[1:]))]) for a in (z, np.zeros_like(z)))
    known = np.concatenate([known, np.zeros((steps, *z.shape[1:]), bool)])
    left, mean = apart[-1], usual[cut - cycle + (np.arange(cut, len(out)) - cut) % cycle]
    for row in range(cut, len(out)):
        left = np.where(known[row], out[row] - mean[row - cut], fade * left)
        out[row] = mean[row - cut] + left
        doubt[row] = np.where(known[row], 0.0, np.sqrt((fade * doubt[row - 1]) ** 2 + (1 - fade**2) * spread**2))
    return out, doubt


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
