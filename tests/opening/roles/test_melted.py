"""Rows that name their variable and its unit."""

import pandas as pd
import pytest

from chronotope.opening.open import open_field

DAYS = pd.date_range("2024-01-01", periods=3)


def readings(units):
    rows = [(t, place, "no2", 20.0, unit) for t in DAYS for place, unit in units.items()]
    rows += [(t, place, "o3", 60.0, "ppb") for t in DAYS for place in units]
    return pd.DataFrame(rows, columns=["time", "place", "parameter", "value", "unit"])


def test_a_variable_in_several_units_has_none_and_it_is_said():
    field = open_field(readings({"a": "ppb", "b": "µg/m³", "c": "ug/m3"}))
    assert field.units == {"no2": "", "o3": "ppb"}
    assert [text for text in field.warnings if "'no2' comes in several units (ppb, µg/m³, ug/m3)" in text]


@pytest.mark.parametrize("units", [{"a": "µg/m³", "b": "ug/m3"}, {"a": "ppb", "b": "ppb"}])
def test_one_unit_written_in_two_ways_is_one(units):
    assert open_field(readings(units)).units["no2"] == units["a"] and not open_field(readings(units)).warnings


def test_sensors_in_celsius_and_fahrenheit_are_told():
    rows = [(t, place, value, unit) for t in DAYS for place, value, unit in (("r1", 21.0, "C"), ("r2", 70.0, "F"))]
    table = pd.DataFrame(rows, columns=["time", "sensor", "temp", "unit"])
    assert any("several units (C, F)" in text for text in open_field(table).warnings)
