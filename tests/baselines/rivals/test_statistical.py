"""statsforecast's methods: they find the cycle, go over a late gap, and turn intervals into quantiles."""

from types import SimpleNamespace

import numpy as np
import pytest

from chronotope.baselines.rivals.base import Past
from chronotope.baselines.rivals.statistical import _percent, _periods
from panels import ahead, panel_of
from rivals import wanted


def test_levels_name_the_central_interval_that_ends_there():
    assert [_percent(level) for level in (0.1, 0.9, 0.5, 0.005)] == [80, 80, 0, 99]


def test_the_period_that_back_tests_best_comes_first():
    rng = np.random.default_rng(0)
    hours = np.arange(24 * 40)
    daily = np.sin(2 * np.pi * hours / 24)
    weekly = daily * np.where(hours % 168 < 120, 1.0, -1.0)
    drifting = daily + rng.normal(size=len(hours)).cumsum() * 0.1
    z = np.stack([drifting, weekly], axis=1) + rng.normal(size=(len(hours), 2)) * 0.05
    panel = panel_of(z)
    past = Past(panel.extend(6), z, np.arange(2), 6, z, np.zeros(2), np.ones(2))
    assert [periods[0] for periods in _periods(past, 10**9)] == [24, 168]
    assert _periods(past, 24) == [(24,), (24,)]


@pytest.mark.parametrize("name", ["auto_theta", "mstl", "auto_ets"])
def test_a_cycle_with_little_noise_is_followed(name):
    hours = np.arange(24 * 8)
    values = 10 + 5 * np.sin(2 * np.pi * hours / 24) + np.random.default_rng(1).normal(size=len(hours)) * 0.2
    question = ahead(panel_of(values[:-12]), 12)
    found = wanted(name).answered(question)[..., 0, 0]
    assert np.abs(found[4] - values[-12:]).mean() < 0.6
    assert (found[8] > found[0]).all()


def test_steps_after_the_last_seen_value_are_forecast_too():
    line = np.arange(40.0) + np.random.default_rng(2).normal(size=40) * 0.01
    whole = wanted("auto_theta").answered(ahead(panel_of(line, "1min"), 5).wanting((0.5,)))
    late = np.r_[line, [np.nan] * 3]
    found = wanted("auto_theta").answered(ahead(panel_of(late, "1min"), 2).wanting((0.5,)))
    np.testing.assert_allclose(found[0, :, 0, 0], whole[0, 3:, 0, 0], rtol=1e-4)


def test_a_cap_on_the_context_reads_only_its_end(monkeypatch):
    read = []
    model = wanted("auto_theta?context=30")
    still = SimpleNamespace(forecast=lambda y, h, level: read.append(y) or {"mean": np.zeros(h)})
    monkeypatch.setattr(model, "model", lambda periods: still)
    values = np.random.default_rng(3).normal(size=80).astype("float32").astype(float)
    model.answered(ahead(panel_of(values, "1min"), 3).wanting((0.5,)))
    np.testing.assert_allclose(read[0], (values[-30:] - values.min()) / values.std() + 1)


def test_a_series_that_the_package_cannot_fit_is_left_to_the_last_value(monkeypatch):
    def refuse(y, h, level):
        raise Exception("no model able to be fitted")

    model = wanted("auto_theta")
    monkeypatch.setattr(model, "model", lambda periods: SimpleNamespace(forecast=refuse))
    question = ahead(panel_of(np.random.default_rng(4).normal(size=40)), 3)
    assert np.isnan(model.answered(question)).all() and np.isfinite(model.answer(question).values).all()
