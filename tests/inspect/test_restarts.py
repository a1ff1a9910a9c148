"""What is in another unit than before is told from floods, trends, lulls and what stands still."""

from __future__ import annotations

import numpy as np

from chronotope.inspect.restarts import restarts

RNG = np.random.default_rng(0)
STEPS = 240


def kilowatts(at: int = 150) -> np.ndarray:
    watts = 3000 + 1000 * np.sin(np.arange(STEPS) / 4) + 50 * RNG.standard_normal(STEPS)
    return np.where(np.arange(STEPS) < at, watts, watts / 1000)


def first(x: np.ndarray) -> int:
    return int(restarts(np.asarray(x, float)[:, None])[0])


def test_another_unit():
    assert first(kilowatts()) == 150
    assert restarts(np.stack([np.ones(STEPS), kilowatts(), np.full(STEPS, np.nan)], axis=1)).tolist() == [0, 150, 0]


def test_gaps_do_not_hide_it():
    x = kilowatts()
    x[[140, 149, 151, 200]] = np.nan
    x[150] = np.nan
    assert first(x) == 152


def test_few_values_since_are_not_enough():
    assert first(kilowatts(STEPS - 20)) == 0


def test_floods_recede_again_and_again():
    x = 1 + 0.01 * RNG.standard_normal(STEPS)
    for start in (20, 70, 120, 170):
        x[start : start + 30] += 500
    assert first(x) == 0


def test_trends_steps_and_lulls_are_read():
    assert first(np.arange(STEPS) + RNG.standard_normal(STEPS)) == 0
    assert first(np.where(np.arange(STEPS) < 150, 80.0, 20.0) + RNG.standard_normal(STEPS)) == 0
    assert first(np.where(np.arange(STEPS) < 150, RNG.poisson(300, STEPS), RNG.poisson(3, STEPS))) == 0


def test_what_stands_still_since_is_no_restart():
    assert first(np.where(np.arange(STEPS) < 150, 500 + RNG.standard_normal(STEPS), 2.0)) == 0
