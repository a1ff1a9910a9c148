"""Back-tests, floors and stress from the command line say what Python says."""

import json

import pandas as pd

import chronotope as ct

MODELS = ("-m", "baseline:last_value", "-m", "baseline:mix")


def test_scores_come_again_from_the_folder_that_a_back_test_saved(call, flows):
    made = call("backtest", flows, "--horizon", 3, "--every", 6, *MODELS, "--by", "region", "--save", "run", "--json")
    assert made.exit_code == 0, made.stderr
    again = call("scores", "run", "--by", "region", "--json")
    assert again.exit_code == 0 and json.loads(again.stdout)["rows"] == json.loads(made.stdout)["rows"]
    beside = call("scores", "run", "--by", "lead", "--against", "last_value", "-o", "scores.csv")
    assert beside.exit_code == 0 and beside.stdout.endswith("wrote scores.csv\n")
    assert {"lead", "mae_gap", "dm_p"} <= set(pd.read_csv("scores.csv").columns)
    assert call("scores", "nowhere").exit_code == 2
    wrong = call("backtest", flows, "--horizon", 3, "--every", 6, *MODELS, "--by", "week")
    assert wrong.exit_code == 2 and "by must be one of lead, place, region, hour, season" in wrong.stderr


def test_floors_say_what_python_says(call, flows):
    made = call("floors", flows, "--task", "impute", "--json")
    assert made.exit_code == 0, made.stderr
    facts = json.loads(made.stdout)
    table = ct.floors(ct.open(flows), task="impute")
    assert [row["mae"] for row in facts["rows"]] == list(table["mae"]) and facts["definitions"] == table.attrs["definitions"]
    shown = call("floors", flows, "--horizon", "2h", "--origins", 2)
    assert shown.exit_code == 0 and "baseline:mix" in shown.stdout and "mae: mean absolute error" in shown.stdout
    assert call("floors", flows, "--task", "events").exit_code == 2


def test_stress_plants_one_drift(call, flows):
    words = ("--horizon", 6, "--before", 24, "--after", 12, "--every", 4, "-m", "baseline:climatology", "--drift", "step", "--json")
    made = call("stress", flows, *words)
    assert made.exit_code == 0, made.stderr
    rows = json.loads(made.stdout)["rows"]
    assert [(row["disturbance"], row["phase"]) for row in rows] == [(d, p) for d in ("none", "step") for p in ("before", "at", "after")]
    assert rows[4]["mae"] > 2 * rows[1]["mae"]
    assert call("stress", flows, "--drift", "cliff").exit_code == 2
