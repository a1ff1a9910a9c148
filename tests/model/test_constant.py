"""What never moved: no spread that was never seen, for a while."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chronotope.data.panel import Panel
from chronotope.model.constant import AHEAD, FEWEST, with_constant
from chronotope.opening.open import open_field
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.tasks.load import load

LEADS = FEWEST // AHEAD + 2
TOLD = np.linspace(1.0, 9.0, len(QUANTILE_LEVELS))


def question(hours: int) -> Question:
    """Three capacities: one that never moved, one that did once, and one of which a value is missing; what comes is far off."""
    values = np.full((FEWEST + LEADS, 3), 7.0, np.float32)
    values[3, 1], values[5, 2], values[FEWEST:] = 6.0, np.nan, 100.0
    times = np.datetime64("2021-01-03", "ns") + np.arange(len(values)) * np.timedelta64(hours, "h")
    panel = Panel(values[:, :, None], times, f"{hours}h", ("capacity",))
    asked = np.zeros(panel.values.shape, bool)
    asked[FEWEST:] = True
    return Question(panel, panel.mask & ~asked, asked)


def told(asked: Question) -> np.ndarray:
    """What stays of an answer that is the same everywhere (q, h, n)."""
    return with_constant(asked, lambda _: TOLD[:, None, None, None] * np.ones((1, LEADS, 3, 1)))[..., 0]


def test_what_never_moved_stays_for_an_eighth_of_what_is_known_of_it():
    made, plain = told(question(24)), TOLD[:, None, None] * np.ones((1, LEADS, 3))
    assert (made[:, : FEWEST // AHEAD, 0] == 7).all()
    np.testing.assert_array_equal(made[:, FEWEST // AHEAD :, 0], plain[:, FEWEST // AHEAD :, 0])
    np.testing.assert_array_equal(made[:, :, 1:], plain[:, :, 1:])
    np.testing.assert_array_equal(told(question(1)), plain)  # four days


def test_a_model_lends_it_no_spread():
    made = load("tiny").predictor.answer(question(24)).values[:, : FEWEST // AHEAD, 0, 0]
    assert (made == 7).all()


def test_members_of_it_do_not_wander():
    hours = np.datetime64("2021-01-03", "ns") + np.arange(FEWEST) * np.timedelta64(24, "h")
    walk = np.cumsum(np.random.default_rng(0).standard_normal(FEWEST))
    values = xr.DataArray(np.stack([walk, np.full(FEWEST, 7.0)], 1), {"time": hours, "place": ["a", "b"]}, ("time", "place"), name="level")
    field = open_field(values.to_dataset().assign_coords(lat=("place", [50.0, 50.1]), lon=("place", [8.0, 8.1])))
    made = load("tiny").simulate(field, 6, n=20).to_xarray()["level"].values
    assert (made[..., 1] == 7).all() and made[..., 0].std() > 0
