"""Family: advection, diffusion and decay of a substance from point sources under a turning wind, solved exactly per Fourier mode."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator, chance, log_uniform
from chronotope.worlds.dress import dress
from chronotope.worlds.profiles import seasonal
from chronotope.worlds.stochastic import autoregression
from chronotope.worlds.temporal import anomalies
from chronotope.worlds.world import Channel, Draft, Scene

BOX = 1.6  # side of the periodic box around the unit square: what leaves comes back only after a detour
MODES = 11  # waves per axis and direction


def advection(rng: Generator, scene: Scene) -> Draft:
    """u' = -wind(t) . grad u + diffusion lap u - decay u + sources(t), read at the places."""
    t = scene.clock.steps
    crossing = log_uniform(rng, 5, 100)
    diffusion = float(log_uniform(rng, 1e-3, 3e-2) / crossing)
    decay = float(log_uniform(rng, 0.3, 5) / crossing)
    k = int(rng.integers(1, 6))
    params: dict = {"crossing": float(crossing), "diffusion": diffusion, "decay": decay, "sources": k}
    where, width = rng.random((k, 2)), log_uniform(rng, 0.05, 0.15)
    release = _release(rng, scene, k)
    field = solve(_wind(rng, scene, crossing), diffusion, decay, release, where, width, scene.layout.unit)
    field = np.maximum(field, 0) / max(float(field.std()), 1e-12)
    if chance(rng, 0.5):
        return Draft(dress(rng, scene, np.log(field + 0.05) - np.log(field + 0.05).mean(), params, private=0.0), params)
    background = rng.uniform(0, 2) * np.exp(0.3 * seasonal(rng, scene.clock, 1).T) if scene.clock.cycles else rng.uniform(0, 2, (1, 1))
    return Draft((Channel(field + background * np.ones((t, 1)), "real", 0.0),), params)


def solve(
    wind: np.ndarray, diffusion: float, decay: float, release: np.ndarray, where: np.ndarray, width: float, at: np.ndarray
) -> np.ndarray:
    """Concentration (t, n) at places `at` (n, 2) in the unit square.

    Args:
        wind: (t, 2) squares per step, the same everywhere.
        diffusion: squares^2 per step. decay: share per step.
        release: (t, k) amount that source k lets out at each step, as a Gaussian puff of the given width around `where` (k, 2).
    """
    waves = _waves()
    weight = np.where((waves == 0).all(1), 1.0, 2.0) / BOX**2  # half of the plane stands for both halves
    puff = np.exp(-1j * where @ waves.T - 0.5 * width**2 * (waves**2).sum(1))
    growth = np.exp(-1j * wind @ waves.T - diffusion * (waves**2).sum(1) - decay)
    pushed = release @ puff
    state, record = np.zeros(len(waves), complex), np.empty((len(wind), len(waves)), complex)
    for i in range(len(wind)):
        state = state * growth[i] + pushed[i]
        record[i] = state
    basis = np.exp(1j * at @ waves.T) * weight
    return record.real @ basis.real.T - record.imag @ basis.imag.T


def _waves() -> np.ndarray:
    """Half of the wave vectors of the box (m, 2), the constant first."""
    a, b = np.meshgrid(np.arange(-MODES, MODES + 1), np.arange(0, MODES + 1), indexing="ij")
    keep = (b > 0) | (a > 0)
    half = np.stack([a[keep], b[keep]], 1)
    half = half[(half**2).sum(1) <= MODES**2]
    return 2 * np.pi / BOX * np.concatenate([np.zeros((1, 2)), half])


def _wind(rng: Generator, scene: Scene, crossing: float) -> np.ndarray:
    mean = rng.standard_normal(2)
    gusts = autoregression(rng, scene.clock, 2).T * rng.uniform(0, 1)
    breeze = seasonal(rng, scene.clock, 2).T * rng.uniform(0, 0.7) if scene.clock.cycles and chance(rng, 0.4) else 0.0
    return (mean / np.hypot(*mean) + gusts + breeze) / crossing


def _release(rng: Generator, scene: Scene, k: int) -> np.ndarray:
    path = anomalies(rng, scene.clock, k)
    if scene.clock.cycles and chance(rng, 0.6):
        path = path * rng.uniform(0.2, 1) + seasonal(rng, scene.clock, k)
    return (np.maximum(0, path + rng.uniform(0, 1)) * rng.lognormal(0, 0.7, (k, 1))).T
