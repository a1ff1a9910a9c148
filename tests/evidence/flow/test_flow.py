"""Fields whose motion is known: read off their frames, carried on, and told apart from fields that only flicker."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from chronotope.evidence.flow.carry import common_motion, paths
from chronotope.evidence.flow.frames import begin_of, completed
from chronotope.evidence.flow.grid import grid_order
from chronotope.evidence.flow.learnt import INNER, SURER, Learnt
from chronotope.evidence.flow.optical import optical_flow
from chronotope.evidence.flow.outlook import Outlook
from chronotope.evidence.flow.shares import KINDS, Ledger, kind_of_cell
from chronotope.evidence.flow.trials import Tried, earlier_origins, motion_of, tried_leads

SIDE = 48
PATTERN = gaussian_filter(np.random.default_rng(0).normal(size=(200, 200)), 2.5, mode="wrap")
PATTERN /= PATTERN.std()
HERE = np.indices((SIDE, SIDE), float)
NO_CELLS = np.zeros(0, int)


def sliding(steps, velocity):
    by = np.array(velocity)[:, None, None]
    return np.stack([map_coordinates(PATTERN, HERE + 60 - by * k, order=3, mode="wrap") for k in range(steps)])


def turning(steps, angle):
    dy, dx = HERE - (SIDE - 1) / 2
    turns = angle * np.arange(steps)
    ways = [(dy * np.cos(a) + dx * np.sin(a), dx * np.cos(a) - dy * np.sin(a)) for a in turns]
    return np.stack([map_coordinates(PATTERN, [y + 100, x + 100], order=3, mode="wrap") for y, x in ways])


@pytest.mark.parametrize("velocity", [(2.0, -3.0), (0.4, 0.7), (0.0, 0.0)])
def test_a_steady_motion_is_found_in_every_cell(velocity):
    found = motion_of(sliding(4, velocity))[:, 8:-8, 8:-8]
    np.testing.assert_allclose(found, np.broadcast_to(np.array(velocity)[:, None, None], found.shape), atol=0.15)


def test_a_turn_is_found_where_no_common_motion_is():
    frames = turning(4, 0.04)
    middle = (slice(10, -10),) * 2
    dy, dx = HERE - (SIDE - 1) / 2
    truth = np.stack([-dx, dy]) * 0.04
    found = optical_flow(frames, common_motion(frames), 4.0)
    off = np.abs(found - truth)[(slice(None), *middle)].mean()
    assert off < 0.12 < np.abs(truth[(slice(None), *middle)]).mean()


def test_a_film_that_repeats_a_frame_moves_as_it_did():
    frames = sliding(4, (1.0, 1.0))
    repeated = np.concatenate([frames[:3], frames[2:3]])
    assert np.abs(optical_flow(repeated, np.array([1.0, 1.0]), 4.0)[:, 10:-10, 10:-10] - 1.0).mean() < 0.15


def test_paths_lead_back_along_a_circle():
    dy, dx = HERE - (SIDE - 1) / 2
    at = paths(np.stack([-dx, dy]) * 0.05, HERE, 10, inner=4)[-1][:, 24, 34]
    centre = (SIDE - 1) / 2
    start = np.array([24, 34]) - centre
    turned = start[0] * np.cos(0.5) + start[1] * np.sin(0.5), start[1] * np.cos(0.5) - start[0] * np.sin(0.5)
    np.testing.assert_allclose(at, np.array(turned) + centre, atol=0.2)


def test_a_sliding_field_is_foreseen_and_intervals_hold_what_they_promise():
    frames = sliding(20, (0.8, -1.3)) + 0.1 * np.random.default_rng(1).normal(size=(20, SIDE, SIDE))
    outlook = Outlook.of(frames[:16], 4, NO_CELLS)
    assert outlook.learnt.moves
    held = []
    for lead in (1, 4):
        told, known, speed = outlook.quantiles(lead)
        truth = frames[15 + lead]
        assert np.abs(told[7] - truth)[known].mean() < 0.35 * np.abs(frames[15] - truth)[known].mean()
        assert abs(np.median(speed) - np.hypot(0.8, 1.3)) < 0.1
        held.append(((truth >= told[INNER][0]) & (truth <= told[INNER][-1]))[known].mean())
    assert 0.72 < np.mean(held) < 0.88


def test_growth_is_carried_on_too():
    frames = sliding(16, (1.0, 0.5)) * 1.06 ** np.arange(16)[:, None, None]
    outlook = Outlook.of(frames[:12], 4, NO_CELLS)
    told, known, _ = outlook.quantiles(4)
    plain = outlook._signs.read(outlook._walked[0], outlook.source(4), 4)[0][0].reshape(SIDE, SIDE)
    assert np.abs(told[7] - frames[15])[known].mean() < 0.75 * np.abs(plain - frames[15])[known].mean()


@pytest.mark.parametrize("seed", range(4))
def test_what_flickers_in_its_place_does_not_move(seed):
    rng = np.random.default_rng(seed)
    still = PATTERN[:SIDE, :SIDE] * (1 + 0.3 * np.sin(np.arange(16))[:, None, None])
    outlook = Outlook.of(still + 0.3 * rng.normal(size=still.shape), 4, NO_CELLS)
    assert not outlook.learnt.moves


def test_too_short_a_past_and_too_few_cells_have_no_outlook():
    frames = sliding(9, (1, 1))
    assert Outlook.of(frames[:4], 3, NO_CELLS) is None
    hidden = frames.copy()
    hidden[-1, :30] = np.nan
    assert Outlook.of(hidden, 3, NO_CELLS) is None
    assert not len(tried_leads(5, 5)) and (earlier_origins(np.array([1, 3]), 12) + 1 < 12).all()


def test_holes_show_what_is_next_to_them_and_empty_frames_what_was_before():
    frames = np.arange(3.0)[:, None, None] + np.zeros((3, 4, 4))
    frames[1] = np.nan
    frames[2, 0, 0] = np.nan
    np.testing.assert_array_equal(completed(frames)[:, 0, 0], [0.0, 0.0, 2.0])


@pytest.mark.parametrize(("blank", "since", "begun"), [(5, 8, 9), (5, 7, 0), (4, 8, 0)])
def test_a_picture_begins_behind_a_long_blank_where_enough_came_since(blank, since, begun):
    frames = np.random.default_rng(0).random((4 + blank + since, 3, 3))
    frames[4 : 4 + blank] = 0.5
    assert begin_of(frames) == begun
    frames[5] = np.nan  # a frame that was not seen is no blank one
    assert begin_of(frames) == (begun if blank > 5 else 0)


def test_the_share_goes_to_who_was_better_and_to_nobody_when_both_are_alike():
    levels = tuple(np.arange(1, 10) / 10)
    rng = np.random.default_rng(0)
    base = np.array([-1.28, -0.84, -0.52, -0.25, 0, 0.25, 0.52, 0.84, 1.28])[:, None]

    def chosen(size_of_carried):
        ledger = Ledger(2, levels)
        for _ in range(6):
            ledger.open()
            truth, kind = rng.normal(size=300), rng.integers(0, KINDS, 300)
            for lead in range(2):
                carried = truth + size_of_carried * (rng.normal(size=300) + base)
                other = truth + rng.normal(size=300) + base
                ledger.add(lead, carried, other, truth, kind)
        return ledger.chosen()

    assert (chosen(0.1) == 1).all() and not chosen(3.0).any()
    np.testing.assert_array_equal(kind_of_cell(np.array([0.0, 0.5, 2.0, 2.0]), np.array([1, 1, 1, 0], bool)), [0, 1, 2, 3])


def test_cells_of_a_grid_go_by_their_rows_and_columns_whatever_their_coordinates():
    from dataclasses import replace

    from panels import panel_of

    panel = panel_of(np.zeros((3, 30)), "5min")
    cells = np.indices((5, 6)).reshape(2, -1).T
    turned = cells @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    assert grid_order(replace(panel, xy=turned))[1] == ()
    shuffle = np.random.default_rng(0).permutation(30)
    order, shape = grid_order(replace(panel, xy=turned, cells=cells).take_places(shuffle))
    assert shape == (5, 6) and (shuffle[order] == np.arange(30)).all()


def _tried(origin, gain):
    """One lead, at which carrying on missed by `1 - gain` and standing still by one."""
    m = 12
    signs = np.concatenate([np.full((1, m), 1.0 - gain), np.ones((3, m))])
    return Tried(origin, signs, np.zeros(m), np.ones(m, bool), np.zeros(m), np.ones(m), np.zeros(m))


def test_one_bad_origin_among_few_leaves_it_open_and_more_of_them_settle_it():
    few = Learnt(np.array([1]), [[_tried(k, gain) for k, gain in enumerate((0.25, 0.2, 0.25, -1.3))]])
    assert not few.moves and few.may_move
    more = few.with_more([[_tried(10 + k, gain) for k, gain in enumerate((0.2, 0.25, 0.2, 0.22))]])
    assert more.moves_surely(SURER) and [one.origin for one in more.tried[0]] == [0, 1, 2, 3, 10, 11, 12, 13]
    still = Learnt(np.array([1]), [[_tried(k, gain) for k, gain in enumerate((0.1, -0.2, 0.02, -0.1))]])
    assert not still.moves and not still.may_move
