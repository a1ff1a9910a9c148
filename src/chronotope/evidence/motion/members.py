"""Members: whole paths drawn from whole misses of the past, spread evenly over them."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.motion.shapes import Shapes, widened


def drawn(shapes: Shapes, scale: np.ndarray, number: int, rng: np.random.Generator, order: np.ndarray) -> np.ndarray:
    """Misses (n, k, h), complex, of asked paths: those of trials alike at all leads, as they are or mirrored.

    Args:
        shapes: of the misses.
        scale: complex (k, h), size times heading of the asked paths.
        number: of members.
        rng: chance.
        order: of the asked paths (k,), in which chance is dealt to them.
    """
    out = np.zeros((number, *scale.shape), complex)
    if not len(shapes.unit):
        return out
    place, scale = np.argsort(_evenly(shapes.unit)), scale * widened(shapes.weight)[:, None]
    for k in order:
        turn = np.argsort(place[shapes.pick[k]])
        upto = np.cumsum(shapes.weight[k, turn])
        at = np.searchsorted(upto, (np.arange(number) + rng.random()) / number * upto[-1]).clip(0, len(turn) - 1)
        out[:, k] = rng.permutation(shapes.unit[shapes.pick[k, turn[at]]]) * scale[k]
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
