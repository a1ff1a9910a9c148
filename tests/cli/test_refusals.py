"""Whatever is wrong with a call or its file ends in exit code 2 and one sentence, and leaves nothing behind."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FLOOR = ("-m", "baseline:last_value")
VERBS = {
    "forecast": ("--horizon", "3", *FLOOR),
    "impute": FLOOR,
    "interpolate": ("--at", "places.csv", *FLOOR),
    "detect": FLOOR,
    "backtest": ("--horizon", "3", "--every", "30", *FLOOR),
    "floors": ("--horizon", "3", "--origins", "2"),
    "stress": ("--horizon", "3", "--every", "40", *FLOOR),
}
ASKING = ("forecast", "impute", "interpolate")
HORIZON = ("forecast", "backtest", "floors", "stress")


@pytest.fixture
def folder(call, flows):
    """Broken files beside a whole one, in the folder where calls run."""
    hours = pd.date_range("2024-03-01", periods=60, freq="h")
    pd.DataFrame({"name": ["p"], "lat": [40.05], "lon": [-73.95]}).to_csv("places.csv", index=False)
    pd.DataFrame({"time": hours, "flow": np.nan}).to_csv("nothing_seen.csv", index=False)
    pd.DataFrame({"time": hours, "flow": "a"}).to_csv("words.csv", index=False)
    pd.DataFrame({"place": [f"a{i}" for i in range(60)], "flow": 1.5}).to_csv("no_time.csv", index=False)
    both = pd.read_csv(flows)
    pd.concat([both, both.assign(flow=both["flow"] + 1)]).to_csv("two_values.csv", index=False)
    Path("empty.csv").write_text("")
    Path("header.csv").write_text("time,place,flow\n")
    Path("noise.csv").write_bytes(bytes(range(256)) * 50)
    Path("broken.nc").write_bytes(b"CDF\x01garbage")
    Path("a_folder.csv").mkdir()
    Path("text.docx").write_text("mine")
    return Path()


def refused(call, *words):
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    result = call(*words)
    said = [line for line in result.stderr.splitlines() if not line.startswith("chronotope: warning: ")]
    assert result.exit_code == 2 and result.stdout == "", (words, result.exit_code, result.stdout, result.stderr)
    assert len(said) == 1 and said[0].startswith("chronotope: ") and said[0].endswith((".", "?")), said
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before
    return said[0]


SOURCES = ("absent.csv", "empty.csv", "header.csv", "nothing_seen.csv", "words.csv", "no_time.csv", "noise.csv", "broken.nc", "text.docx")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("source", SOURCES)
def test_files_that_hold_no_answer(call, folder, verb, source):
    refused(call, verb, source, *VERBS[verb], "-o", "out.csv")


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "floors"])
def test_two_values_at_one_time_and_place(call, folder, verb):
    assert "several" in refused(call, verb, "two_values.csv", *VERBS[verb], "-o", "out.csv")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("out", ["no/out.csv", "out.docx", "out", "words.csv", "flows.csv", "a_folder.csv", "/proc/out.csv"])
def test_outputs_that_cannot_be(call, folder, verb, out):
    refused(call, verb, "flows.csv", *VERBS[verb], "-o", out)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("out", ["flows.csv", "./flows.csv", "a_folder.csv"])
def test_neither_the_file_that_is_read_nor_a_folder_is_replaced_when_asked(call, folder, verb, out):
    refused(call, verb, "flows.csv", *VERBS[verb], "-o", out, "--overwrite")


OPTIONS = (
    *(("--" + name, "nope") for name in ("target", "time", "place", "lat", "lon", "kind", "step", "threads")),
    ("--step", "-1h"),
    ("--threads", "0"),
    ("--config", "nope.yaml"),
    ("--nope",),
)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("words", OPTIONS, ids=" ".join)
def test_options_that_mean_nothing(call, folder, verb, words):
    refused(call, verb, "flows.csv", *VERBS[verb], "-o", "out.csv", *words)


@pytest.mark.parametrize("verb", HORIZON)
@pytest.mark.parametrize("horizon", ["0", "-1", "1.5", "abc", "", "nan", "inf", "7min", "-3h", "3MS", "1000000000", "9" * 20])
def test_horizons_that_cannot_be(call, folder, verb, horizon):
    words = ["--horizon", horizon, *VERBS[verb][2:]]
    refused(call, verb, "flows.csv", *words, "-o", "out.csv")


@pytest.mark.parametrize("verb", [*ASKING, "detect", "backtest"])
@pytest.mark.parametrize("context", ["0", "-1", "1.5", "abc", "7min", "nan"])
def test_contexts_that_cannot_be(call, folder, verb, context):
    assert "context" in refused(call, verb, "flows.csv", *VERBS[verb], "-o", "out.csv", "--context", context)


@pytest.mark.parametrize("verb", ASKING)
@pytest.mark.parametrize("levels", ["0,0.5", "0.5,1", "0.9,0.1", "0.1,0.1", "a", "", "nan", "-0.1"])
def test_quantiles_that_cannot_be(call, folder, verb, levels):
    assert "quantiles" in refused(call, verb, "flows.csv", *VERBS[verb], "-o", "out.csv", "--quantiles", levels)


@pytest.mark.parametrize("verb", ["forecast", "impute", "interpolate", "detect", "backtest", "stress"])
@pytest.mark.parametrize("model", ["nope", "baseline:nope", "rival:nope", "a_folder.csv", "flows.csv", "baseline:"])
def test_models_that_are_not_there(call, folder, verb, model):
    refused(call, verb, "flows.csv", *VERBS[verb][:-1], model, "-o", "out.csv")


@pytest.mark.parametrize("at", ["1999-01-01", "2030-01-01", "abc", "", "2024-13-01", "nan"])
def test_origins_that_cannot_be(call, folder, at):
    refused(call, "forecast", "flows.csv", *VERBS["forecast"], "-o", "out.csv", "--at", at)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--known-future", "nope"), "known_future"),
        (("--known-future", "flow"), "At least one variable"),
        (("--report", "r.pdf"), "--report"),
        (("--report", "no/r.html"), "folder"),
        (("--device", "cuda"), "--device"),
        (("--seed", "x"), "--seed"),
    ],
)
def test_a_forecast_refuses(call, folder, words, says):
    assert says in refused(call, "forecast", "flows.csv", *VERBS["forecast"], "-o", "out.csv", *words)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("name,lat,lon\np,140,-73\n", "exchanged"),
        ("name,lat,lon\np,north,-73\n", "'north'"),
        ("name,lat,lon\np,,-73\n", "finite position"),
        ("name,lat\np,40\n", "lat, lon or x, y"),
        ("name,x,y\np,1,2\n", "degrees"),
        ("name,lat,lon\n", "at least one place"),
        ("", "empty"),
    ],
)
def test_places_that_cannot_be(call, folder, table, says):
    Path("odd.csv").write_text(table)
    words = ("--at", "odd.csv", *FLOOR, "-o", "out.csv")
    assert says in refused(call, "interpolate", "flows.csv", *words)


@pytest.mark.parametrize("words", [("--by", "nope"), ("--against", "nope"), ("--refit", "-1"), ("--save", "text.docx"), ("--every", "0")])
def test_a_backtest_refuses(call, folder, words):
    refused(call, "backtest", "flows.csv", *VERBS["backtest"], "-o", "out.csv", *words)


@pytest.mark.parametrize("source", ["absent", "flows.csv", "a_folder.csv", "empty.csv", "broken.nc"])
def test_scores_of_what_is_no_saved_run(call, folder, source):
    refused(call, "scores", source)


def test_a_page_goes_where_it_can(call, folder):
    refused(call, "demo", "--out", "flows.csv")
    refused(call, "floors", "flows.csv", "--origins", "0")
    refused(call, "floors", "flows.csv", "--threads", "0")


@pytest.mark.parametrize("model", ["baseline:last_value", "baseline:mix", "baseline:ridge", "tiny"])
def test_one_row_is_enough_to_go_on(call, folder, model):
    Path("row.csv").write_text("time,place,flow\n2024-01-01,a,3\n")
    assert call("forecast", "row.csv", "--horizon", "3", "-m", model, "-o", "out.csv").exit_code == 0
    assert np.isfinite(pd.read_csv("out.csv")["q0.5"]).all()


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_unit_in_a_name_that_the_output_cannot_hold_is_refused_before_the_work(call, flows, monkeypatch, suffix):
    pd.read_csv(flows).rename(columns={"flow": "flow (veh/h)"}).to_csv("units.csv", index=False)
    monkeypatch.setattr("chronotope.calls.forecast.model_of", None)  # no model is asked for
    assert "'/'" in refused(call, "forecast", "units.csv", *VERBS["forecast"], "-o", f"out{suffix}")
    assert call("embed", "units.csv", "-m", "tiny", "-o", f"out{suffix}").exit_code == 0
