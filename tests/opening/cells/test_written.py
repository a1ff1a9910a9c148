"""Numbers as people write them, in columns of text of any source."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import DataError
from chronotope.opening.open import open_field

NAN = float("nan")
DAYS = pd.date_range("2022-05-01", periods=3).strftime("%Y-%m-%d")


def opened(cells, **options):
    return open_field(pd.DataFrame({"date": DAYS, "x": cells}), **options)


@pytest.mark.parametrize(
    ("cells", "truth", "unit"),
    [
        (["1.234.567,5", "12,5", "3"], [1234567.5, 12.5, 3], ""),
        (["1,234.5", "12.5", "3"], [1234.5, 12.5, 3], ""),
        (["1 234,5", "2", "1\u202f234\u202f567,25"], [1234.5, 2, 1234567.25], ""),
        (["1'234.5", "2.5", "1’000"], [1234.5, 2.5, 1000], ""),
        (["12,34,567", "1,200", "7"], [1234567, 1200, 7], ""),
        (["1,234", "987", "12,001"], [1234, 987, 12001], ""),
        (["0,567", "1,234", "2,5"], [0.567, 1.234, 2.5], ""),
        (["45%", "7.5 %", "8%"], [45, 7.5, 8], "%"),
        (["$1,234.50", "$2.00", "$3"], [1234.5, 2, 3], "$"),
        (["3,50 €", "4,00 €", "5,25 €"], [3.5, 4, 5.25], "€"),
        (["10.5 µg/m3", "11 µg/m3", "9 µg/m3"], [10.5, 11, 9], "µg/m3"),
        (["−3", "+2", "1e-5"], [-3, 2, 1e-5], ""),
        ([".", "2.5", "3"], [NAN, 2.5, 3], ""),
        (["..", "-", "3.5"], [NAN, NAN, 3.5], ""),
        ([":", "n/a", "3.5"], [NAN, NAN, 3.5], ""),
        (["M", "#N/A", "3.5"], [NAN, NAN, 3.5], ""),
        (["12.5*", "11.0", "10.2 E"], [12.5, 11, 10.2], ""),
        (["3.1 b", "4.2:", "5.0"], None, ""),
    ],
)
def test_a_column_of_text_is_the_numbers_it_says(cells, truth, unit):
    if truth is None:
        with pytest.raises(DataError, match="no plain number|must hold numbers"):
            opened(cells)
        return
    field = opened(cells)
    np.testing.assert_array_equal(field.dataset["x"].values.ravel(), truth)
    assert field.units["x"] == unit


@pytest.mark.parametrize(
    ("cells", "said", "level"),
    [
        ([".", "2.5", "3"], "'.' in 'x' read as missing (1 cells)", "inferred"),
        (["12.5*", "11.0", "10.2"], "give missing='*'", "warning"),
        (["1.234.567,5", "12,5", "3"], "'x' has '.' between thousands", "inferred"),
        (["1,234", "2,345", "3,456"], "or before decimals, which no cell settles", "warning"),
    ],
)
def test_what_was_read_into_the_cells_is_said(cells, said, level):
    assert any(said in finding.text and finding.level == level for finding in opened(cells).findings)


def test_a_column_that_settles_the_decimal_sign_settles_it_for_its_neighbours():
    table = pd.DataFrame({"date": DAYS, "x": ["1,234", "2,345", "3,456"], "y": ["1,5", "2,25", "3,0"]})
    assert open_field(table, target=["x", "y"]).dataset["x"].values.ravel().tolist() == [1.234, 2.345, 3.456]
    table["y"] = ["1,000.5", "2.25", "3.0"]
    assert open_field(table, target=["x", "y"]).dataset["x"].values.ravel().tolist() == [1234, 2345, 3456]


@pytest.mark.parametrize(
    "cells",
    [
        ["5A", "7B", "12C"],
        ["S1", "S2", "S3"],
        ["01001", "01003", "36001"],
        ["1.2M", "300K", "2M"],
        ["+0100,1", "+0050,1", "+0020,5"],
        ["12:30", "12:40", "12:50"],
    ],
)
def test_names_codes_and_multiples_are_no_numbers(cells):
    with pytest.raises(DataError, match="must hold a column of numbers"):
        opened(cells)


@pytest.mark.parametrize("cell", ["<0.5", ">200", "ND", "T", "trace", "n.d.", "(3.5)"])
def test_a_cell_that_is_no_number_is_refused_with_an_option_that_works(tmp_path, cell):
    rows = [f"2022-05-{d:02d},{cell if d in (4, 9) else d / 2}" for d in range(1, 21)]
    (tmp_path / "lab.csv").write_text("\n".join(["date,x", *rows]))
    with pytest.raises(DataError, match="lab.csv line 5, column 'x' holds") as refused:
        open_field(tmp_path / "lab.csv")
    assert f"missing={cell!r}" in str(refused.value)
    field = open_field(tmp_path / "lab.csv", missing=cell)
    assert np.flatnonzero(np.isnan(field.dataset["x"].values.ravel())).tolist() == [3, 8]
    assert any(f"{cell!r} stands for missing, as told (2 cells of 'x')" in finding.text for finding in field.findings)
    limits = [finding.text for finding in field.findings if "a limit in 2 cells read as missing" in finding.text]
    assert len(limits) == (cell[0] in "<>") and all(("too high" if cell[0] == "<" else "too low") in text for text in limits)


def test_a_sign_stands_for_all_limits_and_flags():
    cells = ["<0.5", "<1", "2.5"]
    assert np.isnan(opened(cells, missing="<").dataset["x"].values.ravel()).tolist() == [True, True, False]
    assert np.isnan(opened(["12.5*", "3.5", "4 *"], missing="*").dataset["x"].values.ravel()).tolist() == [True, False, True]


def test_missing_takes_words_and_numbers_together(tmp_path):
    rows = ["2022-05-01,ND,1", "2022-05-02,-999,9999", "2022-05-03,3.5,3"]
    (tmp_path / "a.csv").write_text("\n".join(["date,x,y", *rows]))
    field = open_field(tmp_path / "a.csv", missing=["ND", -999, 9999], target=["x", "y"])
    np.testing.assert_array_equal(field.dataset["x"].values.ravel(), [NAN, NAN, 3.5])
    np.testing.assert_array_equal(field.dataset["y"].values.ravel(), [1, NAN, 3])
    assert field.dataset["x"].encoding["_FillValue"] == -999


def test_a_word_that_stands_nowhere_is_said():
    assert any("missing='ZZ' stands in no column" in finding.text for finding in opened(["1", "2", "3"], missing="ZZ").findings)


def test_points_between_thousands_of_a_table_with_semicolons(tmp_path):
    rows = [f"{d:02d}.05.2022;{cell}" for d, cell in enumerate(["950", "987", "1.024", "1.061", "1.098", "12.135"], 1)]
    (tmp_path / "a.csv").write_text("\n".join(["Datum;Gäste", *rows]))
    field = open_field(tmp_path / "a.csv")
    assert field.dataset["Gäste"].values.ravel().tolist() == [950, 987, 1024, 1061, 1098, 12135]
    assert any("read as a mark between thousands" in finding.text and finding.level == "warning" for finding in field.findings)
    (tmp_path / "b.csv").write_text(
        "\n".join(["Datum;Gäste", *(row.replace(".0", ",0").replace(".1", ",1") for row in rows)]).replace(",05.2022", ".05.2022")
    )
    assert open_field(tmp_path / "b.csv").dataset["Gäste"].values.ravel().tolist() == [950, 987, 1024, 1061, 1098, 12135]


def test_three_digits_behind_every_mark_are_told_as_a_doubt(tmp_path):
    for mark in ".,":
        (tmp_path / "a.csv").write_text("\n".join(["Datum;Pegel", *(f"{d:02d}.05.2022;1{mark}{100 + d}" for d in range(1, 9))]))
        field = open_field(tmp_path / "a.csv")
        assert field.dataset["Pegel"].values[0, 0] == 1.101
        assert any("stands between thousands" in finding.text and finding.level == "warning" for finding in field.findings)
