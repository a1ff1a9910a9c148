"""A predictor that answers with a formula and remembers what it was asked, and small fields to ask about."""

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.questions import AbstractQuantilePredictor


class Recorder(AbstractQuantilePredictor):
    """Answers 1000 * level + the row's number behind the origin; keeps the questions."""

    name = "recorder"

    def __init__(self):
        self.calls = []

    def quantiles(self, question):
        self.calls.append(question)
        rows = question.rows
        lead = rows - rows[0] + 1
        out = 1000 * np.array(question.levels)[:, None, None, None] + lead[:, None, None] + np.zeros(question.frame.values.shape[1:])
        return np.where(question.asked[rows], out, np.nan).astype("float32")


def stations(steps=40, freq="1h", start="2024-01-01", n=3) -> Field:
    """Temperature (K) and rain (mm) at n named places; place 1 has gaps, and temperature has dims (place, time)."""
    times = pd.date_range(start, periods=steps, freq=freq).values.astype("datetime64[ns]")
    values = np.arange(steps)[:, None] + 100.0 * np.arange(n)
    rain = values / 10
    values[3:5, 1] = np.nan
    dataset = xr.Dataset(
        {"temp": (("place", "time"), values.T, {"units": "K"}), "rain": (("time", "place"), rain, {"units": "mm"})},
        {"time": times, "place": [f"s{i}" for i in range(n)], "lat": ("place", 50.0 + np.arange(n)), "lon": ("place", 8.0 + np.arange(n))},
        {"title": "made"},
    )
    return Field(dataset, "graph", ("temp", "rain"), ("place",))


def sea(steps=20) -> Field:
    """A grid with falling latitudes, two levels, and land (never observed) in the first row."""
    times = pd.date_range("2024-01-01", periods=steps, freq="6h").values.astype("datetime64[ns]")
    values = np.random.default_rng(0).normal(size=(steps, 2, 3, 4))
    values[:, :, 0] = np.nan
    coords = {"time": times, "depth": [0, 10], "lat": [45.0, 42.5, 40.0], "lon": [200.0, 202.5, 205.0, 207.5]}
    array = (("time", "depth", "lat", "lon"), values, {"units": "degC"})
    return Field(xr.Dataset({"sst": array}, coords), "grid", ("sst",), ("lat", "lon"))
