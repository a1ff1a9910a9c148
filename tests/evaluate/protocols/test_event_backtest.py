"""Scores of rates whose best is known."""

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import ArgumentError
from chronotope.evaluate.protocols.backtest import backtest
from chronotope.evaluate.protocols.event_backtest import WORDS
from chronotope.opening.open import open_field
from chronotope.tasks.load import load


def two_towns(n=3000, days=200, share=0.9, seed=0):
    """A square of four cells by five, of which one column holds most."""
    rng = np.random.default_rng(seed)
    stamps = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.uniform(0, days, n)), unit="D")
    lon = np.where(rng.random(n) < share, rng.uniform(10, 11, n), rng.uniform(11, 15, n))
    return open_field(pd.DataFrame({"time": stamps, "lat": rng.uniform(40, 44, n), "lon": lon}), kind="events")


def scores(models=("baseline:smoothed_rates", "baseline:homogeneous_poisson"), **options):
    return backtest(list(models), two_towns(), 2, **({"origins": 4, "step": "5D", "cell": 1.0} | options))


def test_the_gain_is_that_of_the_true_rates():
    table = scores().set_index("model")
    best = 0.9 * np.log(0.9 * 5) + 0.1 * np.log(0.1 * 5 / 4)
    assert table.loc["baseline:smoothed_rates", "gain"] == pytest.approx(best, abs=0.08)
    assert table.loc["baseline:homogeneous_poisson", "gain"] == 0
    assert table["brier"].iloc[0] < table["brier"].iloc[1] and table["crps"].iloc[0] < table["crps"].iloc[1]
    assert (table["expected"] / table["n"]).between(0.8, 1.2).all() and set(table.columns) == set(WORDS)


def test_what_comes_after_the_last_step_of_an_origin_is_not_read():
    field = two_towns()
    whole = backtest("baseline:hawkes", field, 1, origins=1, step="5D", cell=1.0)
    assert whole["origins"][0] == 1 and len(whole.attrs["origins"]) == 1
    last = pd.Timestamp(whole.attrs["origins"][0])
    told = load("baseline:hawkes").forecast(field, 1, step=whole.attrs["step"], cell=whole.attrs["cell"], at=last)
    assert float(told.rate.sum()) == pytest.approx(whole["expected"][0])
    late = field.dataset["time"].values > last.to_datetime64()
    assert whole["n"][0] <= late.sum()


@pytest.mark.parametrize(
    ("options", "words"), [({"by": "lead"}, "by is not for events"), ({"step": "50D"}, "must fit into the last fifth")]
)
def test_bad_calls_are_refused(options, words):
    with pytest.raises(ArgumentError, match=words):
        scores(**options)


def test_a_century_of_events_is_scored_over_its_last_fifth():
    rng = np.random.default_rng(0)
    stamps = pd.Timestamp("1900-01-01") + pd.to_timedelta(np.sort(rng.uniform(0, 36500, 2000)), unit="D")
    field = open_field(pd.DataFrame({"time": stamps, "lat": rng.uniform(40, 44, 2000), "lon": rng.uniform(10, 14, 2000)}), kind="events")
    table = backtest("baseline:smoothed_rates", field, 4, origins=3, cell=1.0)
    first = pd.Timestamp(table.attrs["origins"][0])
    assert pd.Timestamp("1979-11-01") < first < pd.Timestamp("1980-04-01")
