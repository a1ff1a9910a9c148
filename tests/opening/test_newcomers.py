"""Small files as people bring them: each opens with one call, or says what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import builders
from chronotope.errors import ArgumentError, DataError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load

# text, panel shape, freq, first stamp, places
FILES = {
    "semicolons": ("Zeit;Station;Temperatur\n01.01.2024 00:00;A;3,4\n01.01.2024 01:00;A;3,1\n", (2, 1, 1), "1h", "2024-01-01T00", ["A"]),
    "epoch_and_ids": ("ts,sensor,value\n1700000000,1,3\n1700000000,2,4\n1700000060,1,5\n", (2, 2, 1), "1min", "2023-11-14T22", ["1", "2"]),
    "byte_order_mark": ("\ufeffDate,Sales\n2024-01-01,3\n2024-01-02,4\n", (2, 1, 1), "1D", "2024-01-01T00", ["0"]),
    "stores": (
        "Date,Branch,Units\n1/31/2024,N,5\n1/31/2024,S,6\n2/1/2024,N,5\n2/1/2024,S,8\n",
        (2, 2, 1),
        "1D",
        "2024-01-31T00",
        ["N", "S"],
    ),
    "index_without_name": (",a,b\n2024-01-01,1,2\n2024-01-02,3,4\n", (2, 2, 1), "1D", "2024-01-01T00", ["a", "b"]),
    "words_for_missing": ("time,a\n2024-01-01,1\n2024-01-02,NA\n2024-01-03,-\n", (3, 1, 1), "1D", "2024-01-01T00", ["0"]),
    "months_and_x_y": ("month,x,y\n2020-01,1,2\n2020-02,2,3\n2020-03,3,4\n", (3, 2, 1), "MS", "2020-01-01T00", ["x", "y"]),
    "years_as_columns": (
        "Country,Code,1960,1961,1962\nFrance,FR,1,2,3\nSpain,ES,3,4,5\n",
        (3, 2, 1),
        "YS",
        "1960-01-01T00",
        ["France", "Spain"],
    ),
    "blanks": ("time place v\n2024-01-01 a 1\n2024-01-01 b 2\n2024-01-02 a 3\n", (2, 2, 1), "1D", "2024-01-01T00", ["a", "b"]),
    "remarks": ("# exported\n# metres\ntime,a,b\n2024-01-01,1,2\n2024-01-02,3,4\n", (2, 2, 1), "1D", "2024-01-01T00", ["a", "b"]),
    "date_and_time": ("date,time,site,v\n2024-01-01,00:00,a,1\n2024-01-01,01:00,a,2\n", (2, 1, 1), "1h", "2024-01-01T00", ["a"]),
    "padded_ids": (
        "id,lat,lon,date,temp\n001,50,8,2024-01-01,3\n002,51,9,2024-01-01,4\n001,50,8,2024-01-02,5\n",
        (2, 2, 1),
        "1D",
        "2024-01-01T00",
        ["001", "002"],
    ),
    "half_days": ("time,a,b\n1/1/2024 1:00 AM,1,2\n1/1/2024 1:00 PM,2,3\n", (2, 2, 1), "12h", "2024-01-01T01", ["a", "b"]),
    "positions_only": (
        "date,lat,lon,t\n2024-01-01,1.5,2,3\n2024-01-01,1.5,3,4\n2024-01-02,1.5,2,3\n2024-01-02,1.5,3,5\n",
        (2, 2, 1),
        "1D",
        "2024-01-01T00",
        ["1.5,2", "1.5,3"],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_as_people_bring_it(tmp_path, name):
    text, shape, freq, first, places = FILES[name]
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    panel = open_field(tmp_path / f"{name}.csv").panel()
    assert (panel.values.shape, panel.freq, str(panel.times[0])[:13], panel.places.tolist()) == (shape, freq, first, places)


def test_western_code_page_and_utf16(tmp_path):
    for encoding in ("cp1252", "utf-16"):
        (tmp_path / "a.csv").write_text("time,café\n2024-01-01,1\n2024-01-02,3\n", encoding=encoding)
        assert open_field(tmp_path / "a.csv").variables == ("café",)


def test_marks_between_thousands_are_read_and_said(tmp_path):
    (tmp_path / "a.csv").write_text('time,a\n2024-01-01,"1,234"\n2024-01-02,"5,000"\n2024-01-03,7\n')
    field = open_field(tmp_path / "a.csv")
    assert field.dataset["a"].values.ravel().tolist() == [1234, 5000, 7]
    assert any("'a' has ',' between thousands" in finding.text for finding in field.findings)


def test_line_numbers_count_remarks(tmp_path):
    lines = ["# remark", "time,a"] + [f"2024-01-{d:02d},{d}" for d in range(1, 12)]
    lines[5] = "2024-01-04,four"
    (tmp_path / "a.csv").write_text("\n".join(lines))
    with pytest.raises(DataError, match="line 6"):
        open_field(tmp_path / "a.csv")


def test_an_unknown_target_is_refused_with_the_choice():
    with pytest.raises(ArgumentError, match="flow"):
        open_field(builders.long_table(), target="snow")
    table = open_field(builders.stations()).to_pandas()
    assert open_field(table, target="rain").variables == ("rain",)
    with pytest.raises(ArgumentError, match="tmax, rain"):
        open_field(table, target="snow")


def test_values_called_like_coordinates_get_names_of_their_own():
    field = open_field(builders.long_table().rename(columns={"time": "moment", "rain": "time"}), time="moment")
    assert "time_value" in field.variables


def test_infinite_values_are_told_and_count_as_missing(tmp_path):
    (tmp_path / "a.csv").write_text("time,a,b\n2024-01-01,inf,2\n2024-01-02,3,4\n")
    field = open_field(tmp_path / "a.csv")
    assert "infinite 1 times" in str(field) and np.isnan(field.panel().values[0, 0, 0])


def test_a_column_may_be_named_without_its_unit_where_that_is_clear():
    days = pd.date_range("2024-01-01", periods=40)
    table = pd.DataFrame({"time": days, "inflow [m3/s]": np.arange(40.0) % 7, "rain (mm)": np.arange(40.0) % 5})
    assert open_field(table, target="inflow").variables == ("inflow [m3/s]",)
    field = open_field(table)
    made = load("baseline:mix").forecast(field, 2, at="2024-02-01", target="inflow", known_future="rain")
    assert list(made.to_xarray().data_vars) == ["inflow [m3/s]"]
    twice = table.assign(**{"rain [in]": 1.0})
    with pytest.raises(ArgumentError, match=r"rain \(mm\)"):
        open_field(twice, target="rain")


def test_quarters_behind_a_dot_are_no_tenths_of_years():
    quarters = [float(f"{year}.{quarter}") for year in range(2015, 2024) for quarter in (1, 2, 3, 4)]
    field = open_field(pd.DataFrame({"quarter": quarters, "gdp": np.arange(36.0) % 7}))
    np.testing.assert_array_equal(field.times, pd.date_range("2015-01-01", periods=36, freq="QS").values)
    tenths = open_field(pd.DataFrame({"year": 2015 + np.arange(36) / 10, "gdp": np.arange(36.0) % 7}))
    assert str(tenths.times[1])[:10] == "2015-02-06"


def test_two_states_alone_beside_their_time_are_0_and_1():
    times = pd.date_range("2024-01-01", periods=30, freq="h")
    field = open_field(pd.DataFrame({"Timestamp": times, "Value": ["On", "Off", "off "] * 10}))
    assert field.panel().values[:3, 0, 0].tolist() == [1, 0, 0] and "off is 0 and on is 1" in str(field)
    beside = open_field(pd.DataFrame({"time": times, "fan": ["On", "Off"] * 15, "x": np.arange(30.0) % 7}))
    assert beside.variables == ("x",)


def test_cells_of_states_and_limits_are_refused_with_what_to_do(tmp_path):
    for cell, way in (("<2", "half of it"), ("Off", "first write 1 and 0")):
        (tmp_path / "a.csv").write_text("time,a\n" + "".join(f"2024-01-{d:02d},{cell if d == 9 else d}\n" for d in range(1, 29)))
        with pytest.raises(DataError, match=way):
            open_field(tmp_path / "a.csv")


def test_places_read_in_rounds_on_days_of_their_own_are_warned_of():
    rows = [(f"s{k}", f"{y}-{m}-{10 + k}", 1.0 + k) for k in range(4) for y in range(2010, 2020) for m in ("04", "09")]
    table = pd.DataFrame(rows, columns=["stake", "date", "balance"])
    assert "each on a day of its own" in str(open_field(table, place="stake"))
    assert "of its own" not in str(open_field(table.assign(date=table["date"].str[:8] + "01"), place="stake"))
