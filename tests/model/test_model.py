"""The predictor's promises, with a small random network: order, units, horizon, clocks, tiles, blindness, any size."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from chronotope.backbone.half import has_bf16
from chronotope.baselines.mix import Mix
from chronotope.model.model import NetworkPredictor
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.questions.levels import at_levels
from chronotope.tokens.tiling import chunks, tiles
from chronotope.tokens.tokenizer import PATCH, TILE
from panels import ahead, hole, panel_of
from tiles import rhythm, small_network

RANDOM = NetworkPredictor(small_network(), "random", bf16=False)
MIX = Mix()
BOTH = pytest.mark.parametrize("predictor", [RANDOM, MIX], ids=["network", "mix"])


def _apart(a, b):
    """Largest difference in units of the answers' own spread."""
    return np.nanmax(np.abs(a - b)) / np.nanstd(a)


def _with(question, values):
    """The question about other values."""
    return replace(question, frame=replace(question.frame, values=values.astype("float32")))


def _gap_question(panel):
    hidden = np.zeros(panel.values.shape, bool)
    hidden[60:70, 2] = hidden[:, 4] = hidden[75, :3] = True
    return hole(panel, hidden)


def _ask(panel, kind):
    return ahead(panel, 12) if kind == "forecast" else _gap_question(panel)


@BOTH
@pytest.mark.parametrize("kind", ["forecast", "gaps"])
@pytest.mark.parametrize("v", [1, 2])
def test_shuffling_the_places_shuffles_the_answer(predictor, kind, v):
    question = _ask(rhythm(140, 40, v), kind)
    order = np.random.default_rng(0).permutation(40)
    straight = predictor.answer(question).values
    turned = predictor.answer(question.of_places(order)).values
    assert _apart(straight[:, :, order], turned) < 1e-4  # the ridge and the balls sum float32 in another order


@pytest.mark.parametrize("a, b", [(1.8, 32.0), (1e-6, 0.0), (1e5, -7.0)])
@pytest.mark.parametrize("kind", ["forecast", "gaps"])
def test_another_unit_changes_the_mix_alike(a, b, kind):
    question = _ask(rhythm(140, 8), kind)
    first = MIX.answer(question).values
    second = MIX.answer(_with(question, a * question.frame.values.astype(float) + b)).values
    assert _apart(first, (second.astype(float) - b) / a) < 1e-3  # b takes a digit of float32 values


@pytest.mark.parametrize("a", [1e-6, 2.0**-7, 3.0, 1e6])
@pytest.mark.parametrize("kind", ["forecast", "gaps"])
def test_another_scale_changes_the_network_s_answer_alike(a, kind):
    question = _ask(rhythm(140, 8), kind)
    first = RANDOM.answer(question).values
    second = RANDOM.answer(_with(question, a * question.frame.values.astype(float))).values
    assert _apart(first, second.astype(float) / a) < 1e-3  # one rounding of float32 values, through differences


@BOTH
def test_a_longer_horizon_within_the_same_patches_keeps_the_first_leads(predictor):
    panel = rhythm(300, 6)
    nine, sixteen = (predictor.answer(ahead(panel, h)).values for h in (9, 16))
    assert np.array_equal(nine, sixteen[:, :9])


def test_the_mix_of_the_first_leads_does_not_know_the_horizon():
    panel = rhythm(700, 6)
    short, long = (MIX.answer(ahead(panel, h)).values for h in (12, 300))
    assert _apart(short, long[:, :12]) < 1e-5  # several passes, each sums its own trials


def test_weeks_later_the_mix_is_the_same_to_the_bit():
    question = ahead(rhythm(300, 5), 12)
    later = replace(question.frame, times=question.frame.times + np.timedelta64(7 * 24 * 9, "h"))
    assert np.array_equal(MIX.answer(question).values, MIX.answer(replace(question, frame=later)).values)


def test_four_hundred_years_later_the_network_answers_the_same():
    panel = rhythm(300, 5)
    panel = replace(panel, times=pd.date_range("1700-03-01", periods=300, freq="1h").values.astype("datetime64[ns]"))
    later = replace(panel, times=panel.times + np.timedelta64(146097 * 24, "h").astype("timedelta64[ns]"))  # whole weeks and whole years
    now, then = (RANDOM.answer(ahead(one, 12)).values for one in (panel, later))
    assert _apart(now, then) < 1e-4  # sines of phases rounded in float32


def test_far_clusters_in_tiles_of_their_own_answer_as_alone():
    cluster = rhythm(80, TILE, gaps=0.02, seed=1)
    other = rhythm(80, TILE, gaps=0.02, seed=2)
    both = panel_of(np.concatenate([cluster.values, other.values], 1), xy=np.concatenate([cluster.xy, other.xy + [1e6, 0]]))
    asked = ahead(both, 8)
    assert sorted(len(t) for t in tiles(asked)) == [TILE, TILE]
    joint = RANDOM.answer(asked).values
    alone = np.concatenate([RANDOM.answer(ahead(p, 8)).values for p in (cluster, other)], axis=2)
    assert _apart(alone, joint) < 1e-4  # coordinates a million away lose digits


def test_tiles_hold_every_useful_place_once_and_are_small_enough():
    question = ahead(rhythm(40, 700, 2, gaps=0.0), 4)
    question.seen[:, 5] = question.asked[:, 5] = False
    found = tiles(question)
    assert sorted(np.concatenate(found)) == [i for i in range(700) if i != 5]
    assert max(len(t) for t in found) * 2 <= TILE


@pytest.mark.parametrize("patches", [4, 16])
def test_chunks_cover_every_asked_row_and_nothing_twice(patches):
    rows = np.unique(np.random.default_rng(0).integers(0, 900, 200))
    starts = np.concatenate(chunks(rows, patches))
    covered = (starts[:, None] + np.arange(PATCH)).ravel()
    assert np.isin(rows, covered).all() and len(np.unique(covered)) == len(covered)
    assert max(len(g) for g in chunks(rows, patches)) <= patches


@BOTH
def test_what_is_not_asked_is_nan_and_what_is_asked_is_finite(predictor):
    question = ahead(rhythm(100, 5, 2), 12)
    question.asked[102:, 1, 0] = question.asked[:, 3] = False
    answer, asked = predictor.answer(question).values, question.asked[question.rows]
    assert answer.dtype == np.float32 and answer.shape == (9, 12, 5, 2)
    assert np.isfinite(answer[:, asked]).all() and np.isnan(answer[:, ~asked]).all()


@BOTH
@pytest.mark.parametrize("kind", ["forecast", "gaps"])
@pytest.mark.parametrize("levels", [(0.01, 0.1, 0.5, 0.9, 0.99), (0.05, 0.33, 0.34, 0.95), (0.999,), tuple(np.arange(1, 100) / 100)])
def test_quantiles_at_any_levels_do_not_decrease(predictor, kind, levels):
    question = _ask(rhythm(120, 6), kind)
    answer = predictor.answer(question.wanting(levels)).values[:, question.asked[question.rows]]
    assert len(answer) == len(levels) and np.isfinite(answer).all() and (np.diff(answer, axis=0) >= 0).all()


def test_levels_between_and_outside_the_nine_follow_the_normal():
    question = ahead(rhythm(300, 3), 4)
    nine, more = MIX.answer(question).values, MIX.answer(question.wanting((0.01, 0.1, 0.15, 0.5, 0.99))).values
    np.testing.assert_allclose(more[[1, 3]], nine[[0, 4]], atol=1e-4)
    half = nine[8] - nine[4]  # a normal of this half width at 0.9, apart from the bend of the mixed gaps
    np.testing.assert_allclose((more[4] - nine[4]) / half, 2.3263 / 1.2816, rtol=0.02)


def test_a_level_between_two_of_the_nine_lies_on_the_line_between_their_normal_scores():
    nine = np.exp(norm.ppf(QUANTILE_LEVELS)) ** 2  # crooked, so that every piece has a slope of its own
    found = at_levels(nine, QUANTILE_LEVELS, (0.05, 0.1, 0.25, 0.5, 0.85, 0.99))
    assert found[1] == pytest.approx(nine[0]) and found[3] == pytest.approx(nine[4])
    line = lambda level, a, b: np.interp(norm.ppf(level), norm.ppf([QUANTILE_LEVELS[a], QUANTILE_LEVELS[b]]), nine[[a, b]])  # noqa: E731
    assert found[2] == pytest.approx(line(0.25, 1, 2)) and found[4] == pytest.approx(line(0.85, 7, 8))
    slope = (nine[8] - nine[7]) / (norm.ppf(0.9) - norm.ppf(0.8))
    assert found[5] == pytest.approx(nine[8] + slope * (norm.ppf(0.99) - norm.ppf(0.9)))
    slope = (nine[1] - nine[0]) / (norm.ppf(0.2) - norm.ppf(0.1))
    assert found[0] == pytest.approx(nine[0] + slope * (norm.ppf(0.05) - norm.ppf(0.1)))


@BOTH
@pytest.mark.parametrize("t, n, v, h", [(8, 1, 1, 8), (2, 1, 1, 3), (1, 2, 1, 2), (8, 3, 2, 20), (30, 1, 3, 1)])
def test_the_smallest_panels_are_answered(predictor, t, n, v, h):
    values = np.random.default_rng(0).normal(size=(t, n, v))
    answer = predictor.answer(ahead(panel_of(values), h)).values
    assert answer.shape == (9, h, n, v) and np.isfinite(answer).all()


@BOTH
def test_places_never_seen_are_answered_between_their_neighbours(predictor):
    panel = rhythm(120, 30, gaps=0.0)
    hidden = np.zeros(panel.values.shape, bool)
    hidden[50:62, [3, 8]] = True
    seen = panel.mask.copy()
    seen[:, [3, 8]] = False
    answer = predictor.answer(Question(panel, seen, hidden)).values
    assert np.isfinite(answer[:, :, [3, 8]]).all() and np.isnan(answer[:, :, 0]).all()
    if predictor is MIX:
        miss = np.abs(answer[4][:, [3, 8]] - panel.values[50:62, [3, 8]]).mean()
        assert miss < np.abs(panel.values[50:62, [3, 8]] - np.median(panel.values)).mean()


@BOTH
def test_a_variable_never_seen_is_answered_from_the_first_row_on(predictor):
    panel = rhythm(60, 5, v=2)
    hidden = np.zeros(panel.values.shape, bool)
    hidden[..., 0] = True
    question = hole(panel, hidden)
    assert question.rows[0] == 0
    found = predictor.answer(question).values
    assert np.array_equal(np.isfinite(found[0]), question.asked[question.rows])


@BOTH
def test_gaps_in_the_middle_are_filled_near_what_was_there(predictor):
    question = _gap_question(rhythm(140, 6, gaps=0.0))
    answer, asked = predictor.answer(question).values, question.asked[question.rows]
    assert np.isfinite(answer[:, asked]).all()
    if predictor is MIX:
        truth = question.frame.values[question.rows]
        inside = (truth >= answer[0]) & (truth <= answer[-1])
        assert inside[asked].mean() > 0.5  # 80 % intervals


@BOTH
@pytest.mark.parametrize("poison", [np.nan, 1e30, -7.0])
@pytest.mark.parametrize("kind", ["forecast", "gaps"])
def test_values_behind_the_mask_and_after_the_cut_change_no_bit(predictor, kind, poison):
    question = _ask(rhythm(120, 5, 2), kind)
    question.seen[20:40, 1] = False
    clean, dirty = (_with(question, np.where(question.seen, question.frame.values, p)) for p in (0.0, poison))
    assert np.array_equal(predictor.answer(clean).values, predictor.answer(dirty).values, equal_nan=True)


@BOTH
def test_without_neighbours_a_place_s_answer_knows_no_other_place(predictor):
    question = ahead(rhythm(150, 6), 12)
    alone = predictor.options(neighbours=False)
    values = question.frame.values.copy()
    values[:, 1:] = 100 * np.random.default_rng(1).normal(size=values[:, 1:].shape) ** 3
    other = _with(question, values)
    assert np.array_equal(alone.answer(question).values[:, :, 0], alone.answer(other).values[:, :, 0])
    assert not np.array_equal(predictor.answer(question).values[:, :, 0], predictor.answer(other).values[:, :, 0])


def test_without_memory_the_answer_is_another():
    question = ahead(rhythm(300, 4), 12)
    assert not np.allclose(MIX.answer(question).values, MIX.options(memory=False).answer(question).values)


@pytest.mark.skipif(not has_bf16(), reason="this processor has no bf16 products")
def test_bf16_stays_near_float32():
    question = ahead(rhythm(200, 20), 24)
    full, half = (NetworkPredictor(RANDOM.network, "random", bf16=flag).answer(question).values for flag in (False, True))
    width = float(np.mean(full[-1] - full[0]))
    assert np.abs(full - half).mean() < 0.02 * width  # bf16 keeps 8 bits: 0.4 % a product, summed over two blocks
    assert (np.diff(half, axis=0) >= 0).all()


@BOTH
def test_series_never_negative_are_not_answered_below_zero(predictor):
    values = np.maximum(rhythm(150, 4, gaps=0.0).values, 0)
    assert predictor.answer(ahead(panel_of(values), 12)).values.min() >= 0
    assert predictor.answer(ahead(panel_of(values - 3), 12)).values.min() < 0


@BOTH
@pytest.mark.parametrize("unit", [1.0, 0.25])
def test_counts_are_answered_in_counts_and_measurements_are_not(predictor, unit):
    rng = np.random.default_rng(3)
    counts = rng.poisson(1.5, (200, 4)).astype(float)
    answer = predictor.answer(ahead(panel_of(unit * counts), 8)).values / unit
    np.testing.assert_allclose(answer, np.rint(answer), atol=1e-4)
    measured = predictor.answer(ahead(panel_of(counts + rng.uniform(0, 0.4, counts.shape)), 8)).values
    assert np.abs(measured - np.rint(measured)).max() > 0.1


@BOTH
def test_rain_has_dry_days_and_is_still_no_count(predictor):
    rng = np.random.default_rng(6)
    rain = np.where(rng.random((200, 4)) < 0.4, 0.0, rng.gamma(2.0, 3.0, (200, 4)))
    smallest = np.where(rain > 0, rain, np.inf).min(axis=0)  # of each place
    steps = predictor.answer(ahead(panel_of(rain), 8)).values[5:, :, :, 0] / smallest
    assert np.abs(steps - np.rint(steps)).max() > 0.1


@BOTH
def test_a_place_never_seen_of_counts_is_answered_in_counts(predictor):
    counts = np.random.default_rng(4).poisson(2.0, (120, 6)).astype(float)
    hidden = np.zeros((120, 6, 1), bool)
    hidden[:, 2] = True
    answer = predictor.answer(hole(panel_of(counts, xy=np.random.default_rng(5).uniform(size=(6, 2))), hidden)).values[:, :, 2]
    np.testing.assert_allclose(answer, np.rint(answer), atol=1e-4)


@BOTH
def test_a_series_that_never_changes_stays(predictor):
    for value in (0.0, 7.0, -1e6):
        answer = predictor.answer(ahead(panel_of(np.full((60, 2), value)), 6).wanting((0.5,))).values
        assert np.abs(answer - value).max() <= 1e-3 * max(abs(value), 1)


def test_the_same_question_gets_the_same_answer():
    question = ahead(rhythm(200, 7), 12)
    assert np.array_equal(RANDOM.answer(question).values, RANDOM.answer(question).values)
