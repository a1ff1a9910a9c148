"""Answers turn with the field: a turned or mirrored grid gets the turned or mirrored answer."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.tasks.load import load

SIDE, STEPS = 5, 100
TURNS = {
    "mirror": (lambda a: a[..., ::-1], lambda a: a[..., ::-1]),
    "quarter": (lambda a: np.rot90(a, 1, (-2, -1)), lambda a: np.rot90(a, -1, (-2, -1))),
}


def waves():
    """Waves that run over a square grid, with noise, (t, y, x)."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE]
    ways, speed = rng.normal(size=(5, 2)) * 0.6, rng.normal(size=5) * 0.3
    t = np.arange(STEPS)[:, None, None]
    return sum(np.cos(a * x + b * y - c * t) for (a, b), c in zip(ways, speed)) + 0.2 * rng.normal(size=(STEPS, SIDE, SIDE))


def answer(model, values):
    coords = {"time": pd.date_range("2024-01-01", periods=STEPS, freq="h"), "y": np.arange(SIDE) * 1.0, "x": np.arange(SIDE) * 1.0}
    field = Field(xr.Dataset({"z": (("time", "y", "x"), values.copy())}, coords), "grid", ("z",), ("y", "x"))
    return model.forecast(field, 4).dataset["z"].values


def test_a_turned_field_has_the_turned_answer():
    forth, back = TURNS["quarter"]
    values = waves()
    off = {}
    for name, model in (("plain", load("tiny")), ("turned", load("tiny").turned())):
        off[name] = np.abs(answer(model, values) - back(answer(model, forth(values)))).max() / values.std()
    assert off["turned"] < 1e-5 < 1e-3 < off["plain"], off


def test_mirrors_alone():
    values, model = waves(), load("baseline:mix").turned(4)
    forth, back = TURNS["mirror"]
    assert np.abs(answer(model, values) - back(answer(model, forth(values)))).max() < 1e-5 * values.std()


def test_refusals():
    with pytest.raises(ArgumentError, match="found 3"):
        load("baseline:mix").turned(3)
