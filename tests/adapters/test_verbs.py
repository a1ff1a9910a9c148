"""One call on any data, and accessors whatever is imported first."""

import ast
import inspect
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct


def table(steps=60):
    hours = pd.date_range("2024-03-01", periods=steps, freq="h")
    rows = [(t, p, np.sin(k / 4) + i) for i, p in enumerate("ab") for k, t in enumerate(hours)]
    return pd.DataFrame(rows, columns=["when", "who", "flow"])


MIX = {"model": "baseline:mix"}


def test_one_call_is_open_load_and_ask():
    df = table()
    long = ct.load("baseline:mix").forecast(ct.open(df, time="when", place="who"), 3).to_xarray()
    xr.testing.assert_identical(ct.forecast(df, 3, time="when", place="who", **MIX).dataset, long.drop_attrs(deep=False))
    xr.testing.assert_identical(df.ct.forecast(3, time="when", place="who", **MIX).dataset, long.drop_attrs(deep=False))


VERBS = {
    "forecast": (3,), "impute": (), "simulate": (3, 2), "detect": (0.05,), "embed": ("field",),
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_one_call_and_an_accessor(verb):
    options = {} if verb == "embed" else MIX
    one, other = (getattr(holder, verb)(*args, **options) for holder, args in ((ct, (table(), *VERBS[verb])), (table().ct, VERBS[verb])))
    xr.testing.assert_identical(one.dataset, other.dataset)


def test_grids_and_places():
    grid = xr.Dataset(
        {"heat": (("time", "lat", "lon"), np.random.default_rng(0).random((30, 4, 4)), {"units": "K"})},
        {"time": pd.date_range("2024-01-01", periods=30), "lat": np.arange(4.0), "lon": np.arange(4.0)},
    )
    assert grid.ct.downscale(2, model="baseline:area_to_point").dataset.sizes["lat"] == 8
    assert grid["heat"].ct.forecast(2, **MIX).dataset["heat"].attrs["units"] == "K"
    assert grid.ct.interpolate([(0.5, 0.5)], model="baseline:inverse_distance").dataset.sizes["place"] == 1


def test_geopandas_tables_have_it_too():
    geopandas = pytest.importorskip("geopandas")
    made = geopandas.GeoDataFrame(table(), geometry=geopandas.points_from_xy([0.0] * 120, [1.0] * 60 + [2.0] * 60))
    assert set(made.ct.forecast(2, **MIX).dataset["lat"].values) == {1.0, 2.0}


def test_an_unknown_option_is_refused_with_the_nearest():
    with pytest.raises(ct.ArgumentError, match="nearest it has is 'time'"):
        table().ct.forecast(3, tme="when")
    with pytest.raises(ct.ArgumentError, match="a Field is open already"):
        ct.forecast(ct.open(table()), 3, time="when")


def test_what_looks_wrong_is_said_where_it_was_asked():
    wrong = table().assign(flow=lambda t: t["flow"].where(t.index % 7 > 0, -999))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        wrong.ct.forecast(2, **MIX)
    mine = [one for one in heard if issubclass(one.category, ct.DataWarning)]
    assert mine and all(one.filename == __file__ for one in mine)


@pytest.mark.parametrize(
    "first", ["import chronotope, pandas, xarray", "import pandas, xarray, chronotope", "import chronotope; import xarray; import pandas"]
)
def test_accessors_are_there_whatever_is_imported_first(first):
    holders = "pandas.DataFrame, pandas.Series, xarray.Dataset, xarray.DataArray"
    code = f"{first}; import pandas, xarray; print(all(hasattr(holder, 'ct') for holder in ({holders})))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "True"


def test_the_signature_and_the_words_are_those_of_the_verb():
    from chronotope.adapters.accessor import VERBS as NAMES

    for verb in NAMES[1:]:
        own = inspect.signature(getattr(ct.Model, verb)).parameters
        one, other = inspect.signature(getattr(ct, verb)).parameters, inspect.signature(getattr(table().ct, verb)).parameters
        assert list(one)[0] == "data" and list(other) == list(one)[1:]
        assert set(own) - {"self", "field", "step"} == set(one) - {"data", "model", "device", "opening"}
        assert all(one[name].default == own[name].default for name in own if name in one)
        assert inspect.getdoc(getattr(ct, verb)).split("\n")[0] == inspect.getdoc(getattr(ct.Model, verb)).split("\n")[0]
    with pytest.raises(TypeError, match="horizon"):
        ct.forecast(table())


def test_what_type_checkers_read_is_what_the_script_writes():
    import make_stubs

    assert ast.dump(ast.parse(make_stubs.FILE.read_text())) == ast.dump(ast.parse(make_stubs.text()))
