"""The options of clocks on the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from chronotope.cli.main import app


def info(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["info", *map(str, words), "--json"])
    return result.exit_code, json.loads(result.stdout)["text"]["time"] if result.exit_code == 0 else result.stderr


@pytest.fixture
def load(tmp_path):
    local = pd.date_range("2023-10-28", periods=72, freq="h", tz="Europe/Berlin")
    path = tmp_path / "load.csv"
    pd.DataFrame({"Zeit": local.strftime("%d.%m.%Y %H:%M"), "Last": np.arange(72.0)}).to_csv(path, index=False)
    return path


def test_the_autumn_hour_is_settled_by_the_clock(load):
    code, said = info(load)
    assert code == 2 and "--clock Europe/Berlin" in said
    assert info(load, "--clock", "Europe/Berlin") == (0, "2023-10-28 00:00:00 to 2023-10-30 22:00:00 (Europe/Berlin clock), 72 stamps")


def test_the_order_of_a_date_is_told(tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("day,flow\n" + "".join(f"0{k}/02/2023,{k}\n" for k in range(1, 9)))
    assert info(path, "--time-format", "dmy")[1].startswith("2023-02-01 00:00:00 to 2023-02-08")
    assert info(path, "--time-format", "%m/%d/%Y")[1].startswith("2023-01-02 00:00:00 to 2023-08-02")
    assert info(path, "--time-format", "%Q")[0] == 2


def test_a_counter_takes_what_info_advises(tmp_path):
    path = tmp_path / "counter.csv"
    path.write_text("t,flow\n" + "".join(f"{k},{k % 5}.5\n" for k in range(60)))
    assert info(path, "--step", "1h")[1] == "1970-01-01 00:00:00 to 1970-01-03 11:00:00, 60 stamps"
    assert info(path, "--step", "MS", "--start", "2020-01-01")[1] == "2020-01-01 00:00:00 to 2024-12-01 00:00:00, 60 stamps"
