"""Where a phase of the day never moves no answer does; where it moves, by chance does not, or has just moved, nothing changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.data.panel import Panel
from chronotope.model.still import with_still
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.tasks.load import load

DAYS = 21
HOUR = np.arange(24 * (DAYS + 1))
TOLD = np.linspace(-40.0, 40.0, len(QUANTILE_LEVELS))
NIGHT, DAWN = [0, 1, 2, 3, 20, 21, 22, 23], [6, 18]


def sun(seed: int = 0, dark: float = 0.0) -> np.ndarray:
    """Hours of clouded sun (t, 2) from six to six; at night a sensor may show something."""
    rng = np.random.default_rng(seed)
    height = np.clip(np.sin((HOUR % 24 - 6) / 12 * np.pi), 0, None)[:, None]
    return np.asarray(800 * height * rng.uniform(0.2, 1, (len(HOUR), 2)) + dark * rng.standard_normal((len(HOUR), 2)))


def question(values: np.ndarray, hidden: np.ndarray | None = None) -> Question:
    """The last day is asked, or what is hidden."""
    times = np.datetime64("2024-05-01", "ns") + HOUR * np.timedelta64(1, "h")
    panel = Panel(values[..., None].astype(np.float32), times, "1h", ("power",))
    asked = np.zeros(panel.values.shape, bool)
    if hidden is None:
        asked[-24:] = True
    else:
        asked[..., 0] = hidden
    return Question(panel, panel.mask & ~asked, asked)


def told(asked: Question) -> np.ndarray:
    """What stays of an answer that is the same everywhere (q, h, n)."""
    answer = np.broadcast_to(TOLD[:, None, None, None], (len(TOLD), len(asked.rows), *asked.asked.shape[1:])).copy()
    return with_still(asked, lambda _: answer)[..., 0]


def test_nights_are_dark():
    answer = told(question(sun()))
    assert (answer[:, NIGHT] == 0).all()
    assert (answer[:, 7:17] == TOLD[:, None, None]).all()


@pytest.mark.parametrize("model", ["tiny", "small"])
def test_the_network_says_so(model):
    asked = question(sun())
    predictor = load(model).predictor
    assert (predictor.answer(asked).values[:, NIGHT] == 0).all()
    assert (predictor.options(memory=False).answer(asked).values[:, NIGHT] != 0).any()


def test_beside_what_moves_nothing_is_still():
    assert (told(question(sun()))[:, DAWN] == TOLD[:, None, None]).all()


def test_a_dark_current_has_quantiles_of_its_own():
    asked = question(sun(dark=0.3))
    answer = told(asked)[:, NIGHT]
    truth = asked.frame.values[-24:, :, 0][NIGHT]
    assert (np.diff(answer, axis=0) >= 0).all() and 0.5 < (answer[-1] - answer[0]).mean() < 1.2
    assert 0.55 < ((truth >= answer[0]) & (truth <= answer[-1])).mean() <= 1.0


def test_dry_hours_are_chance():
    rng = np.random.default_rng(0)
    rain = np.where(rng.random((len(HOUR), 2)) < 0.04, rng.gamma(1, 5, (len(HOUR), 2)), 0.0)
    assert (told(question(rain)) == TOLD[:, None, None]).all()
    rain[-48:-24] = 0.0  # a dry day before what is asked
    assert (told(question(rain)) == TOLD[:, None, None]).all()


def test_who_shone_last_night_may_shine_again():
    values = sun()
    values[-26, 0] = 30.0
    answer = told(question(values))
    assert (answer[:, :, 0] == TOLD[:, None]).all() and (answer[:, NIGHT, 1] == 0).all()


def test_few_days_say_nothing():
    asked = question(sun())
    assert (told(asked.of_rows(24 * (DAYS - 9), len(HOUR))) == TOLD[:, None, None]).all()


def test_gaps_at_night_and_nothing_behind_the_mask():
    hidden = np.zeros((len(HOUR), 2), bool)
    hidden[24 * 9 : 24 * 9 + 14] = True
    values = sun()
    plain = told(question(values, hidden))
    values[hidden] = 1e4
    assert (told(question(values, hidden)) == plain).all()
    assert (plain[:, NIGHT[:4]] == 0).all() and (plain[:, 7:] == TOLD[:, None, None]).all()


def test_what_is_not_asked_keeps_its_answer():
    asked = question(sun())
    asked.asked[-24:, 1] = False
    assert (told(asked)[:, NIGHT, 0] == 0).all() and (told(asked)[:, :, 1] == TOLD[:, None]).all()


def test_a_closed_sunday():
    days = np.arange(7 * 20 + 7)
    values = np.where(days % 7 == 6, 0.0, 100 + 10 * np.random.default_rng(0).standard_normal(len(days)))
    panel = Panel(
        values[:, None, None].astype(np.float32), np.datetime64("2024-01-01", "ns") + days * np.timedelta64(1, "D"), "1D", ("sold",)
    )
    asked = np.zeros(panel.values.shape, bool)
    asked[-7:] = True
    answer = told(Question(panel, panel.mask & ~asked, asked))
    assert (answer[:, 6] == 0).all() and (answer[:, :6] == TOLD[:, None, None]).all()


def test_simulated_nights_are_dark():
    times = np.datetime64("2024-05-01", "ns") + HOUR * np.timedelta64(1, "h")
    members = ct.load("tiny").simulate(pd.DataFrame(sun(), index=times, columns=["a", "b"]), 24, n=8, seed=0)
    values = next(iter(members.dataset.data_vars.values())).transpose("member", "time", "place").values
    assert (values[:, NIGHT] == 0).all() and values.max() > 100
