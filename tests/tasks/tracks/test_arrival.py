"""Arrivals: known times on straight ways, chances that are chances, and which place is next."""

import numpy as np
import pandas as pd
import pytest
from tests.tasks.tracks.test_forecast import MODEL, START, degrees, walks

from chronotope.errors import ArgumentError, DataError
from chronotope.opening.open import open_field
from chronotope.tasks.tracks.arrival import _entered


def straight(speed=10.0, steps=40):
    """Eight objects that go east, one that stands."""
    rng = np.random.default_rng(0)
    rows = []
    for k in range(9):
        x = (0 if k == 8 else speed) * np.arange(steps) + rng.normal(0, 0.2, steps)
        rows += [(f"o{k}", START + pd.Timedelta(seconds=10 * t), x[t], 50.0 * k) for t in range(steps)]
    return pd.DataFrame(rows, columns=["id", "time", "x", "y"])


def ask(table, places, **options):
    return MODEL.arrival(open_field(table, kind="tracks"), places, 12, **{"radius": 5.0} | options)


def test_arrival_on_a_straight_way():
    places = pd.DataFrame({"name": ["near", "far", "behind"], "x": [440.0, 470.0, 100.0], "y": [0.0, 0.0, 0.0]})
    made = ask(straight(), places)
    data = made.to_xarray()
    assert data["chance"].dims == ("place", "object") and data["arrival"].dims == ("quantile", "place", "object")
    chance = data["chance"].sel(object="o0")
    assert chance.values[0] > 0.9 and chance.values[1] > 0.9 and chance.values[2] == 0
    assert float(data["next"].sel(object="o0", place="near")) > 0.9 and float(data["next"].sel(object="o0", place="far")) < 0.1
    for name, metres in (("near", 440 - 5 - 390), ("far", 470 - 5 - 390)):
        when = pd.Timestamp(data["arrival"].sel(quantile=0.5, place=name, object="o0").values)
        truth = START + pd.Timedelta(seconds=390 + metres)  # 10 metres in 10 seconds
        assert abs((when - truth).total_seconds()) < 6
    assert (data["chance"].sel(object="o8") == 0).all() and np.isnat(data["arrival"].sel(object="o8").values).all()
    table = made.to_pandas()
    assert table[table["object"] == "o0"]["place"].iloc[0] == "near" and "q0.5" in table


def test_the_moment_of_entering_is_exact():
    paths = np.array([[[[0.0, 0.0]], [[10.0, 0.0]], [[20.0, 0.0]]]])
    assert _entered(paths, np.array([14.0, 3.0]), 5.0, False)[0, 0] == pytest.approx(1.0)  # four before it: 3-4-5
    assert _entered(paths, np.array([1.0, 0.0]), 5.0, False)[0, 0] == 0 and np.isinf(
        _entered(paths, np.array([5.0, 9.0]), 5.0, False)[0, 0]
    )


def test_degrees_and_the_date_line():
    table = walks()
    last = table.groupby("id").last()
    spot = pd.DataFrame({"id": "p", "time": START, "x": [last["x"].iloc[0] + 3], "y": [last["y"].iloc[0]]})
    made = []
    for lon in (20.0, 180.0):
        place = degrees(spot, 10.0, lon)[["lat", "lon"]]
        field = open_field(degrees(table, 10.0, lon), kind="tracks")
        made.append(MODEL.arrival(field, place, 6, radius=8).dataset["chance"].values)
    np.testing.assert_allclose(made[0], made[1], atol=1e-9)
    assert np.nanmax(made[0]) > 0.2


def test_bad_calls():
    with pytest.raises(ArgumentError, match="radius"):
        ask(straight(), [(1.0, 2.0)], radius=-1)
    with pytest.raises(DataError, match="columns lat, lon or x, y"):
        ask(straight(), pd.DataFrame({"name": ["a"]}))
    for places in ("harbour.csv", [(1.0,)], [(1.0, 2.0, 3.0)], 5, None, [("a", "b")]):
        with pytest.raises(DataError, match="`places` must be a table"):
            ask(straight(), places)
    with pytest.raises(DataError, match="columns x and y, as the tracks have; found lat and lon"):
        ask(straight(), pd.DataFrame({"lat": [1.0], "lon": [2.0]}))
    with pytest.raises(ArgumentError, match="one origin"):
        ask(straight(), (1.0, 2.0), at=["2024-05-01 00:03", "2024-05-01 00:04"])
