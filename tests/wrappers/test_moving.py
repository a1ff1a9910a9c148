"""Draws of a field that moves: as rough as what came, carried along from lead to lead, and the same for a seed."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter

from chronotope.evaluate.metrics.spectrum import power_spectrum
from chronotope.evidence.flow.rule import LEVELS, MIDDLE
from chronotope.wrappers.joint.moving import moving
from panels import ahead, panel_of

SIDE, STEPS, LEADS = 48, 20, 4


def changing():
    """A pattern that slides by whole cells and changes as it goes, (t, y, x): each step keeps 0.9 of it."""
    rng = np.random.default_rng(5)
    new = gaussian_filter(rng.normal(size=(STEPS + LEADS, SIDE, SIDE)), (0, 1.5, 1.5), mode="wrap")
    new /= new.std()
    out = [new[0]]
    for k in range(1, len(new)):
        out.append(0.9 * np.roll(out[-1], (1, 2), axis=(0, 1)) + np.sqrt(1 - 0.9**2) * new[k])
    return np.stack(out)


FRAMES = changing()


def question():
    panel = panel_of(FRAMES[:STEPS].reshape(STEPS, -1), "5min")
    cells = np.indices((SIDE, SIDE)).reshape(2, -1).T
    return ahead(replace(panel, xy=cells[:, ::-1].astype(float), cells=cells), LEADS)


def bands(field):
    power = power_spectrum(field, averaged=True)[1]
    return np.array([power[..., low:high].mean() for low, high in ((1, 4), (4, 8), (8, 14))])


def test_members_keep_the_power_of_every_scale_that_the_median_loses():
    one = moving(question())[0]
    scores = one.scores(12, np.arange(1, LEADS + 1), np.random.default_rng(0)).reshape(12, LEADS, SIDE, SIDE)
    assert abs(scores.std() - 1) < 0.1 and abs(scores.mean()) < 0.15
    told, known, _ = one.outlook.quantiles(LEADS)
    from scipy.special import ndtri

    inner = np.s_[6:-6, 10:-4]
    flat = told.reshape(len(LEVELS), -1)
    members = np.stack([[np.interp(z, ndtri(np.array(LEVELS)), q) for z, q in zip(score.ravel(), flat.T)] for score in scores[:, -1]])
    members = members.reshape(12, SIDE, SIDE)
    truth = np.mean([bands(frame) for frame in FRAMES], axis=0)
    ratio = np.mean([bands(member) for member in members], axis=0) / truth
    blurred = bands(told[MIDDLE]) / truth
    assert (np.abs(np.log(ratio)) < np.log(1.7)).all() and (blurred < 0.75).all() and (ratio > 1.3 * blurred).all()
    assert np.isfinite(members[:, *inner]).all()


def test_what_is_missed_is_carried_along():
    one = moving(question())[0]
    scores = one.scores(30, np.array([2, 3]), np.random.default_rng(0)).reshape(30, 2, SIDE, SIDE)
    along = np.roll(scores[:, 0], (1, 2), axis=(1, 2))[:, 8:-8, 8:-8]
    here, later = scores[:, 0, 8:-8, 8:-8], scores[:, 1, 8:-8, 8:-8]
    assert np.corrcoef(along.ravel(), later.ravel())[0, 1] > 0.65 > np.corrcoef(here.ravel(), later.ravel())[0, 1] + 0.1


def test_the_same_seed_draws_the_same_and_more_members_begin_with_fewer():
    one = moving(question())[0]
    few, more = (one.scores(n, np.array([1]), np.random.default_rng(3)) for n in (2, 4))
    np.testing.assert_array_equal(more[:2], few)
    assert not moving(replace(question(), frame=replace(question().frame, cells=None, xy=None)))


def test_a_last_frame_that_is_missing_is_as_if_it_were_asked_too():
    whole = question()
    seen = whole.seen.copy()
    seen[STEPS - 1] = False
    late = moving(replace(whole, seen=seen))[0]
    asked = whole.asked.copy()
    asked[STEPS - 1] = True
    longer = moving(replace(whole, seen=seen, asked=asked))[0]
    leads = np.arange(1, LEADS + 1)
    found, other = (one.scores(2, some, np.random.default_rng(0)) for one, some in ((late, leads), (longer, leads + 1)))
    assert late.outlook.late == 1 and longer.outlook.late == 0
    np.testing.assert_array_equal(found, other)
