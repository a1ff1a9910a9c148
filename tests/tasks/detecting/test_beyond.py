"""Beyond all else: few long stretches of a series, by hand."""

import numpy as np

from chronotope.tasks.detecting.beyond import beyond


def noise(steps=200, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (steps, 1))


def test_a_stretch_apart_is_beyond_and_nothing_beside_it():
    values = noise()
    values[50:70] += 10
    values[60] = 0.2  # one that looks as ever
    found = np.flatnonzero(beyond(values)[:, 0])
    assert found.tolist() == [*range(50, 60), *range(61, 70)]


def test_what_comes_again_or_is_most_or_smooth_is_not_beyond():
    again, most, smooth = noise(), noise(), np.exp(np.arange(200.0))[:, None] ** 0.1
    again[::20] += 10
    most[:80] += 10
    assert not beyond(again).any() and not beyond(most).any() and not beyond(smooth).any()


def test_a_few_values_say_nothing_and_zeros_are_no_departures():
    few = np.zeros((200, 1))
    few[50:60], few[100:110] = 30, 1
    assert not beyond(few).any()
    assert not beyond(np.full((200, 1), np.nan)).any()


def test_a_single_outlier_is_left_to_the_tails():
    values = noise()
    values[50] = 100
    assert not beyond(values).any()


def test_nothing_below_the_least_is_beyond():
    values = 0.01 * noise()
    values[50:70] += 1
    assert beyond(values).any() and not beyond(values, 4.0).any()
