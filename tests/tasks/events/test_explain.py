"""Explain of events: a recent cluster explains the rate there, parts add up to the rate exactly, nothing later is read."""

import numpy as np
import pandas as pd
import pytest
from tests.tasks.events.test_forecast import opened

from chronotope.baselines.rate_parts import held_to, parts_of
from chronotope.errors import ArgumentError
from chronotope.questions import Rate
from chronotope.tasks.events.asking import EventCall
from chronotope.tasks.events.explain import rate_of
from chronotope.tasks.events.forecast import rates_of
from chronotope.tasks.load import load

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.errors.DataWarning")
HAWKES, START, DAYS, SIDE, CHILDREN = load("baseline:hawkes"), pd.Timestamp("2023-01-01"), 400, 5, 0.6
CLUSTER, WHERE = 15, (2.5, 2.5)  # events of the last day, and the middle of their cell


def branching(seed=0, cluster=CLUSTER):
    """Cells of one degree in which every event brings 0.6 more on the days after, in its own cell; a cluster on the last day."""
    rng = np.random.default_rng(seed)
    count, expected = np.zeros((DAYS, SIDE, SIDE)), np.full((DAYS, SIDE, SIDE), 0.06)
    for day in range(DAYS):
        count[day] = rng.poisson(expected[day])
        if day == DAYS - 1:
            count[day, 2, 2] += cluster
        ahead = np.arange(1, DAYS - day)
        expected[day + 1 :] += CHILDREN * count[day] * (0.5**ahead)[:, None, None]
    day, y, x = (np.repeat(one, count[count > 0].astype(int)) for one in np.nonzero(count))
    inside = rng.random((len(day), 3))
    times = START + pd.to_timedelta(day + inside[:, 0], unit="D")
    return pd.DataFrame({"time": times, "lat": y + inside[:, 1], "lon": x + inside[:, 2]}).sort_values("time", ignore_index=True)


OPTIONS = {"step": "1D", "cell": 1.0, "at": START + pd.Timedelta(days=DAYS)}


def explained(table, horizon=3, model=HAWKES, **options):
    return model.explain(opened(table), horizon, **(OPTIONS | options))


def test_a_recent_cluster_explains_the_rate_in_its_cell():
    last, own = [], []
    for seed in range(3):
        made = explained(branching(seed), place=WHERE)
        total = float(made.to_xarray()["rate"].sum())
        last.append(made.of("time")["hidden"][0].startswith("2024-02-04") and made.of("time")["lifts"][0] / total)
        own.append(made.of("cell")["hidden"][0] == "its own cell")
        brought = made.shares.set_index("candidate")["share"]
        assert brought.idxmax() == "events in the same cell" and brought.max() > 0.8
    assert np.mean(own) == 1 and np.min(last) > 0.6
    elsewhere = explained(branching(0), place=(0.5, 4.5)).of("time")
    assert elsewhere["lifts"].max() < 1 < CLUSTER * CHILDREN * 0.5


@pytest.mark.parametrize("name", ["baseline:hawkes", "baseline:kde_season", "tiny"])
def test_parts_add_up_to_the_rate_exactly(name):
    table, model = branching(1), load(name)
    whole, made = model.forecast(opened(table), 3, **OPTIONS).rate, explained(table, model=model, kinds="time", place=WHERE)
    here = whole.sel(y=2.5, x=2.5)
    np.testing.assert_allclose(made.shares["says"].sum(), float(here.sum()), rtol=1e-9)
    np.testing.assert_allclose(made.shares["share"].sum(), 1.0, rtol=1e-9)
    np.testing.assert_allclose(made.to_xarray()["rate"].sel(y=2.5, x=2.5), here, rtol=1e-9)
    asked = EventCall.of(opened(table), 3, OPTIONS["step"], OPTIONS["cell"], OPTIONS["at"], None).asked[0]
    predictor, question = rates_of(model.predictor), asked.question(Rate((0.5,)))
    every = sum(part.adds for part in parts_of(predictor, question))
    np.testing.assert_allclose(every, predictor.answer(question).rate[..., 0], rtol=1e-9)
    np.testing.assert_allclose(rate_of(held_to(predictor, question), asked), whole, rtol=1e-9)


def test_an_effect_is_the_rate_less_that_without_the_events():
    table = branching(2)
    made = explained(table, kinds="time")
    row = made.of("time").iloc[0]
    out = made.to_xarray()
    np.testing.assert_allclose(float(out["rate_effect"].sel(hidden=row["hidden"]).sum()), row["lifts"], rtol=1e-9)
    assert out["rate_effect"].dims == ("hidden", "time", "y", "x") and (made.table["moved"] >= made.table["lifts"].abs() - 1e-9).all()


def test_nothing_after_the_origin_is_read():
    table, at = branching(3), START + pd.Timedelta(days=390)
    poisoned = table.copy()
    poisoned.loc[poisoned["time"] > at, ["lat", "lon"]] = 40.0
    one, other = (explained(part, at=at, place=WHERE) for part in (table, poisoned))
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.shares, other.shares)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"kinds": "object"}, "cell, time"),
        ({"place": "here"}, "the lat and lon of a place"),
        ({"place": (40, 2)}, "must lie in the cells"),
        ({"target": "count"}, "events are counted"),
        ({"at": [OPTIONS["at"], START + pd.Timedelta(days=300)]}, "one time stamp"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(ArgumentError, match=words):
        explained(branching(), **options)


def test_the_call_writes_and_shows(tmp_path, monkeypatch):
    import chronotope as ct

    monkeypatch.chdir(tmp_path)
    branching().to_csv("events.csv", index=False)
    options = {"kind": "events", "horizon": 3, "step": "1D", "cell": 1, "about": "2.5,2.5", "model": "baseline:hawkes", "output": "why.csv"}
    made = ct.run("explain", file="events.csv", **options)
    table = pd.read_csv("why.csv")
    assert set(table["kind"]) == {"cell", "time"} and made.facts["shares"]["share"].sum() == pytest.approx(1)
    assert made.made.plot().get_xlabel().startswith("rate: moved")
