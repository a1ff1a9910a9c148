"""Members are as wide as what came after past origins, no narrower than the predictor says, and nothing later is read."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import chronotope as ct
from chronotope.questions import AbstractQuantilePredictor, Samples
from chronotope.wrappers.joined import Joined
from chronotope.wrappers.joint import rehearsal
from chronotope.wrappers.joint.margins import LEVELS, scores_of
from chronotope.wrappers.joint.rehearsal import rehearsed, some_places, wider
from panels import ahead, panel_of


class Sure(AbstractQuantilePredictor):
    """The normal distribution with a deviation of a share of the truth's, which is one."""

    name, kind = "sure", "floor"

    def __init__(self, share):
        self.share, self.asked = share, []

    def quantiles(self, question):
        from scipy.special import ndtri

        self.asked.append(question)
        shape = question.asked[question.rows].shape
        return np.broadcast_to(self.share * ndtri(np.array(question.levels))[:, None, None, None], (len(question.levels), *shape)).astype(
            "float32"
        )


def noise(places=30, steps=400, common=0.0, variables=1, seed=0):
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(steps, places, variables))
    both = np.sqrt(common) * rng.normal(size=(steps, 1, variables)) + np.sqrt(1 - common) * own
    return replace(panel_of(both), xy=rng.random((places, 2)))


def members(base, question, rehearse, number=200):
    return Joined(base, rehearse=rehearse).answer(question.wanting(Samples(number, 0))).values


def test_scores_are_the_inverse_of_values_and_stand_in_the_middle_of_a_pile():
    from scipy.special import ndtri

    told = np.array(LEVELS)[:, None] * 10.0
    np.testing.assert_allclose(scores_of(np.array([1.0]), told), ndtri(0.1), atol=1e-9)
    np.testing.assert_allclose(scores_of(np.array([8.5]), told), (ndtri(0.8) + ndtri(0.9)) / 2, atol=1e-9)
    pile = np.where(np.array(LEVELS) <= 0.5, 0.0, 5.0)[:, None]
    assert scores_of(np.zeros(1), pile) == pytest.approx((2 * ndtri(0.01) - ndtri(0.025) + ndtri(0.5)) / 2, abs=0.5)
    assert np.isnan(scores_of(np.array([np.nan]), told)).all()


def test_what_is_too_sure_is_widened_by_about_what_it_missed_and_no_more_for_few_origins():
    question = ahead(noise(), 6)
    plain, wide, few = (members(Sure(0.5), question, n).std(axis=0).mean() for n in (0, 24, 2))
    assert plain == pytest.approx(0.5, abs=0.02) and wide == pytest.approx(0.5 * 2 ** (24 / 27), rel=0.12)
    assert plain < few < wide


def test_what_is_not_sure_enough_is_left_as_it_is():
    question = ahead(noise(), 6)
    np.testing.assert_array_equal(members(Sure(2.0), question, 16), members(Sure(2.0), question, 0))


def test_sums_that_missed_together_widen_what_is_right_in_every_cell():
    """Cells as wide as they should be whose members know nothing of each other, and truths that are half in common."""
    drawn = np.random.default_rng(1).normal(size=(400, 6, 30, 1))
    past = np.stack([noise(steps=6, common=0.5, seed=k).values for k in range(40)])
    alone = np.stack([noise(steps=6, seed=k).values for k in range(40)])
    assert wider(alone, drawn)[0] < 1.15
    assert wider(past, drawn)[0] == pytest.approx(rehearsal.MOST ** (40 / 43), rel=0.02)  # as far as it goes: four times the usual


def test_nothing_at_or_after_the_origin_is_read_and_its_truths_are_known():
    panel = noise(steps=200)
    question = ahead(panel, 6)
    poisoned = replace(question, frame=replace(question.frame, values=np.where(question.seen, question.frame.values, 1e6)))
    base = Sure(0.5)
    np.testing.assert_array_equal(rehearsed(base, poisoned, 5)[0], rehearsed(base, question, 5)[0])
    for asked in base.asked:
        assert asked.frame.times[-1] <= panel.times[-1] and np.nanmax(asked.visible()) < 1e3


def test_variables_that_are_known_ahead_are_known_in_rehearsals():
    panel = noise(variables=2, steps=200)
    question = ahead(panel, 4)
    seen, asked = question.seen.copy(), question.asked.copy()
    seen[-4:, :, 1], asked[-4:, :, 1] = True, False
    values = np.where(seen, np.nan_to_num(question.frame.values), np.nan).astype("float32")
    base = Sure(0.5)
    past, _ = rehearsed(base, replace(question, frame=replace(question.frame, values=values), seen=seen, asked=asked), 3)
    assert np.isfinite(past[..., 0]).all() and np.isnan(past[..., 1]).all()
    assert all(one.seen[-4:, :, 1].all() and not one.seen[-4:, :, 0].any() for one in base.asked)


def test_the_same_places_are_asked_in_any_order(monkeypatch):
    monkeypatch.setattr(rehearsal, "PLACES", 7)
    panel, order = noise(), np.random.default_rng(2).permutation(30)
    some, others = some_places(ahead(panel, 3)), some_places(ahead(panel.take_places(order), 3))
    assert len(some) == 7 and set(order[others]) == set(some)


def test_simulate_takes_it_and_says_so():
    panel = noise(places=4, steps=80)
    data = xr.Dataset({"flow": (("time", "place"), panel.values[..., 0])}, {"time": panel.times, "place": list("abcd")})
    field, model = ct.open(data), ct.Model(Sure(0.5))
    plain, wide = (model.simulate(field, 3, 20, rehearse=n) for n in (0, 6))
    assert wide.meta["rehearsed"] == 6 and plain.meta["rehearsed"] == 0
    assert float((wide.dataset.std("member") - plain.dataset.std("member"))["flow"].min()) > 0
    with pytest.raises(ct.ChronotopeError, match="Leave rehearse= out"):
        model.simulate(field, n=5, fill=True, rehearse=4)
    with pytest.raises(ct.ChronotopeError, match="rehearse must be a whole number"):
        model.simulate(field, 3, 5, rehearse=-1)
    with pytest.raises(ct.ChronotopeError, match="only one of them"):
        model.simulate(field, 3, 5, rehearse=4, reconcile={"a": "all", "b": "all"})
