"""Phases against loops over repetitions, with gaps, smoothing and leads beyond a period."""

import numpy as np
import pytest

from chronotope.evidence.clock import Period
from chronotope.evidence.phases import REPEATS, Phases, Smoothed
from chronotope.evidence.series import bridged
from tiles import series_of


def _slow(series, period, s, row, lead):
    """(last, recent, all) by loops; None where there is nothing."""
    t, stride, reach = series.x.shape[1], period.stride, period.smooth * period.stride
    x, m = bridged(series.x, series.m, int(period.steps // 12)) if period.steps >= 12 else (series.x, series.m)

    def window(centre, smooth):
        if not 0 <= centre < t:
            return []
        cells = [centre + j * stride for j in range(-smooth, smooth + 1)]
        return [x[s, c] for c in cells if 0 <= c < t and m[s, c] > 0]

    sides = (-1, 1) if series.both_sides else (-1,)
    offsets = [int(np.rint(k * period.steps / stride)) * stride for k in range(1, 400)]
    far = [o for o in offsets if o >= lead + reach]
    mean = lambda values: float(np.mean(values)) if values else None  # noqa: E731
    recent = mean([x for o in far[: period.recent] for side in sides for x in window(row + side * o, period.smooth)])
    every = mean([x for o in far[:REPEATS] for side in sides for x in window(row + side * o, period.smooth)])
    allowed = [o for o in offsets if o >= lead]
    last = mean([x for side in sides for x in window(row + side * allowed[0], 0)])
    if last is None:
        last = mean([x for side in sides for x in window(row + side * allowed[1], 0)])
    return last, recent, every


@pytest.mark.parametrize("both_sides", [False, True])
@pytest.mark.parametrize(
    "period", [Period(24.0), Period(9.37), Period(36.0, 1, 2), Period(52.3, 4, 1)], ids=["day", "not whole", "smooth", "stride"]
)
def test_means_of_the_same_phase_equal_those_of_loops(period, both_sides):
    rng = np.random.default_rng(0)
    x, m = rng.normal(size=(3, 240)), rng.random((3, 240)) < 0.7
    m[2, 60:140] = False
    cut = 180
    series = series_of(x, m, [period], both_sides, cut)
    rows = np.array([cut, cut + 5, cut + 23, cut + 24, cut + 55]) if not both_sides else np.array([0, 3, 100, 181, 239])
    lead = np.broadcast_to(1 if both_sides else rows - cut + 1, (3, 5))
    found = Phases(Smoothed(series, period), rows, 64).at(np.arange(5), lead)
    for s in range(3):
        for j, row in enumerate(rows):
            for one, truth in zip(found, _slow(series, period, s, int(row), int(lead[s, j])), strict=True):
                assert one.ok[s, j] == (truth is not None)
                if truth is not None:
                    assert one.value[s, j] == pytest.approx(truth, abs=2e-5)  # float32 sums of at most 200 values near one


def test_a_lead_beyond_a_period_goes_back_whole_periods():
    x = np.arange(100.0)
    series = series_of(x, periods=[10], cut=80)
    last, recent, _ = Phases(Smoothed(series, series.periods[0]), np.array([99]), 24).at(np.array([0]), np.array([[20]]))
    assert last.value[0, 0] == 79 and recent.value[0, 0] == np.mean([79, 69, 59, 49])
    assert last.age[0, 0] == 20 and recent.age[0, 0] == np.mean([20, 30, 40, 50])


def test_smoothing_does_not_read_across_the_lead():
    period = Period(20.0, 1, 3)
    x = np.arange(200.0)
    series = series_of(x, periods=[period], cut=200)
    first = Phases(Smoothed(series, period), np.array([150]), 24).at(np.array([0]), np.array([[18]]))
    x[133:] = 1e6  # nearer than the lead of 18 steps
    second = Phases(Smoothed(series_of(x, periods=[period]), period), np.array([150]), 24).at(np.array([0]), np.array([[18]]))
    assert [float(a.value[0, 0]) for a in first] == [float(a.value[0, 0]) for a in second]


def test_the_longest_lead_asked_does_not_change_the_means_of_short_leads():
    series = series_of(np.random.default_rng(1).normal(size=1000), periods=[24], cut=990)
    short, long = (Phases(Smoothed(series, series.periods[0]), np.array([990]), longest) for longest in (8, 300))
    for a, b in zip(short.at(np.array([0]), np.array([[1]])), long.at(np.array([0]), np.array([[1]])), strict=True):
        assert np.array_equal(a.value, b.value) and np.array_equal(a.ok, b.ok)


def test_short_gaps_between_seen_values_are_bridged_and_nothing_else():
    x = np.arange(40, dtype=np.float32)[None] ** 2
    m = np.ones_like(x)
    m[0, [0, 7, 8, 20, 21, 22, 39]] = 0
    value, there = bridged(x * m, m, 2)
    assert there[0].tolist() == [0.0, *[1.0] * 19, 0.0, 0.0, 0.0, *[1.0] * 16, 0.0]
    np.testing.assert_allclose(value[0, [7, 8]], [36 + (81 - 36) / 3, 36 + 2 * (81 - 36) / 3])
    assert np.array_equal(value[m > 0], x[m > 0])


def test_phase_means_do_not_jump_where_each_hour_misses_another_day():
    rng = np.random.default_rng(0)
    days = np.repeat(rng.normal(size=30) * 10, 24)  # the level of a day is its own, and every hour of it the same
    m = (rng.random(720) > 0.15).astype(np.float32)
    series = series_of(days * m, m, periods=[Period(24.0)])
    value, count = Smoothed(series, series.periods[0]).at(np.arange(720 - 24 * 4, 720).reshape(4, 24))
    rough = np.abs(np.diff((value.sum(1) / count.sum(1))[0]))
    plain = (days * m).reshape(30, 24)[-4:].sum(0) / m.reshape(30, 24)[-4:].sum(0)
    assert rough.mean() < 0.5 * np.abs(np.diff(plain)).mean()
