"""Floors at the asked cells: the last value, straight lines in gaps, what unknown places get, and how errors are bounded."""

import importlib

import numpy as np
import pytest

from chronotope.baselines.mix import Mix
from chronotope.data.panel import Edges
from chronotope.evidence.candidates import CENTRES, DISTRIBUTIONS, FLOORS, POINTS, SLOT
from chronotope.evidence.candidates.evidence import gather
from chronotope.evidence.case import Case
from chronotope.evidence.distributions import LEVELS, masked_quantiles
from chronotope.evidence.mix import plain_mix
from chronotope.evidence.past import Past
from chronotope.evidence.trials import LEAST_ERROR, MOST_ERROR
from chronotope.tokens.tokenizer import make_tile, make_tokens
from panels import ahead, hole, panel_of
from tiles import rhythm, series_of


def _floors(question, starts=None):
    tile = make_tile(question, int(question.rows[0]) - 1)
    tokens, floors = make_tokens(tile, np.array([question.rows[0]]) if starts is None else starts)
    return tile, tokens, floors


def test_the_last_floor_is_the_last_value_seen():
    values = np.random.default_rng(0).normal(size=(60, 3)) * 10 + 100
    values[57:, 1], values[40:, 2] = np.nan, np.nan
    question = ahead(panel_of(values), 8)
    tile, _, floors = _floors(question)
    last = tile.scale.invert(floors.centre[..., SLOT["last"]])
    np.testing.assert_allclose(last, np.repeat([[values[59, 0]], [values[56, 1]], [values[39, 2]]], 8, 1), rtol=1e-6)


def test_inside_a_gap_the_last_floor_is_a_straight_line():
    values = np.arange(80.0)[:, None] ** 2 * np.array([1.0, -0.5])
    hidden = np.zeros((80, 2, 1), bool)
    hidden[30:36, 0] = hidden[33, 1] = True
    question = hole(panel_of(values), hidden)
    tile, _, floors = _floors(question, np.array([30]))
    line = tile.scale.invert(floors.centre[..., SLOT["last"]])
    np.testing.assert_allclose(line[0, :6], np.interp(np.arange(30, 36), [29, 36], [29**2, 36**2]), rtol=1e-5)
    np.testing.assert_allclose(line[1, 3], np.interp(33, [32, 34], [-0.5 * 32**2, -0.5 * 34**2]), rtol=1e-5)


def test_before_the_first_and_after_the_last_value_the_line_is_flat():
    hidden = np.zeros((60, 1, 1), bool)
    hidden[:4] = hidden[-4:] = True
    question = hole(panel_of(np.arange(60.0)), hidden)
    tile, _, floors = _floors(question, np.array([0, 52]))
    line = tile.scale.invert(floors.centre[0, :, SLOT["last"]])
    np.testing.assert_allclose(line[:4], 4, rtol=1e-5)
    np.testing.assert_allclose(line[12:], 55, rtol=1e-5)


def _tried(x, m=None, rows=16, **how):
    series = series_of(x, m, **how)
    past = Past(series, True, np.arange(series.cut, series.cut + rows), series.cut - 1)
    case = Case(past, np.arange(series.cut, series.cut + rows), series.cut - 1, POINTS, DISTRIBUTIONS)
    return series, case.trials, case


def test_the_error_of_the_last_floor_is_its_mean_miss_over_the_trials():
    x = np.random.default_rng(1).normal(size=300).cumsum()
    _, trials, case = _tried(np.pad(x, (0, 16)), cut=300)
    found = case.error("last")[0]
    assert np.array_equal(trials.rows[0], np.arange(300 - 96, 300))
    for i, lead in enumerate(trials.leads):
        truth = np.mean([abs(x[r - lead] - x[r]) for r in trials.rows[i]])
        assert found[i] == pytest.approx(truth, rel=1e-3)


def test_with_gaps_a_trial_reads_the_last_value_at_least_the_lead_before():
    rng = np.random.default_rng(2)
    x, seen = rng.normal(size=300), rng.random(300) < 0.6
    _, trials, case = _tried(np.pad(x, (0, 16)), np.pad(seen, (0, 16)), cut=300)
    found = case.error("last")[0]
    for i, lead in enumerate(trials.leads):
        misses = [abs(x[np.flatnonzero(seen[: r - lead + 1])[-1]] - x[r]) for r in trials.rows[i] if seen[r]]
        assert found[i] == pytest.approx(np.mean(misses), rel=1e-3)


def test_the_error_of_the_same_phase_is_its_mean_miss_over_the_trials():
    x = np.random.default_rng(3).normal(size=400)
    _, trials, case = _tried(np.pad(x, (0, 16)), cut=400, periods=[24])
    found = case.error("repeat0")[0]
    for i, lead in enumerate(trials.leads):
        back = 24 * -(-int(lead) // 24)
        assert found[i] == pytest.approx(np.mean([abs(x[r - back] - x[r]) for r in trials.rows[i]]), rel=1e-3)


def test_each_series_error_is_shrunk_by_two_trials_of_all_series():
    x = np.random.default_rng(4).normal(size=(3, 300)) * np.array([[1.0], [2.0], [10.0]])
    _, trials, case = _tried(np.pad(x, ((0, 0), (0, 16))), cut=300)
    found = case.error("last")[:, 0]
    own = np.abs(np.diff(x, axis=1))[:, trials.rows[0] - 1]
    np.testing.assert_allclose(found, (own.sum(1) + 2 * own.mean()) / (trials.rows.shape[1] + 2), rtol=1e-5)


def test_a_lead_tried_a_few_times_borrows_three_rows_from_the_one_before():
    panel = np.random.default_rng(5).normal(size=(2, 40)).cumsum(1)
    _, trials, case = _tried(np.pad(panel, ((0, 0), (0, 32))), rows=32, cut=40)
    count = trials.valid.sum((0, 2))
    mean = (np.abs(case.spoken("last").tried.value.reshape(trials.shape) - trials.truth) * trials.valid).sum((0, 2)) / np.maximum(count, 1)
    expected = mean[0]
    for lead in range(1, len(trials.leads)):
        expected *= trials.growth[0, lead]
        expected = (mean[lead] * count[lead] + 6 * expected) / (count[lead] + 6)
    assert count[-1] < 24 and np.average(case.error("last")[:, -1], weights=trials.valid[:, -1].sum(1) + 2) == pytest.approx(
        (mean[-1] * count[-1] + 4 * expected) / (count[-1] + 4), rel=1e-4
    )


def test_a_long_lead_is_tried_over_eight_times_its_length_and_a_short_one_near_the_cut():
    x = np.random.default_rng(6).normal(size=3000).cumsum()
    _, trials, _ = _tried(np.pad(x, (0, 240)), rows=240, cut=3000)
    for rows, lead in zip(trials.rows, trials.leads):
        assert rows[-1] == 2999 and rows[0] == 3000 - max(96, 8 * lead) and np.unique(rows).size > 60
    assert np.array_equal(trials.rows[0], np.arange(3000 - 96, 3000)) and np.all(trials.valid == 1)


@pytest.mark.parametrize(("power", "least", "most"), [(0, 0.0, 0.2), (1, 0.2, 0.8)], ids=["noise", "walk"])
def test_where_too_little_lies_before_a_lead_errors_grow_as_those_of_the_last_value_did(power, least, most):
    x = np.random.default_rng(7).normal(size=(20, 300))
    _, trials, case = _tried(np.pad(x.cumsum(1) if power else x, ((0, 0), (0, 240))), rows=240, cut=300)
    far = trials.leads > 300 / 9
    ratio = np.log(trials.leads[1:] / trials.leads[:-1])[far[1:]]
    found = np.log(trials.growth[0, 1:])[far[1:]] / ratio
    assert np.allclose(found, found[0]) and least <= found[0] <= most
    assert (trials.valid[:, far].max((0, 2)) < 1).all() and (trials.valid[:, ~far] == 1).all()


def test_a_series_that_walks_is_not_told_surely_by_a_rule_that_was_lucky_once():
    held = []
    for seed in range(8):
        x = np.random.default_rng(seed).normal(size=(4480, 2)).cumsum(0)
        low, high = Mix().quantiles(ahead(panel_of(x[:4000], "1min"), 480).wanting((0.1, 0.9)))[..., 0]
        held.append(((x[4000:] >= low) & (x[4000:] <= high)).mean())
    assert np.mean(held) > 0.65


def test_a_short_walk_gives_no_regression_an_error_far_below_the_last_value_s():
    x = np.random.default_rng(8).normal(size=(12, 500)).cumsum(1) / 8
    _, trials, case = _tried(np.pad(x, ((0, 0), (0, 384))), rows=384, cut=500)
    assert trials.leads[-1] == 384 and case.error("ridge")[:, -1].mean() > 0.7 * case.error("last")[:, -1].mean()


def test_beyond_a_period_no_trial_of_its_quantiles_reads_a_repetition_nearer_than_the_lead():
    x, later = np.random.default_rng(9).normal(size=400), 380
    mine, others = (_tried(np.pad(a, (0, 48)), rows=48, cut=400, periods=[12]) for a in (x, np.where(np.arange(400) < later, x, 9.0)))
    trials = mine[1]
    origin = trials.rows - trials.leads[:, None]
    before = (origin >= 60) & (origin < later)  # repetitions enough, all of them alike
    assert ((trials.rows >= later) & before).any()
    told = [case.spoken("phase_quantiles").tried.value.reshape(trials.shape)[:, before] for _, _, case in (mine, others)]
    np.testing.assert_array_equal(*told)


def test_values_after_the_cut_do_not_reach_the_trials():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(4, 240))
    found = []
    for later in (0.0, 1e3):
        series = series_of(x, periods=[24], cut=200, variables=2)
        series.m[1::2, 200:] = 1  # a variable that is known ahead
        series.x[1::2, 200:] = later
        floors = gather(series, np.arange(200, 208), 199)
        asked = [i for i in range(4) if i % 2 == 0]
        found.append((floors.error, floors.trial_error, floors.centre[asked]))
    for a, b in zip(*found, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("case", ["constant", "exploding", "noise", "gaps"])
def test_errors_stay_between_their_bounds_or_say_that_there_is_none(case):
    rng = np.random.default_rng(6)
    exploding = 10.0 ** np.linspace(-20, 30, 100)[:, None] * np.ones(3)
    values = {"constant": np.full((100, 3), 5.0), "exploding": exploding, "noise": rng.normal(size=(100, 3))}
    panel = rhythm(100, 3, gaps=0.6) if case == "gaps" else panel_of(values[case])
    question = ahead(panel, 40)
    _, tokens, _ = _floors(question, starts=np.array([100, 108, 116]))
    error, there = tokens.error, tokens.is_available
    assert there.dtype == bool and there.any(-1).all()
    assert error[there].min() >= np.float32(LEAST_ERROR) and error[there].max() <= MOST_ERROR


def test_a_place_never_seen_gets_neighbours_and_the_marginal_of_all_places_only():
    panel = rhythm(96, 8, gaps=0.0)
    hidden = np.zeros(panel.values.shape, bool)
    hidden[:, 3] = True
    question = hole(panel, hidden)
    tile, tokens, _ = _floors(question, np.array([40]))
    there = {FLOORS[k] for k in np.flatnonzero(tokens.is_available[3, 0].all(0))}
    assert there == {"near", "around", "kriging", "level", "marginal"}
    near = tile.series.near
    truth = (question.frame.values[40:48, near.index[3], 0] * near.weight[3]).sum(1)
    found = tile.scale.invert(tokens.centre[..., SLOT["near"]].reshape(8, 8))[3]
    np.testing.assert_allclose(found, truth, rtol=1e-4, atol=1e-4)


def test_where_all_places_share_one_signal_the_wider_mean_is_found_to_be_better():
    rng = np.random.default_rng(9)
    x = np.zeros((60, 200)) + rng.normal(size=200) + 0.8 * rng.normal(size=(60, 200))
    hidden = np.zeros((200, 60, 1), bool)
    hidden[:, ::5] = True
    question = hole(panel_of(x.T, xy=rng.uniform(0, 10, (60, 2))), hidden)
    tile, tokens, _ = _floors(question, np.array([80, 88, 96, 104]))
    near, around = (tokens.error[::5, ..., SLOT[name]].mean() for name in ("near", "around"))
    assert around < 0.97 * near  # sqrt((1 + 1 / 47) / (1 + 1 / 6)) = 0.94 at best, with six neighbours counting
    truth = tile.scale.apply(np.where(hidden, x.T[..., None], 0)[80:112, :, 0].T)[::5].reshape(12, 4, 8)
    missed = [np.abs(tokens.centre[::5, ..., SLOT[name]] - truth).mean() for name in ("near", "around")]
    assert missed[1] < 0.97 * missed[0]


def test_where_an_edge_s_weight_says_who_is_alike_its_cube_says_it_better():
    rng = np.random.default_rng(3)
    signal = rng.normal(size=(30, 200)).cumsum(1)
    x = np.concatenate([signal, signal + 0.1 * rng.normal(size=signal.shape)])  # every place has a twin, and weak ties to others
    source = np.concatenate([np.arange(30), np.repeat(np.arange(60), 6)])
    target = np.concatenate([np.arange(30) + 30, rng.integers(0, 60, 360)])
    edges = Edges(source, target, np.concatenate([np.ones(30), np.full(360, 0.3)]))
    hidden = np.zeros((200, 60, 1), bool)
    hidden[:, :5] = True
    question = hole(panel_of(x.T, edges=edges), hidden)
    _, tokens, _ = _floors(question, np.array([80, 88]))
    near, around = (tokens.error[5:30, ..., SLOT[name]].mean() for name in ("near", "around"))
    assert around < 0.5 * near


def test_after_the_level_has_moved_the_marginal_is_known_to_be_wrong():
    x = np.where(np.arange(300) < 190, 0.0, 50.0) + np.random.default_rng(0).normal(size=300)
    question = ahead(panel_of(x, "1D"), 8)  # no year of days yet: what is tried lies behind the step
    _, tokens, _ = _floors(question, np.array([300]))
    marginal, level = (tokens.error[0, ..., SLOT[name]].mean() for name in ("marginal", "level"))
    assert marginal > 1.5 * level


def test_what_repeats_a_burst_that_no_trial_saw_is_doubted_by_as_much():
    x = 0.1 * np.random.default_rng(5).normal(size=716)
    x[350:354] = 1000.0  # a period before the question, where trials do not look
    series, _, case = _tried(x, cut=700, periods=[350])
    said = case.spoken("repeat0").asked.value[0, :4]
    told = case.error_asked(case.spoken("repeat0").asked.value, case.error("repeat0"))[0]
    assert (said > 900).all()
    assert (told[:4] > 0.9 * said).all() and (told[4:] < 1).all()
    evidence = gather(series, np.arange(700, 716), 699)
    assert np.abs(evidence.centre[0, :, SLOT["residual"]]).max() < 3


def test_with_few_places_nothing_lies_around_the_neighbours():
    x = np.random.default_rng(10).normal(size=(200, 2)).cumsum(0)
    hidden = np.zeros((200, 2, 1), bool)
    hidden[80:88, 0] = True
    question = hole(panel_of(x, xy=np.array([[0.0, 0.0], [1.0, 0.0]])), hidden)
    _, tokens, _ = _floors(question, np.array([80]))
    np.testing.assert_allclose(tokens.centre[0, ..., SLOT["around"]], tokens.centre[0, ..., SLOT["near"]], atol=1e-5)


def test_in_a_forecast_a_place_never_seen_gets_the_marginal_of_all_places():
    panel = rhythm(96, 8, gaps=0.0)
    panel.values[:, 3] = np.nan
    question = ahead(panel, 8)
    _, tokens, _ = _floors(question)
    assert {FLOORS[k] for k in np.flatnonzero(tokens.is_available[3, 0].any(0))} == {"level", "marginal"}
    assert np.isfinite(tokens.spread[3]).all() and (np.diff(tokens.spread[3, 0, :, 0], axis=-1) >= 0).all()


def test_a_forecast_reads_no_neighbour_at_its_own_time():
    question = ahead(rhythm(120, 5), 8)
    _, tokens, _ = _floors(question)
    assert not tokens.is_available[..., [SLOT["near"], SLOT["near_anomaly"]]].any()


def test_the_pooled_ridge_beats_every_floor_where_the_answer_is_their_sum(monkeypatch):
    monkeypatch.setattr(importlib.import_module("chronotope.evidence.candidates.ridge"), "regression", lambda case: None)
    rng = np.random.default_rng(7)
    t = np.arange(600)
    x = np.sin(2 * np.pi * t / 24)[None] * 2 + rng.normal(size=(12, 600)).cumsum(1) * 0.3  # a wave on a walk: neither last nor phase alone
    series = series_of(np.pad(x, ((0, 0), (0, 8))), periods=[24], cut=600)
    floors = gather(series, np.arange(600, 608), 599)
    best = np.median(floors.error[:, 5], axis=0)
    assert best[SLOT["ridge"]] < best[[SLOT[n] for n in CENTRES if n != "ridge"]].min()


def test_without_memory_no_floor_repeats():
    question = ahead(rhythm(200, 4), 8)
    tile = make_tile(question, 199)
    floors = gather(tile.series, np.arange(200, 208), 199, use_phases=False)
    repeating = [i for i, name in enumerate(FLOORS) if name.startswith(("repeat", "phase", "anomaly"))]
    assert not floors.is_available[..., repeating].any() and floors.is_available[..., SLOT["last"]].all()


def test_the_mix_weighs_floors_by_the_third_power_of_their_error():
    centre, error = plain_mix(np.array([3.0, 12.0, 1e9]), np.array([1.0, 2.0, 1e-6]), np.array([True, True, False]))
    assert centre == pytest.approx((3 + 12 / 8) / (1 + 1 / 8)) and error == pytest.approx((1 + 2 / 8) / (1 + 1 / 8))


def test_quantiles_of_what_is_seen_are_those_of_numpy():
    rng = np.random.default_rng(8)
    x, seen = rng.normal(size=(5, 40)).astype(np.float32), rng.random((5, 40)) < 0.6
    found = masked_quantiles(np.where(seen, x, 1e30), seen, LEVELS)
    for row in range(5):
        np.testing.assert_allclose(found[row], np.quantile(x[row, seen[row]], LEVELS, method="weibull"), rtol=1e-5, atol=1e-6)
    assert (masked_quantiles(x, np.zeros_like(seen), LEVELS) == 0).all()


def test_a_series_seen_once_is_the_least_sure_of_all():
    x = np.random.default_rng(0).normal(size=(4, 120))
    m = np.ones_like(x)
    m[3] = 0
    m[3, 90] = 1
    floors = gather(series_of(x, m, periods=[7], cut=110), np.arange(110, 116), 109)
    there = floors.is_available
    assert (floors.error[3][there[3]] >= 1.0).all() and (floors.error[:3][there[:3]] < 2).any()
    width = floors.spread[3, :, 0, -1] - floors.spread[3, :, 0, 0]
    assert (width > 2).all()
