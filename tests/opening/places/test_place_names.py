"""Which column names the places, and what the names are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chronotope.data.writers import write
from chronotope.opening.open import open_field

DAYS = pd.date_range("2024-01-01", periods=12)


def long(names, where=None, column="district", more=None, **options):
    """A row for each day and name; `where` gives (lat, lon) by name."""
    rows = [{"date": day, column: name, "cases": float(i + k)} for i, day in enumerate(DAYS) for k, name in enumerate(names)]
    table = pd.DataFrame(rows)
    if where is not None:
        table["lat"], table["lon"] = ([where[name][i] for name in table[column]] for i in (0, 1))
    return table if more is None else table.assign(**more)


def places(field):
    return field.dataset["place"].values.tolist()


@pytest.mark.parametrize("names", [["MZ", "NA", "ZA"], ["null", "None", "NaN"], ["N/A", "nan", "x"]])
def test_words_for_missing_are_names_in_the_column_of_places(tmp_path, names):
    long(names, column="iso2").to_csv(tmp_path / "a.csv", index=False)
    field = open_field(tmp_path / "a.csv")
    assert places(field) == names and not [finding for finding in field.findings if finding.level == "warning"]
    wide = pd.DataFrame({"date": DAYS, **{name: range(12) for name in names}})
    wide.to_csv(tmp_path / "wide.csv", index=False)
    assert places(open_field(tmp_path / "wide.csv")) == names


def test_a_place_called_na_comes_back_from_a_table_and_finds_its_site(tmp_path):
    field = open_field(long(["MZ", "NA"], column="iso2"))
    again = open_field(write(field, tmp_path / "out.csv"))
    assert places(again) == ["MZ", "NA"]
    (tmp_path / "sites.csv").write_text("iso2,lat,lon\nMZ,-18,35\nNA,-22,17\n")
    assert open_field(long(["MZ", "NA"], column="iso2"), sites=tmp_path / "sites.csv").dataset["lat"].values.tolist() == [-18, -22]


def test_a_category_called_na_stays_empty(tmp_path):
    table = long(["a", "b"], column="site", more={"kind": ["NA", "dry"] * 12})
    table.to_csv(tmp_path / "a.csv", index=False)
    assert open_field(tmp_path / "a.csv").dataset["kind"].values.tolist() == ["", "dry"]


def test_empty_names_are_unknown_and_said():
    field = open_field(long(["a", ""], column="site"))
    assert places(field) == ["a", "unknown"]
    assert any("12 rows have no 'site'" in finding.text for finding in field.findings)


def test_blanks_around_a_name_are_no_other_place():
    table = long(["Altstadt", "Neuhof"])
    table.loc[6, "district"] = "Altstadt "
    field = open_field(table)
    assert places(field) == ["Altstadt", "Neuhof"] and field.shape == (12, 2)
    assert any("without the blanks around them" in finding.text for finding in field.findings)


def test_capitals_are_another_place_only_where_both_report_at_one_time():
    table = long(["Altstadt", "Neuhof"])
    table.loc[table.index[16:], "district"] = table.loc[table.index[16:], "district"].str.upper()
    field = open_field(table)
    assert places(field) == ["Altstadt", "Neuhof"] and int(field.dataset["cases"].isnull().sum()) == 0
    assert any("differ in capitals only" in finding.text for finding in field.findings)
    assert sorted(places(open_field(long(["se", "SE"], column="code")))) == ["SE", "se"]


@pytest.mark.parametrize(
    ("cells", "truth"),
    [
        ([101, 102], ["101", "102"]),
        ([101.0, 102.0], ["101", "102"]),
        (["101", "102"], ["101", "102"]),
        (["01001", "36001"], ["01001", "36001"]),
    ],
)
def test_numbers_as_names_have_no_point_and_keep_their_zeros(tmp_path, cells, truth):
    assert places(open_field(long(cells, column="station"))) == truth
    long(cells, column="station").to_csv(tmp_path / "a.csv", index=False)
    assert places(open_field(tmp_path / "a.csv")) == truth


def test_numbers_with_an_empty_name_between_them_are_still_names(tmp_path):
    (tmp_path / "a.csv").write_text("\n".join(["date,site,v"] + [f"{d:%Y-%m-%d},{s},1" for d in DAYS for s in ("101", "102", "")]))
    assert places(open_field(tmp_path / "a.csv")) == ["101", "102", "unknown"]


def test_zeros_before_names_far_down_in_the_file_are_kept(tmp_path):
    rows = [f"{day:%Y-%m-%d},{code},1" for code in [*(f"36{k:03d}" for k in range(40)), "01001"] for day in DAYS]
    (tmp_path / "a.csv").write_text("\n".join(["date,fips,cases", *rows]))
    assert "01001" in places(open_field(tmp_path / "a.csv"))


@pytest.mark.parametrize("column", ["district", "Parkhaus", "comuna", "gemeinde", "Messpunkt", "どこ"])
def test_the_words_that_belong_to_positions_name_the_places(column):
    where = {"Altstadt": (50.1, 8.6), "Neuhof": (50.12, 8.65), "Bergdorf": (50.15, 8.7)}
    field = open_field(long(list(where), where, column))
    assert places(field) == list(where)
    assert field.dataset["lat"].values.tolist() == [50.1, 50.12, 50.15]
    plane = long(list(where), where, column).rename(columns={"lat": "y", "lon": "x"})
    assert places(open_field(plane)) == list(where)


def test_a_site_that_was_measured_anew_stays_one_place_at_its_latest_position():
    where = {"Altstadt": (50.1, 8.6), "Neuhof": (50.12, 8.65)}
    table = long(list(where), where)
    table.loc[table["date"] >= "2024-01-07", "lat"] += 0.0001
    field = open_field(table)
    assert places(field) == ["Altstadt", "Neuhof"]
    np.testing.assert_allclose(field.dataset["lat"].values, [50.1001, 50.1201])
    said = next(finding for finding in field.findings if "several positions" in finding.text)
    assert said.level == "inferred" and "'Altstadt'" in said.text and "latest is taken" in said.text


def test_a_site_whose_position_is_measured_with_every_row_stays_one_place():
    where = {"A1x": (50.0, 8.1), "B1x": (51.0, 8.2)}
    table = long(list(where), where, "anlage")
    table["lat"] += np.arange(24) * 1e-5
    field = open_field(table)
    assert field.kind == "graph" and places(field) == ["A1x", "B1x"]


def test_movers_called_na_are_movers():
    rows = [(day, name, 50 + k + i / 10, 8 + i / 10, 1.0) for k, name in enumerate(("NA", "None")) for i, day in enumerate(DAYS)]
    field = open_field(pd.DataFrame(rows, columns=["time", "vessel", "lat", "lon", "speed"]))
    assert field.kind == "tracks" and field.dataset["object"].values.tolist() == ["NA", "None"]


def test_of_two_columns_of_names_the_one_without_gaps_is_taken():
    rows = [(name, code, 1990 + i, float(i)) for name, code in (("Namibia", "NAM"), ("Europe", None)) for i in range(5)]
    assert places(open_field(pd.DataFrame(rows, columns=["Entity", "Code", "Year", "Cases"]))) == ["Namibia", "Europe"]


def test_flags_units_and_answers_are_no_places():
    where = {1: (1.5, 2.5), 2: (3.5, 4.5)}
    table = long([1, 2], where).drop(columns="district")
    for more in ({"qual": ["A", "P"] * 12}, {"unit": "mg/l"}, {"checked": [True, False] * 12}, {"open": ["yes", "no"] * 12}):
        assert places(open_field(table.assign(**more))) == ["1.5,2.5", "3.5,4.5"]


def test_two_sensors_on_one_mast_are_told_by_their_name():
    where = {"lower": (50.1, 8.6), "upper": (50.1, 8.6)}
    assert places(open_field(long(list(where), where, "height_level"))) == ["lower", "upper"]


@pytest.mark.parametrize(
    ("column", "more"), [("garage", {}), ("Anlage", {}), ("Anlage", {"unit": "mg/l", "quality": "A"}), ("station_name", {"source": "x"})]
)
def test_the_name_of_a_single_place_is_kept(column, more):
    assert places(open_field(long(["Dom"], column=column, more=more))) == ["Dom"]


def test_of_an_id_and_a_name_one_is_chosen_and_the_other_is_an_attribute():
    table = long(["Nord", "Sued"], column="station_name", more={"station_id": [11, 12] * 12, "elevation": [5.5, 7.5] * 12})
    field = open_field(table)
    assert places(field) == ["Nord", "Sued"] and field.variables == ("cases",)
    assert field.dataset["station_id"].values.tolist() == [11, 12] and field.dataset["elevation"].values.tolist() == [5.5, 7.5]


def test_counties_that_share_a_name_are_told_apart_by_their_state():
    rows = [(day, c, s, 1.0 + i) for day in DAYS for i, (c, s) in enumerate((("Lake", "IL"), ("Lake", "IN"), ("Cook", "IL")))]
    field = open_field(pd.DataFrame(rows, columns=["date", "county", "state", "cases"]))
    assert places(field) == ["Lake, IL", "Lake, IN", "Cook, IL"] and field.dataset["cases"].values[0].tolist() == [1, 2, 3]


def test_a_column_called_t_is_a_temperature_where_it_goes_up_and_down():
    wave = np.round(10 + 5 * np.sin(np.arange(12.0)), 1)
    field = open_field(pd.DataFrame({"T": wave, "RH": wave + 50}), start="2024-01-01", step="1D")
    assert "T" in places(field) and str(field.times[1])[:10] == "2024-01-02"
    assert open_field(pd.DataFrame({"t": np.arange(12), "a": wave, "b": wave}), step="2h").panel().freq == "2h"


def test_a_place_called_like_a_sum_is_said():
    said = [finding.text for finding in open_field(long(["A", "B", "Total"], column="region")).findings if finding.level == "warning"]
    assert len(said) == 1 and "'Total' is called like the sum" in said[0]


def test_whole_numbers_called_like_places_are_values_where_stamps_do_not_repeat():
    table = pd.DataFrame({"date": DAYS, "garage": [5, 7] * 6, "street": [1, 2] * 6})
    assert places(open_field(table)) == ["garage", "street"]
