"""`chronotope serve` on the command line: who is let in by default, and what is said when it cannot start."""

import json
import re
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chronotope.cli.main import app
from chronotope.serve.command import ServeCall


@pytest.fixture
def call(monkeypatch, tmp_path):
    """`call(*words)`: the command in-process, which would serve what is appended to `call.served`."""
    import uvicorn

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("CHRONOTOPE_TOKEN", raising=False)
    served = []
    monkeypatch.setattr(uvicorn, "run", lambda made, **options: served.append((made, options)))

    def run(*words):
        return CliRunner().invoke(app, ["serve", *words])

    run.served = served
    return run


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def door_of(made):
    return next(one.kwargs for one in made.user_middleware if one.cls.__name__ == "Door")


def test_this_machine_alone_reaches_it_by_default(call, tmp_path):
    port = free_port()
    said = call("--port", port)
    assert said.exit_code == 0 and f"http://localhost:{port}" in said.stderr, said.output
    made, options = call.served[0]
    assert options["host"] == "127.0.0.1" and door_of(made)["hosts"] == ("127.0.0.1", "localhost", "::1", "127.0.0.1")
    assert made.state.jobs.base == tmp_path / "chronotope" / f"serve-{port}"


def test_others_need_a_token_or_a_word(call, monkeypatch):
    port = free_port()
    refused = call("--host", "0.0.0.0", "--port", port)
    assert refused.exit_code == 2 and "needs a token" in refused.stderr and not call.served
    assert call("--host", "0.0.0.0", "--port", port, "--open").exit_code == 0
    monkeypatch.setenv("CHRONOTOPE_TOKEN", "word")
    assert call("--host", "0.0.0.0", "--port", port).exit_code == 0
    assert [door_of(made)["token"] for made, _ in call.served] == [None, "word"]


def test_limits_come_from_the_command_line(call):
    words = ("--limit-mb", "5", "--limit-rows", "7", "--limit-values", "8", "--limit-horizon", "9", "--limit-members", "3")
    more = ("--limit-seconds", "11", "--limit-memory", "1.5", "--limit-queue", "12", "--keep", "13", "--workers", "2", "--folder", "x")
    assert call("--port", free_port(), *words, *more).exit_code == 0
    jobs = call.served[0][0].state.jobs
    assert list(vars(jobs.limits).values()) == [5, 7, 8, 9, 3, 11, 1.5, 12, 13] and jobs.workers == 2 and jobs.base.name == "x"


def test_a_port_that_is_taken_is_said(call):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = call("--port", str(taken.getsockname()[1]))
    assert refused.exit_code == 2 and "is not (Address already in use). Give another --port." in refused.stderr


def test_the_container_starts_it_with_words_that_there_are(call):
    text = (Path(__file__).parents[2] / "Dockerfile").read_text()
    words = json.loads(re.search(r"^ENTRYPOINT (\[.*\])$", text, re.MULTILINE)[1])
    assert words[:2] == ["chronotope", "serve"] and call(*words[2:], "--port", free_port()).exit_code == 2, "a container needs a token"
    assert call(*words[2:], "--port", free_port(), "--token", "word").exit_code == 0
    assert call.served[0][0].state.jobs.base == Path("/data") and call.served[0][1]["host"] == "0.0.0.0"


def test_every_option_has_its_words():
    assert all(field.description for field in ServeCall.model_fields.values())
    assert CliRunner().invoke(app, ["serve", "--help"]).exit_code == 0 and "serve" in CliRunner().invoke(app, ["--help"]).stdout


def test_without_the_extra_one_sentence_says_what_to_install(call, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    refused = call("--port", free_port())
    assert refused.exit_code == 2 and "pip install 'chronotope[serve]'" in refused.stderr
