"""Simulated pictures for `fit_fine_network.py`: smooth fields, peaks over nothing, fronts, ridges, coasts, things that hide one another."""

from __future__ import annotations

import numpy as np

SIDE = 128
KINDS = {"smooth": 0.18, "skewed": 0.1, "peaks": 0.1, "front": 0.08, "ridges": 0.07, "land": 0.07, "sea": 0.14, "things": 0.26}


def scene(rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """A picture (SIDE, SIDE), NaN where there is no value, and whether it has a floor."""
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "smooth":
        return cloud(rng), False
    if kind == "skewed":
        return np.exp(rng.uniform(0.3, 2) * cloud(rng)), True
    if kind == "peaks":
        z = np.maximum(cloud(rng) - rng.uniform(-0.5, 1.2), 0) ** rng.uniform(0.7, 2.5)
        return z * np.exp(rng.uniform(0, 0.9) * cloud(rng, (1.6, 3.0))), True
    if kind == "front":
        return np.tanh(cloud(rng, (3.0, 5.5)) * rng.uniform(1, 8)) + rng.uniform(0, 0.7) * cloud(rng), False
    if kind == "ridges":
        return -(np.abs(cloud(rng, (3.0, 5.0))) ** rng.uniform(0.6, 1)) + rng.uniform(0, 0.5) * cloud(rng), False
    if kind == "things":
        return things(rng), bool(rng.random() < 0.5)
    land = cloud(rng, (2.5, 4.0)) > rng.uniform(-1, 1)
    if kind == "land":
        return cloud(rng) + land * rng.normal() * 2 * (1 + rng.uniform(0, 0.5) * cloud(rng)), False
    return np.where(land, np.nan, cloud(rng, (2.0, 6.0))), False


def cloud(rng: np.random.Generator, steepness: tuple[float, float] = (1.6, 5.5), side: int = SIDE) -> np.ndarray:
    """A Gaussian field whose power falls with the wave number, faster along one direction; mean 0, deviation 1."""
    along, turn, stretch = rng.uniform(*steepness), rng.uniform(0, np.pi), np.exp(rng.normal() * 0.35)
    fy, fx = np.fft.fftfreq(2 * SIDE)[:, None], np.fft.rfftfreq(2 * SIDE)[None]
    u, v = (np.cos(turn) * fy + np.sin(turn) * fx) * stretch, (np.cos(turn) * fx - np.sin(turn) * fy) / stretch
    power = (u**2 + v**2 + 100 ** rng.uniform(-2.4, -1)) ** (-along / 4)
    z = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((2 * SIDE, 2 * SIDE))) * power)[:side, :side]
    return (z - z.mean()) / z.std()


def things(rng: np.random.Generator) -> np.ndarray:
    """Discs, boxes and triangles of many sizes before one another, shaded and textured, seen through a lens."""
    from scipy.ndimage import gaussian_filter

    side = 2 * SIDE
    picture, texture = np.full((side, side), rng.random()), cloud(rng, side=side)
    for _ in range(int(rng.integers(30, 250))):
        size = min(rng.uniform(4, 12) * rng.random() ** (-1 / 1.6), 0.6 * side)
        y, x = rng.uniform(-size / 2, side + size / 2, 2)
        rows, columns = (slice(int(max(c - 2 * size, 0)), int(max(min(c + 2 * size + 1, side), 0))) for c in (y, x))
        part = picture[rows, columns]
        if part.size:
            down, along = np.ogrid[rows, columns]
            part[:] = _painted(rng, part, down - y, along - x, size, texture[rows, columns])
    if rng.random() < 0.3:
        picture = picture + rng.uniform(0, 0.2) * cloud(rng, (2.0, 2.0), side)
    z = gaussian_filter(picture, rng.uniform(0, 2.5)).reshape(SIDE, 2, SIDE, 2).mean(axis=(1, 3))
    return z + rng.normal(size=z.shape) * rng.uniform(0, 0.02) * (rng.random() < 0.5)


def _painted(
    rng: np.random.Generator, part: np.ndarray, down: np.ndarray, along: np.ndarray, size: float, texture: np.ndarray
) -> np.ndarray:
    """A part of the picture with one thing before it."""
    turn, narrow = rng.uniform(0, np.pi), np.exp(rng.normal() * 0.5)
    u, v = (np.cos(turn) * down + np.sin(turn) * along) * narrow, (np.cos(turn) * along - np.sin(turn) * down) / narrow
    inside = (
        u**2 + v**2 < size**2,
        np.maximum(np.abs(u), np.abs(v)) < size,
        (u > -size) & (v > -size) & (u + v < size),
    )[rng.integers(3)]
    shade = rng.normal() * 0.3 * u / size * (rng.random() < 0.6)
    return np.where(inside, rng.random() + shade + texture * rng.uniform(0, 0.15) * (rng.random() < 0.5), part)
