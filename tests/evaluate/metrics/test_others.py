"""Metrics against other people's implementations (skipped where those are absent), closed forms and hand-computed cases."""

import numpy as np
import pytest
import xarray as xr

from chronotope.errors import ArgumentError, DataError
from chronotope.evaluate import metrics as ours

TIGHT = {"rtol": 1e-10, "atol": 1e-10}
RNG = np.random.default_rng(5)
DIMS = ("time", "lat", "lon")
FORECAST = xr.DataArray(RNG.normal(size=(6, 5, 4)) + 3, dims=DIMS, coords={"lat": np.linspace(-60, 60, 5)})
TRUTH = xr.DataArray(RNG.normal(size=(6, 5, 4)) + 3, dims=DIMS, coords={"lat": np.linspace(-60, 60, 5)}).where(RNG.random((6, 5, 4)) > 0.1)
TRUTH.attrs["units"] = "K"
MEMBERS = RNG.normal(size=(7, 40, 3))
HIT = RNG.normal(size=(40, 3))


@pytest.mark.parametrize("mine, theirs", [("mae", "mae"), ("rmse", "rmse"), ("bias", "mean_error")])
def test_point_scores_are_those_of_scores_also_weighted_and_by_dim(mine, theirs):
    scores = pytest.importorskip("scores.continuous")
    metric, other = ours.METRICS[mine], getattr(scores, theirs)
    np.testing.assert_allclose(metric(FORECAST, TRUTH), other(FORECAST, TRUTH), **TIGHT)
    np.testing.assert_allclose(metric(FORECAST, TRUTH, preserve_dims="lat"), other(FORECAST, TRUTH, preserve_dims="lat"), **TIGHT)
    weights = ours.latitude_weights(TRUTH["lat"])
    if mine != "rmse":  # theirs weighs the cells without truth too, which a mask in the weights mends for means only
        full = TRUTH.fillna(0.0)
        np.testing.assert_allclose(metric(FORECAST, full, weights=weights), other(FORECAST, full, weights=weights), **TIGHT)


def test_correlation_and_r2_are_those_of_scores():
    scores = pytest.importorskip("scores.continuous")
    full = TRUTH.fillna(1.0)
    np.testing.assert_allclose(
        ours.METRICS["correlation"](FORECAST, full, preserve_dims="lat"),
        scores.correlation.pearsonr(FORECAST, full, preserve_dims="lat"), **TIGHT,
    )  # fmt: skip
    np.testing.assert_allclose(ours.r2(FORECAST, full), scores.nse(FORECAST, full), **TIGHT)


def test_relative_errors_are_those_of_xskillscore():
    xs = pytest.importorskip("xskillscore")
    full = TRUTH.fillna(1.0)
    for mine, theirs in (("mape", xs.mape), ("r2", xs.r2), ("correlation", xs.pearson_r)):
        np.testing.assert_allclose(ours.METRICS[mine](FORECAST, full, dim="time"), theirs(full, FORECAST, dim="time"), **TIGHT)
    np.testing.assert_allclose(ours.smape(FORECAST, full, dim="time") / 2, xs.smape(full, FORECAST, dim="time"), **TIGHT)


def test_ensemble_crps_is_that_of_scoringrules_and_scores():
    rules = pytest.importorskip("scoringrules")
    for fair, estimator in ((True, "fair"), (False, "nrg")):
        expected = rules.crps_ensemble(HIT, np.moveaxis(MEMBERS, 0, -1), estimator=estimator)
        np.testing.assert_allclose(ours.crps_ensemble(MEMBERS, HIT, fair, axis=()), expected, **TIGHT)
    scores = pytest.importorskip("scores.probability")
    members, hit = xr.DataArray(MEMBERS, dims=("member", "time", "place")), xr.DataArray(HIT, dims=("time", "place"))
    theirs = scores.crps_for_ensemble(members, hit, ensemble_member_dim="member", method="fair", preserve_dims="place")
    np.testing.assert_allclose(ours.crps_ensemble(members, hit, preserve_dims="place"), theirs, **TIGHT)


def test_vector_scores_are_those_of_scoringrules():
    rules = pytest.importorskip("scoringrules")
    joint = np.moveaxis(MEMBERS, 0, -2)
    np.testing.assert_allclose(ours.energy_score(MEMBERS, HIT, False, axis=()), rules.es_ensemble(HIT, joint), **TIGHT)
    np.testing.assert_allclose(ours.energy_score(MEMBERS, HIT, axis=()), rules.es_ensemble(HIT, joint, estimator="fair"), **TIGHT)
    np.testing.assert_allclose(ours.variogram_score(MEMBERS, HIT, axis=()), rules.vs_ensemble(HIT, joint, p=0.5), **TIGHT)


def test_brier_and_interval_scores_are_those_of_scoringrules():
    rules = pytest.importorskip("scoringrules")
    chance, came = RNG.random(50), (RNG.random(50) < 0.4).astype(float)
    np.testing.assert_allclose(ours.brier(chance, came, axis=()), rules.brier_score(came, chance), **TIGHT)
    low, high, hit = -RNG.random(50), RNG.random(50), RNG.normal(size=50)
    made = ours.interval_score(np.stack([low, high]), hit, (0.1, 0.9), 0.8, axis=())
    np.testing.assert_allclose(made, rules.interval_score(hit, low, high, 0.2), **TIGHT)


def test_fss_is_that_of_scores():
    scores = pytest.importorskip("scores.spatial")
    a, b = (
        xr.DataArray(RNG.normal(size=(3, 12, 9)), dims=("time", "y", "x")),
        xr.DataArray(RNG.normal(size=(3, 12, 9)), dims=("time", "y", "x")),
    )
    theirs = scores.fss_2d(a, b, event_threshold=0.5, window_size=(4, 4), spatial_dims=("y", "x"), preserve_dims="time")
    np.testing.assert_allclose(ours.fss(a, b, 0.5, 4, over=("y", "x"), preserve_dims="time"), theirs, rtol=1e-10)
    whole = scores.fss_2d(a, b, event_threshold=0.5, window_size=(4, 4), spatial_dims=("y", "x"))
    np.testing.assert_allclose(ours.fss(a, b, 0.5, 4, over=("y", "x")), whole, rtol=1e-10)


def test_hits_and_alarms_are_those_of_scores():
    categorical = pytest.importorskip("scores.categorical")
    operator = categorical.ThresholdEventOperator(default_event_threshold=3.0)
    table = operator.make_contingency_manager(FORECAST, TRUTH).transform(preserve_dims="lat")
    theirs = {"pod": "probability_of_detection", "far": "false_alarm_ratio", "csi": "critical_success_index"}
    for mine, name in theirs.items():
        np.testing.assert_allclose(ours.METRICS[mine](FORECAST, TRUTH, 3.0, preserve_dims="lat"), getattr(table, name)(), **TIGHT)


def test_quantile_scores_are_those_of_scores():
    scores = pytest.importorskip("scores.continuous")
    low, high = FORECAST - 1, FORECAST + 1
    both = xr.concat([low, high], xr.Variable("quantile", [0.1, 0.9]))
    theirs = scores.interval_score(low, high, TRUTH, interval_range=0.8, preserve_dims=["lat"])["total"]
    np.testing.assert_allclose(ours.interval_score(both, TRUTH, preserve_dims="lat"), theirs, **TIGHT)
    loss = (scores.quantile_score(low, TRUTH, 0.1) + scores.quantile_score(high, TRUTH, 0.9)) / 2
    np.testing.assert_allclose(ours.crps(both, TRUTH), 2 * loss, **TIGHT)


def test_likelihood_of_counts_is_that_of_scoringrules():
    rules = pytest.importorskip("scoringrules")
    rate, came = RNG.gamma(2.0, size=50), RNG.poisson(2.0, size=50)
    np.testing.assert_allclose(ours.poisson_log_score(rate, came, axis=()), rules.logs_poisson(came, rate), **TIGHT)
    assert 700 < ours.poisson_log_score(0.0, 1.0) < 800, "an event where none was possible is never left out"


def test_likelihood_of_points_by_hand():
    assert ours.log_likelihood([2.0, 0.5], 3.0) == pytest.approx(-3.0) and ours.log_likelihood([], 1.5) == -1.5
    assert np.isnan(ours.log_likelihood([np.nan, 1.0], 1.0))
    assert ours.information_gain([2.0, 2.0], 2.0, [1.0, 1.0], 2.0) == pytest.approx(np.log(2))


def test_slope_and_ratio_of_spectra_with_a_known_law():
    number = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128))
    noise = np.fft.fft2(np.random.default_rng(3).normal(size=(6, 128, 128)))
    number[0, 0] = np.inf
    rough = np.fft.ifft2(noise * number**-1.5).real  # power falls with the third power
    assert ours.spectral_slope(rough).mean() == pytest.approx(-3, abs=0.1)  # a single field of this size strays by about 0.1
    assert ours.spectral_slope(noise.real).mean() == pytest.approx(0, abs=0.1)
    length, ratio = ours.spectral_ratio(0.5 * rough, rough, spacing=2.0)
    np.testing.assert_allclose(ratio, 0.25)
    assert length[0] == 256 and length[-1] == 4
    smooth = (rough + np.roll(rough, 1, -1) + np.roll(rough, 1, -2) + np.roll(rough, (1, 1), (-2, -1))) / 4
    ratio = ours.spectral_ratio(smooth, rough)[1]
    assert ratio[0] > 0.99 and ratio[-1] < 0.3, "a blurred field lacks the short waves"
    with pytest.raises(ArgumentError, match="two wave numbers"):
        ours.spectral_slope(rough, wavelengths=(100, 101))


def test_events_by_hand():
    forecast, truth = np.array([1.0, 1, 0, 0, 1, np.nan]), np.array([1.0, 0, 1, 0, 1, 1])
    assert ours.pod(forecast, truth, 0.5) == pytest.approx(2 / 3) and ours.far(forecast, truth, 0.5) == pytest.approx(1 / 3)
    assert ours.csi(forecast, truth, 0.5) == 0.5
    assert np.isnan(ours.pod(forecast, 0 * truth, 0.5)), "without events there is nothing to hit"
    with pytest.raises(ArgumentError, match="window must"):
        ours.fss(np.ones((3, 3)), np.ones((3, 3)), 0.5, 4)


def test_paths_by_hand():
    truth = np.array([[[0.0, 0], [1, 0], [2, 0]], [[0, 0], [0, 1], [np.nan, np.nan]]])
    forecast = truth + np.array([3.0, 4.0])
    forecast[1, 0] = 0.0
    assert ours.ade(forecast, truth) == pytest.approx((5 + 2.5) / 2) and ours.fde(forecast, truth) == 5
    several = np.stack([forecast, np.where(np.arange(3)[:, None] < 2, truth, truth + [0, 1.0])])
    assert ours.best_ade(several, truth) == pytest.approx(1 / 6) and ours.best_fde(several, truth) == pytest.approx(0.5)


def test_anomaly_correlation_by_hand_and_weighted():
    truth, usual = np.array([1.0, 3, 2, 6]), np.array([0.0, 1, 3, 3])
    forecast = usual + 2.5 * (truth - usual)
    assert ours.acc(forecast, truth, usual) == pytest.approx(1) and ours.acc(2 * usual - forecast, truth, usual) == pytest.approx(-1)
    weights = np.array([1.0, 1, 0, 0])
    a, b = (np.array([2.0, 0.5]), truth[:2] - usual[:2])
    expected = a @ b / np.sqrt((a @ a) * (b @ b))
    assert ours.acc(np.array([2.0, 1.5, 7, -9]), truth, usual, weights=weights) == pytest.approx(expected)
    centred = ours.acc(FORECAST, TRUTH, 1.0, centred=True)
    known = np.isfinite(TRUTH.values)
    assert float(centred) == pytest.approx(np.corrcoef(FORECAST.values[known], TRUTH.values[known])[0, 1])


def test_power_of_a_wave_lies_at_its_number_and_sums_to_the_variance():
    y, x = np.mgrid[:32, :32]
    wave = 3 * np.sin(2 * np.pi * 5 * x / 32) + 7
    numbers, power = ours.power_spectrum(wave, spacing=2.0)
    assert numbers[power.argmax()] == pytest.approx(5 / 64) and power.max() == pytest.approx(4.5)
    noise = RNG.normal(size=(2, 16, 20))
    np.testing.assert_allclose(ours.power_spectrum(noise)[1].sum(axis=-1), noise.var(axis=(-2, -1)))
    assert ours.spectral_distance(noise, noise) == 0 and ours.spectral_distance(10 * noise, noise) == pytest.approx(2)
    with pytest.raises(DataError, match="complete"):
        ours.power_spectrum(np.full((4, 4), np.nan))


def test_reliability_of_true_quantiles_is_their_level():
    from scipy.stats import norm

    levels = np.arange(1, 10) / 10
    truth = np.random.default_rng(1).normal(size=20000)
    forecast = np.repeat(norm.ppf(levels)[:, None], len(truth), axis=1)
    np.testing.assert_allclose(ours.reliability(forecast, truth, levels), levels, atol=0.011)  # three standard errors
    assert ours.calibration_error(forecast, truth, levels) < 0.005
    assert ours.calibration_error(forecast + 9, truth, levels) == pytest.approx(0.5)


def test_ranks_of_exchangeable_members_are_even():
    members = np.random.default_rng(2).normal(size=(9, 20000))
    histogram = ours.pit_histogram(members[1:], members[0], 9)
    np.testing.assert_allclose(histogram, 1 / 9, atol=0.007)
    assert ours.pit_histogram(members[1:] / 9, members[0], 9)[[0, -1]].min() > 0.35
    np.testing.assert_allclose(ours.pit(np.array([[1.0], [2.0], [2.0], [np.nan]]), np.array([2.0])), [(1 + 1) / 3])


def test_missing_members_do_not_count_in_the_size():
    few = MEMBERS.copy()
    few[4:, :20] = np.nan
    np.testing.assert_allclose(ours.crps_ensemble(few, HIT, axis=())[:20], ours.crps_ensemble(MEMBERS[:4, :20], HIT[:20], axis=()))
