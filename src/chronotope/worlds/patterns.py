"""Family: media that form patterns - damped waves on a membrane, excitable media, forest fires."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator, log_uniform, pick, standardise
from chronotope.worlds.dress import dress
from chronotope.worlds.world import Draft, Scene

KINDS = {"waves": 0.5, "excitable": 0.3, "fire": 0.2}
SIDE = 28  # cells per side of the automata
MODES = 12  # standing waves per axis


def patterns(rng: Generator, scene: Scene, kind: str | None = None) -> Draft:
    """A pattern-forming medium read at the places; kinds in `KINDS`."""
    params: dict = {"kind": kind or pick(rng, KINDS)}
    field = {"waves": _waves, "excitable": _excitable, "fire": _fire}[params["kind"]](rng, scene, params)
    return Draft(dress(rng, scene, standardise(field, axis=None), params, private=0.0), params)


def membrane(kicks: np.ndarray, speed: float, damping: float) -> np.ndarray:
    """Amplitudes (t, m) of the standing waves of a unit square with free borders, m = MODES^2 without the constant.

    Args:
        kicks: (t, m) change of amplitude given to each wave at each step.
        speed: squares per step. damping: share of the amplitude lost per step.

    A wave of number (a, b) turns by pi x speed x |(a, b)| per step, exactly.
    """
    a, b = np.divmod(np.arange(1, MODES**2), MODES)
    turn, keep = np.pi * speed * np.hypot(a, b), 1 - damping
    first, second = 2 * keep * np.cos(turn), keep**2
    record = np.zeros((len(kicks) + 2, len(turn)))
    for i, kick in enumerate(kicks):
        record[i + 2] = first * record[i + 1] - second * record[i] + kick
    return record[2:]


def standing(unit: np.ndarray) -> np.ndarray:
    """Shapes of the standing waves at places (n, 2), (n, m)."""
    a, b = np.divmod(np.arange(1, MODES**2), MODES)
    return np.cos(np.pi * unit[:, :1] * a) * np.cos(np.pi * unit[:, 1:] * b)


def excitable(start: np.ndarray, steps: int, rest: int, sparks: np.ndarray | None = None) -> np.ndarray:
    """Greenberg-Hastings medium (steps, h, w): 0 calm, 1 excited, 2..rest+1 recovering; a calm cell beside an excited one fires.

    Args:
        start: (h, w) integers. rest: steps of recovery. sparks: bool (steps, h, w), calm cells that fire by themselves.
    """
    state, record = start.copy(), np.empty((steps, *start.shape), np.int8)
    for i in range(steps):
        record[i] = state
        lit = state == 1
        near = np.zeros_like(lit)
        near[1:] |= lit[:-1]
        near[:-1] |= lit[1:]
        near[:, 1:] |= lit[:, :-1]
        near[:, :-1] |= lit[:, 1:]
        if sparks is not None:
            near |= sparks[i]
        state = np.where(state == 0, near, (state + 1) % (rest + 2)).astype(np.int8)
    return record


def burn(trees: np.ndarray, steps: int, growth: np.ndarray, lightning: np.ndarray) -> np.ndarray:
    """Forest fire (steps, h, w): 0 bare, 1 tree, 2 burning; fire takes neighbouring trees and leaves bare ground.

    Args:
        trees: (h, w) start. growth, lightning: bool (steps, h, w).
    """
    state, record = trees.copy(), np.empty((steps, *trees.shape), np.int8)
    for i in range(steps):
        record[i] = state
        fire = state == 2
        near = lightning[i].copy()
        near[1:] |= fire[:-1]
        near[:-1] |= fire[1:]
        near[:, 1:] |= fire[:, :-1]
        near[:, :-1] |= fire[:, 1:]
        tree = state == 1
        state = np.where(fire, 0, np.where(tree, 1 + near, growth[i])).astype(np.int8)
    return record


def _waves(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    t = scene.clock.steps
    params.update(speed=float(1 / log_uniform(rng, 4, 120)), damping=float(log_uniform(rng, 1e-3, 0.1)))
    a, b = np.divmod(np.arange(1, MODES**2), MODES)
    smooth = np.exp(-0.5 * (np.hypot(a, b) * log_uniform(rng, 0.15, 0.6)) ** 2)
    when = rng.random(t) < log_uniform(rng, 0.003, 0.3)
    kicks = np.zeros((t, len(a)))
    kicks[when] = standing(rng.random((int(when.sum()), 2))) * smooth
    kicks[0] += standing(rng.random((1, 2)))[0] * smooth
    return membrane(kicks, params["speed"], params["damping"]) @ standing(scene.layout.unit).T


def _excitable(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    params["rest"] = int(rng.integers(2, 14))
    slow = int(rng.integers(1, 4))  # steps of the clock per step of the medium
    steps = -(-scene.clock.steps // slow)
    start = rng.integers(0, params["rest"] + 2, (SIDE, SIDE)).astype(np.int8)
    sparks = rng.random((steps, SIDE, SIDE), np.float32) < log_uniform(rng, 1e-6, 1e-3)
    state = excitable(start, steps, params["rest"], sparks)
    glow = np.where(state == 0, 0.0, np.exp(-(state - 1.0) / rng.uniform(0.5, 4)))
    return np.repeat(_read(glow, scene.layout.unit), slow, 0)[: scene.clock.steps]


def _fire(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    steps, warm = scene.clock.steps, 50
    params["growth"] = float(log_uniform(rng, 3e-3, 0.05))
    growth = rng.random((steps + warm, SIDE, SIDE), np.float32) < params["growth"]
    lightning = rng.random((steps + warm, SIDE, SIDE), np.float32) < log_uniform(rng, 1e-5, 1e-3)
    state = burn((rng.random((SIDE, SIDE)) < 0.5).astype(np.int8), steps + warm, growth, lightning)[warm:]
    return _read((state == 2) + 0.2 * (state == 1), scene.layout.unit)


def _read(cells: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Mean of the three by three cells around each place, (t, n)."""
    row, col = np.clip((unit * SIDE).astype(int), 1, SIDE - 2).T
    return np.mean([cells[:, row + i, col + j] for i in (-1, 0, 1) for j in (-1, 0, 1)], axis=0)
