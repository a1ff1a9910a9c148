"""Drawn paths: promised dims, margins as forecast, together as in the past, and what must not matter."""

import numpy as np
import pandas as pd
import pytest
from tests.tasks.tracks.test_forecast import MODEL, START, degrees, walks

from chronotope.errors import ArgumentError
from chronotope.evidence.motion.together import Company, _fitted, company_of, dealt
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.opening.open import open_field
from chronotope.tasks.load import load


def draw(table, n=20, horizon=6, model=MODEL, **options):
    return model.simulate(open_field(table, kind="tracks"), horizon, n, **options)


def test_dims_seeds_and_origins():
    made = draw(walks())
    data = made.to_xarray()
    assert data["x"].dims == ("member", "time", "object") and data["x"].shape == (20, 6, 10)
    assert made.meta["seed"] == 0 and made.meta["members"] == 20 and len(made.to_pandas()) == 2 * 20 * 6 * 7
    np.testing.assert_array_equal(data["x"].values, draw(walks()).dataset["x"].values)
    assert not np.array_equal(data["x"].values, draw(walks(), seed=1).dataset["x"].values, equal_nan=True)
    stamps = ["2024-05-01 00:05:00", "2024-05-01 00:06:00"]
    several, one = draw(walks(), at=stamps).dataset, draw(walks(), at=stamps[1]).dataset
    assert several["x"].dims == ("member", "init_time", "lead_time", "object")
    np.testing.assert_array_equal(several["x"].values[:, 1], one["x"].values)


def test_margins_are_those_of_the_forecast():
    field = open_field(walks(objects=16), kind="tracks")
    told = MODEL.forecast(field, 6).dataset
    drawn = MODEL.simulate(field, 6, 400).dataset
    for name in ("x", "y"):
        width = told[name].values[-1] - told[name].values[0]
        off = np.abs(np.quantile(drawn[name].values, told["quantile"].values, axis=0) - told[name].values) / width
        assert np.nanmean(off) < 0.05 and np.nanmax(off) < 0.3  # of the width that holds 80 %


def test_paths_are_whole_and_not_noise_around_a_line():
    drawn = draw(walks(), 200).dataset
    first, last = (drawn["x"].values[:, k] - drawn["x"].values.mean(axis=0)[k] for k in (2, 5))
    alike = [np.corrcoef(first[:, k], last[:, k])[0, 1] for k in range(10) if np.isfinite(first[0, k])]
    assert np.mean(alike) > 0.7


def test_order_and_names_of_objects_change_nothing():
    table = walks()
    mixed = table.sample(frac=1, random_state=1).assign(id=lambda t: t["id"].map(lambda name: f"z{9 - int(name[1:])}"))
    first, second = draw(table).dataset, draw(mixed).dataset
    order = [list(second["object"].values).index(f"z{9 - k}") for k in range(10)]
    np.testing.assert_allclose(first["x"].values, second["x"].values[:, :, order], atol=1e-6)
    later = draw(table.assign(time=table["time"] + pd.Timedelta("37D"))).dataset
    assert later["x"].values.shape == first["x"].values.shape


def test_nothing_after_the_origin_matters():
    table, at = walks(), "2024-05-01 00:06:40"
    poisoned = table.assign(x=np.where(table["time"] > at, 1e9, table["x"]))
    np.testing.assert_array_equal(draw(table, at=at).dataset["x"].values, draw(poisoned, at=at).dataset["x"].values)


def test_the_date_line_is_a_place_like_any_other():
    made = draw(degrees(walks(), 10.0, 180.0)).dataset
    assert np.nanmax(np.abs(np.diff(made["lon"].values, axis=1))) < 1
    plain = draw(degrees(walks(), 10.0, 20.0)).dataset
    np.testing.assert_allclose(np.mod(made["lon"].values, 360) - 180, plain["lon"].values - 20, atol=1e-6)


def test_those_who_went_together_go_together():
    rng = np.random.default_rng(0)
    drift = np.cumsum(rng.normal(0, 0.3, (200, 2)), axis=0)
    rows = []
    for k in range(6):
        way = np.cumsum(drift * (1 if k < 3 else -1) * 0.2 + rng.normal(0, 0.05, (200, 2)), axis=0) + (0 if k < 3 else 500) + 3 * k
        rows += [(f"w{k}", START + pd.Timedelta(seconds=10 * t), *way[t]) for t in range(200)]
    made = draw(pd.DataFrame(rows, columns=["id", "time", "x", "y"]), 100).dataset["x"].values[:, -1]
    alike = np.corrcoef(made.T)
    assert alike[np.triu_indices(3, 1)].mean() > 0.4
    assert abs(alike[:3, 3:].mean()) < 0.35


def test_members_are_dealt_so_that_nobody_walks_through_anybody():
    rng = np.random.default_rng(0)
    start = np.array([0, 1.0])
    ends = rng.standard_normal((60, 2)) + 1j * rng.standard_normal((60, 2))
    paths = start[:, None] + ends[..., None] * np.linspace(0.2, 1, 5)

    def meetings(order):
        taken = np.take_along_axis(paths, order[..., None], axis=0)
        return (np.abs(taken[:, 0] - taken[:, 1]) < 0.4).sum()

    plain = np.tile(np.arange(60)[:, None], (1, 2))
    order = dealt(paths, ends, start, Company(0.0, 1.0, 0.4), rng)
    assert meetings(order) <= 0.2 * meetings(plain) and meetings(plain) > 4
    assert all(sorted(order[:, k]) == list(range(60)) for k in range(2))


def test_likeness_of_misses_is_found_again():
    rng = np.random.default_rng(0)
    rows, count = 300, 8
    where = rng.uniform(0, 10, count) + 1j * rng.uniform(0, 10, count)
    tracks = Tracks(np.tile(where, (rows, 1)), np.ones((rows, count), bool))
    matrix = 0.7 * np.exp(-np.abs(where[:, None] - where) / 5) + 0.3 * np.eye(count)
    noise = (rng.standard_normal((rows, count)) + 1j * rng.standard_normal((rows, count))) / np.sqrt(2)
    row, who = np.repeat(np.arange(rows), count), np.tile(np.arange(count), rows)
    alike = company_of(tracks, Moments(row, who), (noise @ np.linalg.cholesky(matrix).T).ravel())
    apart = company_of(tracks, Moments(row, who), noise.ravel())
    assert abs(alike.likeness - 0.7) < 0.15 and 2.5 < alike.reach < 9 and apart.likeness == 0


def test_other_models_and_floors():
    assert draw(walks(), model=load("baseline:last_value")).meta["estimator"] == "paths_mix"
    stay = draw(walks(), 50, model=load("baseline:stay"))
    assert stay.meta["estimator"] == "stay"
    with pytest.raises(ArgumentError, match="impute"):
        MODEL.simulate(open_field(walks(), kind="tracks"), 6, 5, fill=True)


def test_numbers_that_fixes_carry_go_along():
    table = walks()
    table["wind"] = 30 + 10 * np.sin(table.groupby("id").cumcount() / 8)
    field = open_field(table, kind="tracks")
    made, drawn = MODEL.forecast(field, 6), MODEL.simulate(field, 6, 10)
    assert list(made.dataset.data_vars) == ["x", "y", "wind"] and drawn.dataset["wind"].dims == ("member", "time", "object")
    there = np.isfinite(made.median["x"].values)
    assert np.isfinite(made.median["wind"].values[there]).all() and (made.dataset["wind"].diff("quantile").values[:, there] >= 0).all()
    assert list(MODEL.forecast(field, 6, target="x").dataset.data_vars) == ["x", "y"]
    np.testing.assert_array_equal(MODEL.forecast(field, 6, target="wind").dataset["wind"].values, made.dataset["wind"].values)


def test_pairs_at_a_few_equal_distances_tell_no_company_and_do_not_fail():
    apart = np.repeat([1.0, 2.0, 5.0], [300, 30, 10])
    likeness, reach = _fitted(apart, np.ones(len(apart)))
    assert 0 <= likeness <= 0.95 and reach > 0
