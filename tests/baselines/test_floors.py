"""Each floor against values worked out by hand, and the width of the intervals against known noise."""

import numpy as np
import pytest

from chronotope.baselines import BASELINES
from chronotope.data.panel import Edges
from panels import ahead, hole, panel_of


def median(name, question):
    return BASELINES[name]().answer(question.wanting((0.5,))).values[0]


def test_last_value_carries_the_last_seen_value_over_a_gap():
    values = np.array([[1.0, 5.0], [2.0, 6.0], [3.0, np.nan]])
    assert median("last_value", ahead(panel_of(values), 2))[..., 0].tolist() == [[3, 6], [3, 6]]


def test_drift_goes_on_along_the_line_through_first_and_last():
    assert median("drift", ahead(panel_of([1.0, 9.0, 2.0, 7.0]), 2)).ravel().tolist() == [9, 11]


def test_seasonal_naive_repeats_a_pure_cycle_exactly():
    wave = np.tile(np.arange(24.0), 20)
    found = median("seasonal_naive", ahead(panel_of(wave), 48)).ravel()
    assert found.tolist() == list(range(24)) * 2


def test_seasonal_naive_of_the_week_takes_the_value_of_seven_days_before():
    values = np.random.default_rng(1).normal(size=24 * 30)
    found = median("seasonal_naive:week", ahead(panel_of(values), 24)).ravel()
    np.testing.assert_allclose(found, values[-168:-144].astype("float32"))


def test_climatology_is_the_mean_of_the_same_hour():
    noise = np.random.default_rng(2).normal(size=(30, 24))
    values = (10 * np.sin(np.arange(24) / 4) + noise).ravel()
    found = median("climatology", ahead(panel_of(values), 24)).ravel()
    np.testing.assert_allclose(found, values.reshape(30, 24).mean(axis=0), rtol=1e-5)


def test_climatology_of_days_in_a_year_is_smooth():
    days = np.arange(366 * 6)
    values = 10 * np.cos(2 * np.pi * days / 365.25) + np.random.default_rng(3).normal(size=len(days))
    found = median("climatology", ahead(panel_of(values, "1D", "2018-01-01"), 60)).ravel()
    true = 10 * np.cos(2 * np.pi * np.arange(len(days), len(days) + 60) / 365.25)
    assert np.abs(found - true).max() < 0.6  # 21 days x 6 years of unit noise leave 0.09 of standard error


def test_anomaly_persistence_decays_as_the_process_does():
    rng, rho = np.random.default_rng(4), 0.9
    values = np.zeros((4000, 20))
    for t in range(1, 4000):
        values[t] = rho * values[t - 1] + rng.normal(size=20)
    found = median("anomaly_persistence", ahead(panel_of(values, "1min"), 10))[..., 0]
    ideal = rho ** np.arange(1, 11)[:, None] * values[-1]
    last = np.broadcast_to(values[-1], ideal.shape)
    assert np.abs(found - ideal).mean() < 0.4 * np.abs(last - ideal).mean()


def test_marginal_holds_the_quantiles_of_the_past():
    values = np.random.default_rng(5).permutation(1000).astype(float)
    found = BASELINES["marginal"]().answer(ahead(panel_of(values), 3).wanting((0.1, 0.5, 0.9))).values
    np.testing.assert_allclose(found[:, 1, 0, 0], [99.5, 499.5, 899.5], atol=2)


def test_neighbour_mean_of_a_place_without_history_is_the_weighted_mean():
    values = np.array([[1.0, 4.0, np.nan], [2.0, 8.0, np.nan], [3.0, 3.0, np.nan]])
    edges = Edges(np.array([0, 1]), np.array([2, 2]), np.array([1.0, 2.0]))
    panel = panel_of(values, edges=edges)
    asked = np.zeros(panel.values.shape, bool)
    asked[:, 2] = True
    np.testing.assert_allclose(median("neighbour_mean", hole(panel, asked))[:, 2, 0], [3, 6, 3])


def test_neighbour_mean_forecasts_as_the_last_value_does():
    question = ahead(panel_of(np.random.default_rng(6).normal(size=(50, 4))), 5)
    assert np.array_equal(median("neighbour_mean", question), median("last_value", question))


def test_ridge_learns_an_autoregression():
    rng = np.random.default_rng(7)
    values = np.zeros((600, 30))
    for t in range(2, 600):
        values[t] = 1.2 * values[t - 1] - 0.5 * values[t - 2] + rng.normal(size=30)
    found = median("ridge", ahead(panel_of(values, "1min"), 1))[0, :, 0]
    np.testing.assert_allclose(found, 1.2 * values[-1] - 0.5 * values[-2], atol=0.15)


def test_the_mix_is_near_the_better_of_two_worlds():
    rng = np.random.default_rng(8)
    cycle = np.tile(5 * np.sin(np.arange(24) / 3.8), 40)[:, None] + rng.normal(size=(960, 10)) * 0.3
    walk = rng.normal(size=(960, 10)).cumsum(axis=0)
    question = ahead(panel_of(np.concatenate([cycle, walk], axis=1)), 12)
    mix, cycles, last = (median(name, question)[..., 0] for name in ("mix", "climatology", "last_value"))
    assert np.abs(mix - cycles)[:, :10].mean() < 0.3 and np.abs(mix - last)[:, 10:].mean() < 1.0


@pytest.mark.parametrize("name", ["last_value", "mix", "ridge", "climatology", "anomaly_persistence", "climatology_quantiles", "marginal"])
def test_eighty_percent_intervals_cover_about_eighty_percent(name):
    rng = np.random.default_rng(9)
    values = np.tile(np.sin(np.arange(24) / 3.8), 30)[:, None] + rng.normal(size=(720, 200))
    question = ahead(panel_of(values[:-24]), 24)
    low, high = BASELINES[name]().answer(question.wanting((0.1, 0.9))).values[..., 0]
    inside = ((values[-24:] >= low) & (values[-24:] <= high)).mean()
    assert 0.74 < inside < 0.87


@pytest.mark.parametrize("name", ["last_value", "seasonal_naive", "climatology", "anomaly_persistence", "mix", "ridge"])
def test_gaps_are_filled_from_both_sides(name):
    line = np.linspace(0, 100, 400)
    panel = panel_of(line, "1min")
    hidden = np.zeros(panel.values.shape, bool)
    hidden[200:210] = True
    np.testing.assert_allclose(median(name, hole(panel, hidden))[:, 0, 0], line[200:210], atol=0.6)
