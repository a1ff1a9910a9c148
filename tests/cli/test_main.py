"""The way in: help, speed, wrong calls in one sentence, exit codes."""

import subprocess
import sys

import pytest

from chronotope.calls import CALLS, info
from chronotope.cli.main import app
from chronotope.cli.printing import Manner
from chronotope.errors import DataError

HEAVY = ("torch", "numpy", "pandas", "xarray", "scipy", "matplotlib", "pyarrow")


def one_sentence(result, code=2):
    assert result.exit_code == code, (result.stdout, result.stderr)
    assert result.stdout == "" and result.stderr.startswith("chronotope: ") and result.stderr.count("\n") == 1
    return result.stderr


def test_help_names_every_verb_and_the_server(call):
    result = call("--help")
    assert result.exit_code == 0 and all(f" {verb} " in result.stdout for verb in (*CALLS, "serve"))


def test_no_words_show_the_help(call):
    assert call().stdout == call("--help").stdout


@pytest.mark.parametrize("verb", CALLS)
def test_every_verb_has_help_with_the_options_of_its_schema(call, verb):
    result = call(verb, "-h")
    assert result.exit_code == 0
    for key in (*CALLS[verb][0].model_fields, *Manner.model_fields):
        if key not in ("file", "json_output", "models", "sets", "what", "path", "topic"):  # arguments, and options of another name
            assert f"--{key.replace('_', '-')}" in result.stdout


def test_the_way_in_loads_nothing_heavy():
    code = f"import sys, chronotope.cli.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_wrong_calls_end_in_one_sentence(call):
    assert "forecast" in one_sentence(call("forecats"))
    assert "--nonsense" in one_sentence(call("info", "x.csv", "--nonsense"))
    assert "FILE must be given" in one_sentence(call("info"))
    assert "'x.csv'" in one_sentence(call("info", "x.csv")).replace("x.csv does", "'x.csv' does")
    assert "--output must be given" in one_sentence(call("forecast", "x.csv", "--horizon", 3))
    assert "--horizon must be at least 1; found '0'" in one_sentence(call("forecast", "x.csv", "--horizon", 0, "-o", "y.nc"))
    assert "--every must be a valid integer; found 'x'" in one_sentence(call("backtest", "x.csv", "--horizon", 3, "--every", "x"))
    assert "--quantiles must be rising" in one_sentence(call("forecast", "x.csv", "--horizon", 1, "-o", "y.nc", "--quantiles", "0.9,0.1"))
    assert "--device must be cpu" in one_sentence(call("impute", "x.csv", "-o", "y.nc", "--device", "tpu"))


def test_an_error_of_the_data_is_two_and_a_fault_of_ours_is_one(call, monkeypatch):
    def fails_with(error):
        def open_data(call, **also):
            raise error

        monkeypatch.setattr(info, "open_data", open_data)

    fails_with(DataError("Values must be\nnumbers; found 'a'."))
    assert one_sentence(call("info", "x.csv")) == "chronotope: Values must be numbers; found 'a'.\n"
    fails_with(ZeroDivisionError("division by zero"))
    said = one_sentence(call("info", "x.csv"), code=1)
    assert "fault of chronotope" in said and "ZeroDivisionError" in said and "-v" in said
    loud = call("info", "x.csv", "-v")
    assert loud.exit_code == 1 and "Traceback" in loud.stderr
    fails_with(KeyboardInterrupt())
    assert one_sentence(call("info", "x.csv"), code=130) == "chronotope: stopped\n"


def test_the_app_is_what_the_package_installs():
    from importlib.metadata import entry_points

    (script,) = [e for e in entry_points(group="console_scripts") if e.name == "chronotope"]
    assert script.load() is app
