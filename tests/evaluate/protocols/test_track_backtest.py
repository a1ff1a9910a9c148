"""Back-tests of tracks: scores worked out by hand, nothing after an origin read, kin chosen afterwards."""

import numpy as np
import pandas as pd
import pytest
from tests.tasks.tracks.test_forecast import START, walks

from chronotope.baselines.paths import PathMix
from chronotope.errors import ArgumentError
from chronotope.evaluate.protocols.backtest import backtest
from chronotope.opening.open import open_field

FLOORS = ["baseline:constant_velocity", "baseline:stay"]


def lines(steps=60):
    """Objects that go straight at one speed."""
    rows = [(f"o{k}", START + pd.Timedelta(seconds=10 * t), (1 + k) * t, 2.0 * k) for k in range(4) for t in range(steps)]
    return open_field(pd.DataFrame(rows, columns=["id", "time", "x", "y"]), kind="tracks")


def test_scores_of_straight_lines():
    table = backtest(FLOORS, lines(), 4, 4).set_index("model")
    stay, going = table.loc["baseline:stay"], table.loc["baseline:constant_velocity"]
    assert going["ade"] == pytest.approx(0, abs=1e-9) and going["miss"] == 0 and going["coverage80"] == 1
    assert stay["ade"] == pytest.approx(2.5 * 2.5) and stay["fde"] == pytest.approx(10)  # leads 1 to 4 of speeds 1 to 4
    assert table.attrs["miss"] == pytest.approx(5) and stay["miss"] == 0.75 and stay["n"] == 4 * stay["origins"]
    assert set(table.attrs["definitions"]) <= set(table.columns)


class Peeking(PathMix):
    """Notes the last position that it is shown."""

    name = "peeking"

    def __init__(self):
        self.shown = []

    def answer(self, question):
        self.shown.append(np.nanmax(np.abs(question.visible())))
        return super().answer(question)


def test_nothing_after_an_origin_is_shown():
    field = lines()
    model = Peeking()
    backtest(model, field, 4, origins=[START + pd.Timedelta(seconds=480)])
    assert max(model.shown) == 4 * 48  # where the fastest was at the origin


def test_a_mix_beats_its_kin_on_bends_and_a_broken_model_has_a_row():
    class Broken(PathMix):
        name = "broken"

        def answer(self, question):
            raise RuntimeError("on purpose")

    table = backtest(["baseline:paths_mix", *FLOORS, Broken()], open_field(walks(objects=14), kind="tracks"), 6, origins=3)
    assert table["model"].iloc[0] == "baseline:paths_mix" and table["ade_ratio"].iloc[0] < 1.0 and table["best20_ratio"].iloc[0] < 0.85
    assert "on purpose" in table[table["model"] == "baseline:broken"]["broken"].iloc[0]


def test_bad_calls():
    with pytest.raises(ArgumentError, match="by is not for tracks"):
        backtest(FLOORS, lines(), 4, 4, by="lead")
    with pytest.raises(ArgumentError, match="horizon"):
        backtest(FLOORS, lines(), "1min")
