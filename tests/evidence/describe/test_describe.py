"""The description of series: closed forms, units, gaps, and what each group is to tell apart."""

import numpy as np
import pytest

from chronotope.evidence.describe import GROUPS, describe, record_of
from chronotope.evidence.describe.lags import partial
from chronotope.evidence.describe.seasons import strength

HOUR = 3600.0
RNG = np.random.default_rng(0)
WALK = RNG.normal(size=(6, 700)).cumsum(axis=1)


def driven(phi, n=8, t=4000):
    """Autoregressions of order one (n, t)."""
    noise, x = RNG.normal(size=(n, t)), np.zeros((n, t))
    for k in range(1, t):
        x[:, k] = phi * x[:, k - 1] + noise[:, k]
    return x


def test_an_autoregression_has_the_correlations_of_the_book():
    said = describe(driven(0.8), HOUR)
    for lag in (1, 2, 4):
        assert said[f"lag{lag}"].mean() == pytest.approx(0.8**lag, abs=0.04)  # 8 x 4000 values: error about 0.02
    assert np.abs(said["partial2"]).mean() < 0.05
    assert np.exp(said["left_over3"]).mean() == pytest.approx(np.sqrt(1 - 0.64), abs=0.03)


def test_partial_correlations_are_those_of_a_slow_regression():
    x = driven(0.6, 1, 3000)
    x = x[:, 2:] + 0.5 * x[:, :-2]
    record = record_of(x)
    r = np.concatenate([record.correlation[0, 3:0:-1], record.correlation[0, :4]])
    for order, value in enumerate(partial(record.correlation, 3), 1):
        matrix = np.array([[r[3 + i - j] for j in range(order)] for i in range(order)])
        slow = np.linalg.solve(matrix, record.correlation[0, 1 : order + 1])[-1]
        assert value[0] == pytest.approx(slow, abs=1e-6)


def test_gaps_leave_correlations_and_spectrum_unbiased():
    x = driven(0.8)
    holed = np.where(RNG.random(x.shape) < 0.4, np.nan, x)
    whole, part = describe(x, HOUR), describe(holed, HOUR)
    for name in ("lag1", "lag2", "lag8", "octave0", "octave3", "roughness", "hold1", "quantile0.9"):
        assert part[name].mean() == pytest.approx(whole[name].mean(), abs=0.05), name


@pytest.mark.parametrize("change", [lambda x: 1.8 * x + 32, lambda x: 1e-4 * x, lambda x: x + 1e4])
@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_a_unit_changes_nothing(change, holes):
    x = np.where(RNG.random(WALK.shape) < holes, np.nan, WALK)
    one, two = describe(x, HOUR), describe(change(x), HOUR)
    assert all(np.allclose(one[name], two[name], atol=1e-6) for name in one)  # rounding of the shift


def test_a_series_is_described_alone():
    one, two = describe(WALK, HOUR), describe(WALK[[3, 1]], HOUR)
    assert all(np.allclose(one[name][[3, 1]], two[name], atol=1e-12) for name in one)


def test_seasons_are_found_in_the_calendar_and_beside_it():
    t = np.arange(24 * 30)
    x = np.stack([np.sin(2 * np.pi * t / 24), np.sin(2 * np.pi * t / 31), 0 * t]) + 0.5 * RNG.normal(size=(3, len(t)))
    said = describe(x, HOUR)
    assert said["day"][0] == pytest.approx(0.5 / 0.75, abs=0.06) and np.abs(said["day"][1:]).max() < 0.06
    assert said["line"][:2].min() > said["line"][2] + 2
    assert describe(x, 0.0)["day"].max() == 0.0  # without a clock there is no day
    assert strength(record_of(x), 2.0).max() == 0.0


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("steps", [1, 2, 3, 5, 17, 65, 300])
def test_every_group_is_finite_for_any_length(group, steps):
    x = RNG.normal(size=(4, steps))
    x[1], x[2] = np.nan, 3.0
    for name, column in describe(x, HOUR).items():
        assert column.shape == (4,) and np.isfinite(column).all(), name
    assert set(GROUPS[group](record_of(x, HOUR))) <= set(describe(x, HOUR))


def test_names_are_of_one_group_each_and_the_same_for_all_lengths():
    names = [name for group in GROUPS.values() for name in group(record_of(WALK, HOUR))]
    assert len(names) == len(set(names)) and names == list(describe(WALK[:, :3], 0.0))
