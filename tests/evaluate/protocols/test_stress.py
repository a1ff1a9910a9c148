"""Disturbances of known size: scores move by what was planted, and the change is noticed."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.evaluate.protocols import disturb
from chronotope.evaluate.protocols.stress import stress
from chronotope.questions import AbstractQuantilePredictor
from chronotope.worlds.draw import draw


def waves(steps=420, n=4):
    """A day's wave with noise of a fifth of it."""
    rng = np.random.default_rng(0)
    times = pd.date_range("2024-01-01", periods=steps, freq="1h").values.astype("datetime64[ns]")
    values = 10 * np.sin(2 * np.pi * np.arange(steps) / 24)[:, None] + 50 + 2 * rng.normal(size=(steps, n))
    return Field(xr.Dataset({"x": (("time", "place"), values)}, {"time": times, "place": list("abcd"[:n])}), "graph", ("x",), ("place",))


class Wave(AbstractQuantilePredictor):
    """The wave itself, unmoved by anything that is read; 80 % of the noise inside."""

    name = "wave"
    kind = "network"

    def quantiles(self, question):
        from scipy.special import ndtri

        rows = question.rows
        hour = question.frame.times[rows].astype("datetime64[h]").astype(int) % 24
        middle = 10 * np.sin(2 * np.pi * hour / 24) + 50
        out = middle[None, :, None, None] + 2 * ndtri(np.asarray(question.levels))[:, None, None, None]
        return np.where(question.asked[rows], out, np.nan).astype(np.float32)


def test_scores_move_by_what_was_planted_and_only_after_the_break():
    table = stress(Wave(), waves(), 24, drift=("step", "ramp"), faults=(), every=2).set_index(["disturbance", "phase"])
    spread = np.sqrt(10**2 / 2 + 2**2)
    assert table.loc[("step", "before"), "mae"] == table.loc[("none", "before"), "mae"]
    for phase in ("at", "after"):
        assert table.loc[("step", phase), "mae"] == pytest.approx(spread, rel=0.1)
        assert table.loc[("step", phase), "mae_times"] == pytest.approx(spread / (2 * np.sqrt(2 / np.pi)), rel=0.15)
    assert table.loc[("none", "after"), "coverage80"] == pytest.approx(0.8, abs=0.05)
    assert 1 < table.loc[("ramp", "at"), "mae_times"] < table.loc[("step", "at"), "mae_times"]
    assert np.isnan(table.loc[("none", "at"), "noticed"]), "no change, no alarm"
    assert table.loc[("step", "at"), "noticed"] <= 24 and table.loc[("ramp", "at"), "noticed"] <= 48


def test_faults_change_what_is_read_and_not_the_truth():
    table = stress(["baseline:last_value", Wave()], waves(), 6, drift=(), every=3).set_index(["model", "disturbance", "phase"])["mae_times"]
    assert (table["wave"] == 1).all(), "a model that reads nothing is not harmed"
    floor = table["baseline:last_value"]
    assert floor["units", "after"] > 1.5 and floor["noise", "after"] > 1.2 and (floor[:, "before"] == 1).all()
    assert floor["outage", "after"] > 1


def test_disturbances_by_hand():
    values = np.arange(80.0).reshape(40, 2, 1)
    for name in ("step", "ramp"):
        read, truth = disturb.DRIFTS[name](values, 20, 2.0, np.random.default_rng(0))
        assert read is truth and (read[:20] == values[:20]).all()
        assert read[-1, 0, 0] - values[-1, 0, 0] == pytest.approx(2 * values[:20, 0].std() * (1 if name == "step" else 20 / 48))
    read, truth = disturb.outage(values, 20, 0.0, np.random.default_rng(0))
    assert truth is values and np.isnan(read[20:]).any(axis=0).sum() == 1 and np.isfinite(read[:20]).all()
    read, truth = disturb.units(values, 20, 0.0, np.random.default_rng(0))
    assert truth is values and sorted((read[25, :, 0] - values[25, :, 0]).tolist())[0] == 0
    assert (read[25] == 1.8 * values[25] + 32).any()


@pytest.mark.parametrize("seed", [1, 3])
def test_a_step_in_a_simulated_world_is_noticed_within_a_day_and_calm_is_left_alone(seed):
    panel = draw(seed, family="gaussian", steps=800, places=8).panel
    names = {"time": panel.times, "place": [f"p{i}" for i in range(panel.values.shape[1])]}
    field = Field(xr.Dataset({"x": (("time", "place"), panel.values[:, :, 0])}, names), "graph", ("x",), ("place",), step=panel.freq)
    table = stress("baseline:climatology", field, 24, drift="step", faults=(), size=3.0, before=360, every=3)
    table = table.set_index(["disturbance", "phase"])
    assert np.isnan(table.loc[("none", "at"), "noticed"])
    assert table.loc[("step", "at"), "noticed"] <= 24


def test_what_cannot_be_planted_is_refused():
    with pytest.raises(ArgumentError, match="drift must be among step, ramp"):
        stress(Wave(), waves(), drift="cliff")
    with pytest.raises(ArgumentError, match="fit into the 60"):
        stress(Wave(), waves(60))
