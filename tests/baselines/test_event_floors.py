"""Rates whose truth is known: integrals, likelihoods, and the branching of simulated self-exciting counts."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.baselines import EVENT_FLOORS
from chronotope.baselines.events import Events
from chronotope.errors import DataError, DimensionError
from chronotope.evaluate.metrics import log_likelihood
from chronotope.worlds.hawkes import simulate, spread

UNIT = np.array([[0.0, 0.0], [1.0, 1.0]])


def excited(branching, side=1, steps=4000, memory=5.0, reach=0.06):
    """Self-exciting counts of `side` x `side` places (about 0.5 a step in all) as events of the unit square; a step is an hour."""
    rng = np.random.default_rng(1)
    grid = (np.stack(np.meshgrid(*[np.arange(side)] * 2), -1).reshape(-1, 2) + 0.5) / side
    kernel = branching * spread(np.linalg.norm(grid[:, None] - grid, axis=-1), reach, False)
    counts = simulate(rng, np.full((steps, side**2), 0.5 * (1 - branching) / side**2), kernel, memory)[1].astype(int)
    t, p = (np.repeat(index, counts[counts > 0]) for index in np.nonzero(counts))
    times, xy = (t + rng.random(len(t))) / 24, grid[p] + (rng.random((len(p), 2)) - 0.5) / side
    order = np.argsort(times)
    return Events(times[order], xy[order] if side > 1 else None, 0.0, steps / 24, UNIT if side > 1 else None)


def uneven(days=70):
    """Events of the left half of the unit square, four times as many in the hours from 8 to 20."""
    rng = np.random.default_rng(2)
    times = np.sort(rng.uniform(0, days, 2500))
    busy = (times % 1 >= 8 / 24) & (times % 1 < 20 / 24)
    times = times[busy | (rng.random(len(times)) < 0.25)]
    xy = rng.random((len(times), 2)) * [0.5, 1]
    return Events(times, xy, 0.0, float(days), UNIT)


@pytest.mark.parametrize("branching, side", [(0.6, 1), (0.6, 10)])
def test_the_branching_of_simulated_counts_is_found_within_a_tenth(branching, side):
    model = EVENT_FLOORS["hawkes"]().fit(excited(branching, side))
    assert model.branching == pytest.approx(branching, rel=0.1)
    assert 24 / model.decay == pytest.approx(5, rel=0.35)
    assert side == 1 or model.reach == pytest.approx(0.06, rel=0.35)


def test_without_excitement_little_is_found():
    rng = np.random.default_rng(3)
    model = EVENT_FLOORS["hawkes"]().fit(Events(np.sort(rng.uniform(0, 100, 1500)), None, 0.0, 100.0))
    assert model.branching < 0.1


@pytest.mark.parametrize("name", EVENT_FLOORS)
def test_the_integral_of_the_rate_is_the_number_of_events_it_was_fitted_on(name):
    events = uneven()
    model = EVENT_FLOORS[name]().fit(events)
    assert model.expected(events, 0, events.end) == pytest.approx(len(events.times), rel=0.01)
    parts = [model.expected(events, a, a + 7) for a in range(0, 70, 7)]
    assert sum(parts) == pytest.approx(model.expected(events, 0, 70), rel=1e-6)


def test_a_density_integrates_to_one_over_the_box():
    events = uneven()
    model = EVENT_FLOORS["inhomogeneous_poisson"]().fit(events)
    y, x = (np.mgrid[:60, :60] + 0.5) / 60
    lattice = np.stack([x.ravel(), y.ravel()], axis=1)
    density = model.density(replace(events, times=np.zeros(3600), xy=lattice))
    assert density.mean() == pytest.approx(1, abs=0.01)
    assert density[lattice[:, 0] < 0.4].mean() > 10 * density[lattice[:, 0] > 0.7].mean()


def test_a_rate_that_knows_place_and_hour_is_likelier_on_later_events():
    events, cut = uneven(), 56.0
    score = {}
    for name in ("homogeneous_poisson", "inhomogeneous_poisson"):
        model = EVENT_FLOORS[name]().fit(events.before(cut))
        later = events.times >= cut
        score[name] = log_likelihood(model.intensity(events)[later], model.expected(events, cut, events.end)) / later.sum()
    gain = score["inhomogeneous_poisson"] - score["homogeneous_poisson"]
    best = np.log(2) + 4 / 5 * np.log(4 / 2.5) + 1 / 5 * np.log(1 / 2.5)  # half the square, and the share of the hours
    assert 0.75 * best < gain < best + 0.1  # a smooth density blurs the edge of the half


def test_intensities_come_from_earlier_events_only():
    events = uneven(35)
    for name in EVENT_FLOORS:
        model = EVENT_FLOORS[name]().fit(events.before(28.0))
        early = events.times < 30
        np.testing.assert_allclose(model.intensity(events.before(30.0)), model.intensity(events)[early], rtol=1e-6)


def test_windows_that_cannot_be_are_refused():
    with pytest.raises(DimensionError, match="must not decrease"):
        Events(np.array([1.0, 0.5]), None, 0.0, 2.0)
    with pytest.raises(DataError, match="at least 20 events"):
        EVENT_FLOORS["hawkes"]().fit(Events(np.array([0.5]), None, 0.0, 1.0))
