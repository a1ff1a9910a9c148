"""What the base does for every rival, shown with a made one: scale, fallback, constants, levels."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.baselines.naive import LastValue
from chronotope.baselines.rivals.base import AbstractForecaster, needed
from chronotope.errors import MissingExtraError
from chronotope.evaluate.protocols.contract import check_model
from chronotope.questions import QUANTILE_LEVELS
from chronotope.questions.levels import at_levels
from panels import ahead, hole, panel_of


class Highest(AbstractForecaster):
    """The largest value of the past, a tenth of the spread wider for each level; no answer for the third step."""

    name = "highest"

    def ahead(self, past, levels):
        self.past = past
        out = np.nanmax(past.z, axis=0) + np.asarray(levels)[:, None, None] * 0.1 + np.zeros((1, past.horizon, 1))
        out[:, 2:3] = np.nan
        return out


def test_a_rival_reads_series_that_start_at_zero_with_spread_one_and_answers_in_the_units_of_the_data():
    values = np.random.default_rng(0).normal(50, 7, (40, 3))
    rival = Highest()
    answer = rival.answered(ahead(panel_of(values), 2).wanting((0.5,)))
    np.testing.assert_allclose(rival.past.z.min(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(rival.past.z.std(axis=0), 1, rtol=1e-9)
    np.testing.assert_allclose(answer[0, 0, :, 0], values.max(axis=0) + 0.05 * values.std(axis=0), rtol=1e-5)


def test_what_the_rival_cannot_answer_is_the_last_values():
    question = ahead(panel_of(np.random.default_rng(1).normal(size=(40, 2))), 4)
    own, whole = Highest().answered(question), Highest().answer(question).values
    assert np.isnan(own[:, 2]).all() and np.isfinite(own[:, [0, 1, 3]]).all()
    np.testing.assert_array_equal(whole[:, [0, 1, 3]], own[:, [0, 1, 3]])
    only = replace(question, asked=question.asked & (np.arange(44) == 42)[:, None, None])
    np.testing.assert_array_equal(whole[:, 2:3], LastValue().answer(only).values)


def test_gaps_and_short_series_are_left_to_the_fallback_and_constants_stay():
    values = np.random.default_rng(2).normal(size=(40, 3))
    values[:33, 1], values[:, 2] = np.nan, 4.0
    own = Highest().answered(ahead(panel_of(values), 2))
    assert np.isfinite(own[:, 0, 0]).all() and np.isnan(own[:, :, 1]).all() and (own[:, :, 2] == 4).all()
    hidden = np.zeros((40, 3, 1), bool)
    hidden[20:23, 0] = True
    assert np.isnan(Highest().answered(hole(panel_of(values), hidden))).all()


def test_steps_that_are_not_asked_between_asked_ones_keep_their_lead():
    question = ahead(panel_of(np.random.default_rng(3).normal(size=(40, 1))), 4)
    some = replace(question, asked=question.asked & np.isin(np.arange(44), [40, 43])[:, None, None])
    np.testing.assert_array_equal(Highest().answered(some), Highest().answered(question)[:, [0, 3]])


def test_a_made_rival_obeys_the_contract():
    assert len(check_model(Highest())) > 10


def test_levels_between_are_on_the_line_and_outside_on_the_tail_of_the_normal():
    from scipy.special import ndtri

    normal = 3 + 2 * ndtri(np.array(QUANTILE_LEVELS))[:, None]
    wanted = (0.01, 0.35, 0.5, 0.975)
    np.testing.assert_allclose(at_levels(normal, QUANTILE_LEVELS, wanted)[:, 0], 3 + 2 * ndtri(np.array(wanted)), rtol=1e-9)
    assert at_levels(normal, QUANTILE_LEVELS, QUANTILE_LEVELS) is normal


def test_a_stretch_ends_at_the_last_seen_value_and_says_how_late_it_is():
    values = np.r_[np.nan, np.arange(30.0), np.nan, np.nan]
    values[10] = np.nan
    rival = Highest()
    rival.answered(ahead(panel_of(values), 1))
    line, late = rival.past.stretch(0)
    assert late == 2 and len(line) == 30
    np.testing.assert_allclose(np.diff(line), line[1] - line[0], rtol=1e-6)
    assert len(rival.past.stretch(0, 5)[0]) == 5


def test_a_missing_package_is_one_sentence_with_the_way_out():
    with pytest.raises(MissingExtraError, match=r"rival:x needs nowhere_at_all; install it with: pip install y \(.*\)\.$"):
        needed("nowhere_at_all", "rival:x", "pip install y")
