"""Conformal calibration on simulated series whose intervals are wrong in a known way."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError
from chronotope.evaluate.protocols.contract import check_model
from chronotope.questions import AbstractQuantilePredictor, Question
from chronotope.tasks.load import as_model
from chronotope.wrappers.adaptive import Adaptive, adaptive_offsets

LEVELS = (0.05, 0.5, 0.95)


def calibrate(model, *field_and_horizon, **options):
    return as_model(model).calibrated(*field_and_horizon, **options)


class Wrong(AbstractQuantilePredictor):
    """Normal quantiles around 20 with a spread that is `too` times the true one, and a bias."""

    name = "wrong"

    def __init__(self, too=0.3, bias=0.0, spread=2.0):
        self.too, self.bias, self.spread = too, bias, spread

    def quantiles(self, question):
        rows = question.rows
        value = 20 + self.bias + self.too * self.spread * norm.ppf(question.levels)[:, None, None, None]
        return np.where(question.asked[rows], value, np.nan).astype("float32")


def field_of(values):
    times = pd.date_range("2024-01-01", periods=len(values), freq="1h").values.astype("datetime64[ns]")
    places = [f"p{i}" for i in range(values.shape[1])]
    return Field(xr.Dataset({"x": (("time", "place"), values)}, {"time": times, "place": places}), "graph", ("x",), ("place",))


def noise(steps=600, places=5, seed=0, spread=2.0):
    return 20 + spread * np.random.default_rng(seed).normal(size=(steps, places))


def later(model, panel, values, origins, horizon=4):
    """Share of later truths inside the central 90 % per lead (h,)."""
    inside = []
    for origin in origins:
        longer = panel.slice_time(0, origin + 1).extend(horizon)
        asked = np.zeros(longer.values.shape, bool)
        asked[-horizon:] = True
        answer = model.predictor.answer(Question(longer, longer.mask, asked).wanting(LEVELS)).values[..., 0]
        truth = values[origin + 1 : origin + 1 + horizon]
        inside.append((truth >= answer[0]) & (truth <= answer[2]))
    return np.mean(inside, axis=(0, 2))


@pytest.mark.parametrize("method", ["cqr", "split"])
@pytest.mark.parametrize("wrong", [Wrong(0.3), Wrong(4.0), Wrong(0.5, bias=3.0)])
def test_wrong_intervals_cover_again_at_every_lead(method, wrong):
    values = noise(places=25)
    field = field_of(values)
    model = calibrate(wrong, field.isel(time=slice(0, 400)), 4, method=method, origins=150)
    panel, origins = field.panel(), range(400, 590, 3)
    before = later(type("M", (), {"predictor": wrong})(), panel, values, origins)
    after = later(model, panel, values, origins)
    assert abs(before.mean() - 0.9) > 0.07
    assert 0.88 < after.mean() < 0.92  # 6400 cells: three standard errors are 0.018
    assert (abs(after - 0.9) < 0.05).all() and model.name == f"wrong+{method}"


def test_a_step_in_the_noise_is_followed_within_48_steps():
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(500, 5))
    scores[250:] *= 3
    low, high = (adaptive_offsets(scores, level)[:-1, None] for level in (0.05, 0.95))
    inside = (scores >= low) & (scores <= high)
    assert 0.88 < inside[60:250].mean() < 0.92
    assert inside[250:262].mean() < 0.8
    assert 0.86 < inside[298:340].mean() < 0.94 and 0.88 < inside[298:].mean() < 0.92


def test_offsets_are_made_of_what_is_known_and_nothing_later():
    scores = np.random.default_rng(0).normal(size=(80, 2))
    for delay in (1, 5):
        poisoned = scores.copy()
        poisoned[40:] = 1e9
        first, second = (adaptive_offsets(one, 0.9, delay) for one in (scores, poisoned))
        assert np.array_equal(first[: 40 + delay], second[: 40 + delay], equal_nan=True)
        assert first[40 + delay] != second[40 + delay]


def test_without_the_working_level_the_share_would_stay_wrong():
    scores = np.linspace(0, 30, 300)[:, None] + np.random.default_rng(1).normal(size=(300, 1))  # every new one tends to be the largest
    still, moving = (adaptive_offsets(scores, 0.5, gamma=g)[60:-1] for g in (0.0, 0.2))
    assert np.mean(scores[60:, 0] <= still) < 0.1 and np.mean(scores[60:, 0] <= moving) > 0.15


def test_scores_after_the_origin_of_an_answer_are_not_used():
    values = noise(300)
    values[200:] *= 50
    field = field_of(values)
    model = calibrate(Wrong(), field, 3, origins=250)
    clean = calibrate(Wrong(), field.isel(time=slice(0, 200)), 3, origins=[field.times[row] for row in range(150, 197)])
    row = 180
    longer = field.panel().slice_time(0, row + 1).extend(3)
    asked = np.zeros(longer.values.shape, bool)
    asked[-3:] = True
    question = Question(longer, longer.mask, asked)
    answer = model.predictor.answer(question.wanting(LEVELS)).values
    assert np.abs(answer).max() < 40
    poisoned = replace(longer, values=np.where(question.seen, longer.values, np.float32(1e30)))
    assert np.array_equal(answer, model.predictor.answer(replace(question, frame=poisoned).wanting(LEVELS)).values)
    assert np.isfinite(clean.predictor.answer(question.wanting(LEVELS)).values).all()


def test_adaptive_answers_follow_a_drift():
    values = noise(160, 4)
    values[100:] = 20 + 5 * (values[100:] - 20)
    panel = field_of(values).panel()
    model = calibrate(Wrong(1.0), field_of(values[:100]), 1, method="adaptive", recent=40)
    assert isinstance(model.predictor, Adaptive)
    bare = type("M", (), {"predictor": Wrong(1.0)})()
    assert later(bare, panel, values, range(140, 159), 1)[0] < 0.45
    assert later(model, panel, values, range(140, 159), 1)[0] > 0.75


@pytest.mark.parametrize("method", ["cqr", "split", "adaptive"])
def test_a_calibrated_model_keeps_the_contract(method):
    from chronotope.evaluate.protocols.contract import made_field

    model = calibrate("baseline:last_value", made_field(), 6, method=method, origins=20, recent=12)
    checks = ("shape", "finite_where_asked", "quantiles_in_order", "levels_as_asked", "places_in_any_order", "units_change_with_the_data")
    checks += ("blind_to_what_is_hidden", "blind_to_the_future", "same_twice", "constant_series", "gaps")
    assert len(check_model(model, only=checks)) == len(checks)


@pytest.mark.parametrize("pool", ["region", "near"])
def test_places_that_err_differently_are_covered_alike_where_their_own_errors_speak(pool):
    rng = np.random.default_rng(7)
    xy = np.stack([np.r_[np.zeros(30), np.full(30, 100.0)], np.arange(60) % 30], axis=1)
    values = 20 + np.where(xy[:, 0] > 50, 4.0, 1.0) * rng.normal(size=(600, 60))
    field = field_of(values)
    field = Field(field.dataset.rename(x="v").assign_coords(x=("place", xy[:, 0]), y=("place", xy[:, 1])), "graph", ("v",), ("place",))
    inside = {}
    for name in ("all", pool):
        model = calibrate(Wrong(1.0), field, 2, origins=80, pool=name)
        panel, parts = field.panel(), []
        for row in range(420, 595, 17):
            longer = panel.slice_time(0, row + 1).extend(2)
            asked = np.zeros(longer.values.shape, bool)
            asked[-2:] = True
            answer = model.predictor.answer(Question(longer, longer.mask & ~asked, asked).wanting(LEVELS)).values[..., 0]
            parts.append((values[row + 1 : row + 3] >= answer[0]) & (values[row + 1 : row + 3] <= answer[2]))
        inside[name] = [np.mean(np.array(parts)[:, :, side]) for side in (slice(0, 30), slice(30, 60))]
    assert inside["all"][0] > 0.98 and inside["all"][1] < 0.85, "one width for two kinds of place"
    np.testing.assert_allclose(inside[pool], 0.9, atol=0.04)  # 660 cells a side: three standard errors


def test_a_past_too_short_to_calibrate_on_is_said(caplog):
    times = pd.date_range("2024-03-01", periods=10, freq="h")
    field = Field(
        xr.Dataset({"flow": (("time", "place"), np.arange(10.0)[:, None])}, {"time": times, "place": ["a"]}), "graph", ("flow",), ("place",)
    )
    as_model("baseline:last_value").calibrated(field, 6)
    assert "stay as they are" in caplog.text


def test_wrong_calls_are_refused():
    field = field_of(noise(30))
    with pytest.raises(ArgumentError, match="method must be one of"):
        calibrate(Wrong(), field, 3, method="magic")
    with pytest.raises(ArgumentError, match="pool must be one of"):
        calibrate(Wrong(), field, 3, pool="clan")
    with pytest.raises(ArgumentError, match="positions"):
        calibrate(Wrong(), field, 3, pool="near")
    with pytest.raises(ArgumentError, match="must leave room"):
        calibrate(Wrong(), field, 29)
    empty = noise(30)
    empty[15:] = np.nan
    with pytest.raises(DataError, match="after an origin"):
        calibrate(Wrong(), field_of(empty), 3, origins=[field.times[20]])


@pytest.mark.parametrize("method", ["cqr", "split"])
def test_intervals_of_northerly_directions_stay_north_and_cover(method):
    import chronotope as ct

    rng = np.random.default_rng(0)
    coords = {"time": np.datetime64("2024-01-01", "ns") + np.arange(400) * np.timedelta64(3600, "s"), "place": list("abcd")}
    values = rng.normal(0, 12, (400, 4)) % 360
    field = ct.open(xr.Dataset({"wind_dir": (("time", "place"), values, {"units": "degree"})}, coords))
    model = ct.load("baseline:mix").calibrated(field.isel(time=slice(0, 300)), 4, method=method)
    answer = model.forecast(field, 4, at=list(field.times[300:390:10])).to_xarray()["wind_dir"]
    low, high = (answer.sel(quantile=q).values for q in (0.1, 0.9))
    truth = np.stack([values[row + 1 : row + 5] for row in range(300, 390, 10)])
    width = (high - low) % 360
    assert 20 < width.mean() < 50 and 0.65 < ((truth - low) % 360 <= width).mean() < 0.95
    middle = answer.sel(quantile=0.5).values
    assert (np.abs((middle + 180) % 360 - 180) < 30).all()


@pytest.mark.filterwarnings("ignore::chronotope.DataWarning")
@pytest.mark.parametrize("method", ["cqr", "split"])
def test_calibrated_answers_stay_where_values_can_lie(method):
    import chronotope as ct

    rng = np.random.default_rng(0)
    rain = np.where(rng.uniform(size=(300, 4)) < 0.25, rng.gamma(0.7, 2, (300, 4)), 0)
    humidity = np.clip(90 + 12 * np.sin(np.arange(300) / 24 * 2 * np.pi)[:, None] + rng.normal(0, 6, (300, 4)), 5, 100)
    meter = 1000 + rng.gamma(2, 1, (300, 4)).cumsum(axis=0)
    coords = {"time": pd.date_range("2024-01-01", periods=300, freq="h"), "place": list("abcd")}
    values = {"rain": (rain, "mm"), "humidity": (humidity, "%"), "crimes": (rng.poisson(0.6, (300, 4)), ""), "meter": (meter, "kWh")}
    field = ct.open(xr.Dataset({name: (("time", "place"), x.astype(float), {"units": unit}) for name, (x, unit) in values.items()}, coords))
    answer = ct.load("baseline:mix").calibrated(field, 4, method=method).forecast(field, 4).to_xarray()
    assert float(answer["rain"].min()) >= 0 and 0 <= float(answer["humidity"].min()) <= float(answer["humidity"].max()) <= 100
    assert float(answer["crimes"].min()) >= 0 and (answer["crimes"] % 1 == 0).all()
    assert (answer["meter"] >= meter[-1] - 1e-3).all()
