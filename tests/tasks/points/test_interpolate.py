"""Interpolation of points that move: rows of a table in, the same rows out."""

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import ArgumentError, DataError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load

MODEL = load("baseline:last_value")
START = pd.Timestamp("2024-05-01")


def cruise(lon=10.0):
    """Two ships that measure a field which changes with place and time."""
    steps = np.arange(120)
    parts = []
    for name, lat, rate in (("a", 50.0, 0.01), ("b", 50.5, -0.008)):
        table = pd.DataFrame({"id": name, "time": START + pd.to_timedelta(steps, unit="h"), "lat": lat + rate * steps})
        table["lon"] = (lon + 0.02 * steps + 180) % 360 - 180
        parts.append(table.assign(sst=15 + np.sin(8 * table["lat"]) + 0.01 * steps))
    return pd.concat(parts, ignore_index=True)


def asked(lon=10.0):
    hours = np.array([30.5, 70.2, 5.0, 500.0])
    return pd.DataFrame({
        "time": START + pd.to_timedelta(hours, unit="h"), "lat": [50.3, 50.2, 50.1, 50.0],
        "lon": (lon + np.array([0.6, 1.4, 0.1, 0.0]) + 180) % 360 - 180, "note": list("wxyz"),
    })  # fmt: skip


def test_rows_come_back_in_order_and_beyond_the_span_empty():
    with pytest.warns(UserWarning, match="1 rows lie before"):
        made = MODEL.interpolate(open_field(cruise(), kind="points"), at=asked())
    data = made.to_xarray()
    assert data["sst"].dims == ("quantile", "row") and data["sst"].shape == (9, 4) and list(data["note"].values) == list("wxyz")
    assert np.isfinite(data["sst"].values[:, :3]).all() and np.isnan(data["sst"].values[:, 3]).all()
    assert (np.diff(data["sst"].values[:, :3], axis=0) >= 0).all()
    table = made.to_pandas()
    assert list(table["note"]) == list("wxy") and {"time", "lat", "lon", "variable", "q0.5"} <= set(table.columns)


@pytest.mark.filterwarnings("ignore")
def test_the_date_line_and_the_order_of_rows_change_nothing():
    first = MODEL.interpolate(open_field(cruise(), kind="points"), at=asked()).dataset["sst"].values
    over = MODEL.interpolate(open_field(cruise(179.5), kind="points"), at=asked(179.5)).dataset["sst"].values
    np.testing.assert_allclose(first, over, atol=1e-4)
    turned = MODEL.interpolate(open_field(cruise(), kind="points"), at=asked().iloc[::-1]).dataset["sst"].values
    np.testing.assert_allclose(first, turned[:, ::-1], atol=1e-9)


def test_an_observation_stays():
    table = cruise()
    made = MODEL.interpolate(open_field(table, kind="points"), at=table.iloc[[40, 3]][["time", "lat", "lon"]])
    np.testing.assert_allclose(made.dataset["sst"].values, np.stack([table["sst"].iloc[[40, 3]]] * 9), atol=1e-9)


def test_refusals_say_what_to_do():
    field = open_field(cruise(), kind="points")
    with pytest.raises(DataError, match="'time' is missing"):
        MODEL.interpolate(field, at=asked().drop(columns="time"))
    with pytest.raises(DataError, match="must have a time and a position"):
        MODEL.interpolate(field, at=asked().assign(lat=np.nan))
    with pytest.raises(ArgumentError, match="leave context="):
        MODEL.interpolate(field, at=asked(), context=3)
