"""Gaps of tracks: observed fixes stay, ends meet, turned and moved scenes turn and move, and bends beat straight lines."""

import numpy as np
import pandas as pd
import pytest
from tests.tasks.tracks.test_forecast import MODEL, degrees, walks

from chronotope.errors import ArgumentError
from chronotope.inspect.sphere import distance
from chronotope.opening.open import open_field
from chronotope.tasks.load import load

LINEAR = load("baseline:linear")
HIDDEN = [(k, t) for k in range(10) for t in range(25, 29)] + [(k, t) for k in (0, 3, 6) for t in range(40, 43)]


def holed(table=None, hidden=HIDDEN):
    """The table without some fixes, and those."""
    table = walks() if table is None else table
    step = ((table["time"] - table["time"].min()).dt.total_seconds() / 10).round().astype(int)
    gone = pd.MultiIndex.from_arrays([table["id"].str[1:].astype(int), step]).isin(hidden)
    return table[~gone], table[gone].set_index(["time", "id"])


def fill(table, model=MODEL, **options):
    return model.impute(open_field(table, kind="tracks"), **options)


def errors(made, truth):
    rows = made.to_pandas()
    x, y = (rows[rows["variable"] == name].set_index(["time", "object"])["q0.5"].reindex(truth.index) for name in ("x", "y"))
    return np.hypot(x.to_numpy() - truth["x"].to_numpy(), y.to_numpy() - truth["y"].to_numpy())


def test_gaps_are_filled_fixes_stay_and_bends_beat_straight_lines():
    table, truth = holed()
    made, straight = fill(table), fill(table, LINEAR)
    data = made.dataset
    assert data["x"].dims == ("quantile", "time", "object") and data["x"].shape == (9, 60, 10)
    seen = table.set_index(["time", "id"]).to_xarray()["x"].reindex(time=data["time"], id=data["object"].values).values
    assert (data["x"].values[:, np.isfinite(seen)] == seen[np.isfinite(seen)]).all()
    assert int(made.filled["x"].sum()) == len(truth) == made.meta["filled"]
    assert (np.diff(data["x"].values, axis=0)[:, np.isfinite(data["x"].values[0])] >= 0).all()
    assert errors(made, truth).mean() < 0.93 * errors(straight, truth).mean()
    assert straight.meta["estimator"] == "straight lines" and made.meta["estimator"] == "bridges of motion"


def test_straight_lines_are_straight():
    table, truth = holed()
    made = fill(table, LINEAR).to_pandas()
    rows = made[(made["object"] == "w0") & (made["variable"] == "x")].set_index("time")["q0.5"].to_numpy()
    np.testing.assert_allclose(rows[24:30], np.linspace(rows[24], rows[29], 6), atol=0.02)


def test_intervals_hold_what_they_say():
    held = []
    for seed in range(2):
        table, truth = holed(walks(seed, 14), [(k, t) for k in range(14) for t in range(22, 26)])
        rows = fill(table, quantiles=(0.1, 0.5, 0.9)).to_pandas().set_index(["time", "object", "variable"])
        for name in ("x", "y"):
            mine = rows.xs(name, level="variable").reindex(truth.index)
            held.append(((mine["q0.1"] <= truth[name]) & (truth[name] <= mine["q0.9"])).mean())
    assert 0.65 < np.mean(held) < 0.93


def test_a_turned_scene_has_the_turned_answer():
    table, truth = holed()
    spun = (table["x"] + 1j * table["y"]) * np.exp(0.7j)
    one = fill(table, quantiles=(0.1, 0.5, 0.9)).dataset
    two = fill(table.assign(x=spun.to_numpy().real, y=spun.to_numpy().imag), quantiles=(0.1, 0.5, 0.9)).dataset
    first, second = (d["x"].values[1] + 1j * d["y"].values[1] for d in (one, two))
    miss, other = (np.nanmean(np.abs(f - truth_of(truth, one) * turn)) for f, turn in ((first, 1), (second, np.exp(0.7j))))
    assert abs(other / miss - 1) < 0.05  # medians along other axes


def truth_of(truth, data):
    whole = truth.rename_axis(["time", "object"]).to_xarray().reindex(time=data["time"], object=data["object"])
    return whole["x"].values + 1j * whole["y"].values


@pytest.mark.parametrize("lat, lon", [(10.0, 179.9995), (89.9997, 30.0)])
def test_the_date_line_and_the_poles_change_nothing(lat, lon):
    table, _ = holed()
    plain, moved = (fill(degrees(table, a, b), quantiles=(0.5,)).dataset for a, b in ((10.0, 20.0), (lat, lon)))
    seen = fill(degrees(walks(), lat, lon), quantiles=(0.5,)).dataset  # a record without holes
    truth, basis = seen, fill(degrees(walks(), 10.0, 20.0), quantiles=(0.5,)).dataset
    off = [distance(np.stack([d["lat"].values[0], d["lon"].values[0]], -1), np.stack([t["lat"].values[0], t["lon"].values[0]], -1))
           for d, t in ((moved, truth), (plain, basis))]  # fmt: skip
    both = np.isfinite(off[0]) & (off[1] > 1e-6)
    assert both.sum() > 30
    assert abs(off[0][both].mean() / off[1][both].mean() - 1) < 0.02
    assert moved["lon"].values[np.isfinite(moved["lon"].values)].max() <= 180.001


def test_great_circles_near_the_pole():
    """Two fixes on both sides of the pole: the middle of the way is the pole, not the parallel."""
    times = pd.date_range("2024-01-01", periods=9, freq="1h")
    rows = [("a", t, lat, lon) for t, lat, lon in zip(times, [87, 88, 89, np.nan, np.nan, np.nan, 89, 88, 87], [0] * 6 + [180] * 3)]
    table = pd.DataFrame(rows, columns=["id", "time", "lat", "lon"]).dropna()
    made = fill(table, LINEAR, quantiles=(0.5,)).dataset["lat"].values[0, :, 0]
    np.testing.assert_allclose(made[3:6], [89.5, 90, 89.5], atol=1e-9)


def test_irregular_fixes_keep_their_own_times():
    rng = np.random.default_rng(0)
    time = np.sort(rng.uniform(0, 3000, 300))
    rows = [("a", t, np.sin(t / 100), np.cos(t / 100)) for t in time if not 1500 < t < 1580]
    table = pd.DataFrame(rows, columns=["id", "t", "x", "y"])
    table = table.assign(time=pd.Timestamp("2024-01-01") + pd.to_timedelta(table["t"], unit="s")).drop(columns="t")
    other = table.assign(id="b", time=table["time"] + pd.Timedelta("3.7s"), x=table["x"] + 5)
    made = fill(pd.concat([table, other]))
    assert made.dataset["x"].dims == ("quantile", "event")
    filled = made.to_pandas().query("filled and variable == 'x'")
    straight = fill(pd.concat([table, other]), LINEAR).to_pandas().query("filled and variable == 'x'")
    filled, straight = (one[one["object"] == "a"] for one in (filled, straight))
    seconds = (filled["time"] - pd.Timestamp("2024-01-01")).dt.total_seconds()
    off, line = (np.abs(one["q0.5"] - np.sin(seconds / 100)) for one in (filled, straight))
    late = seconds.between(1500, 1580).to_numpy()
    assert late.sum() > 3
    assert off[late].max() < 0.3 * line[late].max()


def test_many_objects_at_sparse_times_get_rows_of_their_own():
    table, truth = holed(walks(objects=40, steps=60))
    table = table.assign(time=table["time"] + pd.to_timedelta(table["id"].str[1:].astype(int) * 400, unit="s"))
    made = fill(table, quantiles=(0.5,))
    if "event" in made.dataset.dims:
        assert made.dataset["x"].dims == ("quantile", "event") and made.meta["filled"] == len(truth)
        assert len(made.dataset["event"]) == len(table) + len(truth)


def test_order_and_names_change_nothing():
    table, _ = holed()
    mixed = table.sample(frac=1, random_state=1).assign(id=lambda t: t["id"].map(lambda name: f"z{9 - int(name[1:])}"))
    first, second = fill(table).dataset, fill(mixed).dataset
    order = [list(second["object"].values).index(f"z{9 - k}") for k in range(10)]
    np.testing.assert_allclose(first["x"].values, second["x"].values[:, :, order], atol=1e-6)


def test_numbers_that_fixes_carry_are_filled_too():
    table = walks()
    table["wind"] = 30 + 10 * np.sin(table.groupby("id").cumcount() / 5)
    made = fill(holed(table)[0])
    wind = made.dataset["wind"].values[4]
    assert np.isfinite(wind[np.isfinite(made.dataset["x"].values[4])]).all() and wind[np.isfinite(wind)].max() <= 40.001


def test_bad_calls_and_long_gaps():
    with pytest.raises(ArgumentError, match="context"):
        fill(walks(), context=5)
    first = walks()[lambda t: t["id"] == "w0"]
    later = pd.concat([first, first.assign(time=first["time"] + pd.Timedelta("105min"))])
    with pytest.warns(UserWarning, match="stay empty"):
        made = fill(later)
    assert made.meta["filled"] == 0 and made.meta["left"] > 500
    assert fill(walks()[lambda t: t["id"] == "w0"].iloc[:3]).meta["filled"] == 0


def test_gaps_of_objects_with_clocks_of_their_own_are_filled_on_their_own_clock(tmp_path):
    rng, parts = np.random.default_rng(0), []
    for name, start, count in (("a", "2024-01-05 00:00", 120), ("b", "2024-01-05 00:07", 120)):
        time = pd.date_range(start, periods=count, freq="30min")
        way = np.cumsum(rng.normal(0.01, 0.002, (count, 2)), axis=0)
        parts.append(pd.DataFrame({"id": name, "time": time, "lat": 50 + way[:, 0], "lon": 8 + way[:, 1]}))
    gap = parts[0].iloc[50:70]
    made = fill(pd.concat([parts[0].drop(gap.index), parts[1]]))
    rows = made.to_pandas().query("filled and variable == 'lat'")
    assert list(rows["time"]) == list(gap["time"]) and set(rows["object"]) == {"a"}
    assert np.abs(rows["q0.5"].to_numpy() - gap["lat"].to_numpy()).max() < 0.02
    again = open_field(made.save(tmp_path / "filled.csv"))
    assert again.kind == "tracks" and int(np.isfinite(again.dataset["lat"].values).sum()) == 240
    assert "20 of 120 filled" in made.plot().get_title(loc="left")


def test_gaps_at_moments_that_no_other_object_shows_are_filled_too():
    hours = np.delete(np.arange(60), [20, 21, 22])
    storms = [
        pd.DataFrame(
            {"id": f"s{k}", "time": start + pd.to_timedelta(6 * hours, unit="h"), "lat": 20 + 0.1 * hours, "lon": 0.2 * hours - 60}
        )
        for k, start in enumerate(pd.to_datetime(["2001-08-03 00:00", "2004-09-01 03:00", "2007-07-09 01:00"]))
    ]
    made = load("baseline:paths_mix").impute(open_field(pd.concat(storms, ignore_index=True), kind="tracks"))
    rows = made.to_pandas()
    filled = rows[rows["filled"] & (rows["variable"] == "lat")]
    assert made.meta["filled"] == len(filled) == 9
    np.testing.assert_allclose(filled["q0.5"], np.tile(20 + 0.1 * np.arange(20, 23), 3), atol=1e-6)


@pytest.mark.parametrize("objects", [2, 40])
def test_rows_that_name_a_moment_without_a_position_are_answered_at_that_moment(objects):
    rng, parts = np.random.default_rng(0), []
    for k in range(objects):
        seconds = np.sort(rng.uniform(0, 3000, 60))
        x = np.where((np.arange(60) >= 20) & (np.arange(60) < 26), np.nan, seconds)
        stamps = pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s").round("ms")
        parts.append(pd.DataFrame({"id": f"a{k}", "time": stamps, "x": x, "y": 2 * x}))
    table = pd.concat(parts)
    made = fill(table, LINEAR, quantiles=(0.5,))
    rows = made.to_pandas().query("filled and variable == 'x'").set_index(["object", "time"])["q0.5"]
    asked = table[table["x"].isna()].set_index(["id", "time"]).index
    found = rows.reindex(asked)
    assert found.notna().all()
    np.testing.assert_allclose(found, (asked.get_level_values("time") - pd.Timestamp("2024-01-01")).total_seconds(), atol=1e-3)
    assert ("event" in open_field(table, kind="tracks").dataset.dims) == (objects == 40)
