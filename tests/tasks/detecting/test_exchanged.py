"""Two places that are exchanged are found together, with the steps, also where they differ by no more than they vary."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.baselines import BASELINES
from chronotope.opening.open import open_field
from chronotope.tasks.detecting.exchanged import exchanges
from chronotope.tasks.verbs import Model

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.DataWarning")
LINEAR = Model(BASELINES["linear"]())


def town(seed=0, steps=720, places=16) -> tuple[np.ndarray, np.ndarray]:
    """Hourly values (t, n) with a day and fronts that places share in unlike measure, and what is usual at the hour."""
    rng = np.random.default_rng(seed)
    hours = np.arange(steps)[:, None]
    fronts = np.stack([np.convolve(rng.normal(size=steps + 23), np.ones(24) / 24, "valid") for _ in range(3)], axis=1) * 10
    usual = 12 + 6 * np.sin(2 * np.pi * hours / 24) + 0.5 * np.arange(places)
    return usual + fronts @ rng.normal(size=(3, places)) + 0.3 * rng.normal(size=(steps, places)), usual


def exchanged(values: np.ndarray, rows: slice, one: int, other: int) -> np.ndarray:
    out = values.copy()
    out[rows, [one, other]] = out[rows, [other, one]]
    return out


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rows", [slice(300, 348), slice(600, 720)])
def test_an_exchange_within_usual_variation_is_found_with_its_steps(seed, rows):
    x, usual = town(seed)
    (found,) = exchanges(exchanged(x, rows, 1, 6), usual, np.isfinite(x))
    assert found.places == (1, 6) and abs(found.first - rows.start) <= 3 and abs(found.stop - rows.stop) <= 3


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_exchanged_where_nothing_was_and_one_that_is_off_alone_is_not(seed):
    x, usual = town(seed)
    assert not exchanges(x, usual, np.isfinite(x))
    x[300:400, 2] = x[300:400, 5]
    assert not exchanges(x, usual, np.isfinite(x))


@pytest.mark.parametrize("steps", [240, 600])
def test_walks_that_wander_by_themselves_are_not_exchanged(steps):
    for seed in range(8):
        x = np.random.default_rng(seed).normal(size=(steps, 6)).cumsum(axis=0)
        assert not exchanges(x, np.broadcast_to(np.median(x, axis=0), x.shape), np.isfinite(x))


def test_the_order_of_places_and_what_is_missing_do_not_count():
    x, usual = town(5)
    x = exchanged(x, slice(300, 380), 2, 7)
    x[np.random.default_rng(0).random(x.shape) < 0.1] = np.nan
    order = np.random.default_rng(1).permutation(16)
    (plain,), (moved,) = (exchanges(x[:, o], usual[:, o], np.isfinite(x[:, o])) for o in (np.arange(16), order))
    assert plain.places == (2, 7) and sorted(order[list(moved.places)]) == [2, 7]
    assert (plain.first, plain.stop) == (moved.first, moved.stop)
    np.testing.assert_allclose(moved.chance, plain.chance, rtol=1e-6)


def test_detect_flags_both_and_names_one_event():
    x = exchanged(town(1)[0], slice(600, 720), 1, 6)
    times = pd.date_range("2024-01-01", periods=720, freq="1h")
    field = open_field(xr.Dataset({"temp": (("time", "place"), x)}, {"time": times, "place": [f"s{k}" for k in range(16)]}))
    found = LINEAR.detect(field)
    events = found.events().query("kind == 'swapped'")
    assert [sorted(places) for places in events["places"]] == [["s1", "s6"]]
    assert abs(events["start"].iloc[0] - times[600]) <= pd.Timedelta("3h") and times[719] - events["end"].iloc[0] <= pd.Timedelta("3h")
    flags = found.to_xarray()["temp_flag"].values
    assert flags[603:717, [1, 6]].all() and np.delete(flags, [1, 6], axis=1).mean() < 0.02
