"""Results of SQL: SQLite by the standard library, DuckDB with the sql extra; `query=` is the question, read only."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pandas as pd

from chronotope.data.field import Field
from chronotope.data.native import needed
from chronotope.errors import ArgumentError, DataError, NoFileError, listed, whole
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.tables.tables import table_field

_SQLITE, _DUCK = (".sqlite", ".sqlite3", ".db"), (".duckdb", ".ddb")

_TABLES = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%'"


def matches(path: Path) -> bool:
    """True for SQLite and DuckDB files by suffix."""
    return path.suffix.lower() in (*_SQLITE, *_DUCK)


def is_url(source: str) -> bool:
    """True for `sqlite:///file.db` and `duckdb:///file.duckdb`."""
    return bool(re.match(r"(sqlite|duckdb):///", source))


def read_url(source: str, options: OpenOptions) -> Field:
    """The answer to `query=` from the database that the address names; three slashes before a path, four before an absolute one.

    Raises:
        NoFileError: the database does not exist (it is not made).
    """
    engine, _, name = source.partition(":///")
    path = Path(name).expanduser()
    if not path.is_file():
        raise NoFileError(f"A database to open must exist; {path} does not.")
    return _answer(path, engine == "duckdb", options)


def read(path: Path, options: OpenOptions) -> Field:
    """The answer to `query=`, or the only table of the database, as a Field.

    Raises:
        DataError: the file is no database, or holds several tables and `query` was not given.
        ArgumentError: the query cannot be run.
        MissingExtraError: the file is DuckDB's and duckdb is not installed.
    """
    return _answer(path, path.suffix.lower() in _DUCK, options)


def _answer(path: Path, duck: bool, options: OpenOptions) -> Field:
    table = _from_duckdb(path, options.query) if duck else _from_sqlite(path, options.query)
    return table_field(table, options, path.name)


def _from_sqlite(path: Path, query: str | None) -> pd.DataFrame:
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
        with whole("A database must be whole", path.name, "Copy it again.", sqlite3.DatabaseError, UnicodeError):
            names = [row[0] for row in base.execute(_TABLES)]
        query = query or _only(names, path)
        try:
            return pd.read_sql_query(query, base)
        except (pd.errors.DatabaseError, sqlite3.Error, sqlite3.Warning, UnicodeError) as error:
            raise _refused(query, path, error, names) from None


def _from_duckdb(path: Path, query: str | None) -> pd.DataFrame:
    duckdb = needed(f"{path.name} needs duckdb", "sql", "duckdb")
    try:
        base = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise DataError(f"A database must be whole; {path.name} cannot be read ({str(error).splitlines()[0]}).") from error
    with contextlib.closing(base):
        names = [row[0] for row in base.execute("select table_name from information_schema.tables").fetchall()]
        query = query or _only(names, path)
        try:
            return base.execute(query).df()
        except duckdb.Error as error:
            raise _refused(query, path, error, names) from None


def _only(names: list[str], path: Path) -> str:
    if len(names) != 1:
        raise DataError(
            f"A database must hold one table, or query= must say what to read; {path.name} holds {listed(names, 8) or 'none'}. "
            "Give query='select ...'."
        )
    quoted = names[0].replace('"', '""')
    return f'select * from "{quoted}"'


def _refused(query: str, path: Path, error: Exception, names: list[str]) -> ArgumentError:
    reason = str(error).strip().splitlines()[-1].removeprefix(f"Execution failed on sql '{query}': ")
    held = listed(names, 8)
    return ArgumentError(f"query= must be a select that {path.name} can answer (it holds {held}); found {query!r} ({reason}).")
