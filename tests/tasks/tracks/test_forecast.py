"""Paths of tracks through the verb: names, dims, what must not matter, and what must."""

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import ArgumentError, TimeError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load

START = pd.Timestamp("2024-05-01")
MODEL = load("baseline:paths_mix")


def walks(seed=0, objects=10, steps=60):
    """A table of bending walks on a plane of metres; every third comes late or leaves early."""
    rng = np.random.default_rng(seed)
    spin = rng.normal(0, 0.05, objects)
    noise = np.cumsum(0.05 * rng.standard_normal((steps, objects)), axis=0)
    heading = rng.uniform(0, 6.28, objects) + spin * np.arange(steps)[:, None] + noise
    speed = 1.4 + 0.2 * rng.standard_normal((steps, objects))
    at = rng.uniform(-50, 50, objects) + 1j * rng.uniform(-50, 50, objects) + np.cumsum(speed * np.exp(1j * heading), axis=0)
    rows = [
        (f"w{k}", START + pd.Timedelta(seconds=10 * t), at[t, k].real, at[t, k].imag)
        for k in range(objects)
        for t in range(20 * (k % 3 == 1), steps - 30 * (k % 3 == 2))
    ]
    return pd.DataFrame(rows, columns=["id", "time", "x", "y"])


def ask(table, horizon=6, model=MODEL, **options):
    return model.forecast(open_field(table, kind="tracks"), horizon, **options)


def degrees(table, lat, lon):
    from chronotope.data.azimuthal import Azimuthal

    made = Azimuthal(lat, lon).to_degrees(table[["x", "y"]].to_numpy())
    return table[["id", "time"]].assign(lat=made[:, 0], lon=made[:, 1])


def test_names_dims_and_who_is_asked():
    made = ask(walks())
    data = made.to_xarray()
    assert set(data.data_vars) == {"x", "y"} and data["x"].dims == ("quantile", "time", "object") and data["x"].shape == (9, 6, 10)
    assert data["time"].values[0] == np.datetime64("2024-05-01T00:10:00") and list(data["object"].values) == [f"w{k}" for k in range(10)]
    gone = [k for k in range(10) if k % 3 == 2]
    assert np.isnan(data["x"].values[:, :, gone]).all() and np.isfinite(np.delete(data["x"].values, gone, 2)).all()
    assert (np.diff(np.delete(data["y"].values, gone, 2), axis=0) >= 0).all()
    assert made.meta["objects"] == 7 and made.meta["step"] == "10s" and len(made.to_pandas()) == 2 * 6 * 7
    several = ask(walks(), 3, at=["2024-05-01 00:05:00", "2024-05-01 00:06:00"]).to_xarray()
    assert several["x"].dims == ("quantile", "init_time", "lead_time", "object")


def test_any_other_model_is_stood_in_for():
    one, other = ask(walks(), model=load("baseline:last_value")), ask(walks())
    np.testing.assert_array_equal(one.dataset["x"].values, other.dataset["x"].values)
    assert one.meta["model"] == "last_value" and one.meta["estimator"] == "paths_mix"
    assert ask(walks(), model=load("baseline:stay")).meta["estimator"] == "stay"


def test_turned_scenes_turn_the_answer():
    table, angle = walks(), 0.7
    spun = (table["x"] + 1j * table["y"]) * np.exp(1j * angle)
    turned = table.assign(x=spun.to_numpy().real, y=spun.to_numpy().imag)
    now = walks().groupby("id").last()
    one, two = (ask(t, quantiles=(0.5,)).dataset for t in (table, turned))
    first, second = (d["x"].values[0] + 1j * d["y"].values[0] for d in (one, two))
    moved = np.nanmedian(np.abs(first - (now["x"] + 1j * now["y"]).to_numpy()))
    assert np.nanmax(np.abs(first * np.exp(1j * angle) - second)) < 0.15 * moved  # medians along other axes
    made = [MODEL.predictor.answer(_question(t)).path for t in (table, turned)]
    flat = [m[..., 0] + 1j * m[..., 1] for m in made]
    np.testing.assert_allclose(flat[0] * np.exp(1j * angle), flat[1], atol=1e-6)


def _question(table):
    from chronotope.data.fixes import fixes_of
    from chronotope.data.scene import scene_of, step_of
    from chronotope.questions import Paths
    from chronotope.tasks.tracks.forecast import question_of

    fixes = fixes_of(open_field(table, kind="tracks"))
    return question_of(scene_of(fixes, step_of(fixes), int(fixes.time.max()), 6), 6, Paths((0.1, 0.5, 0.9)))


def test_names_order_and_clock_do_not_matter():
    table = walks()
    first = ask(table).dataset
    mixed = table.sample(frac=1, random_state=1).assign(id=lambda t: t["id"].map(lambda name: f"z{9 - int(name[1:])}"))
    second = ask(mixed).dataset
    order = [list(second["object"].values).index(f"z{9 - k}") for k in range(10)]
    np.testing.assert_allclose(first["x"].values, second["x"].values[:, :, order], atol=1e-6)
    later = ask(table.assign(time=table["time"] + pd.Timedelta("37D 3s"))).dataset
    np.testing.assert_allclose(first["y"].values, later["y"].values, atol=1e-6)


@pytest.mark.parametrize("lat, lon", [(10.0, 180.0), (89.9999, 30.0), (-60.0, -120.0)])
def test_the_date_line_and_the_poles_change_nothing(lat, lon):
    from chronotope.inspect.sphere import distance

    table = walks()
    plain, moved = (ask(degrees(table, a, b), quantiles=(0.1, 0.5, 0.9)).dataset for a, b in ((10.0, 20.0), (lat, lon)))
    here, there = (np.stack([d["lat"].values[1], d["lon"].values[1]], -1) for d in (plain, moved))
    for k in range(10):
        if np.isfinite(here[0, k]).all() and lat < 80:
            way = distance(here[0, k], here[-1, k]) - distance(there[0, k], there[-1, k])
            assert abs(way) < 1.5
    assert np.isfinite(there).sum() == np.isfinite(here).sum()
    known = ~np.isnan(there[0, :, 0])
    assert all((np.diff(moved[name].values, axis=0)[..., known] >= 0).all() for name in ("lat", "lon"))


def test_what_comes_after_the_origin_changes_nothing():
    table, at = walks(), "2024-05-01 00:06:40"
    poisoned = table.assign(x=np.where(table["time"] > at, 1e9, table["x"]))
    first, second, third = ask(table, at=at), ask(poisoned, at=at), ask(table[table["time"] <= at])
    for other in (second, third):
        both = [name for name in first.dataset["object"].values if name in other.dataset["object"].values]
        np.testing.assert_array_equal(first.dataset["x"].sel(object=both).values, other.dataset["x"].sel(object=both).values)


def test_odd_tracks_get_an_answer_and_a_note():
    table = pd.concat([walks(), pd.DataFrame({"id": ["new"], "time": [walks()["time"].max()], "x": [0.0], "y": [0.0]})])
    with pytest.warns(UserWarning, match="one fix only"):
        made = ask(table)
    assert np.isfinite(made.dataset["x"].sel(object="new").values).all()
    still = ask(walks().assign(x=3.0, y=4.0)).median
    assert np.nanmax(np.abs(still["x"].values - 3)) < 1e-6
    left = walks()[lambda t: (t["id"] != "w0") | (t["time"] < START + pd.Timedelta(seconds=300))]
    with pytest.warns(UserWarning, match="'w0'.*not seen in the last 6 steps"):
        assert ask(left).dataset["x"].sel(object="w0").isnull().all()
    single = ask(walks()[lambda t: t["id"] == "w0"].iloc[:3]).dataset
    assert np.isfinite(single["x"].values).all()
    jump = walks()
    jump.loc[5, "x"] += 1e7
    assert np.isfinite(ask(jump).dataset["x"].values[:, :, 0]).all()


def test_intervals_hold_what_they_say_on_walks_that_bend():
    inside = []
    for seed in range(6):
        table = walks(seed, 12)
        made = ask(table, 6, at="2024-05-01 00:08:00", quantiles=(0.1, 0.9)).dataset
        truth = table.set_index(["time", "id"]).to_xarray().reindex(time=made["time"].values, id=made["object"].values)
        for name in ("x", "y"):
            low, high = made[name].values
            good = np.isfinite(truth[name].values) & np.isfinite(low)
            inside.append(((low <= truth[name].values) & (truth[name].values <= high))[good].mean())
    assert 0.68 < np.mean(inside) < 0.93


def test_refusals_say_what_to_do():
    with pytest.raises(TimeError, match="within the data"):
        ask(walks(), at="2025-01-01")
    with pytest.raises(ArgumentError, match="leave known_future="):
        ask(walks(), known_future=("x",))
    with pytest.raises(ArgumentError, match="wind"):
        ask(walks(), target="wind")
    with pytest.raises(ArgumentError, match="horizon"):
        ask(walks(), 0)


@pytest.mark.parametrize("at", ["2024-01-20", ["2024-01-03", "2024-01-20"]])
def test_where_nobody_is_followed_the_answer_is_empty_and_says_so(at):
    """Storms of two months: between them nothing moves."""
    start = pd.Timestamp("2024-01-01")
    rows = [(f"o{k}", start + pd.Timedelta(days=30 * k, hours=6 * t), 20 + 0.5 * t + k, -50 - 0.6 * t) for k in range(2) for t in range(20)]
    storms = open_field(pd.DataFrame(rows, columns=["id", "time", "lat", "lon"]), kind="tracks")
    made = load("baseline:mix").forecast(storms, 4, at=at)
    last = made.median["lat"] if isinstance(at, str) else made.median["lat"].isel(init_time=-1)
    steps = "time" if isinstance(at, str) else "lead_time"
    assert last.sizes[steps] == 4 and last.isnull().all()
    assert any("no object was seen" in text for text in made.meta["warnings"])


def test_of_long_tracks_too_intervals_do_not_depend_on_the_order_of_the_objects():
    rng, steps = np.random.default_rng(0), 400
    move = np.zeros((steps, 8, 2))
    for k in range(1, steps):
        move[k] = 0.9 * move[k - 1] + rng.normal(size=(8, 2))
    at = move.cumsum(axis=0).round(1)
    clock = pd.date_range("2024-01-01", periods=steps, freq="s")

    def answer(order):
        table = pd.concat(pd.DataFrame({"time": clock, "id": f"o{i}", "x": at[:, i, 0], "y": at[:, i, 1]}) for i in order)
        return load("baseline:mix").forecast(open_field(table, kind="tracks"), 3).to_xarray()["x"].sortby("object")

    one, other = answer(range(8)), answer([3, 1, 7, 0, 2, 6, 5, 4])
    narrowest = float((one.isel(quantile=-1) - one.isel(quantile=0)).min())
    assert float(np.abs(one - other).max()) < 1e-3 * narrowest


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_way_as_of_a_ruler_goes_on():
    days = pd.date_range("2024-05-01", periods=30, freq="D")
    table = pd.DataFrame({"id": "F1", "time": days, "lat": 40 + 0.1 * np.arange(30), "lon": -20.0})
    made = load("tiny").forecast(open_field(table, kind="tracks"), 2).quantile(0.5)
    np.testing.assert_allclose(made["lat"].values.ravel(), [43.0, 43.1], atol=1e-3)
    np.testing.assert_allclose(made["lon"].values.ravel(), -20, atol=1e-3)
