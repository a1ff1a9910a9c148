"""What callers type wrong ends in one sentence, at every verb."""

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.data.arguments import above_zero, centres, names_of, part, share, switch, whole_number
from chronotope.errors import ArgumentError, ChronotopeError

MODEL = ct.load("baseline:last_value")


@pytest.mark.parametrize("value", [0, -1, 1.5, "3", None, True, [3], np.nan, np.timedelta64(3, "h"), 11])
def test_a_whole_number_is_one_within_its_bounds(value):
    with pytest.raises(ArgumentError, match="^n must be a whole number from 1 to 10; found "):
        whole_number(value, "n", 1, 10)
    assert [whole_number(good, "n", 1, 10) for good in (1, 10.0, np.int64(3))] == [1, 10, 3]


def test_names_shares_and_switches():
    assert names_of(None, "x") == () and names_of("ab", "x") == ("ab",) and names_of(np.array(["a", "b"]), "x") == ("a", "b")
    assert share(0.05, "rate") == 0.05 and part(1, "least") == 1.0 and above_zero(3, "radius") == 3.0 and switch(np.True_, "fill") is True
    for check, value in ((names_of, 5), (names_of, True), (share, 1), (share, "1%"), (share, np.nan), (switch, "no"), (switch, None)):
        with pytest.raises(ArgumentError, match="^x must be "):
            check(value, "x")
    for check, value in ((part, "a"), (part, 1.5), (above_zero, -1), (above_zero, np.nan), (centres, 5), (centres, ["a"]), (centres, [])):
        with pytest.raises(ArgumentError, match="^x must be "):
            check(value, "x")


def field():
    hours = pd.date_range("2024-03-01", periods=120, freq="h")
    rng = np.random.default_rng(0)
    rows = [pd.DataFrame({"time": hours, "place": f"p{i}", "flow": rng.normal(size=120), "heat": rng.normal(size=120)}) for i in range(3)]
    return ct.open(pd.concat(rows))


@pytest.mark.parametrize("name, value", [("target", 5), ("known_future", True), ("horizon", np.timedelta64(90, "m"))])
@pytest.mark.parametrize("verb", ["forecast", "simulate", "explain", "whatif"])
def test_every_verb_that_looks_ahead_refuses_in_a_sentence(verb, name, value):
    given = {"horizon": 2, "set": {"heat": "+1"}} if verb == "whatif" else {"horizon": 2}
    with pytest.raises(ArgumentError, match=rf"^{name} must "):
        getattr(MODEL, verb)(field(), **given | {name: value})


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ct.resample(field(), "3h", how=5), "how must be one of"),
        (lambda: ct.resample(field(), "3h", least="a"), "least must be a share"),
        (lambda: ct.resample(field(), "3h", first="noon"), "first must be a time stamp"),
        (lambda: ct.align([field(), field()], to="a"), "to must be a whole number"),
        (lambda: ct.align(None), "a list of two fields"),
        (lambda: ct.regrid(ct.sample("air_temperature"), 40.0, [200.0]), "lat must be a list of the centres"),
        (lambda: ct.upscale(ct.sample("air_temperature"), 2, least=None), "least must be a share"),
        (lambda: ct.clean(field(), steady=0), "steady must be"),
        (lambda: ct.clean(field(), spike="a"), "spike must be a number of usual departures"),
        (lambda: ct.daylight_saving(field(), zones="Nowhere"), "Nowhere"),
        (lambda: ct.open(pd.DataFrame({"time": field().times, "flow": 1.0}), target=5), "target must be a name"),
        (lambda: MODEL.explain(field(), 2, kinds=5), "kinds must be a name"),
        (lambda: MODEL.whatif(field(), 2, close=5), "close must be a name"),
        (lambda: MODEL.simulate(field(), 2, n=2, fill="no"), "fill must be True or False"),
        (lambda: MODEL.detect(field(), causal="no"), "causal must be True or False"),
        (lambda: MODEL.embed(field()), "Ask a network that ships"),
        (lambda: ct.stress([MODEL, MODEL], field(), 2, before=20, after=2), "'baseline:last_value' twice"),
        (lambda: ct.backtest(type(MODEL.predictor), field(), 2), "found the class"),
        (lambda: ct.backtest(MODEL, field(), 2, origins=0), "origins must be a whole number"),
        (lambda: ct.backtest(MODEL, field(), 2, refit="x"), "refit must be a whole number"),
        (lambda: ct.stress([], field(), 2), "models must name at least one"),
        (lambda: ct.stress(MODEL, field(), 2, before=20, after=2, every="1 day"), "every must be a whole number"),
        (lambda: ct.stress(MODEL, field(), 2, before=20, after=2, rate=0), "rate must be a share between"),
        (lambda: ct.stress(MODEL, field(), 2, before=20, after=2, size="a"), "size must be a number"),
        (lambda: ct.stress(MODEL, field(), 2, before=20, after=2, drift=5), "drift must be a name"),
        (lambda: ct.cluster(np.eye(4), seed=-1), "seed must be a whole number"),
        (lambda: ct.worlds.draw("a"), "must be a whole number"),
        (lambda: MODEL.downscale(ct.sample("air_temperature"), 2, how="sum"), "how is for finer steps"),
    ],
)
def test_calls_that_mean_nothing_end_in_a_sentence(call, words):
    with pytest.raises(ChronotopeError, match=words):
        call()


def test_a_column_that_was_read_as_a_place_is_named_with_the_way_out():
    rows = {"time": pd.date_range("2024-03-01", periods=60), "jobs": np.arange(60.0), "tax": np.sin(np.arange(60.0))}
    wide = ct.open(pd.DataFrame(rows))
    for call in (lambda: MODEL.whatif(wide, 2, set={"tax": "+1"}), lambda: MODEL.forecast(wide, 2, target="tax")):
        with pytest.raises(ArgumentError, match=r"'tax'\. It was read as a place.*open the data with target=\[\.\.\., 'tax'\]"):
            call()


def test_one_name_stands_for_a_list_of_it_and_text_for_a_stamp():
    times = pd.date_range("2024-03-01", periods=30, freq="h")
    events = ct.open(pd.DataFrame({"time": times, "lat": 40.0, "lon": 5.0, "size": 2.0}), kind="events")
    counts = ct.events_to_counts(events, "6h", cells=1.0, sums="size")
    assert float(counts.dataset["size"].sum()) == 2 * float(counts.dataset["count"].sum())
    assert ct.resample(field(), "6h", first="2024-03-01 03:00").times[1] == np.datetime64("2024-03-01T03:00")
    assert list(ct.daylight_saving(field(), zones="Europe/Berlin")["zone"]) == ["Europe/Berlin"]
