"""Numbers that objects carry: what they do where others were before, read from where the objects are, and nothing that came later."""

import numpy as np
import pandas as pd
import pytest

from chronotope.evidence.motion import tracks
from chronotope.opening.open import open_field
from chronotope.tasks.load import load

START = pd.Timestamp("2024-05-01")
MODEL = load("baseline:paths_mix")
STEPS, EACH = 160, 24


def ships(seed=0, objects=36):
    """Ships that cross a bay, one after the other, eastwards: their speed grows west of the middle and falls east of it."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(objects):
        first, north, load = int(rng.integers(0, STEPS - EACH)), rng.uniform(-20, 20), rng.normal(0, 1)
        speed = 20 + load
        for t in range(EACH):
            east = 100.0 * (t - EACH / 2)
            rows.append((f"s{k}", START + pd.Timedelta(minutes=first + t), east, north, speed))
            speed += (0.6 if east < -50 else -0.6) + 0.1 * rng.standard_normal()
    return pd.DataFrame(rows, columns=["id", "time", "x", "y", "speed"])


def half_way(table):
    """Stamps at which a ship is about to pass the middle of the bay, with what it was then and eight steps later."""
    found = []
    for name, one in table.groupby("id"):
        now, then = one.iloc[EACH // 2 - 2], one.iloc[EACH // 2 + 6]
        if now["time"] > START + pd.Timedelta(minutes=STEPS // 2):
            found.append((name, now["time"], now["speed"], then["speed"]))
    return found


def misses(table):
    """Of the median and of the last value, (k, 2)."""
    out = []
    for name, stamp, now, then in half_way(table)[:4]:
        made = MODEL.forecast(open_field(table, kind="tracks"), 8, at=stamp).to_xarray()["speed"].sel(quantile=0.5)
        said = float(made.isel(time=-1).sel(object=name))
        out.append((abs(said - then), abs(now - then)))
    return np.array(out)


def test_a_number_that_turns_at_a_place_is_foreseen_there():
    miss = misses(ships())
    assert miss[:, 0].mean() < 0.25 * miss[:, 1].mean()


def test_where_the_objects_are_is_what_tells(monkeypatch):
    whole = misses(ships())[:, 0].mean()
    monkeypatch.setattr("chronotope.evidence.motion.tracks._closed", _nowhere(tracks))
    assert misses(ships())[:, 0].mean() > 1.3 * whole


def _nowhere(module):
    """Closes gaps as ever, but every place in space is the same."""
    close, calls = module._closed, []

    def closed(at, seen):
        calls.append(1)
        made = close(at, seen)
        return np.where(np.isfinite(made), 0.0, made) if len(calls) % 2 == 0 else made

    return closed


@pytest.mark.parametrize("column", ["speed", "x", "y"])
def test_nothing_that_comes_later_is_read(column):
    table = ships()
    stamp = half_way(table)[0][1]
    late = table["time"] > stamp
    poisoned = table.assign(**{column: table[column].where(~late, 1e6)})
    one, other = (MODEL.forecast(open_field(t, kind="tracks"), 4, at=stamp).to_xarray()["speed"].values for t in (table, poisoned))
    np.testing.assert_array_equal(one, other)


def test_a_turned_and_shifted_scene_says_the_same_of_the_numbers():
    table = ships()
    stamp = half_way(table)[0][1]
    at = (table["x"] + 1j * table["y"]).to_numpy() * np.exp(0.7j) + 5000
    turned = table.assign(x=at.real, y=at.imag)
    one, other = (MODEL.forecast(open_field(t, kind="tracks"), 6, at=stamp).to_xarray()["speed"].values for t in (table, turned))
    known = np.isfinite(one)
    assert np.abs(one - other)[known].max() < 0.15


@pytest.mark.parametrize("count", [20, 50])
def test_a_number_of_which_nothing_could_be_tried_is_told_as_it_varied(count):
    rng, days = np.random.default_rng(0), pd.date_range("2024-01-01", periods=count, freq="5D")
    told = np.where(rng.random(count) > 0.7, 10 + 2 * rng.standard_normal(count), np.nan)
    lats, lons = 40 + np.cumsum(0.05 * rng.standard_normal(count)), -20 + np.cumsum(0.1 * rng.standard_normal(count))
    table = pd.DataFrame({"id": "a", "time": days, "lat": lats, "lon": lons, "load": told})
    made = MODEL.forecast(open_field(table, kind="tracks"), 3, quantiles=(0.1, 0.5, 0.9)).dataset["load"].values
    assert (made[2] - made[0] > 1).all() and (np.diff(made, axis=0) >= 0).all()
