"""A series that spans orders of magnitude is told on its own scale where it is small; nothing else changes."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Panel
from chronotope.model.orders import within_orders
from chronotope.questions import Question
from chronotope.tasks.load import load

MONTHS = 360


def rates() -> np.ndarray:
    """A currency that was fixed, lost all its value, and was replaced; and one that just moves (t, 2)."""
    rng = np.random.default_rng(0)
    first = np.full(MONTHS, 2.14)
    first[200:260] = 2.14 * np.exp(np.linspace(0, 14, 60))
    first[260:] = 3 * np.exp(np.cumsum(0.02 * rng.standard_normal(MONTHS - 260)))
    return np.stack([first, 5 * np.exp(np.cumsum(0.02 * rng.standard_normal(MONTHS)))], axis=1)


def question(values: np.ndarray, rows: slice) -> Question:
    times = np.arange("1990-01", "2020-01", dtype="datetime64[M]").astype("datetime64[ns]")
    panel = Panel(values[..., None].astype(np.float32), times, "MS", ("rate",))
    asked = np.zeros(panel.values.shape, bool)
    asked[rows] = True
    return Question(panel, panel.mask & ~asked, asked)


def passed(asked: Question) -> tuple[np.ndarray, list[np.ndarray]]:
    """The answer by a rule that says the middle of what it is shown, and what it is shown."""
    shown: list[np.ndarray] = []

    def middle(one: Question) -> np.ndarray:
        shown.append(one.frame.values[one.rows])
        return shown[-1][None].astype(np.float64)

    return within_orders(asked, middle)[0, ..., 0], shown


def test_a_gap_in_a_fixed_rate_is_not_told_millions():
    asked = question(rates(), slice(100, 112))
    told = load("tiny").predictor.answer(asked).values[..., 0, 0]
    assert np.abs(told - 2.14).max() < 0.5


def test_the_rest_is_asked_as_it_is():
    asked = question(rates()[:, 1:], slice(100, 112))
    answer, shown = passed(asked)
    assert len(shown) == 1 and (shown[0] == asked.frame.values[asked.rows]).all() and (answer == asked.frame.values[asked.rows, :, 0]).all()


def test_the_other_series_is_shown_as_it_is():
    asked = question(rates(), slice(100, 112))
    answer, shown = passed(asked)
    assert len(shown) == 1 and (shown[0][:, 1] == asked.frame.values[asked.rows][:, 1]).all()
    np.testing.assert_allclose(answer, asked.frame.values[asked.rows][..., 0], rtol=1e-5)


def test_where_it_is_large_its_own_scale_stays():
    asked = question(rates(), slice(245, 255))
    answer, shown = passed(asked)
    assert len(shown) == 1 and (shown[0] == asked.frame.values[asked.rows]).all()
    both = question(rates(), np.r_[100:105, 245:250])  # type: ignore[arg-type]
    answer, shown = passed(both)
    assert len(shown) == 2
    np.testing.assert_allclose(answer, both.frame.values[both.rows][..., 0], rtol=1e-5)


def test_nothing_hidden_decides():
    values = rates()
    plain, _ = passed(question(values, slice(100, 112)))
    hidden = question(values, slice(100, 112))
    hidden.frame.values[100:112] = 1e9
    said = within_orders(hidden, lambda one: np.zeros((1, len(one.rows), 2, 1)))
    assert (said == 0).all() and np.isfinite(plain).all()


def test_a_night_before_a_day_is_asked_as_it_is():
    rng = np.random.default_rng(0)
    steps = np.arange(288 * 12)
    height = np.clip(np.cos((steps / 12 % 24 - 12) / 8 * np.pi), 0, None) * (np.abs(steps / 12 % 24 - 12) < 4)
    sun = (600 * height + 0.3 * np.abs(rng.standard_normal(len(steps))))[:, None]
    times = np.datetime64("2024-12-01", "ns") + steps * np.timedelta64(5, "m")
    panel = Panel(sun[..., None].astype(np.float32), times, "5min", ("power",))
    asked = np.zeros(panel.values.shape, bool)
    asked[288 * 11 + 36 : 288 * 11 + 132] = True  # from three to eleven
    seen = panel.mask & ~asked
    seen[288 * 11 + 36 :] = False
    _, shown = passed(Question(panel, seen, asked))
    assert len(shown) == 1 and (shown[0] == panel.values[asked.any(axis=(1, 2))]).all()


def test_what_changes_sign_moves_with_its_offset():
    rng = np.random.default_rng(0)
    drift = np.concatenate([1e4 * rng.standard_normal(60), 0.1 * rng.standard_normal(MONTHS - 60)])[:, None]
    asked = question(drift, slice(200, 212))
    _, shown = passed(asked)
    assert len(shown) == 1 and (shown[0] == asked.frame.values[asked.rows]).all()


def test_few_small_values_beside_a_long_gap_do_not_make_it_small():
    for inflation, is_small in ((100 + 48 + 24, True), (100 + 48 + 4, False)):
        values = rates()[:, :1]
        values[100:inflation] = 2.14
        values[inflation:200] = values[259]
        asked = question(values, slice(100, 148))
        _, shown = passed(asked)
        assert (shown[0] != asked.frame.values[asked.rows]).all() == is_small
