"""Family: an epidemic in towns that exchange people (SEIRS on a gravity network), seen as reported cases."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.clock import DAY, YEAR
from chronotope.worlds.dice import Generator, chance, log_uniform
from chronotope.worlds.stochastic import autoregression
from chronotope.worlds.world import Channel, Draft, Scene


def epidemic(rng: Generator, scene: Scene) -> Draft:
    """Waves that start somewhere, grow exponentially, spread along the flows of people and come back as immunity fades."""
    t, n = scene.shape
    days = scene.clock.seconds / DAY
    gamma = float(log_uniform(rng, 0.05, 0.3))
    params: dict = {"gamma": gamma, "r0": rng.uniform(1.2, 4), "season": rng.uniform(0, 0.35)}
    params.update(mobility=float(log_uniform(rng, 1e-3, 0.1)))
    params.update(immunity_days=float(log_uniform(rng, 60, 2000)), latent_days=float(rng.choice([0.0, rng.uniform(1, 6)])))
    people = log_uniform(rng, 3e3, 3e6) * rng.lognormal(0, rng.uniform(0.2, 1.2), n)
    mixing = gravity(scene.layout.distances(), people, params["mobility"], rng.uniform(1, 3))
    year = np.arange(t) * scene.clock.seconds / YEAR + rng.random()
    mood = np.exp(rng.uniform(0, 0.25) * autoregression(rng, scene.clock, 1)[0])
    beta = params["r0"] * gamma * (1 + params["season"] * np.cos(2 * np.pi * year)) * mood
    seeds = (rng.random((t, n)) < log_uniform(rng, 1e-4, 5e-3)) * rng.poisson(2, (t, n)) / people
    seeds[0, rng.integers(n)] += 5 / people.max()
    substeps = max(1, int(days // 3))
    new = simulate(beta, gamma, mixing, seeds, params["latent_days"], params["immunity_days"], days / substeps, substeps)
    return Draft((Channel(_reported(rng, scene, new * people, params), "count", 0.0),), params)


def gravity(distance: np.ndarray, people: np.ndarray, mobility: float, power: float) -> np.ndarray:
    """Contacts (n, n): a person of place i spends 1 - mobility at home and the rest at places near and large; rows sum to 1."""
    n = len(people)
    pull = people / (distance + 0.03) ** power
    np.fill_diagonal(pull, 0.0)
    away = pull / np.maximum(pull.sum(1, keepdims=True), 1e-12)
    home = 1 - mobility * (n > 1)
    return home * np.eye(n) + mobility * away


def simulate(
    beta: np.ndarray, gamma: float, mixing: np.ndarray, seeds: np.ndarray, latent: float, immunity: float, days: float, substeps: int = 1
) -> np.ndarray:
    """New infections per step as a share of each place's people, (t, n); SIR if `latent` is 0 and `immunity` infinite.

    The hazard is constant over a step of `days`, so a place alone obeys the final size relation exactly, with
    R0 = beta days / (1 - exp(-gamma days)).
    """
    t, n = seeds.shape
    s, e, i, r = np.ones(n), np.zeros(n), np.zeros(n), np.zeros(n)
    recover, fade = -np.expm1(-gamma * days), -np.expm1(-days / immunity)
    ripen = -np.expm1(-days / latent) if latent > 0 else 1.0
    new = np.zeros((t, n))
    for step in range(t):
        come = np.minimum(seeds[step], s)
        s, i = s - come, i + come
        for _ in range(substeps):
            caught = s * -np.expm1(-beta[step] * days * (mixing @ i))
            ripe, well, bare = ripen * (e + (caught if latent == 0 else 0)), recover * i, fade * r
            e = e + caught - ripe
            s, i, r = s - caught + bare, i + ripe - well, r + well - bare
            new[step] += caught
    return new


def _reported(rng: Generator, scene: Scene, cases: np.ndarray, params: dict) -> np.ndarray:
    """Cases that reach the table: a share, smeared by a delay, fewer on weekends."""
    share = log_uniform(rng, 0.03, 1) * rng.lognormal(0, 0.3, cases.shape[1])
    params["weekday_effect"] = bool(scene.clock.freq == "D" and chance(rng, 0.6))
    week = scene.clock.cycle("week")
    if params["weekday_effect"] and week is not None:
        levels = rng.lognormal(0, 0.15, 7) * np.array([1, 1, 1, 1, 1, rng.uniform(0.2, 1), rng.uniform(0.1, 0.9)])
        cases = cases * (levels / levels.mean())[np.floor(week.phase % 1 * 7).astype(int)][:, None]
    return cases * share
