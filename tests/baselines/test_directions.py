"""Floors of directions go round the circle: between 350 and 10 degrees lies 0, and turning all directions turns all answers."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.baselines import BASELINES, FLOORS, GAP_FLOORS
from chronotope.evaluate.scores.sums import assemble, collapse
from chronotope.inspect.circle import ways_of
from chronotope.questions import Question
from chronotope.questions.kinds.fine import within
from panels import ahead, hole, panel_of

STEPS, PLACES = 24 * 6, 9
RNG = np.random.default_rng(0)
XY = RNG.random((PLACES, 2))
HOURS = np.arange(STEPS + 24)[:, None]
SMOOTH = 15.0 * HOURS + 60 * XY[:, 0]  # once round in a day, and by places
NOISY = SMOOTH[:STEPS] + RNG.normal(0, 8, (STEPS, PLACES))
ALL = (*FLOORS, *GAP_FLOORS)
LINEAR = {"mix"}  # a network's start reads numbers on a line, turned to each place's mean direction


def directions(values):
    return replace(panel_of(np.mod(values, 360)), xy=XY, variables=("wind_direction",), units=("degrees",))


def turned(one, other):
    """Degrees from one to the other by the shorter way."""
    return np.mod(np.asarray(other) - one + 180, 360) - 180


def asked(kind, turn=0.0) -> Question:
    panel, hidden = directions(NOISY + turn), np.zeros((STEPS, PLACES, 1), bool)
    if kind == "forecast":
        return ahead(panel, 24)
    hidden[60:66, 3] = hidden[100:104, 5] = kind == "gap"
    hidden[:, 4] |= kind == "place"
    return hole(panel, hidden)


@pytest.mark.parametrize("kind", ["forecast", "gap", "place"])
@pytest.mark.parametrize("name", [one for one in ALL if one not in LINEAR])
def test_turning_all_directions_turns_all_answers(name, kind):
    floor = BASELINES[name]()
    plain, again = floor.quantiles(asked(kind)), floor.quantiles(asked(kind, 77.0))
    np.testing.assert_allclose(turned(plain + 77, again)[np.isfinite(plain)], 0, atol=1e-2)  # float32 of 360
    known = plain[np.isfinite(plain)]
    assert known.min() >= 0 and known.max() < 360


NEAR = {"climatology": 8, "climatology_quantiles": 8, "anomaly_persistence": 8, "seasonal_naive": 15, "ridge": 15}


@pytest.mark.parametrize("name", NEAR)
def test_a_direction_that_comes_round_every_day_is_told(name):
    answer = BASELINES[name]().quantiles(asked("forecast"))[4, ..., 0]
    assert np.abs(turned(SMOOTH[STEPS:], answer)).mean() < NEAR[name]  # the noise has 8 degrees


@pytest.mark.parametrize("kind", ["gap", "place"])
@pytest.mark.parametrize("name", ["neighbour_mean", "inverse_distance", "kriging", "similar_places", "knn"])
def test_neighbours_tell_a_direction(name, kind):
    question = asked(kind)
    answer = BASELINES[name]().quantiles(question)[4, ..., 0]
    missed = turned(SMOOTH[question.rows], answer)
    assert np.nanmean(np.abs(missed)) < 20


@pytest.mark.parametrize("name", ["neighbour_mean", "inverse_distance", "kriging", "linear"])
def test_between_350_and_10_lies_north(name):
    values = np.array([[350.0, 0, 10], [349, 2, 11], [351, 359, 9]])
    values = np.repeat(values.T, 2, axis=1) if name == "linear" else values
    panel = replace(panel_of(values), xy=np.arange(values.shape[1])[:, None] * [1.0, 0], variables=("wind_direction",), units=("degrees",))
    hidden = np.zeros(panel.values.shape, bool)
    hidden[(1, slice(None)) if name == "linear" else (slice(None), 1)] = True
    answer = BASELINES[name]().quantiles(hole(panel, hidden))[4]
    np.testing.assert_allclose(turned(0, answer[np.isfinite(answer)]), 0, atol=1.5)  # single readings are a degree or two beside


def test_drift_turns_by_the_shorter_way():
    panel = replace(panel_of(np.mod(340 + 2.0 * np.arange(16), 360)), variables=("heading",), units=("degrees",))
    panel = replace(panel, values=np.concatenate([panel.values[:, :1], np.full((16, 1, 1), 180.0)], axis=1))
    answer = BASELINES["drift"]().quantiles(ahead(panel, 3))[4, :, 0, 0]
    np.testing.assert_allclose(answer, [12, 14, 16], atol=1e-3)


def test_a_moved_field_of_directions_is_read_across_north():
    east, south = np.meshgrid(np.arange(10.0), np.arange(8.0))
    values = np.stack([np.mod(350 + 4 * (east - step) + 0 * south, 360).ravel() for step in range(4)])
    panel = replace(panel_of(values), xy=np.stack([east.ravel(), -south.ravel()], axis=1), variables=("wind_dir",), units=("degrees",))
    answer = BASELINES["advection"]().quantiles(ahead(panel, 1))[..., 0]
    truth = np.mod(350 + 4 * (east - 4), 360).ravel()
    assert np.abs(turned(truth, answer[4, 0])).max() <= 4.01  # a cell at the border has nothing to read


@pytest.mark.parametrize("name", ["bilinear", "bicubic"])
def test_inside_a_block_directions_turn_on(name):
    east, south = np.meshgrid(np.arange(4.0), np.arange(4.0))
    coarse = np.stack([np.mod(340 + 10 * (east + south) + turn, 360).ravel() for turn in (0, 120, 240)])
    panel = replace(panel_of(coarse), xy=np.stack([east.ravel(), -south.ravel()], axis=1), variables=("wind_dir",), units=("degrees",))
    answer = BASELINES[name]().quantiles(within(panel, (4, 4), (2, 2)))[4, ..., 0].reshape(3, 8, 8)
    blocks = np.deg2rad(answer.reshape(3, 4, 2, 4, 2))
    mean = np.rad2deg(np.arctan2(np.sin(blocks).mean(axis=(2, 4)), np.cos(blocks).mean(axis=(2, 4)))).reshape(3, -1)
    np.testing.assert_allclose(turned(coarse, mean), 0, atol=0.05)


@pytest.mark.parametrize("turn", [0.0, 190.0])
def test_r2_of_directions_does_not_depend_on_where_north_is(turn):
    truth = np.mod(RNG.normal(0, 30, (4, 3, 5, 1)) + turn, 360)
    answer = np.repeat(np.mod(truth + 10, 360)[:, None], 9, axis=1)
    ways = ways_of(truth.reshape(-1, 5, 1), ("wind_direction",), ("degrees",))
    told = assemble([collapse(a, t, ways=ways) for a, t in zip(answer, truth)]).scores()["r2"]
    line = turned(turn, truth)
    assert told == pytest.approx(1 - 100 / line.var(), rel=1e-6)
