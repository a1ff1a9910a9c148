"""Floors of other tasks: numbers measured elsewhere, met to their last digit where their protocol is known."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chronotope.baselines import BASELINES
from chronotope.data.panel import Edges
from chronotope.questions import Question
from panels import panel_of

ROOT = Path(os.environ.get("CHRONOTOPE_DATA", Path(__file__).parents[3] / "shared" / "data"))
PEDESTRIANS = {
    "biwi_eth": (1.08, 2.28),
    "biwi_hotel": (0.32, 0.61),
    "students001": (0.46, 1.02),
    "students003": (0.62, 1.37),
    "crowds_zara01": (0.43, 0.95),
    "crowds_zara02": (0.32, 0.72),
}
needs = pytest.mark.skipif


def week():
    speeds = pd.read_csv(ROOT / "metr_la_week" / "los_speed.csv").to_numpy(float)
    weights = np.loadtxt(ROOT / "metr_la_week" / "los_adj.csv", delimiter=",")
    np.fill_diagonal(weights, 0)
    return speeds, weights


@needs(not (ROOT / "metr_la_week").exists(), reason="needs the METR-LA week")
def test_hidden_sensors_of_metr_la():
    """A quarter of the sensors, drawn with seed 0, hidden altogether; mean absolute error over the last fifth."""
    speeds, weights = week()
    cut, gone = int(0.8 * len(speeds)), np.random.default_rng(0).permutation(207)[: 207 // 4]
    source, target = np.nonzero(weights)
    edges = Edges(source, target, weights[source, target].astype(np.float32))
    panel = replace(panel_of(speeds[cut:], "5min", "2012-03-06"), edges=edges)
    asked = np.zeros(panel.values.shape, bool)
    asked[:, gone] = True
    answer = BASELINES["neighbour_mean"]().answer(Question(panel, ~asked, asked)).values[4, :, gone, 0].T
    assert np.abs(answer - speeds[cut:, gone]).mean() == pytest.approx(6.49, abs=0.005)
    others = np.delete(speeds[cut:], gone, axis=1).mean(axis=1, keepdims=True)
    assert np.abs(others - speeds[cut:, gone]).mean() == pytest.approx(8.98, abs=0.005)


@needs(not (ROOT / "metr_la_week").exists(), reason="needs the METR-LA week")
def test_the_regression_of_elsewhere_takes_its_means_from_the_first_64_hundredths():
    """Which rows are fitted makes the difference to ours: means of the first 80 % of the training part, lags fitted on its rest.

    Elsewhere 3.402 / 4.136 / 5.005; the exact rows are not known, and every choice of stride moves the third digit.
    """
    speeds, _ = week()
    cut, day = int(0.8 * len(speeds)), np.arange(len(speeds)) % 288
    first, origins = round(0.8 * cut), np.arange(cut, len(speeds) - 12)
    early, late = (np.stack([speeds[:end][day[:end] == d].mean(axis=0) for d in range(288)])[day] for end in (first, cut))
    for lead, expected in ((3, 3.402), (6, 4.136), (12, 5.005)):
        rows = np.arange(first, cut - lead)

        def features(at, means, lead=lead):
            return np.stack([*(speeds[at - k] for k in range(12)), means[at + lead], np.ones((len(at), 207))], axis=-1)

        a, y = features(rows, early).reshape(-1, 14), speeds[rows + lead].ravel()
        found = features(origins, late) @ np.linalg.solve(a.T @ a + 1e-6 * np.eye(14), a.T @ y)
        assert np.abs(found - speeds[origins + lead]).mean() == pytest.approx(expected, abs=0.015)


@needs(not (ROOT / "eth_ucy").exists(), reason="needs the pedestrians")
@pytest.mark.parametrize("scene", PEDESTRIANS)
def test_pedestrians_at_constant_velocity(scene):
    """Eight positions seen, twelve asked, at 2.5 a second, every window one step apart; the data's own metres."""
    from chronotope.evaluate.protocols.floors import floors
    from chronotope.opening.open import open_field

    table = pd.read_csv(ROOT / "eth_ucy" / f"{scene}.txt", sep=r"\s+", header=None, names=["frame", "person", "x", "y"])
    table["time"] = pd.Timestamp("2000-01-01") + pd.to_timedelta(table.pop("frame") * 40, unit="ms")
    row = floors(open_field(table, kind="tracks"), 12).set_index("model").loc["floor:constant_velocity"]
    assert (round(row["ade"], 2), round(row["fde"], 2)) == PEDESTRIANS[scene]
