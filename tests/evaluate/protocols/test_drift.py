"""Alarms on errors whose law is known: as rare as promised while nothing changes, soon when something does."""

import numpy as np
import pytest

from chronotope.errors import ArgumentError
from chronotope.evaluate.protocols.drift import cusum, first_alarm, memory, standardised, threshold, whitened

WATCHED, RUNS = 72, 100


def quiet(seed, steps, phi):
    """Errors with memory `phi` (t, RUNS), standard deviation 1."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(steps + 50, RUNS))
    for i in range(1, len(x)):
        x[i] = phi * x[i - 1] + np.sqrt(1 - phi**2) * x[i]
    return x[50:]


def delays(phi, shift, past=400):
    """Steps to the alarm of each run, NaN without one."""
    x = quiet(1, past + WATCHED, phi)
    x[past:] += shift
    out = []
    for errors in x.T:
        z = standardised(errors, slice(0, past))
        alarm = first_alarm(z[past:], threshold(z[:past], WATCHED))
        out.append(np.nan if alarm is None else alarm)
    return np.array(out)


def test_the_sums_by_hand():
    z = np.array([1.0, 1.0, -3.0, np.nan, 0.2])
    np.testing.assert_allclose(cusum(z), [0.5, 1.0, 2.5, 2.0, 1.5][:3] + [2.0, 1.3])
    assert first_alarm(z, 0.9) == 1 and first_alarm(z, 9.0) is None


@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_false_alarms_are_as_rare_as_promised(phi):
    assert np.isfinite(delays(phi, 0.0)).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)


def test_a_shift_of_one_and_a_half_is_found_within_a_day():
    assert (delays(0.0, 1.5) < 24).mean() > 0.97
    assert (delays(0.5, 2.0) < 24).mean() > 0.9
    assert (delays(0.0, -1.5) < 24).mean() > 0.97, "downwards too"


def test_what_wanders_by_nature_is_no_news():
    x = quiet(3, 500, 0.95)
    x[:, 1] += np.where(np.arange(500) < 420, 0.0, 6.0)
    wanders, jumps = (whitened(one, slice(0, 400)) for one in x.T[:2])
    assert memory(wanders[:400][np.isfinite(wanders[:400])]) <= 2 and np.nanstd(wanders[:400], ddof=1) == pytest.approx(1)
    heights = [threshold(z[:400], 100) for z in (wanders, jumps)]
    assert first_alarm(wanders[400:], heights[0]) is None and first_alarm(jumps[400:], heights[1]) == 20
    late = x[:, 0].copy()
    late[450:] = 99.0
    np.testing.assert_array_equal(whitened(late, slice(0, 400))[:450], wanders[:450])


def test_memory_is_that_of_the_process():
    assert memory(quiet(2, 4000, 0.0)[:, 0]) == 1 and 18 <= memory(quiet(2, 20000, 0.9)[:, 0]) <= 30  # 0.9 ** 22 = 0.1
    with pytest.raises(ArgumentError, match="at least 16"):
        threshold(np.zeros(3), 10)
