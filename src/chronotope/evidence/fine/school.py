"""School: pairs of coarse and fine of which both are known - the field itself one scale up, or steps that were seen fine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.fine.blocks import Factor, block_means, inside, shifted
from chronotope.evidence.fine.kernels import POWERS, Detail, around, details, stretch_of

LEAST, PLACES = 48, 6  # blocks with a truth that can teach anything, and at how many places side by side
MOST = 30_000  # blocks tried


@dataclass(frozen=True)
class Lesson:
    """Blocks of which the inside is known.

    Attributes:
        said: what each kernel says, (m, k, p) for p powers.
        sd: of each kernel, (m, k, p), in differences one cell away.
        truth: detail (m, k).
        rough: how much neighbours differ around each block, (m,).
        usual: the same over all steps at each of their places, (m,).
    """

    said: np.ndarray
    sd: np.ndarray
    truth: np.ndarray
    rough: np.ndarray
    usual: np.ndarray


def kernels_say(coarse: np.ndarray, factor: Factor, turn: float | None) -> tuple[list[Detail], np.ndarray]:
    """What every kernel says of coarse values (t, y, x), and how rough it is around each block, (t, y, x)."""
    beside, seen = around(coarse, turn)
    said = [details(beside, seen, factor, power, stretch_of(coarse, turn, power)) for power in POWERS]
    return said, roughness(beside, seen)


def roughness(beside: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Root of the mean squared difference (t, y, x) to the eight cells around, and less so to those behind them."""
    size = int(np.sqrt(seen.shape[-1]))
    step = np.abs(np.indices((size, size)) - size // 2)
    distance = np.hypot(*step).ravel()
    weight = np.where(distance > 0, np.exp(-2 * np.maximum(distance, 1.0)), 0.0)
    scaled = beside**2 / np.maximum(distance, 1.0)
    return np.sqrt((scaled * weight * seen).sum(axis=-1) / np.maximum((weight * seen).sum(axis=-1), 1e-12))


def usual(rough: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Root mean square of roughness (t, y, x) over the steps at which a place is known, in every step."""
    mean = np.where(known, rough**2, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.broadcast_to(np.sqrt(mean), rough.shape)


def lesson(fine: np.ndarray, factor: Factor, turn: float | None) -> Lesson | None:
    """Blocks of fine values (t, y, x), laid in every way; None where there are too few."""
    laid = _some(fine, factor)
    places = sum(int(np.isfinite(block_means(part, factor)).any(axis=0).sum()) for part in laid)
    if places < PLACES * factor[0] * factor[1]:
        return None
    parts = [part for part in (_one(one, factor, turn) for one in laid) if len(part.truth)]
    if sum(len(part.truth) for part in parts) < LEAST:
        return None
    return Lesson(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("said", "sd", "truth", "rough", "usual")))


def own_lesson(coarse: np.ndarray, factor: Factor, turn: float | None) -> tuple[Lesson | None, Factor]:
    """The field itself one scale up, with the largest factor up to the one that is asked for which there are enough blocks."""
    for size in range(max(factor), 1, -1):
        tried = (min(factor[0], size), min(factor[1], size))
        found = lesson(coarse, tried, turn)
        if found is not None:
            return found, tried
    return None, factor


def _some(fine: np.ndarray, factor: Factor) -> list[np.ndarray]:
    """Steps spread over the time, so that all blocks together are not too many."""
    each = max(fine.shape[1] * fine.shape[2], 1)
    steps = np.unique(np.linspace(0, len(fine) - 1, int(np.clip(MOST // each, 1, len(fine)))).astype(int))
    return list(shifted(fine[steps], factor)) if len(fine) else []


def _one(fine: np.ndarray, factor: Factor, turn: float | None) -> Lesson:
    coarse = block_means(fine, factor)
    said, rough = kernels_say(coarse, factor, turn)
    known = np.isfinite(coarse)
    truth = (inside(fine, factor) - coarse[..., None])[known]
    pick = lambda name: np.stack([getattr(one, name)[known] for one in said], axis=-1)  # noqa: E731
    return Lesson(pick("value"), pick("sd"), truth, rough[known], usual(rough, known)[known])
