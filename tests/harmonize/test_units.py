"""Units against values known from tables, and every refusal."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import pytest

import builders
from chronotope.data.writers import write
from chronotope.errors import ArgumentError, UnitsError
from chronotope.harmonize.unit_table import parse_unit
from chronotope.harmonize.units import conversion_of, convert_units
from chronotope.opening.open import open_field


@pytest.mark.parametrize(
    ("value", "old", "new", "truth"),
    [
        (0.0, "degC", "K", 273.15),
        (212.0, "°F", "degrees_Celsius", 100.0),
        (-40.0, "degC", "degF", -40.0),
        (36.0, "km/h", "m s-1", 10.0),
        (1.0, "knots", "km h-1", 1.852),
        (60.0, "mph", "m/s", 26.8224),
        (1013.25, "hPa", "atm", 1.0),
        (1.0, "mbar", "Pa", 100.0),
        (1.0, "cfs", "m3/s", 0.028316846592),
        (1.0, "kg m-2 s-1", "mm/day", 86400.0),
        (25.4, "kg m**-2", "inch", 1.0),
        (25.0, "mm/h", "m s^-1", 25e-3 / 3600),
        (1.0, "µg/m³", "kg m-3", 1e-9),
        (1.0, "kWh", "MJ", 3.6),
        (0.5, "1", "%", 50.0),
        (180.0, "degrees", "rad", np.pi),
        (1.0, "MW", "kW", 1000.0),
        (1.0, "W m-2", "J m-2 s-1", 1.0),
        (3.0, "m s-1", "mm s-1", 3000.0),
        (1.0, "L/s", "m3 h-1", 3.6),
    ],
)
def test_conversions_known_from_tables(value, old, new, truth):
    assert conversion_of(old, new)(value) == pytest.approx(truth, rel=1e-6)
    assert conversion_of(new, old)(truth) == pytest.approx(value, rel=1e-6, abs=1e-9)


def test_prefix_and_name_are_told_apart():
    assert parse_unit("m") == parse_unit("metre") and parse_unit("min").factor == 60.0
    assert parse_unit("mm").factor == 1e-3 and parse_unit("cd") != parse_unit("day")
    assert parse_unit("blorp") is None and parse_unit("m / blorp") is None


def test_a_field_changes_values_units_and_history_and_nothing_else():
    field = open_field(builders.grid())
    warm = convert_units(field, {"sst": "K"})
    assert warm.units == {"sst": "K"} and warm.kind == field.kind and warm.dataset["sst"].dtype == np.float32
    np.testing.assert_allclose(warm.dataset["sst"].values, field.dataset["sst"].values + 273.15, rtol=1e-6)
    assert "degC to K" in warm.dataset.attrs["history"] and any("degC to K" in f.text for f in warm.findings)
    assert field.units == {"sst": "degC"}, "the field that came in stays as it was"
    back = convert_units(warm, {"sst": "degC"})
    np.testing.assert_allclose(back.dataset["sst"].values, field.dataset["sst"].values, atol=1e-4)  # float32 of 283 K is worth 3e-5


def test_declared_ranges_follow_and_differences_take_no_offset():
    data = builders.grid()
    data["sst"].attrs.update(valid_range=[-2.0, 40.0], valid_min=-2.0)
    out = convert_units(open_field(data), {"sst": "K"}).dataset["sst"].attrs
    assert out["valid_range"] == pytest.approx([271.15, 313.15]) and out["valid_min"] == pytest.approx(271.15)
    data["sst"].attrs["units_metadata"] = "temperature: difference"
    same = convert_units(open_field(data), {"sst": "K"}).dataset["sst"]
    np.testing.assert_allclose(same.values, data["sst"].values)


def test_integers_become_floats_and_missing_units_can_be_said():
    field = open_field(builders.graph_arrays(), target="inflow")
    whole = field.dataset["inflow"].fillna(0).astype(int).assign_attrs(units="")
    plain = open_field(field.dataset.assign(inflow=whole))
    with pytest.raises(UnitsError, match="names none.*assume="):
        convert_units(plain, {"inflow": "km"})
    assert convert_units(plain, {"inflow": "km"}, assume={"inflow": "m"}).dataset["inflow"].values[1, 0] == pytest.approx(1e-2)  # 10 m


def test_refusals_say_what_to_do():
    field = open_field(builders.grid())
    with pytest.raises(UnitsError, match="same thing.*'degC'.*'m'"):
        convert_units(field, {"sst": "m"})
    with pytest.raises(ArgumentError, match="'air'"):
        convert_units(field, {"air": "K"})
    with pytest.raises(UnitsError, match="assume= must agree"):
        convert_units(field, {"sst": "degF"}, assume={"sst": "K"})
    with pytest.raises(UnitsError, match="'blorp' of 'sst'"):
        convert_units(field, {"sst": "blorp"})


@pytest.mark.skipif(importlib.util.find_spec("pint") is None, reason="needs pint, from the units extra")
def test_pint_knows_the_rest():
    assert conversion_of("acre", "m2")(1.0) == pytest.approx(4046.856, rel=1e-5)
    assert conversion_of("acre ft d-1", "m3 s-1")(1.0) == pytest.approx(1233.48184 / 86400, rel=1e-5)
    assert conversion_of("furlong/fortnight", "m s-1")(1.0) == pytest.approx(201.168 / 1209600, rel=1e-5)
    with pytest.raises(UnitsError, match="must measure the same thing"):
        conversion_of("acre", "K")
    with pytest.raises(UnitsError, match="'blorp' of 'value' is not"):
        conversion_of("acre", "blorp")


def test_a_name_that_holds_its_unit_holds_the_new_one(tmp_path):
    table = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=3), "temp [°F]": [32.0, 50.0, 212.0], "rain [mm]": 1.0})
    made = convert_units(open_field(table), {"temp [°F]": "degC"})
    assert made.variables == ("temp [degC]", "rain [mm]")
    again = open_field(write(made, tmp_path / "made.csv"))
    assert again.units["temp [degC]"] == "degC" and np.allclose(again.dataset["temp [degC]"].values.ravel(), [0, 10, 100])
    with pytest.raises(ArgumentError, match="a unit for each variable"):
        convert_units(open_field(table), "degC")
