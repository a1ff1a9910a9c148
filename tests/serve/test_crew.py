"""Workers that sleep, die or eat: no job is lost silently, and none takes more than its limits. Processes are real, their calls planted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from chronotope.calls import CALLS
from chronotope.errors import NotWrittenError
from chronotope.serve.app import make_app
from chronotope.serve.jobs import Jobs
from chronotope.serve.limits import Limits
from chronotope.serve.store import QUEUED, RUNNING, Store
from planted_calls import PLANTED, plain_worker


def until(found, seconds=90.0):
    """The first true answer of `found()`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if made := found():
            return made
        time.sleep(0.02)
    raise AssertionError("it did not come")


def state(client, url):
    return client.get(url).json()


def nap(client, wait=0, **values):
    return client.post("/v1/nap", params={"wait": wait}, json=values)


def test_what_takes_longer_than_its_asker_waits_is_a_job_with_progress(napper):
    client = napper
    job = nap(client, seconds=1.0, wait=0.1)
    assert job.status_code == 202 and job.headers["Location"] == job.json()["url"]
    now = until(lambda: (found := state(client, job.json()["url"]))["stage"] == "sleeping" and found)
    assert now["state"] == "running" and now["warnings"] == ["beds= are hard"] and now["seconds"] < 5
    done = until(lambda: (found := state(client, job.json()["url"]))["state"] == "done" and found)
    assert [one["name"] for one in done["files"]] == ["result.json"]
    answer = client.get(done["files"][0]["url"]).json()
    assert answer["rows"] == [{"slept": 1.0}] and answer["said"] == ["slept"]


def test_cancel_ends_a_job_that_works_and_one_that_waits(napper):
    client = napper
    works, waits = nap(client, seconds=60).json(), nap(client, seconds=60).json()
    until(lambda: state(client, works["url"])["state"] == "running")
    assert state(client, waits["url"])["state"] == "queued"
    for job in (waits, works):
        assert client.delete(job["url"]).json()["state"] == "cancelled"
    assert nap(client, wait=30).status_code == 200, "the crew works on"
    until(lambda: [p for job in (works, waits) for p in (client.app.state.jobs.folder / job["id"]).iterdir()] == [])


@pytest.mark.parametrize(("dies", "ends"), [(1, "done"), (2, "failed")])
def test_a_worker_that_is_killed_loses_no_job_silently(napper, tmp_path, dies, ends):
    client = napper
    answer = nap(client, wait=60, dies=dies, tally=str(tmp_path / "tally"))
    job = client.get(answer.headers["Location"]).json()
    assert job["state"] == ends and job["attempts"] == 2 and (tmp_path / "tally").read_text() == "xx"
    if ends == "failed":
        assert answer.status_code == 500 and "lost twice" in answer.json()["error"]
    assert nap(client, wait=30).status_code == 200


def test_a_kill_from_outside_is_survived(napper):
    client = napper
    job = nap(client, seconds=1.5).json()
    until(lambda: state(client, job["url"])["stage"] == "sleeping")
    os.kill(client.app.state.jobs.crew.slots[0].process.pid, signal.SIGKILL)
    done = until(lambda: (found := state(client, job["url"]))["state"] == "done" and found)
    assert done["attempts"] == 2


def test_time_and_memory_are_limited(planted):
    client = planted(Limits(seconds=3, gigabytes=1.0))
    slow = nap(client, seconds=30, wait=20)
    assert slow.status_code == 413 and "gives a call 3 s" in slow.json()["error"]
    hungry = nap(client, gigabytes=3.0, wait=20)
    assert hungry.status_code == 413 and "1 GB of memory" in hungry.json()["error"]
    assert nap(client, gigabytes=0.1, wait=20).status_code == 200
    assert client.app.state.jobs.crew.slots[0].resident < 1e9


def test_the_queue_is_bounded(planted):
    client = planted(Limits(queue=2))
    first = nap(client, seconds=60).json()
    until(lambda: state(client, first["url"])["state"] == "running")
    more = [nap(client, seconds=60) for _ in range(3)]
    assert [one.status_code for one in more] == [202, 202, 503] and more[2].headers["Retry-After"]
    assert "lets 2 calls wait" in more[2].json()["error"] and state(client, more[1].json()["url"])["ahead"] == 1


def test_two_workers_work_at_the_same_time(planted):
    client = planted(workers=2)
    jobs = [nap(client, seconds=1.0).json() for _ in range(2)]
    until(lambda: all(state(client, job["url"])["state"] == "running" for job in jobs))


def test_results_are_kept_for_a_while_only(planted):
    client = planted(Limits(minutes=0.01))
    job = nap(client, wait=20).headers["X-Chronotope-Job"]
    folder = client.app.state.jobs.folder / job
    until(lambda: not folder.exists() and client.get(f"/v1/jobs/{job}").status_code == 404)


def test_what_is_done_goes_with_the_server_and_what_is_not_waits(tmp_path, monkeypatch):
    monkeypatch.setitem(CALLS, "nap", PLANTED["nap"])
    with TestClient(make_app(Limits(), tmp_path / "server", work=plain_worker), base_url="http://localhost") as client:
        assert nap(client, wait=30).status_code == 200
        open_jobs = {nap(client, seconds=60).json()["id"] for _ in range(2)}
    assert {path.name for path in (tmp_path / "server" / "jobs").iterdir()} == open_jobs


def test_what_an_earlier_server_accepted_is_taken_up(planted, tmp_path):
    folder = tmp_path / "server"
    jobs = folder / "jobs"
    jobs.mkdir(parents=True)
    store = Store(folder / "jobs.sqlite")
    for name in ("waits", "worked", "worked_twice"):
        (jobs / name / "out").mkdir(parents=True)
        store.add(name, "nap", {}, {"formats": ["json"]})
    for name in ("worked", "worked_twice", "worked_twice"):
        assert store.begin(name)
        if name == "worked_twice" and store.get(name).attempts == 1:
            store.again(name)
    (jobs / "stray").mkdir()
    assert len(store.jobs(RUNNING)) == 2 and len(store.jobs(QUEUED)) == 1
    store.close()
    client = planted(folder=folder)
    for name, ends in {"waits": "done", "worked": "done", "worked_twice": "failed"}.items():
        assert (
            until(lambda name=name: (found := state(client, f"/v1/jobs/{name}"))["state"] not in ("queued", "running") and found)["state"]
            == ends
        )
    assert not (jobs / "stray").exists()


def test_a_folder_is_for_one_server(planted, tmp_path):
    planted()
    with pytest.raises(NotWrittenError, match="nobody else uses"):
        Jobs(tmp_path / "server", Limits(), 1).open()


def test_a_worker_leaves_when_its_server_is_killed(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; sys.path.insert(0, sys.argv[2]);"
        "from planted_calls import plain_worker; from chronotope.serve.jobs import Jobs; from chronotope.serve.limits import Limits\n"
        "if __name__ == '__main__':\n"
        "    jobs = Jobs(Path(sys.argv[1]), Limits(), 1, plain_worker); jobs.open()\n"
        "    jobs.crew.slots[0].ready.wait(30); print(jobs.crew.slots[0].process.pid, flush=True); time.sleep(60)\n"
    )
    script = tmp_path / "server.py"
    script.write_text(code)
    words = [sys.executable, str(script), str(tmp_path / "jobs"), str(Path(__file__).parents[1])]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        pid = int(server.stdout.readline())
        server.kill()
    until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3])


def test_the_application_names_its_parts(tmp_path):
    app = make_app(Limits(), tmp_path)
    assert {"/health", "/metrics", "/v1/forecast", "/v1/jobs/{id}", "/"} <= {getattr(route, "path", "") for route in app.routes}
