"""What is known ahead and lies in the data's past as well."""

import numpy as np
import pandas as pd

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
