"""A call is the same from the command line, from a file and from Python; a new one is a schema, a function and a line."""

import ast
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import chronotope as ct
from chronotope import calls
from chronotope.calls import CALLS
from chronotope.calls.progress import SILENT, Progress
from chronotope.calls.result import Result, Shown
from chronotope.calls.saved import named_call
from chronotope.calls.schema import Call, Count, SomeWords, option
from chronotope.cli.main import app_of
from chronotope.errors import ArgumentError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder with a small table of flows."""
    monkeypatch.chdir(tmp_path)
    times = pd.date_range("2024-03-01", periods=60, freq="h")
    pd.DataFrame({"time": times, "flow": [float(k % 24) for k in range(60)]}).to_csv("flows.csv", index=False)
    return tmp_path


def test_a_switch_is_no_number(folder):
    for name in ("horizon", "seed", "budget"):
        with pytest.raises(ArgumentError, match=f"{name} must be no switch; found True"):
            ct.run("forecast", file="flows.csv", **{"horizon": 2} | {name: True})


class EchoCall(Call):
    """Say a word several times."""

    word: str = option(..., "what to say", metavar="WORD", argument=True)
    times: Count = option(1, "how often", metavar="N")
    to: SomeWords = option(None, "whom to say it to; may be repeated", metavar="NAME")


def echo(call: EchoCall, progress: Progress = SILENT) -> Result:
    """The word, so many times."""
    progress.warn(["word= is loud"] if call.word.isupper() else [])
    made = [call.word] * call.times
    return Result(made, {"made": made, "to": call.to}, (" ".join(made), Shown(pd.DataFrame({"word": made, "n": 1.0}), hidden=("n",))))


@pytest.fixture
def planted(monkeypatch):
    """A call that nobody else knows of, in the registry alone."""
    monkeypatch.setitem(CALLS, "echo", (EchoCall, echo))


def test_a_planted_call_is_found_on_the_command_line_in_yaml_and_in_python(folder, planted):
    app = app_of(CALLS)
    typed = CliRunner().invoke(app, ["echo", "ha", "--times", "2", "--to", "a", "--to", "b", "--json"])
    assert typed.exit_code == 0 and json.loads(typed.stdout) == {"made": ["ha", "ha"], "to": ["a", "b"]}
    Path("call.yaml").write_text("verb: echo\nword: ha\ntimes: 2\nto: a\n")
    for words in (["run", "call.yaml"], ["echo", "--config", "call.yaml"]):
        said = CliRunner().invoke(app, words)
        assert said.exit_code == 0 and said.stdout.startswith("ha ha\n") and "n" not in said.stdout.splitlines()[2].split()
    for made in (ct.run("call.yaml"), ct.run("echo", word="ha", times=2, to="a")):
        assert made.made == ["ha", "ha"] and made.plain()["to"] == ["a"]
    assert ct.run("call.yaml", times=3).made == ["ha"] * 3
    assert "echo" in CliRunner().invoke(app, ["--help"]).stdout and "--times" in CliRunner().invoke(app, ["echo", "-h"]).stdout


def test_a_mistake_is_said_in_the_words_of_whoever_made_it(folder, planted):
    typed = CliRunner().invoke(app_of(CALLS), ["echo", "ha", "--times", "0"])
    assert typed.exit_code == 2 and typed.stderr == "chronotope: --times must be at least 1; found '0'.\n"
    with pytest.raises(ArgumentError, match="^times must be at least 1; found 0"):
        ct.run("echo", word="ha", times=0)
    with pytest.raises(ArgumentError, match="^word must be given; it was not.$"):
        ct.run("echo")
    with pytest.raises(ArgumentError, match="may hold word, times, to; found 'tmes'"):
        ct.run("echo", word="ha", tmes=2)


@pytest.mark.parametrize("text", ["verb: nope", "horizon: 3", "verb: run\nfile: a.yaml", "[1]", "a: ["])
def test_what_is_no_saved_call_is_refused(folder, text):
    Path("call.yaml").write_text(text)
    with pytest.raises(ArgumentError, match="call"):
        ct.run("run", file="call.yaml")
    assert CliRunner().invoke(app_of(CALLS), ["run", "call.yaml"]).exit_code == 2


def test_a_word_that_is_neither_verb_nor_file_is_refused(folder):
    with pytest.raises(ArgumentError, match="must be one of demo, info, .*, or a YAML file; found 'forecats'"):
        ct.run("forecats")
    with pytest.raises(ArgumentError, match="absent.yaml cannot"):
        ct.run("absent.yaml")


def test_a_saved_call_of_another_verb_is_not_taken(folder):
    Path("call.yaml").write_text("verb: impute\nfile: flows.csv\noutput: out.csv\n")
    told = CliRunner().invoke(app_of(CALLS), ["forecast", "--config", "call.yaml"])
    assert told.exit_code == 2 and "--config must name a saved call of forecast; call.yaml holds one of impute." in told.stderr


ROUND: dict[str, dict[str, Any]] = {
    "forecast": {"file": "flows.csv", "horizon": "6h", "at": ["2024-03-02"], "quantiles": (0.1, 0.5), "output": "a.nc"},
    "detect": {"file": "flows.csv", "rate": 0.02, "output": "d.nc"},
    "count": {"file": "quakes.csv", "cell": 0.5, "step": "1D", "how": "distinct", "output": "c.nc"},
    "finetune": {"file": "flows.csv", "method": "head", "minutes": 2.5, "output": "own"},
    "simulate": {"file": "flows.csv", "horizon": "6h", "members": 5, "at": ["2024-03-02"], "output": "s.nc", "seed": 3},
    "impute": {"file": "flows.csv", "output": "a.csv", "form": "wide", "overwrite": True},
    "backcast": {"file": "flows.csv", "horizon": "6h", "quantiles": (0.1, 0.5), "output": "a.nc"},
    "interpolate": {"file": "flows.csv", "at": "places.csv", "output": "a.csv"},
    "downscale": {"file": "grid.nc", "factor": 4, "like": "past.nc", "output": "a.nc"},
    "embed": {"file": "flows.csv", "per": "window", "window": "2D", "output": "a.nc"},
    "arrival": {"file": "ships.csv", "horizon": 6, "places": "ports.csv", "radius": 500.0, "output": "a.nc"},
    "whatif": {"file": "flows.csv", "horizon": 6, "set": {"temp": "+2"}, "output": "a.nc"},
    "explain": {"file": "flows.csv", "horizon": 6, "kinds": ["time"], "most": 4, "output": "a.csv"},
    "backtest": {"file": "flows.csv", "horizon": 3, "every": 2, "models": ["baseline:mix"], "by": "lead", "save": "kept"},
    "stress": {"file": "flows.csv", "horizon": 3, "drift": ["step"]},
    "benchmark": {"suite": "full", "sets": ["a"], "output": "rows.csv"},
    "corpus": {"what": "verify", "path": "corpus"},
    "pretrain": {"preset": "tiny", "minutes": 1.5},
    "scores": {"file": "kept"},
    "floors": {"file": "flows.csv"},
    "info": {"file": "flows.csv", "quality": True, "missing": [-9.0, "x"]},
    "demo": {"out": "shown"},
    "run": {"file": "call.yaml"},
    "models": {},
    "samples": {},
}


@pytest.mark.parametrize("verb", CALLS)
def test_a_saved_call_comes_back_as_it_was(folder, verb):
    call = CALLS[verb][0](**ROUND[verb])
    Path("call.yaml").write_text(yaml.safe_dump({"verb": verb, **call.model_dump(mode="json", exclude_defaults=True)}))
    named, options = named_call("call.yaml")
    assert named == verb and CALLS[verb][0](**options) == call and set(options) == set(ROUND[verb])


def test_python_gets_what_was_made_and_the_file_appears(folder):
    told = []

    class Told(Progress):
        def warn(self, texts):
            told.extend(texts)

    pd.read_csv("flows.csv").assign(flow=lambda t: t["flow"].where(t.index % 9 > 0, -999)).to_csv("coded.csv", index=False)
    made = ct.run("forecast", Told(), file="coded.csv", horizon=3, model="baseline:mix", output="out.csv")
    assert isinstance(made.made, ct.Forecast) and len(pd.read_csv("out.csv")) == 3 and made.said[-1] == "wrote out.csv"
    assert made.warnings == made.made.meta["warnings"] and "missing=-999" in told[0]
    assert made.plain()["sizes"]["time"] == 3 and json.dumps(made.plain())
    with pytest.raises(ct.OutputExistsError):
        ct.run("forecast", file="flows.csv", horizon=3, model="baseline:mix", output="out.csv")


def test_a_silent_call_prints_nothing(folder, capfd):
    ct.run("backtest", file="flows.csv", horizon=3, every=6, models="baseline:mix")
    ct.run("info", file="flows.csv")
    assert capfd.readouterr() == ("", "")


def test_tables_become_rows_that_json_knows():
    columns = {"mae": [1.5, float("nan")], "when": pd.to_datetime(["2024-01-01", None])}
    table = pd.DataFrame(columns, index=pd.Index(["a", "b"], name="model"))
    rows = Result(table, {"rows": table, "step": pd.Timedelta("1h")}).plain()
    assert rows["rows"] == [{"model": "a", "mae": 1.5, "when": "2024-01-01T00:00:00"}, {"model": "b", "mae": None, "when": None}]
    assert rows["step"] == "P0DT1H0M0S"


def test_calls_neither_print_nor_parse():
    for path in Path(calls.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert not {"typer", "rich", "click"} & {name.split(".")[0] for name in names}, path.name
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print"], path.name
