"""The REST with real workers: the same answers as in Python, in every format; wrong files and calls each in one sentence."""

import io
import json
import os
import re
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from chronotope.serve.openapi import EXAMPLES

MIX = {"model": "baseline:mix"}


def send(client, verb, content=None, name="flows.csv", wait=120, also=None, **values):
    """A form with a file."""
    files = ({"file": (name, content)} if content is not None else {}) | (also or {})
    return client.post(f"/v1/{verb}", params={"wait": wait}, files=files, data=dict(values))


def expected(table, horizon=6):
    """The same forecast in Python."""
    field = ct.open(pd.read_csv(io.BytesIO(table), parse_dates=["time"]))
    return ct.load("baseline:mix").forecast(field, horizon)


def test_a_form_with_a_file_gets_the_forecast_that_python_gets(client, table):
    answer = send(client, "forecast", table, horizon="6", **MIX)
    assert answer.status_code == 200, answer.text
    rows = pd.DataFrame(answer.json()["rows"])
    wanted = expected(table).to_pandas()
    assert list(rows.columns) == list(wanted.columns) and len(rows) == 18
    np.testing.assert_allclose(rows.filter(like="q"), wanted.filter(like="q"), rtol=1e-6)
    assert list(pd.to_datetime(rows["time"])) == list(wanted["time"])


def test_records_in_json_get_the_same_as_a_file(client, table):
    records = pd.read_csv(io.BytesIO(table)).to_dict(orient="records")
    answer = client.post("/v1/forecast", json={"file": records, "horizon": 6, **MIX})
    rows = pd.DataFrame(answer.json()["rows"])
    np.testing.assert_allclose(rows.filter(like="q"), expected(table).to_pandas().filter(like="q"), rtol=1e-6)


@pytest.mark.parametrize("form", ["csv", "parquet", "nc", "geojson"])
def test_every_format_comes_in_and_goes_out(client, table, form, tmp_path):
    field = ct.open(pd.read_csv(io.BytesIO(table), parse_dates=["time"]))
    path = tmp_path / f"in.{form}"
    if form == "geojson":
        rows = pd.read_csv(io.BytesIO(table)).to_dict(orient="records")
        point = lambda row: {"type": "Point", "coordinates": [row.pop("lon"), row.pop("lat")]}  # noqa: E731
        features = [{"type": "Feature", "geometry": point(row), "properties": row} for row in rows]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    else:
        from chronotope.data.writers import write

        write(field, path)
    answer = send(client, "forecast", path.read_bytes(), path.name, horizon="6", format=form, **MIX)
    assert answer.status_code == 200, answer.text
    out = tmp_path / f"out.{form}"
    out.write_bytes(answer.content)
    readers = {
        "csv": lambda: pd.read_csv(out)["q0.5"],
        "parquet": lambda: pd.read_parquet(out)["q0.5"],
        "nc": lambda: xr.open_dataset(out, engine="h5netcdf")["flow"].sel(quantile=0.5).values.ravel(),
        "geojson": lambda: [one["properties"]["q0.5"] for one in json.loads(out.read_text())["features"]],
    }
    np.testing.assert_allclose(np.sort(readers[form]()), np.sort(expected(table).to_pandas()["q0.5"]), rtol=1e-5)


def test_several_formats_and_a_report_lie_with_the_job(client, table):
    answer = send(client, "forecast", table, horizon="3", format="json,csv,nc", report="true", **MIX)
    job = client.get(answer.headers["Location"]).json()
    assert {one["name"] for one in job["files"]} >= {"result.json", "result.csv", "result.nc", "report.html"}
    page = client.get(next(one["url"] for one in job["files"] if one["name"] == "report.html"))
    assert page.text.startswith("<!doctype html>") and "sandbox" in page.headers["content-security-policy"]
    folder = client.app.state.jobs.folder / job["id"]
    assert [part.name for part in folder.iterdir()] == ["out"], "what was sent is gone"
    assert client.delete(job["url"]).status_code == 200 and not folder.exists()
    assert client.get(job["url"]).status_code == 404


def test_places_are_sent_as_a_file_or_as_records(client, table):
    at = [{"name": "p", "lat": 40.05, "lon": -73.95}]
    values = {"model": "baseline:inverse_distance"}
    one = client.post("/v1/interpolate", json={"file": pd.read_csv(io.BytesIO(table)).to_dict(orient="records"), "at": at, **values}).json()
    two = send(client, "interpolate", table, also={"at": ("p.csv", b"name,lat,lon\np,40.05,-73.95\n")}, **values).json()
    assert one["rows"] == two["rows"] and len(one["rows"]) == 240
    missing = send(client, "interpolate", table, **values)
    assert missing.status_code == 422 and missing.json()["error"].startswith("at must be sent")


@pytest.mark.parametrize("verb", [verb for verb in EXAMPLES if verb != "demo"])  # which takes half a minute
def test_the_examples_of_the_description_run(client, verb):
    answer = client.post(f"/v1/{verb}", params={"wait": 120}, json=client.get("/openapi.json").json()["paths"][f"/v1/{verb}"]["post"][
        "requestBody"]["content"]["application/json"]["example"])  # fmt: skip
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["rows"] or verb == "info"


def test_the_bodies_in_the_docs_run(client):
    page = (Path(__file__).parents[2] / "docs" / "rest.md").read_text(encoding="utf-8")
    found = re.findall(r"`POST /v1/(\w+)`\):\n\n```json\n(.*?)```", page, re.DOTALL)
    assert len(found) == 2
    for verb, body in found:
        answer = client.post(f"/v1/{verb}", json=json.loads(body))
        assert answer.status_code == 200 and answer.json()["rows"], answer.text


WRONG = {
    "empty.csv": (b"", "must hold something"),
    "words.csv": (b"this is not a table\nat all\n", None),
    "ragged.csv": (b"time,flow\n2024-01-01,1\n2024-01-02,1,2,3\n2024-01-03,1\n", None),
    "cut.nc": (b"\x89HDF\r\n\x1a\n" + b"\x00" * 50, "must be whole"),
    "cut.parquet": (b"PAR1" + b"\x00" * 50, "must be whole"),
    "broken.json": (b'[{"time": "2024-01-01", ', "whole"),
    "list.json": (b"[1, 2, 3]", "record"),
    "pickled.npz": (None, "pickle"),
    "sheet.xlsx": (b"PK\x03\x04", "Save the sheet as .csv"),
    "text.csv": (b"time,flow\n2024-01-01,a\n2024-01-02,b\n2024-01-03,c\n", None),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_ends_in_one_helpful_sentence(client, name, tmp_path):
    content, words = WRONG[name]
    if name == "pickled.npz":
        np.savez(tmp_path / name, values=np.array([{"a": 1}], object))
        content = (tmp_path / name).read_bytes()
    answer = send(client, "forecast", content, name, horizon="3", **MIX)
    assert answer.status_code == 422, answer.text
    said = answer.json()["error"]
    assert answer.json()["fault"] == "call" and "\n" not in said and 20 < len(said) < 700 and said[-1] in ".?" and "Traceback" not in said
    assert str(client.app.state.jobs.base) not in said and "/root" not in said and "/tmp" not in said, said
    assert words is None or words in said, said


def test_a_wait_that_is_none_is_refused_in_the_form_of_all_errors(client):
    for wait, words in (("-1", "wait must be greater"), ("soon", "wait must be a valid number")):
        answer = client.post("/v1/forecast", params={"wait": wait}, json={"file": "sample:us_income", "horizon": 2})
        assert answer.status_code == 422 and answer.json()["fault"] == "call" and words in answer.json()["error"]


CALLS = {
    "horizon is missing": ({}, 422, "horizon must be given"),
    "horizon is no number": ({"horizon": "-3"}, 422, "horizon must be at least 1"),
    "a level outside": ({"horizon": 3, "quantiles": "0.5,1.5"}, 422, "rising numbers"),
    "no such field": ({"horizon": 3, "horizont": 3}, 422, "forecast takes file, "),
    "no such format": ({"horizon": 3, "format": "xlsx"}, 422, "json or csv"),
    "no such model": ({"horizon": 3, "model": "huge"}, 422, "see /v1/models"),
    "a model of other packages": ({"horizon": 3, "model": "rival:chronos2"}, 422, "see /v1/models"),
    "too far": ({"horizon": 101}, 413, "horizon up to 100"),
    "too far in words": ({"horizon": "30D"}, 413, "horizon up to 100 steps"),
    "too many numbers": ({"horizon": 100, "quantiles": ",".join(f"{k / 200:g}" for k in range(1, 200))}, 413, "number of quantiles"),
    "a report that is no truth value": ({"horizon": 3, "report": "/tmp/x.html"}, 422, "true or false"),
    "threads are the server's": ({"horizon": 3, "threads": 64}, 422, "found 'threads'"),
    "SQL is not asked": ({"horizon": 3, "query": "select 1"}, 422, "found 'query'"),
    "a place twice": ({"horizon": 3, "place": ["a", "b"]}, 422, "given once"),
}


@pytest.mark.parametrize("case", CALLS)
def test_a_wrong_call_ends_in_one_sentence(client, table, case):
    values, status, words = CALLS[case]
    answer = send(client, "forecast", table, **values)
    assert answer.status_code == status and words in answer.json()["error"], answer.text


def test_what_is_too_large_is_refused_before_any_work(client, table):
    large = send(client, "info", b"time,flow\n" + b"1" * 3_000_000)
    assert large.status_code == 413 and "up to 2 MB" in large.json()["error"]
    long = send(client, "info", b"time,flow\n" + b"1,2\n" * 20_001)
    assert long.status_code == 413 and "20,000 rows" in long.json()["error"]
    days = pd.date_range("2024-01-01", periods=1100, freq="D").strftime("%Y-%m-%d")
    wide = "time," + ",".join(f"s{k}" for k in range(300)) + "".join(f"\n{day}" + ",1" * 300 for day in days)
    frame = send(client, "info", wide.encode())
    assert frame.status_code == 413 and "regular frame" in frame.json()["error"], frame.text
    folder = client.app.state.jobs.folder
    assert not [part for job in folder.iterdir() for part in job.iterdir() if part.name != "out"], "refused files are gone"


PATHS = [
    "/etc/passwd",
    "../../../../etc/passwd",
    "file:///etc/passwd",
    "sample:../../../etc/passwd",
    "sample:",
    "https://localhost/x.csv",
    "~/.ssh/id",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("field", ["file", "sites", "edges", "future", "notes", "pois"])
def test_a_name_of_a_file_of_the_server_opens_nothing(client, table, path, field):
    values = {"horizon": 3, **MIX, field: path}
    as_json = client.post("/v1/forecast", json={"file": "sample:us_income", **values})
    as_form = client.post("/v1/forecast", data=values, files={} if field == "file" else {"file": ("f.csv", table)})
    for answer in (as_json, as_form):
        assert answer.status_code == 422 and f"{field} must be an upload" in answer.json()["error"], answer.text


@pytest.mark.parametrize("field", ["output", "config", "overwrite", "cell/../x"])
def test_where_the_answer_lies_is_not_for_the_request_to_say(client, table, field):
    answer = send(client, "forecast", table, horizon="3", **{field: "/tmp/stolen.csv"})
    assert answer.status_code == 422 and "forecast takes" in answer.json()["error"]


@pytest.mark.parametrize("name", ["/tmp/x", "..", "../small", "a/b", "~root", "small/../small", "\\\\share\\x", "small\x00"])
def test_a_model_is_no_folder(client, table, name):
    answer = client.post("/v1/forecast", json={"file": "sample:us_income", "horizon": 2, "model": name})
    assert answer.status_code == 422 and "model must be" in answer.json()["error"]


@pytest.mark.parametrize(
    "name", ["../../../tmp/evil.csv", "/etc/cron.d/evil.csv", "..\\..\\evil.csv", "-o.csv", "a\nb.csv", ".csv", "нота 1.csv"]
)
def test_a_file_lies_in_the_folder_of_its_job_whatever_its_name(client, table, name):
    before = set(os.listdir("/tmp")), set(os.listdir("."))
    answer = send(client, "info", table, name)
    assert answer.status_code == 200, answer.text
    assert "/" not in answer.json()["facts"]["source"] and (set(os.listdir("/tmp")) - before[0], set(os.listdir(".")) - before[1]) == (
        set(),
        set(),
    )


@pytest.mark.parametrize(
    "path", ["..%2f..%2fjobs.sqlite", "%2e%2e%2fjobs.sqlite", "../../../jobs.sqlite", "result.json%00", "out", ".hidden"]
)
def test_files_of_a_job_are_those_it_made(client, path):
    job = client.post("/v1/samples", json={}).headers["X-Chronotope-Job"]
    answer = client.get(f"/v1/jobs/{job}/files/{path}")
    assert answer.status_code in (404, 405) and "SQLite" not in answer.text  # dots that a client resolves itself lead to other routes


def test_an_hdf5_that_names_other_files_is_refused_over_http(client, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret!!" * 100)
    with h5py.File(tmp_path / "evil.nc", "w") as file:
        file.create_dataset("value", (100,), "f8", external=[(str(secret), 0, 800)])
    answer = send(client, "info", (tmp_path / "evil.nc").read_bytes(), "evil.nc")
    assert answer.status_code == 422 and "own data" in answer.json()["error"]


def test_json_is_read_under_the_name_that_curl_gives_it(client):
    sent = {"content": b'{"file": "sample:us_income", "horizon": 2, "model": "baseline:last_value"}'}
    answer = client.post("/v1/forecast", headers={"Content-Type": "application/x-www-form-urlencoded"}, **sent)
    assert answer.status_code == 200 and len(answer.json()["rows"]) == 96
    assert (
        client.post("/v1/forecast", data={"file": "sample:us_income", "horizon": 2, "model": "baseline:last_value"}).json() == answer.json()
    )
    broken = client.post("/v1/forecast", headers={"Content-Type": "application/json"}, content=b"{")
    assert broken.status_code == 422 and "body cannot be read" in broken.json()["error"]


def test_verbs_that_are_kept_and_verbs_that_are_not_there_say_so(client):
    assert "training takes hours" in client.post("/v1/pretrain", json={}).json()["error"]
    assert "There is no verb 'forcast'" in client.post("/v1/forcast", json={}).json()["error"]


def test_every_error_is_json_with_its_fault(client, monkeypatch):
    wrong = client.get("/v1/forecast")
    assert wrong.status_code == 405 and wrong.headers["allow"] == "POST"
    assert wrong.json() == {"error": "/v1/forecast takes POST; found GET.", "fault": "call"}

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(client.app.state.jobs, "accept", full)
    failed = type(client)(client.app, base_url="http://localhost", raise_server_exceptions=False).post(
        "/v1/forecast", json={"file": "sample:us_income", "horizon": 2}
    )
    assert failed.status_code == 500 and failed.json()["fault"] == "server" and "space" not in failed.text


def test_the_page_gets_numbers_to_draw_of_every_verb(client, table):
    for verb, values in {"forecast": {"horizon": "4"}, "impute": {}, "detect": {}, "simulate": {"horizon": "4", "members": "5"}}.items():
        answer = send(client, verb, table, picture="true", **values, model="baseline:last_value")
        picture = client.get(f"{answer.headers['Location']}/files/picture.json").json()
        assert picture["places"] == ["s0", "s1", "s2"] and list(picture["answer"]) == ["0.1", "0.5", "0.9"], verb
        assert len(picture["answer"]["0.5"]) == len(picture["times"]) and picture["geographic"] and len(picture["east"]) == 3
        assert picture["columns"] == ["time", "place", "lat", "lon", "flow"]
    read = client.get(f"{send(client, 'info', table, picture='true').headers['Location']}/files/picture.json").json()
    assert min(read["seen"]) == pytest.approx(236 / 240, abs=1e-4)
    assert read["past"][-1] == pytest.approx(pd.read_csv(io.BytesIO(table)).groupby("place")["flow"].last().tolist(), abs=0.01)
    quakes = client.post(
        "/v1/forecast", json={"file": "sample:earthquakes", "horizon": 2, "picture": True, "model": "baseline:homogeneous_poisson"}
    )
    assert client.get(f"{quakes.headers['Location']}/files/picture.json").json()["total"] > 1


def test_health_about_and_metrics(client):
    assert client.get("/health").json()["status"] == "ready"
    about = client.get("/v1/about").json()
    assert "forecast" in about["verbs"] and about["limits"]["horizon"] == 100 and len(about["samples"]) == 4
    client.post("/v1/samples", json={})
    text = client.get("/metrics").text
    assert 'chronotope_jobs_total{state="done",verb="samples"}' in text and "chronotope_worker_bytes" in text


def outside_client(description, transport):
    """`call(name, **fields)`: all it knows is the description."""
    found = {one["operationId"]: (path, method, one) for path, ways in description["paths"].items() for method, one in ways.items()}

    def call(name, /, **fields):
        path, method, one = found[name]
        for parameter in [p for p in one.get("parameters", ()) if p["in"] == "path"]:
            path = path.replace(f"{{{parameter['name']}}}", fields.pop(parameter["name"]))
        if method != "post":
            return transport.request(method, path)
        schema = one["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert set(schema["required"]) <= set(fields) <= set(schema["properties"])
        files = {key: fields.pop(key) for key in list(fields) if schema["properties"][key].get("format") == "binary"}
        return transport.post(path, files=files, data=fields)

    return call


def test_a_client_built_from_the_description_alone_gets_a_forecast(client, table):
    description = client.get("/openapi.json").json()
    call = outside_client(description, client)
    answer = call("forecast", file=("flows.csv", table), horizon="4", model="baseline:mix", target="flow")
    shape = description["components"]["schemas"]["Answer"]
    assert answer.status_code == 200 and set(shape["required"]) == set(answer.json())
    assert len(answer.json()["rows"]) == 12
    job = call("job", id=answer.headers["X-Chronotope-Job"]).json()
    assert set(description["components"]["schemas"]["Job"]["required"]) <= set(job)
    got = call("job_file", id=job["id"], name="result.parquet")
    assert len(pd.read_parquet(io.BytesIO(got.content))) == 12
    assert call("end_job", id=job["id"]).status_code == 200


def test_the_description_names_only_what_there_is(client):
    description = client.get("/openapi.json").json()
    text = json.dumps(description)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in description["components"]["schemas"], name
    forecast = description["paths"]["/v1/forecast"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert forecast["required"] == ["file", "horizon"] and "output" not in forecast["properties"] and "flags" not in text
    assert client.get("/docs").status_code == 200 and "https://" not in client.get("/docs").text
    assert client.get("/docs/files/swagger-ui-bundle.js").status_code == 200


def test_nothing_but_the_store_is_left_when_all_is_removed(client):
    jobs = client.app.state.jobs
    for job in list(jobs.folder.iterdir()):
        client.delete(f"/v1/jobs/{job.name}")
    assert list(jobs.folder.iterdir()) == [] and {p.name.split("-")[0] for p in Path(jobs.base).iterdir()} == {
        "jobs",
        "jobs.sqlite",
        "lock",
    }
