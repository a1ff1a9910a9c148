"""Members: whole paths drawn from whole misses of the past, spread evenly over them."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.motion.spread import DRAWS, Widths, widened


def drawn(widths: Widths, number: int, rng: np.random.Generator, order: np.ndarray) -> np.ndarray:
    """Misses (n, k, h), complex, of asked paths: those of the trials at all leads, as they are or mirrored.

    Args:
        order: of the asked paths (k,), in which chance is dealt to them.
    """
    pick = templates(widths.unit)
    out = np.zeros((number, *widths.size.shape), complex)
    if not len(pick):
        return out
    pick = pick[_evenly(pick)]
    scale = widths.size * widths.heading * widened(min(len(pick), DRAWS))
    for k in order:
        chosen = pick[((np.arange(number) + rng.random()) / number * len(pick)).astype(int)]
        chosen = np.where(rng.random(number)[:, None] < 0.5, chosen, chosen.conj())  # no side of the path is the likelier one
        out[:, k] = rng.permutation(chosen) * scale[k]
    return out


def templates(unit: np.ndarray) -> np.ndarray:
    """Misses (j, h) known at all leads, from such as have gaps (m, h), NaN; the end of a short one is led on as the most alike went on."""
    known = np.isfinite(unit)
    if not known.any():
        return np.zeros((0, unit.shape[1]), complex)
    last = np.where(known.any(axis=1), unit.shape[1] - 1 - known[:, ::-1].argmax(axis=1), -1)
    filled = _closed(unit, last)
    whole = np.flatnonzero(last == last.max())
    for row in np.flatnonzero((last >= 0) & (last < last.max())):
        near = whole[np.abs(filled[whole, last[row]] - filled[row, last[row]]).argmin()]
        after = slice(last[row] + 1, None)
        filled[row, after] = filled[near, after] + filled[row, last[row]] - filled[near, last[row]]
    filled[:, last.max() + 1 :] = filled[:, [last.max()]]
    return filled[last >= 0]


def _closed(unit: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Gaps before the last known lead closed by straight lines from one lead to another; misses begin at the first one known."""
    out, leads = unit.copy(), np.arange(unit.shape[1])
    gappy = np.flatnonzero(~np.isfinite(unit[:, : last.max() + 1]).all(axis=1) & (last >= 0))
    for row in gappy:
        known, upto = np.flatnonzero(np.isfinite(unit[row])), slice(0, last[row] + 1)
        out[row, upto] = np.interp(leads[upto], known, unit[row, known])
    return out


def _evenly(misses: np.ndarray) -> np.ndarray:
    """An order (j,) of misses (j, h) in which near ones are alike in the middle and at the end: halves of halves, along either axis."""
    middle, end = misses[:, misses.shape[1] // 2], misses[:, -1]
    where = np.stack([end.real, end.imag, middle.real, middle.imag], axis=1)

    def halves(index: np.ndarray, depth: int) -> list[np.ndarray]:
        if len(index) < 3 or depth > 10:
            return [index]
        index = index[np.argsort(where[index, depth % where.shape[1]], kind="stable")]
        half = len(index) // 2
        return [*halves(index[:half], depth + 1), *halves(index[half:][::-1], depth + 1)]

    return np.concatenate(halves(np.arange(len(misses)), 0))
