"""What members have in common is as wide as the mean of all places, told as one series; where they are wider already nothing changes."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from chronotope.questions import AbstractQuantilePredictor, Samples
from chronotope.questions.kinds.forecast import ahead as from_origin
from chronotope.wrappers.joined import Joined
from chronotope.wrappers.joint import whole
from panels import ahead, panel_of


class Says(AbstractQuantilePredictor):
    """Normal distributions: deviation 1 of each of many places, and `whole` of one place alone."""

    name, kind = "says", "floor"

    def __init__(self, whole):
        self.whole, self.asked = whole, []

    def quantiles(self, question):
        self.asked.append(question)
        shape = question.asked[question.rows].shape
        width = self.whole if shape[1] == 1 else 1.0
        level = ndtri(np.array(question.levels))[:, None, None, None]
        return np.broadcast_to(width * level, (len(question.levels), *shape)).astype("float32")


def noise(places=30, steps=400, variables=1, seed=0, offset=0.0):
    values = offset + np.random.default_rng(seed).normal(size=(steps, places, variables))
    return replace(panel_of(values), xy=np.random.default_rng(1).random((places, 2)))


def members(base, question, number=400):
    return Joined(base).answer(question.wanting(Samples(number, 0))).values


@pytest.mark.parametrize("number", [400, 40])
def test_means_of_members_are_as_wide_as_their_series_is_told_and_cells_hardly_wider(number):
    made = members(Says(0.4), ahead(noise(), 6), number)
    plain = members(Says(0.0), ahead(noise(), 6), number)
    assert plain.mean(axis=2).std(axis=0).mean() < 0.25  # of thirty that know nothing of each other
    assert made.mean(axis=2).std(axis=0).mean() == pytest.approx(0.4, abs=0.05)
    assert 1.0 < made.std(axis=0).mean() < 1.12
    assert np.abs(np.median(made, axis=0) - np.median(plain, axis=0)).mean() < 0.12


def test_a_single_member_is_as_wide():
    question = ahead(noise(), 1)
    means = [Joined(Says(0.4)).answer(question.wanting(Samples(1, seed))).values.mean() for seed in range(200)]
    assert np.std(means) == pytest.approx(0.4, abs=0.08)


def test_members_that_are_wider_already_stay(monkeypatch):
    question = ahead(noise(), 6)
    kept = members(Says(0.05), question)
    monkeypatch.setattr(whole, "WIDER", 1.0)
    np.testing.assert_array_equal(kept, members(Says(0.4), question))


def test_the_series_of_all_places_is_what_is_seen_of_them_and_nothing_later():
    panel = noise(variables=2, offset=50.0)
    values = panel.values.copy()
    values[100:200, :10] = np.nan
    values[-3:] = 1e6
    base = Says(0.4)
    question = from_origin(replace(panel, values=values), len(values) - 4, 3)
    members(base, question)
    series = next(one for one in base.asked if one.frame.values.shape[1] == 1)
    seen = series.visible()[: series.first, 0]
    assert np.isfinite(seen).all() and np.abs(seen.mean(axis=0)).max() < 0.1 and np.abs(seen).max() < 2
    assert not np.isfinite(series.visible()[series.rows]).any()


def test_one_place_and_gaps_are_left_as_they_are():
    base = Says(9.0)
    one = ahead(noise(places=1), 6)
    assert members(base, one).std() == pytest.approx(9.0, rel=0.05) and len(base.asked) == 1
