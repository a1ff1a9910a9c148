"""Large tables are read by arrow to the same field as small ones by pandas, and where arrow gives up, pandas tells the line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.errors import DataError, TimeError
from chronotope.opening.open import open_field
from chronotope.opening.readers import text_tables as reader
from chronotope.opening.sniff.form import form_of_file

TEXTS = {
    "plain": "time,place,flow\n2020-01-01,a,1\n2020-01-01,b,2.5\n2020-01-02,b,\n2020-01-02,a,4\n",
    "semicolons": "time;place;flow\n2020-01-01;a;1\n2020-01-01;b;2.5\n2020-01-02;b;-\n",
    "padded names": "time,place,v\n2020-01-01,01,1\n2020-01-01,02,2\n2020-01-02,01,3\n",
    "whole names": "time,place,v\n2020-01-01,1,1\n2020-01-01,2,2\n2020-01-02,1,3\n",
    "words for missing": "time,place,v\n2020-01-01,a,NA\n2020-01-01,,2\n2020-01-02,a,3\n",
    "quotes": 'time,place,v\n2020-01-01,"a, b",1\n2020-01-01,c,2\n2020-01-02,"a, b",3\n',
    "epochs": "ts,sensor,value\n1700000000,x,3\n1700000000,y,4\n1700000060,x,5\n",
    "words beside": "time,place,kind,v\n2020-01-01,a,x,1\n2020-01-01,b,y,2\n2020-01-02,a,x,3\n2020-01-02,b,y,3\n",
    "blanks inside": "time,place,v\n2020-01-01,a ,1\n2020-01-01,b,2\n2020-01-02,a ,3\n",
    "wide": "time,p,q\n2020-01-01,1,2\n2020-01-02,3,\n2020-01-03,5,6.25\n",
    "long": builders.long_table().to_csv(index=False),
    "events": builders.events_table().to_csv(index=False),
    "tracks": builders.tracks_table().to_csv(index=False),
    "no zone": "time,place,v\n2020-01-01 05:00,a,1\n2020-01-01 06:00,a,2\n",
    "bools": "time,place,v,open\n2020-01-01,a,1,True\n2020-01-02,a,2,False\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_both_readers_make_the_same_field(tmp_path, monkeypatch, name):
    (tmp_path / "a.csv").write_text(TEXTS[name])
    slow = open_field(tmp_path / "a.csv")
    monkeypatch.setattr(reader, "LARGE", 0)
    quick = open_field(tmp_path / "a.csv")
    assert (quick.kind, quick.variables, quick.findings) == (slow.kind, slow.variables, slow.findings)
    assert set(quick.dataset.variables) == set(slow.dataset.variables)
    for key in slow.dataset.variables:
        one, two = quick.dataset[key], slow.dataset[key]
        assert one.dims == two.dims and (one.dtype.kind == two.dtype.kind or {one.dtype.kind, two.dtype.kind} == {"i", "f"})
        np.testing.assert_array_equal(one.values.astype(two.dtype), two.values)


def test_arrow_is_really_asked(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text(TEXTS["plain"])
    form = form_of_file(tmp_path / "a.csv")
    assert reader._read_quickly(tmp_path / "a.csv", form) is None
    monkeypatch.setattr(reader, "LARGE", 0)
    assert str(reader._read_quickly(tmp_path / "a.csv", form).dtypes["place"]) == "category"


def test_broken_cells_of_large_tables_are_told_by_line(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "LARGE", 0)
    rows = [f"2020-01-{d:02d},a,{d}" for d in range(1, 29)]
    (tmp_path / "a.csv").write_text("\n".join(["time,place,v", *rows[:19], "2020-01-20,a,much", *rows[20:]]))
    with pytest.raises(DataError, match=r"a\.csv line 21, column 'v' holds 'much'"):
        open_field(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("\n".join(["# remark", "time,place,v", *rows[:19], "9999-12-31,a,1", *rows[20:]]))
    with pytest.raises(TimeError, match="line 22 holds '9999-12-31'"):
        open_field(tmp_path / "b.csv")


def test_a_stamp_that_no_date_of_ours_can_hold_is_refused():
    for bad in ("9999-12-31", "0001-01-01"):
        table = builders.wide_table()
        table.loc[2, "date"] = bad
        with pytest.raises(TimeError, match=f"line 4 holds '{bad}'"):
            open_field(table)
    with pytest.raises(TimeError, match="1678 to 2261"):
        open_field(xr.DataArray(np.zeros((2, 3)), {"time": np.array(["2020", "9999"], "datetime64[s]")}, ("time", "place"), name="v"))


def test_numbers_of_different_units_are_no_clock():
    table = pd.DataFrame({"ts": [1.7e9, 1.7e9 + 60, 1.7e21, 1.7e9 + 180], "a": range(4), "b": range(4)})
    with pytest.raises(TimeError, match=r"column 'ts' line 4 holds '1\.7e\+21'"):
        open_field(table)
    assert str(open_field(table.drop(index=2)).times[0]) == "2023-11-14T22:13:20.000000000"


def test_stamps_too_far_apart_for_nanoseconds_are_refused():
    days = np.array(["1690-01-01", "1690-01-02", "2020-01-01"], "datetime64[ns]")
    with pytest.raises(TimeError, match="within 291 years; found 1690-01-01 to 2020-01-01"):
        open_field(xr.DataArray(np.zeros((3, 2)), {"time": days}, ("time", "place"), name="v"))
    years = np.arange("1690", "2020", dtype="datetime64[Y]").astype("datetime64[ns]")
    assert open_field(xr.DataArray(np.zeros((330, 2)), {"time": years}, ("time", "place"), name="v")).panel().freq == "YS"


def test_positions_that_are_empty_or_words_do_not_stop_a_long_table():
    table = builders.long_table().drop(columns="basin")
    table.loc[3, "lat"] = np.nan
    assert any("nan," in label for label in open_field(table, kind="graph").dataset["place"].values)
    field = open_field(builders.long_table().assign(lat="north"))
    assert "lat" not in field.dataset.coords and any("left aside: lat" in finding.text for finding in field.findings) and str(field)


def test_parts_of_a_clock_that_make_no_date_are_refused(tmp_path):
    rows = ["2020,2,28,0,01,0.00", "2020,Z,28,1,01,0.33", "8,1,01,0.33", "2020,2,28,2,01,0.67", "2020,2,29,3,01,1.00"]
    (tmp_path / "a.csv").write_text("\n".join(["year,month,day,hour,site,temp", *rows]))
    with pytest.raises(TimeError, match="line 3 holds year 2020, month Z, day 28"):
        open_field(tmp_path / "a.csv")
