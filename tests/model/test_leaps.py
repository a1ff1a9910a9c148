"""What leaps away once is not read; what recurs, is shared, or has just begun is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.data.panel import Panel
from chronotope.model.leaps import without_leaps
from chronotope.questions import Question

HOURS = 24 * 28


def table(places: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    values = 5 + 0.01 * rng.standard_normal((HOURS, places))
    return pd.DataFrame(values, index=pd.date_range("2024-01-01", periods=HOURS, freq="h"), columns=list("abcdefgh")[:places])


def question(values: np.ndarray, xy: np.ndarray | None = None) -> Question:
    times = np.datetime64("2024-01-01", "ns") + np.arange(len(values)) * np.timedelta64(1, "h")
    panel = Panel(values[..., None].astype(np.float32), times, "1h", ("value",), xy).extend(12)
    asked = np.zeros(panel.values.shape, bool)
    asked[-12:] = True
    return Question(panel, panel.mask, asked)


def left_out(values: np.ndarray, xy: np.ndarray | None = None) -> list[tuple[int, int]]:
    asked = question(values, xy)
    return [(int(t), int(n)) for t, n, _ in np.argwhere(asked.seen & ~without_leaps(asked).seen)]


@pytest.mark.parametrize("steps", [1, 3])
def test_a_glitch_does_not_come_back_a_week_later(steps):
    data = table()
    plain = ct.load("tiny").forecast(data, 12).dataset
    data.iloc[HOURS - 168 : HOURS - 168 + steps, 0] = 1000.0
    told = ct.load("tiny").forecast(data, 12).dataset
    name = next(iter(told.data_vars))
    assert float(abs(told[name] - plain[name]).max()) < 0.05


def test_what_is_left_out():
    values = table().to_numpy().copy()
    assert left_out(values) == []
    values[HOURS - 100, 1] = 1000.0
    assert left_out(values) == [(HOURS - 100, 1)]


def test_a_weekly_peak_stays():
    values = table().to_numpy().copy()
    values[10::168, 1] = 1000.0
    assert left_out(values) == []


def test_what_two_neighbours_share_stays():
    values, xy = table(8).to_numpy().copy(), np.stack([np.arange(8.0), np.zeros(8)], axis=1)
    values[HOURS - 100, 2:5] = 1000.0
    assert left_out(values, xy) == []
    assert left_out(values) == [(HOURS - 100, k) for k in (2, 3, 4)]


@pytest.mark.parametrize("rows", [[-1], [-2], [-3], [-2, -1]])
def test_what_has_just_begun_stays(rows):
    values = table().to_numpy().copy()
    values[rows, 1] = 1000.0
    assert left_out(values) == []


def test_what_stays_is_a_level():
    values = table().to_numpy().copy()
    values[-50:, 1] = 1000.0
    assert left_out(values) == []


def test_what_is_known_ahead_stays():
    values = np.stack([table().to_numpy(), table().to_numpy()], axis=2)
    values[[200, HOURS + 3 - 12], :, 1] = 1000.0
    times = np.datetime64("2024-01-01", "ns") + np.arange(HOURS) * np.timedelta64(1, "h")
    panel = Panel(values.astype(np.float32), times, "1h", ("sold", "price"))
    seen, asked = panel.mask.copy(), np.zeros(values.shape, bool)
    seen[-12:, :, 0], asked[-12:, :, 0] = False, True
    assert without_leaps(Question(panel, seen, asked)).seen[..., 1].all()


def test_another_unit_does_not_widen_what_comes():
    hours = np.arange(HOURS)
    watts = 3000 + 1000 * np.sin(hours * 2 * np.pi / 24)[:, None] + 30 * np.random.default_rng(0).standard_normal((HOURS, 3))
    data = table()
    data[:] = watts / 1000
    plain = ct.load("tiny").forecast(data, 12).dataset
    data[:] = np.where(hours[:, None] < HOURS - 200, watts, watts / 1000)
    with pytest.warns(UserWarning, match="another unit"):
        told = ct.load("tiny").forecast(data, 12).dataset
    name = next(iter(told.data_vars))
    assert float(abs(told[name] - plain[name]).max()) < 1.0
