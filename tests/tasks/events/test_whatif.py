"""What-if of events: added ones bring about as many as were planted, where they are; what nothing in the past shows is refused."""

import numpy as np
import pandas as pd
import pytest
from tests.tasks.events.test_explain import CHILDREN, DAYS, OPTIONS, SIDE, START, branching
from tests.tasks.events.test_forecast import opened

from chronotope.errors import ArgumentError, DataError
from chronotope.tasks.load import load

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.errors.DataWarning")
HAWKES = load("baseline:hawkes")
ADDED = 20


def supposed(table, settings, horizon=3, **options):
    return HAWKES.whatif(opened(table), horizon, set=settings, **(OPTIONS | options))


def added(count=ADDED, at=(1.5, 3.5), hour=12.0):
    """Events of the last day in one cell."""
    time = START + pd.Timedelta(days=DAYS - 1, hours=hour) + pd.to_timedelta(np.arange(count), unit="min")
    return pd.DataFrame({"time": time, "lat": at[0] + 0.01 * np.arange(count) / count, "lon": at[1]})


def brought(count, horizon=3):
    """The closed form: what so many events of the last day bring in the steps after it, and what these bring."""
    new = np.zeros(horizon)
    for day in range(horizon):
        ahead = np.arange(day, 0, -1)
        new[day] = CHILDREN * (count * 0.5 ** (day + 1) + (new[:day] * 0.5**ahead).sum())
    return float(new.sum())


def test_added_events_bring_about_as_many_as_were_planted_and_where_they_are():
    found, held = [], []
    for seed in range(8):
        made = supposed(branching(seed, cluster=0), {"add": added()})
        row = made.summary.iloc[0]
        found.append(row["difference"])
        held.append(row["low"] <= brought(ADDED) <= row["high"])
        rate = made.to_xarray()["rate_difference"]
        assert float(rate.sel(y=1.5, x=3.5).sum()) > 0.85 * float(rate.sum())
    assert abs(np.mean(found) / brought(ADDED) - 1) < 0.12 and np.mean(held) >= 0.6
    out = made.to_xarray()
    np.testing.assert_allclose(out["rate_then"] - out["rate_as_it_is"], out["rate_difference"], atol=1e-9)
    whole = HAWKES.forecast(opened(branching(7, cluster=0)), 3, **OPTIONS)
    np.testing.assert_allclose(out["rate_as_it_is"], whole.rate, rtol=1e-9)
    assert "expected number of events is" in made.words and "not what adding 20 events would cause" in made.words
    assert (np.diff(out["count_difference"].values, axis=0) >= -1e-12).all()


def test_what_was_added_can_be_taken_out_again():
    table, more = branching(1, cluster=0), added()
    with_them = pd.concat([table, more]).sort_values("time", ignore_index=True)
    made = supposed(with_them, {"remove": more})
    assert made.summary["difference"][0] < 0 and made.summary["high"][0] < 0
    here = made.to_xarray()["rate_difference"].sel(y=1.5, x=3.5)
    assert abs(float(here.sum()) / brought(ADDED) + 1) < 0.4


def test_nothing_after_the_origin_is_read():
    table, at = branching(3), START + pd.Timedelta(days=390)
    more = added().assign(time=lambda t: t["time"] - pd.Timedelta(days=10))
    poisoned = table.copy()
    poisoned.loc[poisoned["time"] > at, ["lat", "lon"]] = 40.0
    one, other = (supposed(part, {"add": more}, at=at) for part in (table, poisoned))
    pd.testing.assert_frame_equal(one.summary, other.summary)


def test_a_process_without_memory_is_refused():
    rng = np.random.default_rng(0)
    times = START + pd.to_timedelta(np.sort(rng.uniform(0, DAYS, 900)), unit="D")
    plain = pd.DataFrame({"time": times, "lat": rng.uniform(0, SIDE, 900), "lon": rng.uniform(0, SIDE, 900)})
    with pytest.raises(DataError, match="events bring events"):
        supposed(plain, {"add": added()})


@pytest.mark.parametrize(
    "settings, options, kind, words",
    [
        ({}, {}, ArgumentError, "found nothing"),
        ({"move": added()}, {}, ArgumentError, "add"),
        ({"add": pd.DataFrame({"time": [START]})}, {}, ArgumentError, "columns time, lat, lon"),
        ({"add": added(at=(50, 50))}, {}, ArgumentError, "place outside"),
        ({"add": added(hour=30)}, {}, ArgumentError, "between the first event and the origin"),
        ({"remove": added()}, {}, ArgumentError, "none lies at"),
        ({"add": added()}, {"close": "here"}, ArgumentError, "events are counted"),
        ({"add": added()}, {"horizon": 100}, DataError, "5 origins"),
    ],
)
def test_refusals(settings, options, kind, words):
    with pytest.raises(kind, match=words):
        supposed(branching(0), settings, **options)


def test_the_call_reads_tables_and_writes(tmp_path, monkeypatch):
    import chronotope as ct

    monkeypatch.chdir(tmp_path)
    branching(1).to_csv("events.csv", index=False)
    added().to_csv("more.csv", index=False)
    options = {"kind": "events", "horizon": 3, "step": "1D", "cell": 1, "model": "baseline:hawkes", "output": "then.csv"}
    made = ct.run("whatif", file="events.csv", set=["add=more.csv"], **options)
    table = pd.read_csv("then.csv")
    assert set(table["answer"]) == {"as_it_is", "then", "difference"} and "higher" in made.facts["words"]
