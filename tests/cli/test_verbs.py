"""The verbs do what the functions of the same name do, write whole files, and keep what is there."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from chronotope.cli import demo

LEVELS = [0.1, 0.5, 0.9]


def test_forecast_writes_what_python_gives(call, flows, tmp_path):
    result = call("forecast", flows, "--horizon", 6, "-m", "baseline:mix", "--quantiles", "0.1,0.5,0.9", "-o", "fc.nc")
    assert result.exit_code == 0 and result.stdout == "wrote fc.nc\n", result.stderr
    with xr.open_dataset(tmp_path / "fc.nc") as written:
        expected = ct.load("baseline:mix").forecast(ct.open(flows), 6, quantiles=LEVELS).to_xarray()
        assert written["flow"].dims == ("quantile", "time", "place") and written.sizes["time"] == 6
        np.testing.assert_array_equal(written["flow"].values, expected["flow"].values)


def test_forecast_from_an_origin_reads_nothing_later(call, flows, tmp_path):
    poisoned = pd.read_csv(flows)
    poisoned.loc[poisoned["time"] > "2024-03-08 00:00:00", "flow"] = 1e6
    poisoned.to_csv("poisoned.csv", index=False)
    for source in (flows, "poisoned.csv"):
        result = call("forecast", source, "--horizon", "6h", "--at", "2024-03-08", "-m", "baseline:mix", "-o", "fc.csv", "--overwrite")
        assert result.exit_code == 0, result.stderr
        table = pd.read_csv("fc.csv")
        assert len(table) == 18 and list(table.columns[:5]) == ["time", "place", "lat", "lon", "variable"]
        assert table["q0.9"].max() < 200


def test_several_origins_give_init_and_lead_times(call, flows):
    words = ("--at", "2024-03-07", "--at", "2024-03-08")
    assert call("forecast", flows, "--horizon", 3, *words, "-m", "baseline:mix", "-o", "fc.nc").exit_code == 0
    with xr.open_dataset("fc.nc") as written:
        assert written["flow"].dims == ("quantile", "init_time", "lead_time", "place")


def test_a_report_comes_with_the_forecast(call, flows, tmp_path):
    result = call("forecast", flows, "--horizon", 6, "-m", "baseline:mix", "-o", "fc.parquet", "--report", "r.html", "--json")
    facts = json.loads(result.stdout)
    assert facts["output"] == "fc.parquet" and facts["report"] == "r.html" and facts["sizes"]["time"] == 6
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>") and len(pd.read_parquet("fc.parquet")) == 18


@pytest.mark.parametrize("there", ["fc.nc", "r.html"])
def test_an_existing_output_is_kept_and_nothing_is_computed(call, flows, tmp_path, monkeypatch, there):
    (tmp_path / there).write_text("mine")
    monkeypatch.setattr(ct, "load", lambda *a: pytest.fail("computed before looking"), raising=False)
    result = call("forecast", flows, "--horizon", 6, "-o", "fc.nc", "--report", "r.html")
    assert result.exit_code == 2 and there in result.stderr and (tmp_path / there).read_text() == "mine"


def test_wrong_names_of_outputs_are_found_before_the_data_is(call):
    for words, said in ((("-o", "fc.docx"), "fc.docx"), (("-o", "no/fc.nc"), "folder"), (("-o", "fc.nc", "--report", "r.pdf"), ".html")):
        result = call("forecast", "absent.csv", "--horizon", 6, *words)
        assert result.exit_code == 2 and said in result.stderr and "absent.csv" not in result.stderr


def test_a_failed_forecast_leaves_no_file(call, flows, tmp_path):
    result = call("forecast", flows, "--horizon", 6, "--at", "1999-01-01", "-m", "baseline:mix", "-o", "fc.nc", "--report", "r.html")
    assert result.exit_code == 2 and "1999" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["flows.csv"]


def test_a_saved_call_is_the_same_call_and_words_on_the_line_win(call, flows, tmp_path):
    saved = {"file": str(flows), "horizon": 6, "model": "baseline:mix", "quantiles": LEVELS, "at": ["2024-03-08"], "output": "a.csv"}
    (tmp_path / "saved.yaml").write_text(json.dumps(saved))
    assert call("forecast", "--config", "saved.yaml").exit_code == 0
    words = ("--horizon", 6, "-m", "baseline:mix", "--quantiles", "0.1,0.5,0.9", "--at", "2024-03-08")
    assert call("forecast", flows, *words, "-o", "b.csv").exit_code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert call("forecast", "--config", "saved.yaml", "--horizon", 2, "-o", "c.csv").exit_code == 0
    assert len(pd.read_csv("c.csv")) == 6


def test_a_wrong_saved_call_is_refused_in_one_sentence(call, tmp_path):
    wrong = (("horizn: 3", "horizn"), ("[1, 2]", "horizon: 12"), ("a: [", "YAML"), ("horizon: x\nfile: f\noutput: 3", "--output"))
    for text, said in wrong:
        (tmp_path / "saved.yaml").write_text(text)
        result = call("forecast", "--config", "saved.yaml")
        assert result.exit_code == 2 and said in result.stderr and result.stderr.count("\n") == 1
    assert call("forecast", "--config", "absent.yaml").exit_code == 2


def test_interpolate_answers_at_the_places_of_a_table(call, flows):
    Path("places.csv").write_text("name,lat,lon\nnew,50.05,8.05\n")
    assert call("interpolate", flows, "--at", "places.csv", "-m", "baseline:neighbour_mean", "-o", "new.csv").exit_code == 0
    assert set(pd.read_csv("new.csv")["place"]) == {"new"}
    missing = call("interpolate", flows, "--at", "nowhere.csv", "-o", "other.csv")
    assert missing.exit_code == 2 and "nowhere.csv does not exist" in missing.stderr and not Path("other.csv").exists()


def test_impute_fills_the_gaps_and_keeps_the_rest(call, flows):
    assert call("impute", flows, "-m", "baseline:mix", "-o", "full.nc").exit_code == 0
    with xr.open_dataset("full.nc") as filled:
        median = filled["flow"].sel(quantile=0.5).transpose("time", "place").values
    before = ct.open(flows).to_xarray()["flow"].transpose("time", "place").values
    assert np.isnan(before).sum() == 4 and np.isfinite(median).all()
    assert np.allclose(median[np.isfinite(before)], before[np.isfinite(before)])


def test_backtest_prints_and_writes_the_table(call, flows):
    words = ("--horizon", 6, "--every", 12, "-m", "baseline:mix", "-m", "baseline:last_value")
    result = call("backtest", flows, *words, "-o", "scores.csv")
    assert result.exit_code == 0 and "baseline:last_value" in result.stdout and "MAE" in result.stdout
    assert set(pd.read_csv("scores.csv")["model"]) == {"baseline:mix", "baseline:last_value"}
    rows = json.loads(call("backtest", flows, *words, "--json").stdout)["rows"]
    assert {row["model"] for row in rows} == {"baseline:mix", "baseline:last_value"} and all(row["mae"] >= 0 for row in rows)


def test_info_says_what_is_there(call, flows):
    said = call("info", flows).stdout
    assert "flow" in said and "graph" in said and "1h" in said
    facts = json.loads(call("info", flows, "--json").stdout)
    assert facts["kind"] == "graph" and facts["names"] == ["flow"] and facts["shape"] == [240, 3]
    assert call("info", flows, "-q").stdout == ""


def test_target_chooses_among_variables_and_the_others_are_read(call, flows, tmp_path):
    table = pd.read_csv(flows)
    table.assign(speed=100 - table["flow"]).to_csv("two.csv", index=False)
    assert call("forecast", "two.csv", "--target", "speed", "--horizon", 3, "-m", "baseline:mix", "-o", "fc.csv").exit_code == 0
    assert set(pd.read_csv("fc.csv")["variable"]) == {"speed"}
    assert "nosuch" in call("forecast", "two.csv", "--target", "nosuch", "--horizon", 3, "-m", "baseline:mix", "-o", "x.csv").stderr


def test_lists_hold_samples_and_floors(call):
    assert "nyc_weather" in call("samples").stdout
    assert "baseline:mix" in {row["name"] for row in json.loads(call("models", "--json").stdout)["rows"]}


def test_pretrain_refuses_a_wrong_configuration(call, tmp_path):
    (tmp_path / "c.yaml").write_text("steps: 0\nout: run")
    result = call("pretrain", "c.yaml")
    assert result.exit_code == 2 and "steps" in result.stderr and result.stderr.count("\n") == 1
    assert call("pretrain", "absent.yaml").exit_code == 2


def test_demo_writes_both_files_and_prints_the_floors(call, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "ORIGINS", 2)
    result = call("demo", "-m", "baseline:mix", "--out", "d")
    assert result.exit_code == 0, result.stderr
    assert all(floor in result.stdout for floor in demo.FLOORS)
    assert sorted(p.name for p in (tmp_path / "d").iterdir()) == ["forecast.nc", "report.html"]
    again = call("demo", "-m", "baseline:mix", "--out", "d")
    assert again.exit_code == 2 and "forecast.nc" in again.stderr
