"""Quantiles with gaps and intervals against numpy and known errors."""

import numpy as np

from chronotope.baselines.intervals import nan_quantiles, one_sided

LEVELS = (0.1, 0.5, 0.9)


def test_quantiles_are_numpys_weibull_quantiles_of_what_is_there():
    samples = np.random.default_rng(0).normal(size=(40, 5))
    samples[:7, 2] = np.nan
    expected = np.stack([np.quantile(c[np.isfinite(c)], LEVELS, method="weibull") for c in samples.T], axis=1)
    np.testing.assert_allclose(nan_quantiles(samples, LEVELS), expected)


def test_no_samples_have_no_quantiles_and_one_sample_is_every_quantile():
    found = nan_quantiles(np.array([[np.nan, 3.0], [np.nan, np.nan]]), LEVELS)
    assert np.isnan(found[:, 0]).all() and (found[:, 1] == 3).all()


def test_lower_levels_stay_below_and_upper_ones_above_the_point():
    offset = np.array([[2.0], [5.0], [9.0]])
    assert one_sided(offset, LEVELS)[:, 0].tolist() == [0, 0, 9]
