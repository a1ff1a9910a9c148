"""Several tables in one zip."""

from __future__ import annotations

import zipfile

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import DataError, NoFileError
from chronotope.opening.open import open_field


def packed(path, **files: str):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.csv", text)
    return path


def test_a_file_per_station_names_the_places(tmp_path):
    rows = "time,flow\n2020-01-01,{0}\n2020-01-02,{1}\n2020-01-03,{2}\n"
    field = open_field(packed(tmp_path / "a.zip", north=rows.format(1, 2, 3), south=rows.format(4, 5, 6)))
    assert field.kind == "graph" and field.dataset["flow"].sel(place="south").values.tolist() == [4, 5, 6]


def test_a_file_per_year_is_one_series(tmp_path):
    field = open_field(
        packed(tmp_path / "a.zip", y2020="time,place,flow\n2020-12-31,a,1\n2020-12-31,b,2\n", y2021="time,place,flow\n2021-01-01,a,3\n")
    )
    assert field.dataset["flow"].sel(place="a").values.tolist() == [1, 3] and field.dataset.sizes["place"] == 2


def test_tables_that_differ_and_broken_ones_are_named(tmp_path):
    with pytest.raises(DataError, match=r"b\.csv and a\.csv differ in depth, flow"):
        open_field(packed(tmp_path / "a.zip", a="time,flow\n2020-01-01,1\n", b="time,depth\n2020-01-01,1\n"))
    with pytest.raises(DataError, match=r"b\.csv in b\.zip"):
        open_field(packed(tmp_path / "b.zip", a="time,flow\n2020-01-01,1\n", b="time,flow\n2020-01-01,1\n2020,1,2,3,4\n"))
    whole = packed(tmp_path / "c.zip", a="time,flow\n2020-01-01,1\n" * 50, b="time,flow\n" * 50).read_bytes()
    (tmp_path / "d.zip").write_bytes(whole[:-30])
    with pytest.raises(DataError, match=r"d\.zip"):
        open_field(tmp_path / "d.zip")


def test_a_folder_a_pattern_and_a_list_of_tables_are_as_a_zip_of_them(tmp_path):
    rows = "time,flow\n2020-01-01,{0}\n2020-01-02,{1}\n2020-01-03,{2}\n"
    (tmp_path / "in").mkdir()
    for name, numbers in (("north", (1, 2, 3)), ("south", (4, 5, 6))):
        (tmp_path / "in" / f"{name}.csv").write_text(rows.format(*numbers))
    files = [tmp_path / "in" / "north.csv", str(tmp_path / "in" / "south.csv")]
    for source in (tmp_path / "in", f"{tmp_path}/in/*.csv", files, tuple(files)):
        assert open_field(source).dataset["flow"].sel(place="south").values.tolist() == [4, 5, 6]
    assert open_field(f"{tmp_path}/in/n*.csv").dataset["flow"].values.ravel().tolist() == [1, 2, 3]
    (tmp_path / "in" / "map.png").write_bytes(b"")
    (tmp_path / "in" / "map.png").rename(tmp_path / "in" / "map.pdf")
    assert any("1 other files of in were left aside, map.pdf" in note.text for note in open_field(tmp_path / "in").findings)


def test_several_sources_that_are_no_tables_are_refused_with_the_way_to_join_them(tmp_path):
    (tmp_path / "grids").mkdir()
    (tmp_path / "grids" / "a.nc").write_bytes(b"CDF")
    with pytest.raises(DataError, match=r"files of tables.* found .*a\.nc\. .*xarray\.open_mfdataset"):
        open_field([tmp_path / "grids" / "a.nc"])
    with pytest.raises(DataError, match=r"A folder must hold .*; grids holds none\. .*xarray\.open_mfdataset"):
        open_field(tmp_path / "grids")
    with pytest.raises(DataError, match=r"found a int"):
        open_field([1, 2])
    with pytest.raises(NoFileError, match=r"fits none"):
        open_field(f"{tmp_path}/*.csv")
    with pytest.raises(NoFileError, match=r"absent\.csv does not"):
        open_field([tmp_path / "absent.csv"])


@pytest.mark.parametrize("folders", [("store={store}",), ("store={store}", "month={month}"), ()])
def test_folders_of_parquet_are_one_table(tmp_path, folders):
    days = pd.date_range("2024-01-01", periods=60)
    table = pd.concat([pd.DataFrame({"day": days, "store": name, "sales": np.arange(60.0) + k}) for k, name in enumerate(("a b", "c"))])
    for (store, month), rows in table.groupby(["store", table["day"].dt.month]):
        folder = tmp_path.joinpath("sales", *(name.format(store=store.replace(" ", "%20"), month=month) for name in folders))
        folder.mkdir(parents=True, exist_ok=True)
        rows.drop(columns="store" if folders else []).to_parquet(folder / f"{store[0]}{month}.parquet", index=False)
    (tmp_path / "sales" / "_SUCCESS").touch()
    field = open_field(tmp_path / "sales")
    assert list(field.dataset["place"].values) == ["a b", "c"] and field.variables == ("sales",)
    np.testing.assert_array_equal(field.dataset["sales"].values, np.arange(60.0)[:, None] + [0, 1])


def test_a_folder_of_text_is_text_whatever_lies_below(tmp_path):
    days = pd.date_range("2024-01-01", periods=30)
    for name in "ab":
        pd.DataFrame({"day": days, "v": np.arange(30.0)}).to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "old").mkdir()
    pd.DataFrame({"day": days, "w": 1.0}).to_parquet(tmp_path / "old" / "x.parquet")
    field = open_field(tmp_path)
    assert field.variables == ("v",) and any("1 other files" in note.text for note in field.findings)
