"""Film of discs that bounce off the borders of a square: motion that only a model which looks at neighbours can foresee."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator


def bouncing(rng: Generator, steps: int, side: int = 16, discs: int = 2, radius: float = 2.0, speed: float = 0.8) -> np.ndarray:
    """Brightness (steps, side, side) in 0..1; discs keep their speed (cells per step), pass one another and are mirrored at the borders."""
    angle = rng.uniform(0, 2 * np.pi, discs)
    velocity = speed * np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    at = rng.uniform(radius, side - 1 - radius, (discs, 2)) + velocity * np.arange(steps)[:, None, None]
    centre = radius + fold(at - radius, side - 1 - 2 * radius)
    cells = np.arange(side)
    away = np.hypot(centre[..., 0, None, None] - cells[:, None], centre[..., 1, None, None] - cells)
    return np.clip(radius + 0.5 - away, 0, 1).max(axis=1)


def fold(x: np.ndarray, length: float) -> np.ndarray:
    """A straight way reflected into 0..length."""
    return length - np.abs(np.mod(x, 2 * length) - length)
