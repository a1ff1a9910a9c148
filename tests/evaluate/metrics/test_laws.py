"""What every metric keeps to: missing is never perfect, perfect is best, labels stay; and laws over random cases."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chronotope.errors import ArgumentError, DimensionError
from chronotope.evaluate import metrics as ours
from chronotope.evaluate.metrics import METRICS

CELLS = [name for name, metric in METRICS.items() if metric.needs != "rate"]  # a rate has an integral, not a truth beside it
LEVELS = (0.1, 0.5, 0.9)
SHAPE = (4, 3, 6, 2)
HISTORY = np.arange(8.0)
VALUES = arrays(float, (4, 5), elements=st.floats(-100, 100, width=32))
MEMBERS = arrays(float, (3, 4, 5), elements=st.floats(-100, 100, width=32))


def case(name):
    """(forecast, truth, arguments, options) of a perfect forecast."""
    y, x = np.mgrid[:6, :6]
    truth = np.random.default_rng(0).normal(size=(4, 3, 6, 6)) + 0 * y
    several = np.repeat(truth[None], 3, axis=0)
    if name in ("mase", "acc"):
        return truth, truth, (HISTORY if name == "mase" else 0.5,), {}
    if name in ("wql", "crps", "wis", "interval_score", "coverage", "width", "reliability", "calibration_error"):
        return several, truth, (LEVELS,), {}
    if name in ("crps_ensemble", "pit", "pit_histogram", "energy_score", "variogram_score"):
        return several, truth, (), {}
    if name in ("best_ade", "best_fde"):
        return several[..., :2], truth[..., :2], (), {}
    if name in ("ade", "fde"):
        return truth[..., :2], truth[..., :2], (), {}
    if name == "poisson_log_score":
        return 0 * truth, 0 * truth, (), {}
    if name == "brier":
        return (truth > 0).astype(float), (truth > 0).astype(float), (), {}
    return truth, truth, (0.5,) if name in ("pod", "far", "csi", "fss") else (), {}


OVER = {"energy_score": ("c",), "variogram_score": ("c",), "fss": ("b", "c"), "spectral_distance": ("b", "c")}
OVER |= dict.fromkeys(("ade", "fde", "best_ade", "best_fde"), ("b", "c"))
BEST = {"r2": 1, "correlation": 1, "acc": 1, "pod": 1, "csi": 1, "fss": 1, "coverage": 1, "reliability": 1, "pit": 0.5}
BEST |= {"calibration_error": 0.5, "count": 4 * 3 * 36, "pit_histogram": 0.1}


@pytest.mark.parametrize("name", [n for n in CELLS if METRICS[n].best is not None])
def test_the_registry_tells_what_is_best(name):
    forecast, truth, args, options = case(name)
    best = {"coverage": 0.8, "calibration_error": 0.0}.get(name, BEST.get(name, 0))  # a perfect point forecast is no perfect interval
    assert METRICS[name].best == best and METRICS[name].better in ("smaller", "larger", "near")


def labelled(name):
    forecast, truth, args, options = case(name)
    dims, first = ("time", "a", "b", "c"), {2: ["alternative"], 1: ["quantile" if args else "member"]}
    ahead = [] if forecast.ndim == truth.ndim else first[2 if name.startswith("best") else 1]
    made = xr.DataArray(truth, dims=dims, attrs={"units": "m"}, coords={"time": [3, 1, 2, 0]})
    over = {"over": OVER[name]} if name in OVER else {}
    return xr.DataArray(forecast, dims=(*ahead, *dims), coords={"time": [3, 1, 2, 0]}), made, args, {**options, **over}


@pytest.mark.parametrize("name", CELLS)
def test_perfect_is_best(name):
    forecast, truth, args, options = case(name)
    assert np.allclose(METRICS[name](forecast, truth, *args, **options), BEST.get(name, 0), atol=1e-12)


@pytest.mark.parametrize("name", [n for n in CELLS if n != "count"])
@pytest.mark.parametrize("missing", ["forecast", "truth"])
def test_nothing_to_compare_is_not_perfect(name, missing):
    forecast, truth, args, options = case(name)
    pair = (np.full_like(forecast, np.nan), truth) if missing == "forecast" else (forecast, np.full_like(truth, np.nan))
    assert np.isnan(METRICS[name](*pair, *args, **options)).all()


@pytest.mark.parametrize("name", CELLS)
def test_a_result_says_what_it_is_and_how_much_was_left_out(name):
    forecast, truth, args, options = labelled(name)
    found = METRICS[name](forecast, truth.where(truth["time"] != 1), *args, **options)
    assert found.name == name and found.attrs["definition"] == METRICS[name].__doc__.split("\n")[0]
    assert found.attrs["left_out"] == truth[0].size and found.attrs["compared"] == 3 * truth[0].size
    assert ("units" in found.attrs) == ("units of `truth`." in found.attrs["definition"])
    assert "both known" in found.attrs["mask"] and found.attrs["aggregation"] == "over " + ", ".join(truth.dims)


def test_aggregation_weights_and_horizon_travel_with_the_number():
    leads = np.array([1, 2, 3], "timedelta64[h]").astype("timedelta64[ns]")
    truth = xr.DataArray(np.ones((3, 2)), dims=("lead_time", "lat"), coords={"lead_time": leads, "lat": [0.0, 60.0]})
    about = ours.rmse(truth, truth, preserve_dims="lead_time", weights=ours.latitude_weights(truth["lat"])).attrs
    assert about["aggregation"] == "over lat, weighted by lat; for each lead_time"
    assert about["horizon"] == "0 days 01:00:00 to 0 days 03:00:00"
    about = ours.mase(truth, truth, HISTORY, 2).attrs
    assert (about["scale"], about["period"]) == (2.0, 2) and about["definition"].startswith("Mean absolute error over")


@pytest.mark.parametrize("name", CELLS)
def test_tensors_score_as_arrays_do_and_stay_tensors(name):
    import torch

    forecast, truth, args, options = case(name)
    shifted = forecast + (np.random.default_rng(2).random(forecast.shape) if name != "brier" else 0.0)
    tensors = torch.tensor(shifted, requires_grad=True), torch.tensor(truth)
    found = METRICS[name](*tensors, *args, **options)
    assert isinstance(found, torch.Tensor)
    np.testing.assert_array_equal(found.numpy(), METRICS[name](shifted, truth, *args, **options))


@pytest.mark.parametrize("name", CELLS)
def test_kept_dims_are_the_scores_of_their_slices(name):
    forecast, truth, args, options = labelled(name)
    forecast = forecast + xr.DataArray(np.random.default_rng(1).normal(size=truth.shape), dims=truth.dims)
    if name in ("brier", "poisson_log_score"):
        forecast = forecast.clip(0, 1)
    whole = METRICS[name](forecast.transpose(..., "time"), truth, *args, preserve_dims="time", **options)
    assert whole.dims[-1] == "time" and list(whole["time"].values) == [3, 1, 2, 0]
    for time in (1, 0):
        one = METRICS[name](forecast.sel(time=[time]), truth.sel(time=[time]), *args, reduce_dims="all", **options)
        np.testing.assert_allclose(whole.sel(time=time), one, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(VALUES, VALUES, st.floats(-50, 50), st.floats(0.1, 10))
def test_errors_move_and_scale_as_their_units_do(forecast, truth, shift, factor):
    for metric in (ours.mae, ours.rmse, ours.bias):
        expected = factor * metric(forecast, truth)
        assert np.isclose(metric(factor * forecast + shift, factor * truth + shift), expected, rtol=1e-9, atol=1e-9)
    assert abs(ours.bias(forecast, truth)) <= ours.mae(forecast, truth) + 1e-9 <= ours.rmse(forecast, truth) + 2e-9
    assert 0 <= ours.smape(forecast, truth) <= 2


@settings(max_examples=25, deadline=None)
@given(MEMBERS, VALUES, st.floats(-50, 50), st.floats(0.1, 10))
def test_ensemble_scores_obey_their_laws(members, truth, shift, factor):
    assert np.isclose(ours.crps_ensemble(members[:1], truth), ours.mae(members[0], truth))
    fair, biased = (ours.crps_ensemble(members, truth, f, axis=()) for f in (True, False))
    assert (fair <= biased + 1e-9).all() and (biased >= -1e-9).all()
    for score in (ours.crps_ensemble, ours.energy_score):
        moved = score(factor * members + shift, factor * truth + shift)
        assert np.isclose(moved, factor * score(members, truth), rtol=1e-7, atol=1e-7)
        assert np.isclose(score(members[::-1], truth), score(members, truth), atol=1e-9)
    assert np.isclose(ours.energy_score(members[..., :1], truth[..., :1]), ours.crps_ensemble(members[..., :1], truth[..., :1]), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(MEMBERS, VALUES)
def test_interval_scores_are_at_least_the_width(members, truth):
    forecast = np.sort(members, axis=0)
    assert ours.interval_score(forecast, truth, LEVELS) >= ours.width(forecast, truth, LEVELS) - 1e-9
    assert 0 <= ours.coverage(forecast, truth, LEVELS) <= 1


def test_weights_are_repetitions():
    rng = np.random.default_rng(3)
    forecast, truth = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    times = np.array([1, 3, 2])
    twice = [np.repeat(a, times, axis=1) for a in (forecast, truth)]
    for name in ("mae", "rmse", "bias", "wape", "mape", "smape", "r2", "correlation"):
        assert np.isclose(METRICS[name](forecast, truth, weights=times[:, None].astype(float)), METRICS[name](*twice)), name
    with pytest.raises(ArgumentError, match="not negative"):
        ours.mae(forecast, truth, weights=-1.0)


def test_weights_by_name_and_wrong_names():
    truth = xr.DataArray(np.zeros((2, 3)), dims=("time", "lat"), coords={"lat": [0.0, 60.0, 90.0]})
    forecast = truth + xr.DataArray([1.0, 2.0, 100.0], dims="lat")
    assert float(ours.mae(forecast, truth, weights=ours.latitude_weights(truth["lat"]))) == pytest.approx(2 / 1.5)
    with pytest.raises(DimensionError, match="weights must"):
        ours.mae(forecast, truth, weights=xr.DataArray([1.0], dims="level"))
    with pytest.raises(ArgumentError, match="Only one of"):
        ours.mae(forecast, truth, dim="lat", preserve_dims="time")
    with pytest.raises(DimensionError, match="preserve_dims must name"):
        ours.mae(forecast, truth, preserve_dims="level")


def test_levels_may_come_from_the_quantile_coordinate():
    truth = xr.DataArray(np.zeros((2, 3)), dims=("time", "place"))
    forecast = truth + xr.DataArray([-1.0, 0.5, 1.0], dims="quantile", coords={"quantile": list(LEVELS)})
    assert float(ours.wis(forecast, truth)) == float(ours.wis(forecast, truth, LEVELS))
    assert list(ours.reliability(forecast, truth)["quantile"].values) == list(LEVELS)
