"""Family: weather and what runs on it - sunshine under moving clouds, wind through a power curve, load that follows heat and clock."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.clock import DAY
from chronotope.worlds.dice import Generator, log_uniform, pick
from chronotope.worlds.dress import calendar
from chronotope.worlds.space import drifting_field, smooth_fields
from chronotope.worlds.world import Channel, Draft, Scene

KINDS = {"solar": 0.35, "wind": 0.25, "load": 0.2, "weather": 0.2}


def energy(rng: Generator, scene: Scene, kind: str | None = None) -> Draft:
    """Solar, wind, load or plain weather over places; kinds in `KINDS`."""
    params: dict = {"kind": kind or pick(rng, KINDS)}
    channels = {"solar": _solar, "wind": _wind, "load": _load, "weather": _weather}[params["kind"]](rng, scene, params)
    return Draft(channels, params)


def clear_sky(lat: float, east: np.ndarray, day_of_year: np.ndarray, hour: np.ndarray) -> np.ndarray:
    """Sine of the sun's height, 0 at night, (t, n); `east` (n,) degrees east of the clock's meridian, `hour` in solar time there."""
    tilt = np.deg2rad(-23.44) * np.cos(2 * np.pi * (day_of_year + 10) / 365.2425)
    turn = 2 * np.pi * (hour - 12)[:, None] / 24 + np.deg2rad(east)
    height = np.sin(np.deg2rad(lat)) * np.sin(tilt)[:, None] + np.cos(np.deg2rad(lat)) * np.cos(tilt)[:, None] * np.cos(turn)
    return np.maximum(0, height)


def _moving(rng: Generator, scene: Scene, hours: tuple[float, float], params: dict) -> np.ndarray:
    """A field that crosses the map within so many hours, (t, n)."""
    crossing = float(max(2.0, log_uniform(rng, *hours) * 3600 / scene.clock.seconds))
    params["crossing"] = crossing
    turn = rng.uniform(0, 2 * np.pi)
    velocity = np.array([np.cos(turn), np.sin(turn)]) / crossing
    length = log_uniform(rng, 0.15, 1.5)
    return drifting_field(rng, scene.layout.unit, scene.clock.steps, length, velocity, crossing * log_uniform(rng, 0.3, 3), 0.5)


def sun(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    """Sine of the sun's height over places at a latitude that is drawn, (t, n); needs a clock with a day."""
    clock = scene.clock
    seconds = clock.times.astype("datetime64[s]").astype(np.int64)
    params["lat"] = float(rng.uniform(-55, 65))
    east = (scene.layout.unit[:, 0] - 0.5) * scene.layout.size / 8e4  # degrees, roughly
    return clear_sky(params["lat"], east, seconds / DAY % 365.2425, clock.phase("day") % 1.0 * 24)


def _solar(rng: Generator, scene: Scene, params: dict) -> tuple[Channel, ...]:
    cloud = 1 / (1 + np.exp(-rng.uniform(1, 4) * (_moving(rng, scene, (1, 40), params) - rng.normal(0, 1))))
    power = sun(rng, scene, params) ** 1.15 * (1 - rng.uniform(0.4, 0.9) * cloud)
    size = rng.lognormal(0, rng.uniform(0, 1), scene.layout.places)
    return (Channel(power * size, "real", 0.0, size),)


def _wind(rng: Generator, scene: Scene, params: dict) -> tuple[Channel, ...]:
    breeze = rng.uniform(0, 0.4) * calendar(rng, scene)
    local = rng.uniform(0.05, 0.3) * rng.standard_normal(scene.shape)
    front = _moving(rng, scene, (4, 60), params)
    speed = 7 * rng.lognormal(0, 0.15, scene.layout.places) * np.exp(rng.uniform(0.3, 0.6) * (front + breeze + local))
    if rng.random() < 0.3:
        return (Channel(speed, "real", 0.0),)
    rated = rng.uniform(11, 14)
    power = np.clip((speed - 3) / (rated - 3), 0, 1) ** 2 * (speed < 25)
    return (Channel(power * rng.lognormal(0, 0.5, scene.layout.places), "real", 0.0),)


def _load(rng: Generator, scene: Scene, params: dict) -> tuple[Channel, ...]:
    warm = _temperature(rng, scene, params)
    need = rng.uniform(0.005, 0.03) * np.maximum(0, 15 - warm) + rng.uniform(0.005, 0.04) * np.maximum(0, warm - 22)
    daily = rng.uniform(0.05, 0.25) * calendar(rng, scene)
    size = log_uniform(rng, 1, 1e4) * rng.lognormal(0, 1, scene.layout.places)
    load = Channel(size * np.maximum(0.1, 1 + daily + need), "real", 0.0)
    return (load, Channel(warm)) if rng.random() < 0.4 else (load,)


def _weather(rng: Generator, scene: Scene, params: dict) -> tuple[Channel, ...]:
    warm = _temperature(rng, scene, params)
    damp = np.clip(rng.uniform(50, 80) - rng.uniform(1, 3) * (warm - warm.mean(0)) + 12 * _moving(rng, scene, (6, 100), params), 3, 100)
    press = 1013 + rng.uniform(4, 10) * _moving(rng, scene, (20, 120), params)
    some = [Channel(warm), Channel(damp, "real", 0.0, 100.0), Channel(press)]
    return tuple(some[: int(rng.integers(1, 4))])


def _temperature(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    """Degrees: the sun's warmth, delayed, plus air masses that move in, plus the height of the place."""
    day, year = scene.clock.phase("day"), scene.clock.times.astype("datetime64[D]").astype(float) / 365.2425
    swing = rng.uniform(1, 6) * np.cos(2 * np.pi * (day - rng.uniform(0.58, 0.66)))
    season = rng.uniform(2, 14) * np.cos(2 * np.pi * (year - rng.uniform(0.52, 0.58)))
    inland = 1 + 0.3 * smooth_fields(rng, scene.layout.unit, 1, 0.4)[:, 0]
    place = rng.normal(12, 6) + 3 * rng.standard_normal(scene.layout.places)
    return place + (swing + season)[:, None] * inland + rng.uniform(1, 5) * _moving(rng, scene, (12, 120), params)
