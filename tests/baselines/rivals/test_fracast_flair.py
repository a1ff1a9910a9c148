"""Fracast and FLAIR: their answers are those of the packages, in the right place, and beat the last value on a cycle."""

import numpy as np
import pytest

from chronotope.baselines.naive import LastValue
from chronotope.baselines.rivals.flair import step_name
from chronotope.questions import QUANTILE_LEVELS
from panels import ahead, panel_of
from rivals import wanted


def wave(steps=300):
    hours = np.arange(steps)[:, None]
    return 20 + 5 * np.sin(2 * np.pi * (hours + [0, 5]) / 24) + np.random.default_rng(0).normal(size=(steps, 2)) * 0.3


def test_fracast_answers_what_its_package_does():
    model = wanted("fracast")
    values = wave()
    question = ahead(panel_of(values[:-8]), 8)
    found = model.answer(question).values[..., 0]
    low, spread = values[:-8].astype("float32").min(axis=0), values[:-8].astype("float32").std(axis=0)
    plain = model._model.forecast(((values[:-8] - low) / spread)[:, 1], horizon=8)
    np.testing.assert_allclose(found[:, :, 1], plain.T * spread[1] + low[1], rtol=2e-4)


@pytest.mark.parametrize("name", ["fracast", "flair"])
def test_a_cycle_is_followed_better_than_by_the_last_value(name):
    values = wave()
    question = ahead(panel_of(values[:-12]), 12)
    own, last = (np.abs(m.answer(question).values[4, ..., 0] - values[-12:]).mean() for m in (wanted(name), LastValue()))
    assert own < 0.3 * last


def test_flair_answers_the_quantiles_of_its_packages_paths():
    model = wanted("flair")
    values = wave()[:, :1]
    found = model.answered(ahead(panel_of(values), 6))[..., 0, 0]
    z = values.astype("float32").astype(float)
    paths = model._package.forecast(((z - z.min()) / z.std())[:, 0], 6, "H", n_samples=200, seed=0)
    np.testing.assert_allclose(found, np.quantile(paths, QUANTILE_LEVELS, axis=0) * z.std() + z.min(), atol=0.05)


@pytest.mark.parametrize(
    "step, name", [("1h", "H"), ("5min", "5T"), ("1D", "D"), ("7D", "W"), ("MS", "M"), ("6h", "Q"), ("YS", "Y"), ("2h", "M"), ("7min", "Y")]
)
def test_flair_is_told_the_step_by_its_own_table(step, name):
    assert step_name(panel_of(np.zeros(50), step)) == name
