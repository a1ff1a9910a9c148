"""What is known ahead and lies in the data's past as well."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.errors import DataError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load

WEEKS = pd.date_range("2024-01-01", periods=60, freq="W-MON")


def test_a_variable_of_the_data_goes_on_in_the_table_of_what_is_known_ahead():
    rng = np.random.default_rng(0)
    promo = (rng.random((60, 2)) < 0.3).astype(float)
    sales = 100 + 50 * promo + rng.normal(0, 1, (60, 2))
    rows = [(week, shop, sales[i, k], promo[i, k]) for i, week in enumerate(WEEKS) for k, shop in enumerate("ab")]
    table = pd.DataFrame(rows, columns=["week", "shop", "sales", "promo"])
    past, plan = table[table["week"] < WEEKS[56]], table[table["week"] >= WEEKS[56]].drop(columns="sales")
    field = open_field(past, future=plan.assign(promo=plan["promo"].to_numpy()))
    whole = open_field(table.assign(sales=table["sales"].where(table["week"] < WEEKS[56])), future=["promo"])
    assert field.variables == ("sales",) and any("those of the future given from there on" in note.text for note in field.findings)
    np.testing.assert_array_equal(field.side.known_future["promo"].transpose("time", "place"), promo)
    made, same = (load("baseline:ridge").forecast(one, 4, known_future="promo").median["sales"].values for one in (field, whole))
    np.testing.assert_allclose(made, same)


def test_the_end_of_what_is_known_ahead_stands_on_the_clock_of_the_data():
    hours = pd.date_range("2024-06-01", periods=48, freq="h", tz="Europe/Berlin")
    table = pd.DataFrame({"time": hours[:24], "load": np.arange(24.0)})
    told = str(open_field(table, future=pd.DataFrame({"time": hours, "price": np.arange(48.0)})))
    assert "known ahead price, until 2024-06-02 23:00" in told and "known ahead until 2024-06-02T23:00" in told


def test_the_numbers_of_rows_are_no_variable_that_is_known_ahead():
    hours = pd.date_range("2024-06-01", periods=48, freq="h")
    ahead = pd.DataFrame({"time": hours, "price": np.arange(48.0)}, index=[*range(24), *range(24)])
    field = open_field(pd.DataFrame({"time": hours[:24], "load": np.arange(24.0)}), future=ahead)
    assert field.side.roles == {"load": "target", "price": "known_future"}
    table = pd.DataFrame({"time": hours[:24].repeat(2), "place": ["a", "b"] * 24, "load": np.arange(48.0)})
    sites = pd.DataFrame({"lat": [1.0, 2.0], "lon": [1.0, 2.0], "place": ["b", "a"]}, index=[7, 3])
    assert list(open_field(table, sites=sites).dataset["lat"].values) == [2, 1] and "index" not in open_field(table, sites=sites).dataset
    numbered = sites.drop(columns="place").set_axis([20, 10])
    named = open_field(table.replace({"place": {"a": "10", "b": "20"}}), sites=numbered)
    assert list(named.dataset["lat"].values) == [2, 1], "numbers that name the places do"


def test_an_ensemble_of_what_is_known_ahead_is_refused_with_the_way_to_each_member():
    times = pd.date_range("2024-01-01", periods=40)
    flow = pd.DataFrame({"time": times[:30], "flow": np.arange(30.0)})
    rain = xr.Dataset({"rain": (("time", "member"), np.zeros((40, 3)))}, {"time": times, "member": [0, 1, 2]})
    with pytest.raises(DataError, match=r"several along 'member'.*other.isel\(member=0\)"):
        open_field(flow, future=rain)
    assert open_field(flow, future=rain.isel(member=0)).side.roles == {"flow": "target", "rain": "known_future"}
