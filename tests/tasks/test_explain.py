"""Explain: what is planted comes first and what is not does not, effects are those of hiding, and shares add up to the answer."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.questions import Question
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.explaining.hidden import places
from chronotope.tasks.explaining.occlusion import Occlusion
from chronotope.tasks.forecast import prepared, question
from chronotope.tasks.load import load

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.errors.DataWarning")
MIX, STEPS, PLACES = load("baseline:mix"), 360, 5


def ar(rng, count, fade=0.9):
    out = rng.normal(size=(STEPS, count))
    for row in range(1, STEPS):
        out[row] = fade * out[row - 1] + np.sqrt(1 - fade**2) * out[row]
    return out


def led(seed, shift=0, variables=()):
    """p0 follows one of four others three steps later, unless that one is moved in time by `shift`; further variables say nothing."""
    rng = np.random.default_rng(seed)
    flow, leader = ar(rng, PLACES), int(rng.integers(1, PLACES))
    flow[3:, 0] = flow[:-3, leader]
    flow[:, 0] += 0.2 * rng.normal(size=STEPS)
    flow[:, leader] = np.roll(flow[:, leader], shift)
    coords = {"time": pd.date_range("2024-03-01", periods=STEPS, freq="h"), "place": [f"p{i}" for i in range(PLACES)]}
    arrays = {"flow": (("time", "place"), 50 + 10 * flow), **{name: (("time", "place"), ar(rng, PLACES)) for name in variables}}
    return Field(xr.Dataset(arrays, coords), "graph", tuple(arrays), ("place",)), f"p{leader}"


def first_of(field, kind="place"):
    return MIX.explain(field, 3, place="p0", kinds=kind, target="flow", at=field.times[-4]).of(kind)["hidden"][0]


def test_a_planted_leader_comes_first_and_one_that_leads_no_more_does_not():
    cases, moved = [led(seed) for seed in range(10)], [led(seed, shift=100) for seed in range(10)]
    assert np.mean([first_of(field) == leader for field, leader in cases]) >= 0.9
    assert np.mean([first_of(field) == leader for field, leader in moved]) < 0.65


def test_a_planted_driver_comes_first():
    right = []
    for seed in range(3):
        field, _ = led(seed, variables=("heat", "rain", "wind"))
        chosen = ("heat", "rain", "wind")[seed % 3]
        dataset = field.dataset.assign(flow=field.dataset["flow"] + 15 * field.dataset[chosen])
        made = MIX.explain(
            Field(dataset, "graph", field.variables, ("place",)), 6, target="flow", kinds="variable", at=field.times[-7],
            known_future=("heat", "rain", "wind"),
        )  # fmt: skip
        right.append(made.table["hidden"][0] == chosen)
    assert np.mean(right) >= 0.9


def test_an_effect_is_the_answer_less_that_without_the_part():
    field, leader = led(0)
    made = MIX.explain(field, 3, place="p0", at=field.times[-4])
    hidden = field.dataset.copy(deep=True)
    hidden["flow"].loc[{"place": leader}] = np.nan
    other = MIX.forecast(Field(hidden, "graph", ("flow",), ("place",)), 3, at=field.times[-4])
    out, whole = made.to_xarray(), MIX.forecast(field, 3, at=field.times[-4])
    expected = (whole.median["flow"] - other.median["flow"]).sel(place="p0")
    np.testing.assert_allclose(out["flow_effect"].sel(hidden=leader, place="p0"), expected, atol=1e-4)
    row = made.of("place").set_index("hidden").loc[leader]
    apart = np.abs(whole.dataset["flow"] - other.dataset["flow"]).sel(place="p0")
    np.testing.assert_allclose(row["moved"], float(apart.mean()), rtol=1e-4)
    np.testing.assert_allclose(row["lifts"], float(expected.mean()), atol=1e-4)
    assert out["flow_effect"].dims == ("hidden", "time", "place") and np.isnan(out["flow_effect"].sel(place="p1")).all()


@pytest.mark.parametrize("name", ["baseline:mix", "tiny"])
def test_shares_add_up_to_one_and_to_the_answer(name):
    field, _ = led(1, variables=("heat",))
    model = load(name)
    ready = prepared(field, 10, at=field.times[-11], target="flow", context=None, known_future="heat")
    asked = question(ready.panel, ready.ask, ready.ask.origins[0])
    found, answer = model.predictor.shares(asked), model.predictor.answer(asked.wanting((0.5,))).values[0]
    there = np.isfinite(answer)
    np.testing.assert_allclose(found.share.sum(axis=0)[there], 1.0, rtol=1e-5)
    np.testing.assert_allclose(found.median[there], answer[there], rtol=1e-4)
    moves = np.abs(found.moved[there]).max()
    assert moves < 1e-3 if name == "baseline:mix" else moves > 0.01
    shares = model.explain(field, 10, target="flow", at=field.times[-11], kinds="variable").shares
    assert abs(shares["share"].sum() - 1) < 1e-5 and shares["what"].str.len().min() > 10


def test_what_a_model_does_not_read_moves_nothing():
    field, _ = led(2)
    made = load("baseline:last_value").explain(field, 3, place="p0")
    assert (made.of("place")["moved"] == 0).all() and made.of("time")["moved"].max() > 0 and len(made.shares) == 0


def test_only_what_was_seen_is_hidden():
    field, _ = led(3, variables=("heat",))
    poisoned = field.dataset.copy(deep=True)
    for name in field.variables:
        poisoned[name][-4:] = 1e6
    first, second = (
        MIX.explain(Field(one, "graph", field.variables, ("place",)), 3, at=field.times[-5]).table for one in (field.dataset, poisoned)
    )
    pd.testing.assert_frame_equal(first, second)
    assert set(first["kind"]) == {"place", "time", "variable"} and set(first["variable"]) == {"flow", "heat"}


@pytest.mark.parametrize(
    "options, words",
    [
        ({"kinds": "sky"}, "place, time, variable"),
        ({"place": "p9"}, "such as 'p0'"),
        ({"most": 0}, "at least 1"),
        ({"at": []}, "at least one"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(ArgumentError, match=words):
        MIX.explain(led(0)[0], 3, **options)


def test_the_call_writes_and_shows(tmp_path, monkeypatch):
    import chronotope as ct

    monkeypatch.chdir(tmp_path)
    field, leader = led(0)
    field.dataset["flow"].to_dataframe().reset_index().to_csv("led.csv", index=False)
    made = ct.run("explain", file="led.csv", horizon=3, about="p0", model="baseline:mix", output="why.csv", kinds="place", most=3)
    table = pd.read_csv("why.csv")
    assert len(table) == 3 and leader in list(table["hidden"]) and made.facts["shares"]["share"].sum() == pytest.approx(1)
    assert made.made.plot().get_xlabel().startswith("flow: moved")


def crowd(seed=0, count=100):
    """Pairs of places, far from other pairs; of each the first follows the second three steps later."""
    rng = np.random.default_rng(seed)
    flow, xy = ar(rng, count), rng.random((count, 2))
    flow[3:, ::2], xy[::2] = flow[:-3, 1::2], xy[1::2] + 1e-3
    coords = {"time": pd.date_range("2024-03-01", periods=STEPS, freq="h"), "place": [f"p{i}" for i in range(count)]}
    coords |= {"x": ("place", xy[:, 0]), "y": ("place", xy[:, 1])}
    return Field(xr.Dataset({"flow": (("time", "place"), 50 + 10 * flow)}, coords), "graph", ("flow",), ("place",)), "p1"


def test_among_many_places_a_leader_is_found_near_what_is_asked_and_the_answer_is_that_of_all():
    field, leader = crowd()
    made = MIX.explain(field, 3, place="p0", at=field.times[-4])
    assert made.of("place")["hidden"][0] == leader and made.meta["among"] == 89 and 0 < made.meta["apart"] < 0.2
    out, whole = made.to_xarray(), MIX.forecast(field, 3, at=field.times[-4])
    np.testing.assert_array_equal(out["flow"].sel(place="p0"), whole.median["flow"].sel(place="p0"))
    assert np.isfinite(out["flow_effect"].sel(place="p0")).all() and np.isnan(out["flow_effect"].drop_sel(place="p0")).all()
    shares = made.shares
    told = shares["share"].fillna(1) * shares["says"]
    np.testing.assert_allclose(told.sum(), float(whole.median["flow"].sel(place="p0").mean()), rtol=0.02)  # shares of the mean cell


def asking(matters):
    """Who answers with the sum of what the places that `matters` names weigh and may be seen; how often is counted."""
    calls = []

    def ask(one: Question) -> np.ndarray:
        calls.append(one)
        heard = sum(weight for place, weight in matters.items() if one.seen[:, place].any())
        return np.broadcast_to(np.linspace(-1, 1, 9)[:, None, None, None] + heard, (9, 3, *one.seen.shape[1:]))

    field, _ = crowd(1, 40)
    asked = ahead(field.panel(), STEPS - 1, 3)
    only = np.zeros(asked.asked.shape, bool)
    only[:, 0] = True
    asked = Question(asked.frame, asked.seen, asked.asked & only)
    parts = places(asked, 24)
    return Occlusion(ask, asked, ask(asked)).halved(parts), [part.name for part in parts], calls


def test_places_that_do_nothing_together_are_asked_once_and_those_that_matter_alone():
    nothing, _, calls = asking({})
    assert len(nothing) == 1 and len(calls) == 2 and nothing[0][0].name.endswith("and 22 more")
    _, names, _ = asking({})
    matter = int(names[7][1:])
    found, _, calls = asking({matter: 0.5})
    told = {part.name: other for part, other in found}
    assert names[7] in told and len(calls) <= 14
    covered = sum(part.cells.any(axis=(0, 2)).astype(int) for part, _ in found)
    assert covered.max() == 1 and covered.sum() == 24
    assert {name for name, other in told.items() if other[4, 0, 0, 0] == 0} == {names[7]}


def test_which_places_are_hidden_does_not_depend_on_the_order_of_the_variables():
    rng = np.random.default_rng(0)
    coords = {"time": pd.date_range("2024-01-01", periods=60, freq="h"), "place": [f"p{i}" for i in range(9)]}
    values = {name: (("time", "place"), rng.normal(size=(60, 9))) for name in ("a", "b", "c")}
    hidden = []
    for names in (("a", "b", "c"), ("c", "a", "b")):
        field = Field(xr.Dataset({name: values[name] for name in names}, coords), "graph", names, ("place",))
        ready = prepared(field, 3, at=None, target=None, context=None, known_future=())
        hidden.append([part.name for part in places(question(ready.panel, ready.ask, ready.ask.origins[0]), 4)])
    assert hidden[0] == hidden[1]


def test_effects_on_a_direction_are_the_shorter_way_round():
    values = np.random.default_rng(0).normal(0, 12, (120, 3)) % 360
    coords = {"time": pd.date_range("2024-01-01", periods=120, freq="h"), "place": list("abc")}
    field = Field(xr.Dataset({"wind_dir": (("time", "place"), values, {"units": "degree"})}, coords), "graph", ("wind_dir",), ("place",))
    made = load("tiny").explain(field, 4, kinds=["time"])
    assert np.nanmax(np.abs(made.to_xarray()["wind_dir_effect"].values)) < 90
    assert made.to_pandas()["moved"].max() < 60 and made.to_pandas()["in_widths"].between(0, 3).all()
