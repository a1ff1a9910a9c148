"""What is learned one scale up, and what comes of it."""

import numpy as np
import pytest

from chronotope.evidence.fine.blocks import block_means, inside
from chronotope.evidence.fine.guess import Bounds, guess
from chronotope.evidence.fine.kernels import POWERS
from chronotope.evidence.fine.learned import learn
from chronotope.evidence.fine.measure import Measure
from chronotope.evidence.fine.mixture import weights_of
from chronotope.evidence.fine.school import RULES, lesson, own_lesson
from chronotope.evidence.fine.trend import trend_of
from chronotope.evidence.fine.widths import one_sided, widths_of

LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)


def random_field(slope, steps=6, size=96, seed=0):
    """Gaussian noise whose spectrum falls with this power of the wave number."""
    rng = np.random.default_rng(seed)
    k = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None])
    k[0, 0] = np.inf
    noise = np.fft.fft2(rng.normal(size=(steps, size, size)))
    return np.fft.ifft2(noise * k ** (-slope / 2)).real


def free(shape):
    return Bounds(np.full(shape, -np.inf), np.full(shape, np.inf))


@pytest.mark.parametrize("slope", [2.5, 3.0])
def test_intervals_of_self_similar_fields_hold_what_they_say(slope):
    truth = random_field(slope)
    coarse = block_means(truth, (4, 4))
    found = guess(coarse, (4, 4), LEVELS, free((24, 24)), np.arange(6))
    cells = inside(truth, (4, 4))
    assert 0.72 < np.mean((cells >= found[0]) & (cells <= found[-1])) < 0.88
    np.testing.assert_allclose(found[2].mean(axis=-1), coarse, atol=1e-9 * np.abs(coarse).max())
    flat = np.sqrt(np.mean((cells - coarse[..., None]) ** 2))
    assert np.sqrt(np.mean((cells - found[2]) ** 2)) < 0.9 * flat


def test_smooth_fields_get_smooth_kernels_and_rough_ones_rough_kernels():
    lessons = [own_lesson(block_means(random_field(slope), (4, 4)), (4, 4), Measure())[0] for slope in (2.2, 5.0)]
    weights = [weights_of(one, RULES) for one in lessons]
    assert all(w.min() >= 0 and w.sum() == pytest.approx(1) for w in weights)
    rough, smooth = (w[: len(POWERS)] @ np.array(POWERS) / w[: len(POWERS)].sum() for w in weights)
    assert rough < smooth - 0.4


def test_a_field_too_small_to_learn_from_has_answers_all_the_same():
    coarse = np.arange(6.0).reshape(1, 2, 3)
    found = guess(coarse, (4, 4), LEVELS, free((2, 3)), np.arange(1))
    assert np.isfinite(found).all() and (found[-1] > found[0]).all()
    assert own_lesson(coarse, (4, 4), Measure())[0] is None and trend_of(coarse, (4, 4), Measure()) == 1.0
    np.testing.assert_allclose(weights_of(None, RULES).sum(), 1)


def test_peaks_over_nothing_are_read_by_roots():
    rain = np.maximum(random_field(3.0), 0) ** 3
    rain /= rain.max()
    coarse = block_means(rain, (4, 4))
    bounds = Bounds(np.zeros((24, 24)), np.full((24, 24), np.inf))
    measure = own_lesson(coarse, (4, 4), bounds.measure)[2]
    assert measure.root < 1 and own_lesson(coarse, (4, 4), free((24, 24)).measure)[2].root == 1
    with_root, without = (guess(coarse, (4, 4), LEVELS, one, np.arange(6)) for one in (bounds, free((24, 24))))
    error = [np.mean((one[2] - inside(rain, (4, 4))) ** 2) for one in (with_root, without)]
    assert error[0] < 0.95 * error[1] and with_root.min() >= 0


def test_a_root_undoes_itself_and_leaves_means():
    measure = Measure(floor=2.0, root=0.5)
    coarse = np.array([[[2.0, 6.0]]])
    np.testing.assert_allclose(measure.read(coarse), [[[0, 2]]])
    detail = measure.detail(np.array([[[[0.5, -0.5], [1.0, -1.0]]]]), coarse)
    np.testing.assert_allclose(detail.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(coarse[..., None] + detail, [[[[2, 2], [10, 2]]]], atol=1e-12)  # (2 + 1)^2, (2 - 1)^2 above 2, mean 6


def test_fields_that_are_smooth_below_a_scale_show_a_trend():
    rough, smooth = (block_means(random_field(slope, steps=8), (2, 2)) for slope in (3.0, 3.0))
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(smooth, (0, 2.0, 2.0))
    assert trend_of(smooth, (4, 4), Measure()) < 0.8 * trend_of(rough, (4, 4), Measure())


def test_widths_know_where_it_is_rough():
    truth = random_field(3.0) * np.where(np.arange(96) < 48, 1.0, 5.0)
    coarse = block_means(truth, (4, 4))
    found = guess(coarse, (4, 4), LEVELS, free((24, 24)), np.arange(6))
    wide = (found[-1] - found[0]).mean(axis=(0, 1, 3))
    assert wide[14:].mean() > 3 * wide[:10].mean()
    known = lesson(truth, (4, 4), Measure())
    assert (np.diff(widths_of(known, weights_of(known, RULES), LEVELS).offsets, axis=1) >= 0).all()


def test_offsets_keep_to_their_side_of_the_median():
    np.testing.assert_array_equal(one_sided(np.array([0.2, 0.1, 0.3, -1.0]), (0.1, 0.5, 0.6, 0.9)), [0, 0, 0.3, 0])


def test_what_cells_keep_is_learned_and_noise_is_not():
    rng = np.random.default_rng(3)
    coarse = rng.normal(size=(60, 4, 5))
    constant, slope = rng.normal(size=(4, 5, 6)), rng.normal(size=(4, 5, 6))
    above = (coarse - coarse[:40].mean(axis=0)) / coarse[:40].std(axis=0)
    miss = constant + slope * above[..., None]
    rough, sd = np.ones((60, 4, 5)), np.ones((60, 4, 5, 6))
    learned = learn(miss[:40], coarse, np.arange(40), np.arange(40, 60), LEVELS, rough, sd)
    np.testing.assert_allclose(learned.value, miss[40:], atol=0.1)
    nothing = learn(rng.normal(size=(40, 4, 5, 6)), coarse, np.arange(40), np.arange(40, 60), LEVELS, rough, sd)
    assert np.abs(nothing.value).max() < 0.35
    wide = nothing.offsets[-1] - nothing.offsets[0]
    assert abs(wide.mean() - 2 * 1.28) < 0.3
