"""Frames that are missing as a whole: by motion where it did better, and nothing touched elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from chronotope.model.meeting import with_meeting
from grids import gridded, sliding, straight
from panels import ahead, hole

SIDE, STEPS = 16, 24


def missing(frames, first=11, length=1):
    """A question about whole frames."""
    hidden = np.zeros((len(frames), SIDE**2, 1), bool)
    hidden[first : first + length] = True
    return hole(gridded(frames), hidden)


@pytest.fixture(scope="module")
def moving():
    return missing(sliding(STEPS, (0.7, 1.2), SIDE), length=2)


@pytest.fixture(scope="module")
def told(moving):
    return with_meeting(moving, straight)


def test_missing_frames_of_a_moving_field_go_with_its_motion(moving, told):
    truth = sliding(STEPS, (0.7, 1.2), SIDE)[11:13].reshape(2, -1)
    assert np.isfinite(told).all() and (np.diff(told, axis=0) >= -1e-6).all()
    assert np.abs(told[4, ..., 0] - truth).mean() < 0.4 * np.abs(straight(moving)[4, ..., 0] - truth).mean()


def test_the_order_of_the_places_changes_nothing(moving, told):
    shuffle = np.random.default_rng(0).permutation(SIDE**2)
    np.testing.assert_allclose(with_meeting(moving.of_places(shuffle), straight), told[:, :, shuffle], atol=1e-5)


def test_what_stands_in_the_missing_frames_has_no_say(moving, told):
    poisoned = replace(moving.frame, values=np.where(moving.seen, moving.frame.values, 1e6).astype(np.float32))
    np.testing.assert_array_equal(with_meeting(replace(moving, frame=poisoned), straight), told)


def test_other_gaps_of_the_same_question_are_answered_without_motion(moving):
    asked, seen = moving.asked.copy(), moving.seen.copy()
    asked[5, :9], seen[5, :9] = True, False
    both = replace(moving, asked=asked, seen=seen)
    np.testing.assert_array_equal(with_meeting(both, straight)[:, 0, :9], straight(both)[:, 0, :9])


def test_who_knows_better_than_the_motion_keeps_the_word(moving):
    frames = sliding(STEPS, (0.7, 1.2), SIDE)
    times = moving.frame.times

    def oracle(question):
        rows = question.rows
        place = question.frame.cells[:, 0] * SIDE + question.frame.cells[:, 1]
        true = frames.reshape(STEPS, -1)[np.searchsorted(times, question.frame.times[rows])][:, place, None]
        return np.where(question.asked[rows], true + 1e-3 * (np.array(question.levels)[:, None, None, None] - 0.5), np.nan).astype(
            np.float32
        )

    np.testing.assert_array_equal(with_meeting(moving, oracle), oracle(moving))


@pytest.mark.parametrize("kind", ["flicker", "walk", "constant"])
def test_what_stands_still_stays_as_it_was_to_the_last_bit(kind):
    noise = gaussian_filter(np.random.default_rng(1).normal(size=(STEPS, SIDE, SIDE)), (0, 1, 1))
    frames = {"flicker": noise[0] + 0.3 * noise, "walk": np.cumsum(noise, axis=0), "constant": np.repeat(noise[:1], STEPS, axis=0)}[kind]
    question = missing(frames)
    np.testing.assert_array_equal(with_meeting(question, straight), straight(question))


def test_forecasts_and_frames_of_which_a_part_is_seen_are_not_looked_at():
    frames = sliding(STEPS, (0.7, 1.2), SIDE)
    hidden = np.zeros((STEPS, SIDE**2, 1), bool)
    hidden[11, 3:] = True
    for question in (hole(gridded(frames), hidden), ahead(gridded(frames), 2)):
        np.testing.assert_array_equal(with_meeting(question, straight), straight(question))
