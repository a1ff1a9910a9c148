"""Back-tests of moving sensors: scores worked out by hand, nothing after an origin read, one sentence for what is not for them."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from chronotope.cli.main import app
from chronotope.errors import ArgumentError
from chronotope.evaluate.protocols.backtest import backtest
from chronotope.opening.open import open_field

START, HOURS = pd.Timestamp("2024-05-01"), np.arange(60)


def rising():
    """Two boats whose readings rise by one and by two an hour."""
    parts = []
    for k in range(2):
        stamps = START + pd.to_timedelta(HOURS, unit="h")
        boat = {"id": f"s{k}", "time": stamps, "lat": 50 + 0.01 * HOURS + 0.2 * k, "lon": 8 + 0.3 * k, "depth": (k + 1.0) * HOURS}
        parts.append(pd.DataFrame(boat))
    return pd.concat(parts, ignore_index=True)


def opened(table):
    return open_field(table, kind="points")


def test_floors_worked_out_by_hand():
    table = backtest("baseline:paths_mix", opened(rising()), 4, origins=[START + pd.Timedelta(hours=49)]).set_index("model")
    last, mean = table.loc["last_value"], table.loc["mean"]
    assert last["mae"] == pytest.approx(2.5 * 1.5) and last["bias"] == pytest.approx(-2.5 * 1.5)  # leads 1 to 4 of slopes 1 and 2
    assert mean["mae"] == pytest.approx((24.5 + 2.5) * 1.5)
    assert last["mae_ratio"] == 1 and last["n"] == 8 and last["objects"] == 2 and last["origins"] == 1
    mix = table.loc["baseline:paths_mix"]
    assert mix["mae"] < 0.2 * last["mae"] and table.index[0] == "baseline:paths_mix"
    assert set(table.attrs["definitions"]) <= set(table.columns)


def test_a_gap_is_no_truth_and_an_origin_sees_no_later_value():
    whole, at = rising(), START + pd.Timedelta(hours=49)
    gap = whole.assign(depth=whole["depth"].mask((whole["id"] == "s1") & (whole["time"] == at + pd.Timedelta(hours=2))))
    assert set(backtest("baseline:paths_mix", opened(gap), 4, origins=[at])["n"]) == {7}
    late = whole["time"] > at
    one, other = (backtest("baseline:paths_mix", opened(t), 4, origins=[at]) for t in (whole, whole.assign(lat=whole["lat"] + 5.0 * late)))
    pd.testing.assert_frame_equal(one.drop(columns="seconds"), other.drop(columns="seconds"))


def test_what_is_not_for_moving_sensors():
    with pytest.raises(ArgumentError, match="by is not for moving sensors"):
        backtest("baseline:paths_mix", opened(rising()), 4, by="lead")
    with pytest.raises(ArgumentError, match="horizon"):
        backtest("baseline:paths_mix", opened(rising()), 0)
    with pytest.raises(ArgumentError, match="context is not for moving sensors"):
        backtest("baseline:paths_mix", opened(rising()), 4, context=8)


def test_from_the_command_line(tmp_path):
    file, out = tmp_path / "boats.csv", tmp_path / "scores.csv"
    rising().to_csv(file, index=False)
    told = CliRunner().invoke(
        app, ["backtest", str(file), "--kind", "points", "--horizon", "4", "--every", "4", "-m", "baseline:paths_mix", "-o", str(out)]
    )
    assert told.exit_code == 0, told.output
    assert list(pd.read_csv(out)["model"])[0] == "baseline:paths_mix"
