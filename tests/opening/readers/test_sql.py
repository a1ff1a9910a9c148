"""Answers of databases: SQLite always, DuckDB where it is installed; nothing is written, nothing is made."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

import builders
from chronotope.errors import ArgumentError, DataError, NoFileError
from chronotope.opening.open import open_field


@pytest.fixture
def base(tmp_path):
    table = builders.long_table().assign(time=lambda t: t["time"].astype(str))
    with sqlite3.connect(tmp_path / "flows.db") as connection:
        table.to_sql("flows", connection, index=False)
    return tmp_path / "flows.db"


def test_the_only_table_is_read_and_a_query_chooses(base):
    truth = open_field(builders.long_table())
    np.testing.assert_array_equal(open_field(base).dataset["rain"].values, truth.dataset["rain"].values)
    query = "select time, basin, rain from flows where basin <> '01'"
    field = open_field(f"sqlite:///{base}", query=query)
    assert field.variables == ("rain",) and field.dataset["place"].values.tolist() == ["02", "00"]


def test_writing_wrong_questions_and_wrong_files_are_refused(base, tmp_path):
    for query in ("drop table flows", "select nothing from flows", "select 1; select 2"):
        with pytest.raises(ArgumentError, match=r"it holds flows"):
            open_field(base, query=query)
    assert len(open_field(base).times)
    with sqlite3.connect(base) as connection:
        connection.execute("create table other (a)")
    with pytest.raises(DataError, match="holds flows, other"):
        open_field(base)
    (tmp_path / "wrong.db").write_bytes(b"time,place,v\n" * 200)
    with pytest.raises(DataError, match=r"wrong\.db cannot be read"):
        open_field(tmp_path / "wrong.db")
    with pytest.raises(NoFileError, match="absent"):
        open_field("sqlite:///absent.db", query="select 1")
    assert not (tmp_path / "absent.db").exists()


def test_duckdb_answers_the_same(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    table = builders.long_table()
    with duckdb.connect(str(tmp_path / "flows.duckdb")) as connection:
        connection.register("given", table)
        connection.execute("create table flows as select * from given")
    field = open_field(tmp_path / "flows.duckdb", query="select * from flows order by time, basin")
    truth = open_field(table).dataset["rain"].sortby("place")
    np.testing.assert_array_equal(field.dataset["rain"].sortby("place").values, truth.values)
    with pytest.raises(ArgumentError, match="it holds flows"):
        open_field(tmp_path / "flows.duckdb", query="drop table flows")
    (tmp_path / "wrong.duckdb").write_bytes(b"no" * 5000)
    with pytest.raises(DataError, match=r"wrong\.duckdb cannot be read"):
        open_field(tmp_path / "wrong.duckdb")
