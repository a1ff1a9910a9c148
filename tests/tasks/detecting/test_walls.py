"""Walls: values past a border that all others keep are found, and no border is made of a mode, a rounding or a tail."""

import numpy as np
import pandas as pd

import chronotope as ct
from chronotope.tasks.detecting.walls import past_walls


def rain(steps=600, seed=0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(steps) < 0.1, np.round(rng.gamma(1, 2, steps), 1), 0.0)


def found(series: np.ndarray) -> list[int]:
    return np.flatnonzero(past_walls(series[:, None, None])[:, 0, 0]).tolist()


def test_past_either_side_of_a_pile():
    below, above = rain(), 10 - rain()
    below[[50, 300]], above[[50, 300]] = -1.5, 12.0
    assert found(below) == found(above) == [50, 300]


def test_what_is_no_wall():
    rng = np.random.default_rng(0)
    changes = rng.choice([-1.0, 0.0, 1.0], 600, p=[0.01, 0.98, 0.01])
    rounding = rain()
    rounding[[50, 300]] = -0.01
    often = rain()
    often[::20] = -1.5
    once = np.r_[np.zeros(300), rng.gamma(1, 2, 300)]
    once[400] = -1.0
    for series in (
        rain(),
        changes,
        rounding,
        often,
        once,
        rng.poisson(0.1, 600) * 1.0,
        np.round(rng.normal(size=600), 1),
        np.full(600, np.nan),
    ):
        assert not found(series)


def test_rain_below_zero_is_flagged():
    values = np.stack([rain(seed=k) for k in range(3)], axis=1)
    values[[70, 200, 420], [0, 1, 2]] = -1.5
    frame = pd.DataFrame(values, index=pd.date_range("2024-01-01", periods=600, freq="h", name="time"), columns=["a", "b", "c"])
    made = ct.load("baseline:mix").detect(ct.open(frame))
    flags = made.to_xarray()["value_flag"].transpose("time", "place").values
    assert flags[[70, 200, 420], [0, 1, 2]].all() and flags[values >= 0].mean() < 0.02
    low = made.to_xarray()["value_low"].values
    assert low.min() >= 0
