"""The network's answer and the motion of a field: mixed by trials, and nothing touched where nothing moves."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import chronotope as ct
from chronotope.model.between import with_places
from chronotope.model.moving import with_motion
from grids import gridded, standing
from grids import sliding as moved
from panels import ahead

SIDE, STEPS, LEADS = 24, 20, 3


def sliding(velocity=(1.0, 1.4), steps=STEPS + LEADS):
    return moved(steps, velocity, SIDE)


def test_a_moving_field_goes_with_its_motion_in_any_order_of_places():
    frames = sliding()
    question = ahead(gridded(frames[:STEPS]), LEADS)
    told = with_motion(question, standing)
    truth = frames[STEPS:].reshape(LEADS, -1)
    assert np.isfinite(told).all() and (np.diff(told, axis=0) >= 0).all()
    assert np.abs(told[4, ..., 0] - truth).mean() < 0.35 * np.abs(standing(question)[4, ..., 0] - truth).mean()
    shuffle = np.random.default_rng(0).permutation(SIDE**2)
    mixed = with_motion(question.of_places(shuffle), standing)
    np.testing.assert_allclose(mixed, told[:, :, shuffle], atol=1e-5)


def test_what_has_just_begun_after_a_long_blank_goes_with_its_motion():
    frames = sliding()
    blank = np.full((30, SIDE, SIDE), frames.min())
    question = ahead(gridded(np.concatenate([blank, frames[STEPS - 12 : STEPS]])), LEADS)
    truth = frames[STEPS:].reshape(LEADS, -1)
    assert np.abs(with_motion(question, standing)[4, ..., 0] - truth).mean() < 0.35 * np.abs(standing(question)[4, ..., 0] - truth).mean()


def test_cells_that_a_radar_never_sees_keep_no_others_from_moving():
    """Through both doors of the network's predictor: places never seen come first, motion after."""
    frames = sliding()
    frames[:, :6, :6] = np.nan
    whole = ahead(gridded(frames[:STEPS]), LEADS)
    question = replace(whole, asked=whole.asked & whole.seen.any(axis=0))
    told = with_places(question, lambda one: with_motion(one, standing))
    truth = frames[STEPS:].reshape(LEADS, -1)
    assert np.nanmean(np.abs(told[4, ..., 0] - truth)) < 0.5 * np.nanmean(np.abs(standing(question)[4, ..., 0] - truth))


@pytest.mark.parametrize("missing", [(STEPS - 3,), (STEPS - 6, STEPS - 2), (STEPS - 1,)])
def test_frames_missing_in_the_past_keep_no_field_from_moving(missing):
    frames = sliding()
    question = ahead(gridded(frames[:STEPS]), LEADS)
    seen = question.seen.copy()
    seen[list(missing)] = False
    values = np.where(seen, question.frame.values, 1e6).astype(np.float32)  # and what stands there has no say
    told = with_motion(replace(question, frame=replace(question.frame, values=values), seen=seen), lasting)
    truth = frames[STEPS:].reshape(LEADS, -1)
    assert np.abs(told[4, ..., 0] - truth).mean() < 0.5 * np.abs(standing(question)[4, ..., 0] - truth).mean()


def test_variables_that_miss_different_frames_both_go_with_their_motion():
    panels = [gridded(frames) for frames in (sliding(), sliding((-0.8, 1.1)))]
    whole = np.concatenate([panel.values for panel in panels], axis=2)
    question = ahead(replace(panels[0], values=whole[:STEPS], times=panels[0].times[:STEPS], variables=("one", "other")), LEADS)
    seen = question.seen.copy()
    seen[[10, STEPS - 1], :, 1] = False
    told = with_motion(replace(question, seen=seen), lasting)
    off, still = (np.abs(one - whole[STEPS:]).mean(axis=(0, 1)) for one in (told[4], standing(question)[4]))
    assert (off < [0.35 * still[0], 0.6 * still[1]]).all()


def lasting(question):
    """`standing`, from the last value that was seen at all."""
    past = question.visible()[: question.first]
    row = np.maximum.accumulate(np.where(np.isfinite(past), np.arange(len(past))[:, None, None], 0), axis=0)[-1]
    values = question.frame.values.copy()
    values[question.first - 1] = np.take_along_axis(past, row[None], axis=0)[0]
    seen = question.seen.copy()
    seen[question.first - 1] = True
    return standing(replace(question, frame=replace(question.frame, values=values), seen=seen))


def test_nothing_after_the_origin_and_nothing_unseen_has_a_say():
    question = ahead(gridded(sliding()[:STEPS]), LEADS)
    seen = question.seen.copy()
    seen[5:9, 40:90] = False
    hidden = replace(question, seen=seen)
    poisoned = replace(hidden.frame, values=np.where(seen, hidden.frame.values, 1e6))
    np.testing.assert_array_equal(with_motion(replace(hidden, frame=poisoned), standing), with_motion(hidden, standing))


def test_who_knows_better_than_the_motion_keeps_the_word():
    frames = sliding()
    panel = gridded(frames)

    def oracle(question):
        rows = question.rows
        stamps = np.searchsorted(panel.times, question.frame.times[rows])
        place = question.frame.cells[:, 0] * SIDE + question.frame.cells[:, 1]
        told = panel.values[stamps][:, place] + 1e-3 * (np.array(question.levels)[:, None, None, None] - 0.5)
        return np.where(question.asked[rows], told, np.nan).astype(np.float32)

    question = ahead(gridded(frames[:STEPS]), LEADS)
    np.testing.assert_array_equal(with_motion(question, oracle), oracle(question))


def _still(kind, seed):
    rng = np.random.default_rng(seed)
    steps = np.arange(STEPS)[:, None, None]
    base = gaussian_filter(rng.normal(size=(SIDE, SIDE)), 2)
    noise = gaussian_filter(rng.normal(size=(STEPS, SIDE, SIDE)), (0, 1, 1))
    if kind == "flicker":
        return base + 0.3 * noise
    if kind == "season":
        return base * (1 + np.sin(2 * np.pi * steps / 8)) + 0.1 * noise
    if kind == "walk":
        return base + 0.2 * np.cumsum(noise, axis=0)
    return np.repeat(base[None], STEPS, axis=0) if kind == "constant" else rng.normal(size=(STEPS, SIDE, SIDE))


@pytest.mark.parametrize("kind", ["flicker", "season", "walk", "constant", "white"])
@pytest.mark.parametrize("seed", [0, 1])
def test_what_stands_still_stays_with_the_network_to_the_last_bit(kind, seed):
    question = ahead(gridded(_still(kind, seed)), LEADS)
    np.testing.assert_array_equal(with_motion(question, standing), standing(question))


def test_small_grids_gaps_and_places_off_any_grid_are_not_looked_at():
    frames = sliding()
    question = ahead(gridded(frames[:STEPS]), LEADS)
    off = replace(question, frame=replace(question.frame, cells=None, xy=np.random.default_rng(0).normal(size=(SIDE**2, 2))))
    few = question.of_places(np.flatnonzero((question.frame.cells < 7).all(axis=1)))
    for one in (off, few):
        np.testing.assert_array_equal(with_motion(one, standing), standing(one))


@pytest.mark.weights
def test_the_shipped_weights_follow_a_film_and_can_be_told_not_to():
    frames = np.clip(127 + 60 * sliding((1.0, 1.4)), 0, 255).astype(np.uint8)[:, :16, :16]
    field = ct.open(_film(frames[:STEPS]))
    model = ct.load("tiny")
    told = model.forecast(field, LEADS).to_xarray()["frames"]
    plain = type(model)(model.predictor.options(motion=False)).forecast(field, LEADS).to_xarray()["frames"]
    assert told.dims == ("quantile", "time", "y", "x") and 0 <= float(told.min()) and float(told.max()) <= 255
    truth = frames[STEPS:].astype(float)
    error, alone = (np.abs(one.sel(quantile=0.5).values - truth).mean() for one in (told, plain))
    assert error < 0.7 * alone


def _film(frames):
    import pandas as pd
    import xarray as xr

    attrs = {"valid_min": 0, "valid_max": 255}
    times = pd.date_range("2024-01-01", periods=len(frames), freq="40ms")
    return xr.Dataset({"frames": (("time", "y", "x"), frames.astype("float32"), attrs)}, {"time": times}, {"chronotope_kind": "video"})
