"""Simulated tracks: the same for the same seed, seen as an observer sees them, each family with what it is there for."""

import numpy as np
import pytest

from chronotope.worlds.ways.crowds import players, walkers
from chronotope.worlds.ways.draw import FAMILIES, SHARES, draw_ways, observed
from chronotope.worlds.ways.flows import drifters, storms
from chronotope.worlds.ways.routes import lanes, streets
from chronotope.worlds.ways.wanderers import foragers, wanderers


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_scene_is_that_of_its_seed_and_shows_objects_that_move(family):
    one, again, other = draw_ways(3, family), draw_ways(3, family), draw_ways(4, family)
    np.testing.assert_array_equal(one.values, again.values)
    assert one.family == family and one.values.shape[2] == 2 and one.step > 0
    assert one.values.shape != other.values.shape or not np.array_equal(one.values, other.values, equal_nan=True)
    seen = np.isfinite(one.values).all(axis=2)
    assert (seen == np.isfinite(one.values).any(axis=2)).all() and seen.any(axis=0).mean() > 0.8
    assert np.nanstd(np.diff(one.values, axis=0)) > 0
    assert set(SHARES) == set(FAMILIES)


def test_walkers_keep_clear_of_each_other_and_reach_their_goals():
    at = walkers(rng(1), 200, 12)
    apart = np.abs(at[:, :, None] - at[:, None]) + 1e3 * np.eye(12)
    through = at[:, rng(2).permutation(12)][:, :, None] * np.ones(1)
    strangers = np.abs(at[:-40][:, :, None] - at[40:][:, None])  # the same crowd at other times does not
    assert (apart < 0.3).mean() < 0.3 * (strangers < 0.3).mean() and through.shape[1] == 12
    assert np.quantile(np.abs(np.diff(at, axis=0)) / 0.4, 0.9) < 3.2


def test_players_go_where_the_ball_is_and_come_back():
    at = players(rng(0), 600, 10)
    centred = at - at.mean(axis=0)
    common = np.abs(centred.mean(axis=1)).std() / np.abs(centred).std()
    assert common > 0.3 and np.abs(at).max() < 400


def test_drifters_that_are_near_each_other_are_carried_alike():
    alike = []
    for seed in range(8):
        at = drifters(rng(seed), 120, 40)
        move = np.diff(at, axis=0)
        apart = np.abs(at[0][:, None] - at[0]) + 1e3 * np.eye(40)
        near = apart.argmin(axis=1)
        total = move[:20].sum(axis=0)
        alike.append((np.abs(total - total[near]) / (np.abs(total - total[rng(9).permutation(40)]) + 1e-9)).mean())
    assert np.median(np.abs(alike)) < 0.95


def test_storms_go_west_first_then_to_the_pole_and_east():
    at = storms(rng(0), 400, 30)
    move = np.diff(at, axis=0)
    south, north = at[:-1].imag < 15, at[:-1].imag > 45
    assert move.real[south].mean() < 0 < move.real[north].mean() and (at[-1].imag > at[0].imag).mean() > 0.9


def test_streets_are_straight_between_corners_and_lanes_lead_to_few_ports():
    move = np.diff(streets(rng(3), 300, 20), axis=0)
    angle = np.angle(move[np.abs(move) > 1e-6] ** 4)
    assert np.abs(np.exp(1j * angle).mean()) > 0.5  # four directions, nearly
    at = lanes(rng(0), 400, 20)
    rests = at[:-1][np.abs(np.diff(at, axis=0)) < 1e-3 * np.abs(at).max()]
    assert len(rests) > 50 and len({(round(z.real), round(z.imag)) for z in rests}) < 40


def test_velocities_of_wanderers_forget_themselves_and_foragers_rest():
    move = np.diff(wanderers(rng(5), 400, 30), axis=0)
    keep = [(move[lag:] * move[:-lag].conj()).real.mean() / (np.abs(move) ** 2).mean() for lag in (1, 40)]
    assert keep[0] > keep[1]
    pace = np.abs(np.diff(foragers(rng(2), 400, 30), axis=0))
    assert np.quantile(pace, 0.1) < 0.1 * np.quantile(pace, 0.95)


def test_an_observer_sees_objects_for_a_while_and_misses_some_steps():
    at = wanderers(rng(0), 200, 30)
    shares = [np.isfinite(observed(rng(seed), at)[..., 0]).mean() for seed in range(12)]
    assert min(shares) < 0.6 and max(shares) > 0.95


def test_some_scenes_have_gaps_inside_tracks_and_others_none():
    def inner(seen):
        first, last = seen.argmax(axis=0), len(seen) - 1 - seen[::-1].argmax(axis=0)
        row = np.arange(len(seen))[:, None]
        return (~seen & (row > first) & (row < last)).sum()

    at = wanderers(rng(0), 200, 30)
    gaps = [inner(np.isfinite(observed(rng(seed), at)[..., 0])) for seed in range(12)]
    assert min(gaps) == 0 < max(gaps)
