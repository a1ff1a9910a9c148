"""Streams, samples by name and several files at once."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

import chronotope as ct
from chronotope.cli.main import app

MIX = ("--horizon", "2", "-m", "baseline:mix")


def piped(words, data):
    return CliRunner().invoke(app, [str(word) for word in words], input=data)


def test_a_table_comes_in_and_a_table_goes_out(call, flows):
    made = piped(["forecast", "-", *MIX, "-o", "-"], flows.read_bytes())
    assert made.exit_code == 0 and "wrote" not in made.stdout + made.stderr
    assert call("forecast", flows, *MIX, "-o", "out.csv").exit_code == 0
    assert made.stdout == Path("out.csv").read_text()


def test_json_and_netcdf_come_in_as_what_they_are(call, flows):
    table = pd.read_csv(flows)
    rows = piped(["info", "-", "--json"], table.to_json(orient="records").encode())
    assert json.loads(rows.stdout)["names"] == ["flow"]
    assert call("forecast", flows, *MIX, "-o", "out.nc").exit_code == 0
    ct.open(flows).to_xarray().to_netcdf("flows.nc", engine="h5netcdf")
    assert json.loads(piped(["info", "-", "--json"], Path("flows.nc").read_bytes()).stdout)["names"] == ["flow"]


def test_nothing_comes_in(call):
    assert piped(["info", "-"], b"").exit_code == 2


def test_a_sample_is_a_file(call):
    assert call("forecast", "sample:us_income", *MIX, "-o", "out.nc").exit_code == 0
    assert xr.open_dataset("out.nc")["income"].sizes["place"] == 48
    assert ct.open("sample:nyc_weather").step == ct.sample("nyc_weather").step == "h"
    assert ct.open("sample:nyc_weather", step="2h").step == "2h"
    wrong = call("info", "sample:mars")
    assert wrong.exit_code == 2 and "nyc_weather" in wrong.stderr


@pytest.fixture
def two(flows):
    """The flows, and the same a hundred higher."""
    table = pd.read_csv(flows)
    table.assign(flow=table["flow"] + 100).to_csv("higher.csv", index=False)
    return flows


def test_several_files_are_joined_in_one_table(call, two):
    made = call("forecast", "*.csv", *MIX, "-o", "joint.csv")
    assert made.exit_code == 0, made.stderr
    table = pd.read_csv("joint.csv")
    assert table.groupby("file").size().to_dict() == {"flows": 6, "higher": 6}
    middle = table.groupby("file")["q0.5"].mean()
    assert 95 < middle["higher"] - middle["flows"] < 105


def test_several_files_are_written_one_each(call, two):
    assert call("impute", two, "higher.csv", "-m", "baseline:mix", "-o", "full-{stem}.nc").exit_code == 0
    Path("out").mkdir()
    assert call("impute", two, "higher.csv", "-m", "baseline:mix", "-o", "out").exit_code == 0
    assert {path.name for path in Path("out").iterdir()} == {"flows.csv", "higher.csv"}
    assert Path("full-flows.nc").exists() and Path("full-higher.nc").exists()


def test_several_files_in_json_are_a_list(call, two):
    facts = json.loads(call("info", "*.csv", "--json").stdout)["files"]
    assert [fact["file"] for fact in facts] == ["flows.csv", "higher.csv"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("*.parquet", *MIX, "-o", "x.csv"), "fits none"),
        (("*.csv", *MIX, "-o", "x.nc"), "{stem}"),
        (("*.csv", *MIX, "-o", "x.csv", "--report", "r.html"), "{stem}"),
        (("flows.csv", "other/flows.csv", "other/../other/flows.csv", *MIX, "-o", "x.csv"), "names that differ"),
    ],
)
def test_several_files_that_cannot_be(call, two, words, says):
    made = call("forecast", *words)
    assert made.exit_code == 2 and says in made.stderr and not Path("x.csv").exists()


def test_a_budget_is_kept_or_refused(call, two):
    words = ("backtest", two, "--horizon", "3", "--every", "2", "-m", "baseline:mix", "-m", "baseline:ridge")
    facts = json.loads(call(*words, "--budget", "10min", "--json").stdout)
    assert facts["rows"] and "said" not in facts
    refused = call(*words, "--budget", "0.001s")
    assert refused.exit_code == 2 and "budget of 0.001 s" in refused.stderr
    assert "60s, 5min or 2h" in call(*words, "--budget", "soon").stderr


def test_the_shell_completes_verbs_and_models():
    env = {"_CHRONOTOPE_COMPLETE": "complete_bash", "COMP_WORDS": "chronotope fore", "COMP_CWORD": "1"}
    code = "import sys; from chronotope.cli.main import app; sys.argv = ['chronotope']; app(prog_name='chronotope')"
    made = subprocess.run([sys.executable, "-c", code], env={**__import__("os").environ, **env}, capture_output=True, text=True)
    assert made.stdout.split() == ["forecast"]
    env |= {"COMP_WORDS": "chronotope forecast x --model baseline:hawk", "COMP_CWORD": "4"}
    made = subprocess.run([sys.executable, "-c", code], env={**__import__("os").environ, **env}, capture_output=True, text=True)
    assert made.stdout.split() == ["baseline:hawkes"]
