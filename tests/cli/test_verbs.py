"""The verbs do what the functions of the same name do, write whole files, and keep what is there."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from chronotope.calls import demo
from chronotope.tasks import load as loading

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
    monkeypatch.setattr(loading, "load", lambda *a: pytest.fail("computed before looking"))
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


def test_demo_writes_both_files_and_prints_two_records_as_they_are(call, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "RECORDS", tuple(replace(record, origins=3) for record in demo.RECORDS))
    result = call("demo", "-m", "baseline:mix", "--out", "d")
    assert result.exit_code == 0, result.stderr
    assert all(words in result.stdout for words in ("baseline:mix", "baseline:ridge", *(record.words for record in demo.RECORDS)))
    assert result.stdout.count("chosen afterwards") == 2 and "3 origins and 15,900 values" in result.stdout and "±" in result.stdout
    assert sorted(p.name for p in (tmp_path / "d").iterdir()) == ["forecast.nc", "report.html"]
    page = (tmp_path / "d" / "report.html").read_text()
    assert demo.RECORDS[1].words in page and "baseline:ridge" in page
    again = call("demo", "-m", "baseline:mix", "--out", "d")
    assert again.exit_code == 2 and "forecast.nc" in again.stderr
    told = json.loads(call("demo", "-m", "baseline:mix", "--out", "d", "--overwrite", "--json").stdout)
    assert {row["sample"] for row in told["rows"]} == {"air_temperature", "us_income"} and len(told["rows"]) == 20


@pytest.mark.weights
@pytest.mark.slow
def test_demo_shows_where_the_model_earns_its_place_and_where_it_does_not(call):
    said = call("demo").stdout
    assert said.count("it earns its place here") == 1 and said.count("it does not earn its place here") == 1


def wide(path):
    hours = pd.date_range("2024-03-01", periods=100, freq="h")
    table = pd.DataFrame({f"s{i}": np.round(10 + i + np.sin(np.arange(100) / 4), 2) for i in (3, 1, 2)})
    table.loc[40:44, "s1"] = np.nan
    table.insert(0, "clock", hours.strftime("%d.%m.%Y %H:%M"))
    table.to_csv(path, index=False)
    return table


def test_a_wide_table_is_filled_as_a_wide_table_and_forecast_as_a_long_one_unless_asked(call, tmp_path):
    table = wide("wide.csv")
    result = call("impute", "wide.csv", "-m", "baseline:last_value", "-o", "out.csv")
    assert result.exit_code == 0 and result.stdout == "wrote out.csv: 5 values filled\n", result.stderr
    after = pd.read_csv("out.csv")
    assert after.notna().all(axis=None) and Path("out.csv").stat().st_size < 1.05 * Path("wide.csv").stat().st_size
    pd.testing.assert_frame_equal(after.where(table.notna()), table)
    assert call("impute", "wide.csv", "-m", "baseline:last_value", "-o", "long.csv", "--form", "long").exit_code == 0
    long = pd.read_csv("long.csv")
    assert list(long.columns) == ["time", "place", "variable", *(f"q0.{i}" for i in range(1, 10)), "filled"] and long["filled"].sum() == 5
    for words, columns in (((), ["time", "place", "variable", "q0.1"]), (("--form", "wide"), ["time", "s3", "s1", "s2"])):
        asked = call("forecast", "wide.csv", "--horizon", 2, "-m", "baseline:last_value", "-o", "fc.csv", "--overwrite", *words)
        assert asked.exit_code == 0, asked.stderr
        assert list(pd.read_csv("fc.csv").columns[:4]) == columns
    assert call("impute", "wide.csv", "-o", "x.nc", "--form", "wide").exit_code == 2


def test_a_wide_table_is_of_the_median_or_of_the_only_quantile_never_of_the_nearest(call):
    table = wide("wide.csv")
    fill = ("impute", "wide.csv", "-m", "baseline:last_value", "--overwrite", "-o")
    refused = call(*fill, "a.csv", "--form", "wide", "--quantiles", "0.1,0.9")
    assert refused.exit_code == 2 and "A wide table holds the median" in refused.stderr and not Path("a.csv").exists()
    assert call(*fill, "a.csv", "--quantiles", "0.1,0.9").exit_code == 0
    long = pd.read_csv("a.csv")
    observed = long[~long["filled"]]
    assert len(observed) == table.iloc[:, 1:].notna().to_numpy().sum() and (observed["q0.1"] == observed["q0.9"]).all()
    assert call(*fill, "a.csv", "--quantiles", "0.9").exit_code == 0
    assert list(pd.read_csv("a.csv").columns) == list(table.columns)


def test_filled_gaps_do_not_make_a_file_many_times_larger(call, flows):
    assert call("impute", flows, "-m", "baseline:last_value", "-o", "filled.csv").exit_code == 0
    assert Path("filled.csv").stat().st_size < 2 * flows.stat().st_size


def test_variables_of_one_place_are_the_columns_of_a_wide_table(call):
    hours = pd.date_range("2024-03-01", periods=50, freq="h")
    pd.DataFrame({"time": hours, "load_mw": [1, None, *range(48)], "temp_c": np.arange(50.0)}).to_csv("two.csv", index=False)
    assert call("impute", "two.csv", "-m", "baseline:last_value", "-o", "out.csv", "--form", "wide").exit_code == 0
    assert list(pd.read_csv("out.csv").columns) == ["time", "load_mw", "temp_c"]


@pytest.fixture
def coded(flows):
    """The flows with a code for missing that nobody declared."""
    table = pd.read_csv(flows)
    table.loc[table.index % 9 == 0, "flow"] = -999
    table.to_csv("coded.csv", index=False)
    Path("places.csv").write_text("name,lat,lon\nbetween,40.05,-73.95\n")
    return "coded.csv"


VERBS = {
    "forecast": ("--horizon", "2", "-m", "baseline:last_value", "-o", "out.csv"),
    "impute": ("-m", "baseline:last_value", "-o", "out.csv"),
    "interpolate": ("--at", "places.csv", "-m", "baseline:neighbour_mean", "-o", "out.csv"),
    "backtest": ("--horizon", "2", "--every", "50", "-m", "baseline:last_value", "-o", "out.csv"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_what_info_calls_wrong_is_said_once_with_the_option_as_it_is_typed(call, coded, verb):
    said = call(verb, coded, *VERBS[verb]).stderr
    assert said.count("chronotope: warning: 'flow' is -999") == 1 and said.rstrip().endswith("give --missing -999.")
    assert call(verb, coded, *VERBS[verb], "--overwrite", "--missing", "-999").stderr == ""
    assert call(verb, coded, *VERBS[verb], "--overwrite", "-q").stderr == ""
    told = call(verb, coded, *VERBS[verb], "--overwrite", "--json")
    assert "missing=-999" in json.loads(told.stdout)["warnings"][0] and told.stderr == ""


def test_python_is_warned_once_and_the_result_holds_the_words(call, coded):
    with pytest.warns(ct.DataWarning, match="missing=-999") as told:
        made = ct.load("baseline:last_value").forecast(ct.open(coded), 2)
    assert len(told) == 1 and told[0].filename == __file__ and "missing=-999" in made.meta["warnings"][0]


def test_warnings_of_libraries_are_not_shown_without_verbose(call, flows, monkeypatch, recwarn):
    import warnings

    from chronotope.calls import info

    def loud(call, **also):
        warnings.warn("mind the axis", RuntimeWarning, stacklevel=1)
        return ct.open(call.file)

    warnings.simplefilter("always")
    monkeypatch.setattr(info, "open_data", loud)
    assert "mind the axis" not in call("info", flows).stderr and not recwarn.list
    call("info", flows, "-v")
    assert any("mind the axis" in str(one.message) for one in recwarn.list)


@pytest.mark.parametrize("cells", [["40", "41", "", "43"], ["40.0", "41.0", "", "43.0"], ["0.1", "2.0", "", "-0.0"]])
def test_observed_numbers_are_written_as_they_were(call, cells):
    lines = [f"2024-03-01 {hour:02d}:00,{cell}" for hour, cell in enumerate(cells * 5)]
    Path("in.csv").write_text("\n".join(["time,load", *lines]))
    assert call("impute", "in.csv", "-m", "baseline:last_value", "-o", "out.csv").exit_code == 0
    back = pd.read_csv("out.csv", dtype=str)
    assert list(back.loc[back["filled"] == "False", "q0.5"]) == [cell for cell in cells * 5 if cell]


def test_a_backtest_reads_what_is_known_ahead(call, tmp_path):
    rain = np.random.default_rng(3).gamma(2.0, 5.0, 90)
    table = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=90), "rain [mm]": rain, "flow": 20 + 3 * rain})
    table.to_csv("river.csv", index=False)
    words = ("--horizon", 2, "--every", 8, "--target", "flow", "-m", "baseline:mix", "--json")
    blind, told = (json.loads(call("backtest", "river.csv", *words, *more).stdout) for more in ((), ("--known-future", "rain")))
    assert told["rows"][0]["mae"] < blind["rows"][0]["mae"] / 3
    assert "perfect forecast" in told["said"][0] and "said" not in blind
