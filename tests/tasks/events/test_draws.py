"""Drawn events: counts with the forecast's mean, times inside their steps, places inside their cells, and what must not matter."""

import numpy as np
import pandas as pd
import pytest
from tests.tasks.events.test_forecast import HAWKES, TINY, opened, table

from chronotope.baselines.branching import Branching
from chronotope.errors import ArgumentError
from chronotope.opening.samples import sample
from chronotope.questions import Rate
from chronotope.tasks.events.asking import EventCall
from chronotope.tasks.load import load


def draw(frame, n=40, horizon=3, model=HAWKES, **options):
    return model.simulate(opened(frame), horizon, n, **{"step": "7D", "cell": 0.2} | options)


@pytest.mark.parametrize("model", [HAWKES, TINY, load("baseline:smoothed_rates")], ids=["hawkes", "tiny", "smoothed"])
def test_counts_agree_with_the_forecast(model):
    field = sample("earthquakes")
    told = model.forecast(field, 3, step="7D", cell=2)
    drawn = model.simulate(field, 3, 400, step="7D", cell=2).counts()
    for dims in (("y", "x"), ("time",)):
        sums, rate = drawn.sum(dims), told.rate.sum(dims)
        error = sums.std("member") / 20 + 1e-3
        off = ((sums.mean("member").values - rate.values) / error.values)[rate.values > 0.2]
        assert np.abs(off).max() < 4.5 and abs(off.mean()) < 2.5


def test_table_marks_and_clock():
    made = draw(table())
    rows = made.to_pandas()
    assert list(rows.columns) == ["member", "time", "lat", "lon", "size"] and made.members == 40
    assert rows["member"].is_monotonic_increasing and set(rows["size"]) <= set(table()["size"])
    origin = table()["time"].max()
    assert (rows["time"] > origin).all() and (rows["time"] <= origin + pd.Timedelta("21D")).all()
    assert int(made.counts().sum()) == len(rows) and made.counts().dims == ("member", "time", "y", "x")
    assert made.meta["seed"] == 0 and "branching" in made.meta


def test_seeds_origins_and_what_comes_later():
    frame, at = table(), pd.Timestamp("2023-04-01")
    first = draw(frame, at=at).to_pandas()
    pd.testing.assert_frame_equal(first, draw(frame, at=at).to_pandas())
    assert len(draw(frame, at=at, seed=1).to_pandas()) != len(first) or not draw(frame, at=at, seed=1).to_pandas().equals(first)
    after = pd.DataFrame({"time": [at + pd.Timedelta("1s")], "lat": [45.1], "lon": [9.1], "size": [1e9]})
    poisoned = pd.concat([frame[frame["time"] <= at], after])
    pd.testing.assert_frame_equal(first, draw(poisoned, at=at).to_pandas())
    both = draw(frame, at=[at - pd.Timedelta("7D"), at]).to_pandas()
    pd.testing.assert_frame_equal(both[both["init_time"] == at].drop(columns="init_time").reset_index(drop=True), first)


def test_hours_of_the_day_are_kept():
    frame = table()
    frame["time"] = frame["time"].dt.floor("D") + pd.Timedelta("12h") + pd.to_timedelta(np.arange(len(frame)) % 180, unit="min")
    hours = draw(frame, 20).to_pandas()["time"].dt.hour
    assert ((hours >= 11) & (hours <= 15)).mean() > 0.98


def test_events_that_bring_others_scatter_more_and_a_planted_branching_is_found():
    frame = quaking(0.6)
    made = draw(frame, 200, 4, step="1D", cell=1)
    total = made.counts().sum(("time", "y", "x"))
    assert 0.35 < made.meta["branching"] < 0.75  # what comes on the same day is no child
    assert float(total.var() / total.mean()) > 2  # 1 if events came by themselves
    calm = draw(table(), 200, 4, step="1D", cell=0.2).counts().sum(("time", "y", "x"))
    assert float(calm.var() / calm.mean()) < 2


def quaking(branching, days=1500):
    """Events in one cell, each of which brings more after a day or two."""
    rng = np.random.default_rng(3)
    wave = all_times = rng.uniform(0, days, rng.poisson(days * 0.8))
    while len(wave):
        number = rng.poisson(branching, len(wave))
        wave = np.repeat(wave, number) + rng.exponential(1.5, number.sum())
        all_times = np.concatenate([all_times, wave])
    all_times = np.sort(all_times[all_times < days])
    at = rng.uniform(0.1, 0.9, (len(all_times), 2))
    stamps = pd.Timestamp("2020-01-01") + pd.to_timedelta(all_times, unit="D")
    return pd.DataFrame({"time": stamps, "lat": 45 + at[:, 0], "lon": 9 + at[:, 1], "size": 1.0})


def test_any_rate_is_kept_where_more_would_be_brought_than_it_has_room_for():
    call = EventCall.of(opened(quaking(0.6)), 5, "1D", 1, None, None)
    branching = Branching.of(call.asked[0].question(Rate()))
    rate = np.full((5, len(branching.past.density.places)), 0.05)
    drawn = branching.draw(rate, 20_000, np.random.default_rng(0))
    assert abs(drawn.mean() / 0.05 - 1) < 0.08


def test_refusals():
    with pytest.raises(ArgumentError, match="fill"):
        draw(table(), fill=True)
    with pytest.raises(ArgumentError, match="below"):
        draw(table(), 10_000, 400, step="1h", cell=0.02)


def test_moments_among_the_marks_are_no_marks_of_events_to_come():
    frame = table().assign(told=lambda t: (t["time"] + pd.Timedelta("2D")).astype(str))
    assert "told" not in draw(frame, n=2).to_pandas() and "size" in draw(frame, n=2).to_pandas()


def test_members_have_levels_of_their_own_where_the_number_of_all_is_less_sure():
    asked = EventCall.of(opened(table()), 4, "7D", 0.2, None, None).asked[0]
    branching, rate = Branching.of(asked.question(Rate((0.5,)))), np.full((4, len(asked.events.lattice)), 0.5)
    plain, wide = (branching.draw(rate, 1500, np.random.default_rng(0), sums) for sums in (None, np.full(4, 0.3)))
    np.testing.assert_array_equal(plain, branching.draw(rate, 1500, np.random.default_rng(0), np.zeros(4)))
    total = wide.sum(axis=2)
    assert total.mean() == pytest.approx(plain.sum(axis=2).mean(), rel=0.05)
    dispersion = (total.var(axis=0) - total.mean(axis=0)) / total.mean(axis=0) ** 2
    np.testing.assert_allclose(dispersion, 0.3, rtol=0.3)
    assert np.corrcoef(total[:, 0], total[:, 1])[0, 1] > 0.4


def test_a_single_member_has_a_level_too():
    asked = EventCall.of(opened(table()), 1, "7D", 0.2, None, None).asked[0]
    branching, rate = Branching.of(asked.question(Rate((0.5,)))), np.full((1, len(asked.events.lattice)), 0.5)
    total = np.array([branching.draw(rate, 1, np.random.default_rng(k), np.full(1, 0.5)).sum() for k in range(300)])
    assert (total.var() - total.mean()) / total.mean() ** 2 == pytest.approx(0.5, abs=0.2)
