"""Frames missing inside moving fields: which are looked at, and what both sides carry into them."""

import numpy as np
import pytest

from chronotope.evidence.flow.frames import at_frames
from chronotope.evidence.flow.meeting import Met, bridged, holes, planted
from chronotope.evidence.flow.rule import MIDDLE
from grids import sliding

NO_CELLS = np.zeros(0, int)


def without(frames, first, length):
    out = frames.copy()
    out[first : first + length] = np.nan
    return out


def lines(frames, first, length):
    """Straight lines in time between the frames beside a hole."""
    share = (np.arange(length) + 1)[:, None, None] / (length + 1)
    return (1 - share) * frames[first - 1] + share * frames[first + length]


@pytest.mark.parametrize("length", [1, 3])
def test_what_moves_steadily_is_found_where_both_sides_meet(length):
    frames = sliding(24, (0.7, 1.3), 32)
    hidden = without(frames, 10, length)
    real = holes(np.isfinite(hidden).any(axis=(1, 2)))
    met = Met.of(hidden, real, NO_CELLS)
    told = np.stack([met.quantiles(real[0], step)[0][MIDDLE] for step in range(1, length + 1)])
    truth = frames[10 : 10 + length]
    assert met.learnt.moves
    assert np.isfinite(told).mean() > 0.95  # corners are out of sight on both sides
    assert np.nanmean(np.abs(told - truth)) < 0.25 * np.abs(lines(frames, 10, length) - truth).mean()


def test_holes_have_two_frames_on_each_side_and_planted_ones_are_as_long():
    filled = np.array([1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0], bool)
    found = holes(filled)
    assert [(one.first, one.length, one.before, one.after) for one in found] == [(4, 2, 2, 4)]
    places = planted(filled, found)
    assert [one.first for one in places] == [8, 9] and all(one.length == 2 for one in places)
    assert not planted(filled[:8], found)


def test_frames_that_are_carried_over_are_near_the_truth_and_seen_ones_stay():
    frames = sliding(12, (1.0, 1.4), 32)
    filled = np.ones(12, bool)
    filled[[6, 9]] = False
    copied = frames.copy()
    copied[[6, 9]] = frames[[5, 8]]  # as they come when the frame before is shown again
    told = bridged(copied, filled)
    np.testing.assert_array_equal(told[filled], frames[filled])
    inner = (slice(None), slice(4, -4), slice(4, -4))
    off, before = (np.abs(one[~filled] - frames[~filled])[inner].mean() for one in (told, copied))
    assert off < 0.15 * before


def test_what_is_carried_over_a_hole_knows_no_frame_after_the_next():
    frames = sliding(12, (1.0, 1.4), 32)
    filled = np.arange(12) != 6
    later = frames.copy()
    later[8:] = 1e6
    np.testing.assert_array_equal(bridged(later, filled)[6], bridged(frames, filled)[6])


def test_origins_lie_at_frames_with_another_one_before():
    filled = np.array([1, 0, 1, 1, 0, 1], bool)
    np.testing.assert_array_equal(at_frames(np.array([0, 1, 2, 4, 5]), filled), [2, 3, 5])
