"""Where values can lie: walls, shares, directions and zero, told from names, units and what was seen - and not from less."""

import numpy as np
import pandas as pd
import pytest

from chronotope.inspect.support import is_direction, is_temperature, share_ends_at, support_of, words_of, zero_bounds

RNG = np.random.default_rng(0)


def _support(values, name="value", unit=""):
    values = np.asarray(values, float)
    return support_of(values.reshape(len(values), -1, 1), (name,), (unit,))


@pytest.mark.parametrize(
    ("name", "unit", "low", "high", "expected"),
    [
        ("relative_humidity_2m", "%", 20, 100, 100), ("RH", "", 15, 99, 100), ("sea_ice_share", "1", 0, 1, 1.0),
        ("tcc[level=500]", "", 0, 0.9, 1.0), ("humidity", "%", 20, 116, None), ("price_change", "%", 0, 4, None),
        ("specific_humidity", "kg kg-1", 0, 0.02, None), ("growth", "%", -2, 5, None),
        ("flow", "", 0, 100, None), ("SoC", "%", 3, 80, 100), ("load", "%", 3, 80, 100),
    ],
)  # fmt: skip
def test_shares_end_at_all_of_it(name, unit, low, high, expected):
    assert share_ends_at(name, unit, low, high) == expected


@pytest.mark.parametrize(
    ("name", "unit", "high", "expected"),
    [
        ("wind_direction_10m", "degree", 359, True), ("WD", "", 360, True), ("windDir", "deg", 350, True), ("heading", "°", 358, True),
        ("wave_from", "degree", 360, True), ("wave_from", "", 360, False), ("mwd", "Degree true", 359, True), ("wind_deg", "", 360, True),
        ("direction", "", 40, False), ("directory", "", 300, False), ("wind_direction", "rad", 300, False), ("wind_speed", "", 300, False),
        ("direction_1", "", 340, False), ("direction_1", "degrees", 340, True), ("direction", "", 147, False), ("wd", "deg", 120, True),
        ("dir_2", "", 320, False), ("dir_20m", "", 320, True),
    ],
)  # fmt: skip
def test_directions_are_known_by_name_and_range(name, unit, high, expected):
    assert is_direction(name, unit, 0, high) == expected


def test_temperatures_are_known_by_unit_first():
    assert is_temperature("t", "degC") and is_temperature("x", "K") and is_temperature("Tmin", "") and not is_temperature("temp", "mm")
    assert words_of("RelHumidity_2m[level=3]") >= {"rel", "humidity", "relhumidity"}


def test_a_wall_is_where_values_pile_up_and_not_just_the_highest_value():
    spaces = np.clip(np.round(100 + 60 * np.sin(np.arange(400) / 4) + RNG.normal(0, 10, 400)), 0, 130)
    assert _support(spaces).upper[0, 0] == 130
    assert np.isinf(_support(RNG.normal(size=400)).upper).all()
    assert np.isinf(_support(RNG.poisson(2.0, 400)).upper).all()  # the highest count came a few times, the next one more often
    stuck = RNG.normal(size=400)
    stuck[100:140] = 5.0  # one long stand is a fault, no wall
    assert np.isinf(_support(stuck).upper).all()


def test_a_lower_wall_need_not_be_zero():
    assert _support(np.maximum(RNG.normal(20, 5, 600), 12)).lower[0, 0] == 12


@pytest.mark.parametrize(
    ("values", "name", "unit", "bounded"),
    [
        (RNG.gamma(1, 2, 300), "rain", "mm", True), (RNG.gamma(1, 2, 300), "t2m", "degC", False),
        (RNG.normal(8, 2, 300), "level", "", True),
        (RNG.normal(size=300), "flux", "", False), (RNG.uniform(1, 9, 300), "x", "", False),
    ],
    ids=["near zero", "a temperature", "far from zero", "below zero", "who knows"],
)  # fmt: skip
def test_zero_is_a_bound_only_where_the_data_say_so(values, name, unit, bounded):
    assert (_support(values, name, unit).lower[0, 0] >= 0) == bounded


def test_counts_stand_on_their_unit_and_a_place_never_seen_goes_by_the_others():
    counts = RNG.poisson(1.0, (200, 3)).astype(float) * 0.25
    counts[:, 2] = np.nan
    support = support_of(counts[..., None], ("events",))
    assert (support.unit == 0.25).all() and (support.lower == 0).all()
    np.testing.assert_allclose(support.kept(np.full((1, 1, 3, 1), 0.6)), 0.5)


def test_directions_come_round():
    support = _support(RNG.uniform(0, 360, 200), "wind_direction", "degree")
    assert support.circle[0] and support.kept(np.array([350.0, 370.0]).reshape(2, 1, 1, 1)).ravel().tolist() == [350.0, 10.0]


def test_where_zero_was_put_by_somebody_it_says_nothing():
    x = np.stack([RNG.gamma(1, 2, 200), RNG.gamma(1, 2, 200) + 300, RNG.normal(size=200)])
    assert zero_bounds(x, np.ones(x.shape, bool), ("v",)).tolist() == [True, False, False]
    assert not zero_bounds(x, np.ones(x.shape, bool), ("temp",)).any() and not zero_bounds(x, np.zeros(x.shape, bool), ("v",)).any()


def test_info_says_what_a_variable_is_taken_for():
    from chronotope.opening.open import open_field

    hours = pd.date_range("2024-01-01", periods=400, freq="h")
    swing = np.sin(np.arange(400) / 24 * 2 * np.pi)
    spaces = np.clip(np.round(100 + 60 * swing + RNG.normal(0, 10, 400)), 0, 130)
    columns = {"time": hours, "free": spaces, "humidity": 80 + 15 * swing, "wind_direction": 180 + 170 * swing, "temp": 10 + swing}
    page = str(open_field(pd.DataFrame(columns), target=list(columns)[1:]))
    assert "'free' piles up at 130" in page and "'humidity' taken for a share" in page and "'wind_direction' taken for a direction" in page
    assert "'temp'" not in page.split("inferred")[1]


def test_zero_bounds_all_places_of_what_comes_near_it_at_many_of_them():
    parked = 300 + 200 * np.sin(np.arange(400) / 4)[:, None] + np.array([0.0, -95.0, 0.0, 0.0])  # 100 to 500, and 5 to 405
    assert (_support(parked).lower == 0).all()
    assert np.isinf(_support(parked[:, :1]).lower).all()  # nothing came near it
    assert np.isinf(_support(np.append(parked, -1 - parked[:, :1], axis=1)).lower[[0, 2, 3, 4]]).all()  # and some are below it
    assert np.isinf(_support(parked, "t", "degC").lower).all()


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("occupied", "cars parked", 0),
        ("wind_speed", "", 0),
        ("users", "", 0),
        ("O3", "ug/m3", 0),
        ("PM2.5 change", "ug/m3", -np.inf),
        ("rain_anomaly", "mm", -np.inf),
        ("level", "m", -np.inf),
    ],
)
def test_numbers_of_things_and_speeds_are_never_below_zero(name, unit, expected):
    assert _support(300 + 200 * np.sin(np.arange(400) / 4), name, unit).lower[0, 0] == expected


def test_zero_bounds_what_is_many_times_larger_at_some_places_than_at_others():
    grown = np.geomspace(1, 4, 60)[:, None] * np.array([1.0, 2.0, 5.0, 400.0])
    assert (_support(grown).lower == 0).all() and np.isinf(_support(grown[:, 3:]).lower).all()


def test_a_switch_ends_at_one_and_rare_counts_that_only_happened_to_do_not():
    assert (_support(RNG.random((200, 2)) < 0.25).upper == 1).all()
    assert (_support(8.0 * (RNG.random((200, 2)) < 0.25)).upper == 8).all()
    assert np.isinf(_support(RNG.random((200, 2)) < 0.03).upper).all()
    assert np.isinf(_support(RNG.poisson(0.3, (200, 2))).upper).all()


def test_a_wall_of_many_places_holds_where_a_place_alone_is_too_short_to_show_it():
    echoes = np.maximum(RNG.normal(-20, 12, (6, 200)), -32)
    assert (_support(echoes).lower == -32).all()
    assert np.isinf(_support(echoes[:, :1]).lower).all()
    assert np.isinf(_support(RNG.normal(-20, 12, (6, 200))).lower).all()


def test_a_rare_number_that_was_never_two_may_be_two():
    few, many = np.resize([1.0, 0.0, 1.0, 0.0, 1.0], (10, 1)), np.resize([1.0, 0.0, 1.0, 0.0, 1.0], (100, 1))
    busy = np.arange(10.0)[:, None] % 4
    assert support_of(np.stack([few, busy], axis=1), ("count",)).upper[0, 0] == np.inf
    assert support_of(np.stack([many, np.resize(busy, (100, 1))], axis=1), ("count",)).upper[0, 0] == 1
