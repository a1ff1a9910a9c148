"""Margins: from a standardised latent field to what a quantity looks like (temperature, rain, counts, occupancy...)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit, ndtr

from chronotope.worlds.dice import Generator, chance, log_uniform, pick
from chronotope.worlds.world import Channel

WEIGHTS = {"real": 0.3, "lognormal": 0.14, "counts": 0.22, "rain": 0.06, "bounded": 0.1, "speed": 0.1, "wind": 0.09}


def apply_margin(rng: Generator, latent: np.ndarray, kind: str | None = None, params: dict | None = None) -> Channel:
    """A channel from a latent field (t, n) of about zero mean and unit spread; the kind goes into `params["margin"]`."""
    kind = kind or pick(rng, WEIGHTS)
    if params is not None:
        params.setdefault("margin", []).append(kind)
    return MARGINS[kind](rng, np.clip(latent, -8, 8))


def real(rng: Generator, latent: np.ndarray) -> Channel:
    """Temperature, load, pressure: any sign, places differ in level and amplitude."""
    n = latent.shape[1]
    amplitude = rng.lognormal(0, rng.uniform(0, 0.6), n)
    level = rng.normal(0, log_uniform(rng, 0.05, 5), n) + rng.normal(0, log_uniform(rng, 0.3, 20))
    if chance(rng, 0.3):  # loads: the larger the place, the larger its swing
        size = rng.lognormal(0, rng.uniform(0.2, 1.3), n)
        return Channel(size * np.maximum(0, 1 + rng.uniform(0.1, 0.35) * latent), "real", 0.0)
    return Channel(level + amplitude * latent)


def lognormal(rng: Generator, latent: np.ndarray) -> Channel:
    """Pollutants, discharge: positive, skewed, with bursts."""
    spread = rng.uniform(0.25, 1.1)
    return Channel(rng.lognormal(0, rng.uniform(0.1, 0.8), latent.shape[1]) * np.exp(spread * latent), "real", 0.0)


def counts(rng: Generator, latent: np.ndarray) -> Channel:
    """Flows, trips, cases: an expected number; the observer draws the integers."""
    level = log_uniform(rng, 0.03, 500) * rng.lognormal(0, rng.uniform(0.1, 1.2), latent.shape[1])
    spread = rng.uniform(0.25, 1.0)
    if chance(rng, 0.5):
        rate = level * np.exp(np.minimum(spread * latent, 3.5))
    else:
        rate = level * np.maximum(0, 1 + rng.uniform(0.4, 1.2) * latent) ** rng.uniform(1, 1.6)
    return Channel(np.minimum(rate, 1e5), "count", 0.0)


def rain(rng: Generator, latent: np.ndarray) -> Channel:
    """Rain, snow, fire: exact zeros most of the time and a heavy tail."""
    dry = np.quantile(latent, rng.uniform(0.45, 0.95))
    wet = np.maximum(0, latent - dry + rng.normal(0, 0.1, latent.shape[1]))
    tail = rng.uniform(0.3, 1.2)
    return Channel(rng.lognormal(0, 0.2, latent.shape[1]) * np.expm1(np.minimum(tail * wet, 6)) ** rng.uniform(1, 1.5), "real", 0.0)


def bounded(rng: Generator, latent: np.ndarray) -> Channel:
    """Parking, charging, soil moisture, cloud cover: between 0 and a capacity, often sitting at one of them."""
    n = latent.shape[1]
    capacity = np.round(log_uniform(rng, 5, 1500) * rng.lognormal(0, rng.uniform(0, 0.8), n)) + 1
    share = expit(rng.uniform(0.7, 3) * latent + rng.normal(0, 1.2) + rng.normal(0, rng.uniform(0, 1), n))
    if chance(rng, 0.4):
        share = np.clip(0.5 + rng.uniform(0.2, 0.7) * latent + rng.normal(0, 0.2, n), 0, 1)
    if chance(rng, 0.3):
        return Channel(share, "real", 0.0, 1.0)
    return Channel(np.round(capacity * share), "exact", 0.0, capacity)


def speed(rng: Generator, latent: np.ndarray) -> Channel:
    """Speeds: flat at a free value, with deep asymmetric breakdowns."""
    n = latent.shape[1]
    free = rng.uniform(40, 120) * rng.lognormal(0, 0.12, n)
    jam = expit(rng.uniform(2, 6) * (latent - rng.uniform(0.3, 2.0) - rng.normal(0, 0.4, n)))
    dip = 1 - rng.uniform(0.4, 0.9) * jam - rng.uniform(0, 0.05) * latent.clip(-2, 2)
    return Channel(free * dip, "real", 0.0)


def wind(rng: Generator, latent: np.ndarray) -> Channel:
    """Wind speed: a Weibull law."""
    tail = np.clip(1 - ndtr(latent), 1e-6, 1)
    scale = rng.lognormal(0, rng.uniform(0.05, 0.5), latent.shape[1])
    return Channel(scale * (-np.log(tail)) ** (1 / rng.uniform(1.2, 2.8)), "real", 0.0)


MARGINS: dict[str, Callable[[Generator, np.ndarray], Channel]] = {
    "real": real, "lognormal": lognormal, "counts": counts, "rain": rain, "bounded": bounded, "speed": speed, "wind": wind,
}  # fmt: skip
