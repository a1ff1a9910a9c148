"""What verbs read beside a plain file: side files, databases, addresses."""

from __future__ import annotations

import json
import sqlite3
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest


@pytest.fixture
def database(tmp_path, flows):
    with sqlite3.connect(tmp_path / "flows.db") as base:
        table = pd.read_csv(flows)
        table.to_sql("flows", base, index=False)
        table.iloc[:5].to_sql("other", base, index=False)
    return "sqlite:///flows.db"


def shown(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_question_to_a_database(call, database, tmp_path):
    question = "select time, place, flow from flows where place <> 's2'"
    for source in (database, "flows.db"):
        assert shown(call("info", source, "--query", question, "--json"))["shape"] == [240, 2]
    told = call("forecast", database, "--query", question, "--horizon", 3, "-m", "baseline:mix", "-o", "out.csv")
    assert told.exit_code == 0 and set(pd.read_csv(tmp_path / "out.csv")["place"]) == {"s0", "s1"}


def test_a_database_without_a_question_and_a_wrong_one_are_told(call, database):
    told = call("info", database)
    assert told.exit_code == 2 and "holds flows, other" in told.stderr and "query" in told.stderr
    told = call("info", database, "--query", "select nothing from nowhere")
    assert told.exit_code == 2 and "query= must be a select that flows.db can answer" in told.stderr
    assert call("info", "sqlite:///absent.db").exit_code == 2


def test_what_stands_for_missing_on_the_line(call, tmp_path):
    rows = [f"2024-03-{d:02d},{'<0.5' if d == 3 else 'ND' if d == 5 else -999 if d == 7 else d}" for d in range(1, 29)]
    (tmp_path / "lab.csv").write_text("\n".join(["date,no2", *rows]))
    told = call("info", "lab.csv")
    assert told.exit_code == 2 and "give missing='<0.5', or missing='<' for the 1 cells of this kind" in told.stderr
    found = shown(call("info", "lab.csv", "--missing", "<", "--missing", "ND", "--missing", "-999", "--json"))["findings"]
    assert {"-999 stands for missing, as told", "'<' stands for missing, as told (1 cells of 'no2')"} <= {note["text"] for note in found}
    (tmp_path / "saved.yaml").write_text("missing: ['<', ND, -999]\n")
    assert shown(call("info", "lab.csv", "--config", "saved.yaml", "--json"))["findings"] == found
    (tmp_path / "one.yaml").write_text("missing: -999\n")
    told = call("info", "lab.csv", "--config", "one.yaml")
    assert told.exit_code == 2 and "holds '<0.5'" in told.stderr


def test_side_files_on_the_line(call, flows, tmp_path):
    pd.DataFrame({"place": ["s0", "s1", "s2"], "height": [1, 2, 3]}).to_csv(tmp_path / "sites.csv", index=False)
    pd.DataFrame({"date": ["2024-03-05", "2024-03-11"], "holiday": ["a", "b"]}).to_csv(tmp_path / "calendar.csv", index=False)
    pd.DataFrame({"time": ["2024-03-05"], "text": ["parade"]}).to_csv(tmp_path / "notes.csv", index=False)
    pd.DataFrame({"kind": ["mill"], "lat": [40.0], "lon": [-74.0]}).to_csv(tmp_path / "pois.csv", index=False)
    words = ("--sites", "sites.csv", "--future", "calendar.csv", "--notes", "notes.csv", "--pois", "pois.csv")
    page = shown(call("info", flows, *words, "--json"))
    assert (
        page["text"]["static"] == "height"
        and page["text"]["notes"].startswith("1, 2024-03-05")
        and page["text"]["points"] == "1 of interest"
    )
    assert page["roles"] == {"flow": "target", "height": "static", "holiday": "known_future"}
    told = call(
        "forecast", flows, *words, "--horizon", 6, "--target", "flow", "--known-future", "holiday", "-m", "baseline:mix", "-o", "out.nc"
    )
    assert told.exit_code == 0, told.stderr


def test_a_side_file_that_is_not_there_is_said_and_the_rest_goes_on(call, flows):
    told = call("forecast", flows, "--sites", "absent.csv", "--horizon", 3, "-m", "baseline:mix", "-o", "out.nc")
    assert told.exit_code == 0 and "--sites names a file that is not there (absent.csv)" in told.stderr
    assert call("info", flows, "--notes", "absent.csv", "-q").stderr == ""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def site(tmp_path):
    """The folder of the test behind http."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def test_a_table_behind_http(call, flows, site):
    pytest.importorskip("aiohttp")
    assert shown(call("info", f"{site}/flows.csv", "--json"))["shape"] == [240, 3]
    told = call("info", f"{site}/absent.csv")
    assert told.exit_code == 2 and "absent.csv is not there" in told.stderr


def test_a_table_in_an_object_store(call, flows):
    fsspec = pytest.importorskip("fsspec")
    files = fsspec.filesystem("memory")
    files.pipe("/bucket/flows.csv", flows.read_bytes())
    try:
        files.pipe("/bucket/sites.csv", b"place,height\ns0,1\ns1,2\ns2,3\n")
        page = shown(call("info", "memory://bucket/flows.csv", "--sites", "memory://bucket/sites.csv", "--json"))
        assert page["shape"] == [240, 3] and page["roles"]["height"] == "static"
    finally:
        files.rm("/bucket", recursive=True)
    told = call("info", "nosuch://bucket/flows.csv")
    assert told.exit_code == 2 and "nosuch://" in told.stderr
