"""Forecasts of years go on with what grew, half of the way to the plain mix, and never back from it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.model import model as network
from chronotope.model.growth import carried_on

STATES = [f"s{k}" for k in range(30)]


def grown(freq, n=24):
    rng = np.random.default_rng(3)
    rate = rng.uniform(0.02, 0.06, 30)
    walk = np.cumsum(rate + rng.normal(0, 0.01, (n, 30)), axis=0)
    return pd.DataFrame(rng.uniform(10, 90, 30) * np.exp(walk), pd.date_range("1970", periods=n, freq=freq, name="time"), STATES)


def medians(model, table):
    origin = table.index[-5]
    return model.forecast(ct.open(table), 4, at=origin).median.to_dataarray().squeeze().transpose("time", "place").values


@pytest.mark.parametrize("name", ["tiny", "small"])
def test_years_that_grow_are_told_nearer_to_what_comes(name, monkeypatch):
    table = grown("YS")
    truth, model = table.values[-4:], ct.load(name)
    told, mix = medians(model, table), medians(ct.load("baseline:mix"), table)
    monkeypatch.setattr(network, "carried_on", lambda said, tokens, tile: said)
    before = medians(model, table)
    miss = [np.mean(np.abs(one - truth) / table.values[-5]) for one in (told, before, mix)]
    assert miss[0] < 0.9 * miss[1], miss
    assert np.abs(told - mix).mean() < 0.75 * np.abs(before - mix).mean()


def test_other_steps_stay_as_they_are(monkeypatch):
    table = grown("MS", 72)
    told = medians(ct.load("tiny"), table)
    monkeypatch.setattr(network, "carried_on", lambda said, tokens, tile: said)
    np.testing.assert_array_equal(told, medians(ct.load("tiny"), table))


class Series:
    both_sides, stop = False, 4
    x, m = np.array([[0.0, 1.0, 2.0, 3.0]]), np.ones((1, 4))


class Tile:
    series, step_seconds = Series, 365.2425 * 86400.0


@pytest.mark.parametrize(("own", "mix", "told"), [(3.0, 5.0, 4.0), (3.0, 2.0, 3.0), (1.0, -2.0, -0.5), (-3.0, 4.0, -3.0), (1.5, 2.5, 2.0)])
def test_medians_move_only_farther_from_the_mean_of_the_past(own, mix, told):
    class Tokens:
        centre, error, is_available = np.full((1, 1, 1, 1), mix), np.ones((1, 1, 1, 1)), np.ones((1, 1, 1, 1), bool)

    said = np.array([own - 1, own, own + 2]).reshape(1, 1, 1, 3)
    np.testing.assert_allclose(carried_on(said, Tokens, Tile).ravel(), np.array([-1, 0, 2]) + told)
