"""Answers that add up: sums are exact, bounds hold, the change is the least one, and what cannot be a rule is refused."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataWarning
from chronotope.opening.open import open_field
from chronotope.tasks.load import load
from chronotope.tasks.verbs import Model
from chronotope.wrappers.adding_up import adding_up
from chronotope.wrappers.reconciled import Projection, Reconciled

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.errors.DataWarning")
MIX = load("baseline:mix")
LEAVES = ("a", "b", "c", "d")
GROUPS = {"a": "north", "b": "north", "c": "south", "d": "south", "north": "all", "south": "all"}


def made(with_sums=True, scale=1.0, seed=0, rare=False):
    """Four places, and their sums in two groups and in all; counts of rare things, or a wave with noise."""
    rng = np.random.default_rng(seed)
    wave = np.maximum(10 + 5 * np.sin(2 * np.pi * np.arange(240) / 24)[:, None] + 3 * rng.normal(size=(240, 4)) + np.arange(4) * 20, 0)
    leaves = scale * (np.where(rng.random((240, 4)) < 0.9, 0, rng.integers(1, 4, (240, 4))) if rare else wave)
    north, south = leaves[:, :2].sum(axis=1), leaves[:, 2:].sum(axis=1)
    values, names = leaves, LEAVES
    if with_sums:
        values, names = np.column_stack([leaves, north, south, north + south]), (*LEAVES, "north", "south", "all")
    coords = {"time": pd.date_range("2024-03-01", periods=240, freq="h"), "place": list(names)}
    return Field(xr.Dataset({"flow": (("time", "place"), values)}, coords), "graph", ("flow",), ("place",))


def gaps(array):
    """By how much members of groups and their sums differ, over the sums' size."""
    off = [array.sel(place=list(children)).sum("place") - array.sel(place=parent) for parent, children in
           {"north": ("a", "b"), "south": ("c", "d"), "all": ("north", "south")}.items()]  # fmt: skip
    return max(float(np.abs(one).max()) for one in off) / max(float(np.abs(array.sel(place="all")).max()), 1e-9)


@pytest.mark.parametrize("options", [{}, {"scale": 1e6}, {"rare": True}])
def test_medians_add_up_and_stay_above_their_bound(options):
    field = made(**options)
    plain, fc = MIX.forecast(field, 24), MIX.forecast(field, 24, reconcile=GROUPS)
    assert gaps(fc.median["flow"]) < 1e-6 < gaps(plain.median["flow"]) or options.get("rare")
    assert gaps(fc.median["flow"]) < 1e-6 and float(fc.dataset["flow"].min()) >= -1e-9
    assert (fc.dataset["flow"].diff("quantile") >= -1e-4 * options.get("scale", 1)).all() and fc.meta["reconciled"] == 3
    assert list(fc.dataset["place"].values) == list(field.dataset["place"].values)


def test_every_member_adds_up():
    sim = MIX.simulate(made(), horizon=6, n=8, reconcile=GROUPS).to_xarray()["flow"]
    assert sim.dims == ("member", "time", "place") and gaps(sim) < 1e-6 and float(sim.min()) >= -1e-9
    assert gaps(MIX.simulate(made(), horizon=6, n=8).to_xarray()["flow"]) > 1e-3


def test_the_projection_is_the_least_change_in_the_measure_of_the_covariance():
    """S (S' W^-1 S)^-1 S' W^-1 y, as it is printed, on a random covariance."""
    rng = np.random.default_rng(0)
    root = rng.normal(size=(7, 7))
    w, y = root @ root.T, rng.normal(size=(3, 7)) + 10
    s = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]], float)
    inverse = np.linalg.inv(w)
    expected = y @ (s @ np.linalg.solve(s.T @ inverse @ s, s.T @ inverse)).T
    rules = adding_up(GROUPS, np.array([*LEAVES, "north", "south", "all"])).rules
    np.testing.assert_allclose(Projection(rules, w, np.full(7, -np.inf))(y), expected, rtol=1e-8)
    bounded = Projection(rules, np.eye(7), np.zeros(7))(np.array([[-5.0, 1, 2, 3, 1, 5, 6]]))
    np.testing.assert_allclose(rules @ bounded[0], 0, atol=1e-9)
    assert bounded.min() >= -1e-9 and bounded[0, 0] == pytest.approx(0)


def test_widths_are_those_of_the_whole_change_whatever_the_shares_are():
    """Members of the normal law with the covariance, changed by the projection, have the deviations that it says."""
    rng = np.random.default_rng(0)
    root = rng.normal(size=(7, 7))
    w = root @ root.T
    rules = adding_up(GROUPS, np.array([*LEAVES, "north", "south", "all"])).rules
    project = Projection(rules, w, np.full(7, -np.inf), np.array([1, 1, 1, 1, 0.3, 0.3, 0.09]))
    found = project(rng.normal(size=(200_000, 7)) @ root.T).std(axis=0) / np.sqrt(np.diag(w))
    np.testing.assert_allclose(project.narrower, np.minimum(found, 1.0), atol=0.01)


def test_sums_are_moved_less_the_higher_they_are():
    """By a share of what minimum trace alone would move them."""
    assert list(adding_up(GROUPS, np.array(LEAVES)).heights) == [0, 0, 0, 0, 1, 1, 2]
    field = made(seed=3)
    plain, alike, trusted = (
        Model(one).forecast(field, 24).median["flow"]
        for one in (MIX.predictor, *(Reconciled(MIX.predictor, GROUPS, trust=t) for t in (1, 0.3)))
    )
    share = abs(trusted - plain).mean("time") / abs(alike - plain).mean("time")
    assert share.sel(place="all") < 0.3 and share.sel(place=["north", "south"]).mean() < 0.7
    assert gaps(trusted) < 1e-6


def test_sums_that_are_no_places_are_forecast_too_and_help():
    """A group whose members take from each other is surer than they are."""
    rng = np.random.default_rng(1)
    ratios = []
    for _ in range(6):
        total = 100 + 20 * np.sin(2 * np.pi * np.arange(240) / 24) + rng.normal(size=240)
        share = 1 / (1 + np.exp(-rng.normal(size=240).cumsum() * 0.3))
        values = np.column_stack([total * share, total * (1 - share)])
        coords = {"time": pd.date_range("2024-03-01", periods=240, freq="h"), "place": ["a", "b"]}
        field = Field(xr.Dataset({"flow": (("time", "place"), values)}, coords), "graph", ("flow",), ("place",))
        plain, fc = (MIX.forecast(field, 12, at=field.times[-13], reconcile=one) for one in (None, {"a": "all", "b": "all"}))
        off = [np.abs(one.median["flow"].values.sum(axis=1) - total[-12:]).mean() for one in (fc, plain)]
        ratios.append(off[0] / off[1])
        assert list(fc.dataset["place"].values) == ["a", "b"] and fc.meta["sums"] == ["all"]
    assert np.mean(ratios) < 0.8


def test_nodes_keep_what_comes_in():
    field = made()
    links = pd.DataFrame({"place": ["a", "b", "north"], "source": ["x", "y", "knot"], "target": ["knot", "knot", "z"]})
    median = MIX.forecast(field, 12, reconcile=links).median["flow"]
    np.testing.assert_allclose(median.sel(place="a") + median.sel(place="b"), median.sel(place="north"), rtol=1e-5)


def test_nothing_after_the_origin_is_read():
    field = made()
    poisoned = field.dataset.copy(deep=True)
    poisoned["flow"][200:] = 1e6
    first, second = (
        MIX.forecast(Field(one, "graph", ("flow",), ("place",)), 6, at=field.times[199], reconcile=GROUPS).dataset
        for one in (field.dataset, poisoned)
    )
    np.testing.assert_array_equal(first["flow"].values, second["flow"].values)


def test_a_past_that_does_not_add_up_is_told_of():
    field = made()
    wrong = field.dataset.copy(deep=True)
    wrong["flow"].loc[{"place": "all"}] *= 1.2
    fc = MIX.forecast(Field(wrong, "graph", ("flow",), ("place",)), 6, reconcile=GROUPS)
    assert "does not add up" in fc.meta["warnings"][-1] and gaps(fc.median["flow"]) < 1e-6
    assert not any("add up" in text for text in MIX.forecast(field, 6, reconcile=GROUPS).meta["warnings"])


def test_it_is_a_wrapper_like_others():
    fc = Model(Reconciled(MIX.predictor, {"north": ["a", "b"], "south": ["c", "d"], "all": ["north", "south"]})).forecast(made(), 6)
    xr.testing.assert_equal(fc.dataset, MIX.forecast(made(), 6, reconcile=GROUPS).dataset)


@pytest.mark.parametrize(
    "given, words",
    [
        ({"x": "north"}, "found 'x'"),
        ({"a": "b", "b": "a"}, "circle"),
        ({}, "an empty one"),
        (3, "found int"),
        (pd.DataFrame({"place": ["a", "b"], "source": ["x", "y"], "target": ["z", "z"]}), "none is"),
    ],
)
def test_refusals(given, words):
    with pytest.raises(ArgumentError, match=words):
        MIX.forecast(made(), 6, reconcile=given)


def test_directions_and_temperatures_have_no_sums_and_that_is_said():
    rng = np.random.default_rng(0)
    hours = pd.date_range("2024-01-01", periods=120, freq="h")
    columns = {"power (kW)": (50, 5), "winddirection (deg)": (180, 20), "temp (degC)": (10, 1)}
    drawn = [{name: rng.normal(*about, 120) for name, about in columns.items()} for _ in "ab"]
    rows = [pd.DataFrame({"time": hours, "turbine": name, **one}) for name, one in zip("ab", drawn)]
    field = open_field(pd.concat(rows), place="turbine")
    model, groups = load("baseline:mix"), {"a": "farm", "b": "farm"}
    with pytest.warns(DataWarning, match=r"winddirection \(deg\), temp \(degC\): sums of"):
        added = model.forecast(field, 6, reconcile=groups)
    alone = model.forecast(field, 6)
    for name in ("winddirection (deg)", "temp (degC)"):
        xr.testing.assert_allclose(added.to_xarray()[name], alone.to_xarray()[name], atol=1e-3 * columns[name][1])
    assert not np.allclose(added.median["power (kW)"], alone.median["power (kW)"])
