"""The command line called in-process, in an empty folder."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from chronotope.cli.main import app


@pytest.fixture
def call(tmp_path, monkeypatch):
    """`call("info", "x.csv")` in a folder of its own; the result has exit_code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def flows(tmp_path):
    """A long table of hourly flows at three sites over ten days, with a daily rhythm and four gaps."""
    times = pd.date_range("2024-03-01", periods=240, freq="h")
    rows = [
        (t, f"s{i}", 40 + 0.1 * i, -74 + 0.1 * i, round(50 + 10 * i + 20 * np.sin(2 * np.pi * k / 24), 3))
        for i in range(3)
        for k, t in enumerate(times)
        if not (i == 1 and 100 <= k < 104)
    ]
    path = tmp_path / "flows.csv"
    pd.DataFrame(rows, columns=["time", "place", "lat", "lon", "flow"]).to_csv(path, index=False)
    return path
