"""Rows that are no rows: empty ones, totals, remarks, numbers of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import TimeError
from chronotope.opening.open import open_field

DAYS = [f"2021-03-{d:02d}" for d in range(1, 9)]
ROWS = [f"{day},{i},{2 * i}" for i, day in enumerate(DAYS)]
TRUTH = [[i, 2 * i] for i in range(8)]


@pytest.mark.parametrize(
    ("below", "said"),
    [
        ([",,", ",,"], "2 empty rows were left out"),
        (["Total,28,56"], "'Total'"),
        (["Summe,28,56", ",,"], "'Summe'"),
        (["Total,28,56", "Source: the office,,"], "'Source: the office'"),
        (["Source: the office"], "'Source: the office'"),
        (["", "Note: provisional, see page 3, part b"], "Note: provisional"),
        (["Average,3.5,7", "Max,7,14"], "'Average'"),
    ],
)
def test_what_stands_below_the_rows_is_left_out_and_said(tmp_path, below, said):
    (tmp_path / "a.csv").write_text("\n".join(["date,North,South", *ROWS, *below]))
    field = open_field(tmp_path / "a.csv")
    np.testing.assert_array_equal(field.dataset["value"].values, TRUTH)
    assert any(said in finding.text and finding.level == "warning" for finding in field.findings)


def test_years_with_a_total_below(tmp_path):
    rows = [f"{1990 + i};{i},5" for i in range(8)]
    (tmp_path / "a.csv").write_text("\n".join(["Jahr;Nord", *rows, "Gesamt;32,0", "© Amt"]), encoding="latin-1")
    field = open_field(tmp_path / "a.csv")
    assert field.dataset["Nord"].values.ravel().tolist() == [i + 0.5 for i in range(8)] and str(field.times[0])[:4] == "1990"


def test_a_row_with_values_whose_time_cannot_be_read_is_no_footer(tmp_path):
    (tmp_path / "a.csv").write_text("\n".join(["date,North,South", *ROWS, "yesterday,1,2"]))
    with pytest.raises(TimeError, match="date"):
        open_field(tmp_path / "a.csv", time="date")


def test_an_empty_row_of_a_bare_matrix_is_a_step_without_values(tmp_path):
    (tmp_path / "a.csv").write_text("A,B\n1,2\n,\n3,4\n")
    assert open_field(tmp_path / "a.csv", start="2020-01-01", step="1D").shape == (3, 2)


def test_rows_without_values_keep_their_stamps():
    table = pd.DataFrame({"date": DAYS, "North": [1.0] * 6 + [np.nan] * 2, "South": [2.0] * 6 + [np.nan] * 2})
    assert open_field(table).shape == (8, 2)


@pytest.mark.parametrize("head", ['"","date","A","B"', "index,date,A,B"])
def test_a_column_that_numbers_the_rows_is_no_place(tmp_path, head):
    rows = [f"{i + 1},{day},{i},{2 * i}" for i, day in enumerate(DAYS)]
    (tmp_path / "a.csv").write_text("\n".join([head, *rows]))
    field = open_field(tmp_path / "a.csv")
    assert field.dataset["place"].values.tolist() == ["A", "B"]
    assert any("numbers the rows" in finding.text for finding in field.findings)


def test_rows_that_are_longer_than_the_header_begin_with_their_number_or_end_with_a_mark(tmp_path):
    (tmp_path / "r.txt").write_text("\n".join(['"date" "A" "B"', *(f'"{i}" "{day}" {i} {2 * i}' for i, day in enumerate(DAYS, 1))]))
    assert open_field(tmp_path / "r.txt").dataset["value"].values[0].tolist() == [1, 2]
    (tmp_path / "a.csv").write_text("\n".join(["date,A,B", *(f"{row}," for row in ROWS)]))
    np.testing.assert_array_equal(open_field(tmp_path / "a.csv").dataset["value"].values, TRUTH)


def test_names_that_come_twice_are_said(tmp_path):
    (tmp_path / "a.csv").write_text("\n".join(["date,A,A", *ROWS]))
    assert any("the header has 'A' 2 times" in finding.text for finding in open_field(tmp_path / "a.csv").findings)


def test_answers_beside_places_are_left_aside_and_said():
    table = pd.DataFrame({"date": DAYS, "North": range(8), "South": range(8), "holiday": [True, False] * 4})
    field = open_field(table)
    assert field.dataset["place"].values.tolist() == ["North", "South"]
    assert any("left aside: holiday" in finding.text for finding in field.findings)
