"""Planted copies are found with their lag, gain and step; neighbours that are only alike are not."""

import numpy as np
import pytest

from chronotope.training.copies import WORD, find_copies, masked_correlation, words


def wander(seed=0, t=600):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.normal(size=t)) * 0.2 + np.sin(np.arange(t) / 4) + 0.3 * rng.normal(size=t)


def library(n=8):
    return {f"train{i}": wander(i) for i in range(n)}


def test_an_exact_piece_is_found_where_it_lies():
    (copy,) = find_copies({"a": wander(3)[100:260]}, library())
    assert (copy.train, copy.lag, copy.factor) == ("train3", 100, 1) and copy.shared == 160 and copy.gain == pytest.approx(1)


def test_a_superset_holds_the_train_series():
    longer = np.concatenate([wander(50, 80), wander(3), wander(51, 80)])
    (copy,) = find_copies({"a": longer}, library())
    assert copy.train == "train3" and copy.lag == -80 and copy.shared == 600


@pytest.mark.parametrize("gain,offset", [(1.8, 32.0), (-0.5, 0.0), (1000.0, 7.0)])
def test_rescaled_and_shifted_copies_tell_their_gain(gain, offset):
    (copy,) = find_copies({"a": gain * wander(5)[40:] + offset}, library())
    assert copy.train == "train5" and copy.lag == 40
    assert copy.gain == pytest.approx(gain, rel=1e-3) and copy.offset == pytest.approx(offset, abs=1e-2 * abs(gain))


@pytest.mark.parametrize("factor", [2, 3, 4, 6, 12])
@pytest.mark.parametrize("phase", [0, 1])
def test_means_over_steps_are_found_in_both_directions(factor, phase):
    t = 1200
    lib = {f"train{i}": wander(i, t) for i in range(5)}
    fine = wander(2, t)[phase:]
    rows = len(fine) // factor
    coarse = fine[: rows * factor].reshape(rows, factor).mean(axis=1)
    (copy,) = find_copies({"a": coarse}, lib)
    assert copy.train == "train2" and copy.factor == -factor and copy.lag == phase
    (copy,) = find_copies({"a": fine}, {**{k: v for k, v in lib.items() if k != "train2"}, "coarse": coarse})
    assert copy.train == "coarse" and copy.factor == factor


def test_every_second_value_is_a_copy_too():
    (copy,) = find_copies({"a": wander(2)[1::2]}, library())
    assert copy.train == "train2" and abs(copy.factor) == 2 and copy.lag == 1


def test_gaps_and_a_little_noise_do_not_hide_a_copy():
    rng = np.random.default_rng(9)
    x = wander(4)
    x = x + 0.01 * np.std(x) * rng.normal(size=len(x))
    x[rng.random(len(x)) < 0.05] = np.nan
    (copy,) = find_copies({"a": x}, library())
    assert copy.train == "train4" and copy.lag == 0


def test_alike_neighbours_are_no_copies():
    rng = np.random.default_rng(1)
    common = wander(7, 800)
    near = {f"n{i}": common + 0.15 * np.std(common) * rng.normal(size=800) for i in range(12)}
    assert find_copies({k: near[k] for k in list(near)[:4]}, {k: near[k] for k in list(near)[4:]}) == []
    trend = {f"t{i}": np.exp(np.arange(81) / 20) * (1 + 0.03 * rng.normal(size=81)) for i in range(12)}
    assert find_copies({"t0": trend["t0"]}, {k: trend[k] for k in list(trend)[1:]}) == []


def test_smooth_arcs_that_look_alike_by_chance_are_no_copies():
    t = np.arange(3000)
    slow = np.sin(2 * np.pi * t / 300) + 0.3 * np.sin(2 * np.pi * t / 1117)
    arc = np.sin(np.linspace(0.2, 2.2, 80))
    assert find_copies({"walk": arc}, {"tide": slow}) == []
    assert masked_correlation(slow, arc)[0].max() > 0.999


def test_masked_correlation_is_that_of_the_shared_values():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=50), rng.normal(size=20)
    x[rng.random(50) < 0.2] = np.nan
    correlation, shared = masked_correlation(x, y)
    for lag in (-5, 0, 13, 40):
        low, high = max(lag, 0), min(50, 20 + lag)
        a, b = x[low:high], y[low - lag : high - lag]
        both = np.isfinite(a)
        assert shared[lag + 19] == both.sum()
        assert correlation[lag + 19] == pytest.approx(np.corrcoef(a[both], b[both])[0, 1], abs=1e-9)


def test_words_know_no_scale_sign_or_flat_stretch():
    x = wander(1)
    assert np.array_equal(words(x), words(-3 * x + 5)) and len(words(np.ones(300))) == 0 and len(words(x)) > 300


def test_words_are_those_of_a_slow_loop():
    x = np.round(wander(2, 200), 1)
    x[50:53] = np.nan
    for factor, means in ((1, True), (3, False), (2, True)):
        made = set()
        enough = [i + factor <= 200 and 2 * np.isfinite(x[i : i + factor]).sum() >= factor for i in range(200)]
        y = np.array([np.nanmean(x[i : i + factor]) if enough[i] else np.nan for i in range(200)]) if means else x
        step = y[factor:] - y[:-factor]
        for i in range(len(step) - (WORD - 1) * factor):
            piece = step[i : i + WORD * factor : factor]
            bits = (piece > 1e-6 * np.nanstd(y)).astype(int)
            bits = bits if not bits[0] else 1 - bits
            turns = int((np.diff(np.concatenate([bits, [0]])) != 0).sum())
            if np.isfinite(piece).all() and (np.abs(piece) <= 1e-6 * np.nanstd(y)).sum() <= WORD // 5 and turns >= 3:
                made.add(int((bits << np.arange(WORD)).sum()))
        assert made == set(words(x, factor, means).tolist()) and made
