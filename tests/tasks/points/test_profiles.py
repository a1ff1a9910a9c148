"""Profiles of moving points: every verb that points have, at every depth."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.errors import DataError, KindError
from chronotope.evidence.profiles import fitted_along, told_along
from chronotope.tasks.points.profiles import profiles_of

matplotlib.use("Agg")


def temperature(day, lat, lon, depth):
    """A warm layer that breathes and deepens to the east, over cold water."""
    front = 150 + 40 * np.sin(2 * np.pi * day / 90) + 20 * (lon + 30)
    return 4 + 16 / (1 + np.exp((depth - front) / 40)) + 1.5 * np.cos(2 * np.pi * (day / 60 + lat / 3)) * np.exp(-depth / 300)


def casts(seed=0, objects=3, count=40, levels=24, named=True, noise=0.02):
    """A row per depth, of floats that drift; no two profiles have the same depths."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(objects):
        lat, lon = 10 + k + np.cumsum(0.03 * rng.standard_normal(count)), -30 + np.cumsum(0.05 + 0.03 * rng.standard_normal(count))
        for i in range(count):
            depth = np.sort(rng.uniform(5, 600, levels))
            value = temperature(5.0 * i + k, lat[i], lon[i], depth) + noise * rng.standard_normal(levels)
            time = pd.Timestamp("2021-03-01") + pd.Timedelta(5.0 * i + k, "D")
            rows.append(pd.DataFrame({"time": time, "float": f"F{k}", "lat": lat[i], "lon": lon[i], "depth": depth, "temp": value}))
    table = pd.concat(rows, ignore_index=True)
    return table if named else table.drop(columns="float")


@pytest.fixture(scope="module")
def tiny():
    return ct.load("tiny")


def test_a_row_per_depth_opens_as_profiles_however_the_rows_lie():
    table = casts()
    fields = [ct.open(one) for one in (table, table.sample(frac=1, random_state=1), casts(named=False))]
    for field in fields:
        assert field.kind == "points" and field.variables == ("temp",) and dict(field.dataset.sizes) == {"event": 120, "level": 24}
        np.testing.assert_array_equal(field.dataset["temp"], fields[0].dataset["temp"])
        np.testing.assert_array_equal(field.dataset["depth"], fields[0].dataset["depth"])
    assert fields[0].dataset["object"].attrs["long_name"] == "float" and "object" not in fields[2].dataset


def test_rows_without_a_depth_and_repeated_ones_are_said():
    table = casts(count=10)
    table.loc[3, "depth"] = np.nan
    field = ct.open(pd.concat([table, table.iloc[[5]].assign(temp=99.0)]))
    said = " ".join(field.warnings)
    assert "1 rows without time, position or 'depth' were left out" in said and "1 rows repeat the 'depth' of a profile" in said
    assert (field.dataset["temp"].values == 99.0).sum() == 1


def test_what_a_profile_has_once_is_no_variable():
    field = ct.open(casts(count=10).assign(bottom=4000.0, salt=lambda t: 35 + t["depth"] / 1000))
    assert field.variables == ("temp", "salt")
    assert "bottom" in " ".join(finding.text for finding in field.findings)


def test_stations_and_grids_with_depths_stay_what_they_are():
    days = pd.date_range("2024-01-01", periods=30)
    stations = [
        pd.DataFrame({"time": day, "station": f"S{k}", "lat": 50.0 + k, "lon": 8.0, "depth": [1.0, 5.0], "oxygen": [9.0 + k, 8.0]})
        for day in days for k in range(4)
    ]  # fmt: skip
    assert ct.open(pd.concat(stations)).kind == "graph"
    assert ct.open(pd.concat(stations).drop(columns="station")).kind != "points"
    quakes = pd.DataFrame(
        {"time": days, "lat": np.linspace(30, 40, 30), "lon": np.linspace(20, 29, 30) ** 1.1, "depth": np.arange(30.0), "mag": 4.0}
    )
    assert ct.open(quakes).kind == "events"
    assert ct.open(pd.concat([quakes, quakes.iloc[3:6].assign(depth=50.0)])).kind == "events"  # three of them shook twice


def hidden(field, share=0.1, seed=2):
    rng, values = np.random.default_rng(seed), field.dataset["temp"].values
    out = np.isfinite(values) & (rng.random(values.shape) < share)
    out[5, 6:14] = out[60, :] = True  # a stretch, and a whole profile
    return out


def test_gaps_are_filled_from_above_below_and_from_other_profiles(tiny):
    field = ct.open(casts())
    truth, out = field.dataset["temp"].values, hidden(field)
    holed = _with(field, np.where(out, np.nan, truth))
    made = tiny.impute(holed)
    middle, low, high = (made.quantile(level)["temp"].values for level in (0.5, 0.1, 0.9))
    np.testing.assert_array_equal(made.filled["temp"].values, out)
    np.testing.assert_allclose(middle[~out], truth[~out], rtol=1e-6)
    lines = np.array([np.interp(d, d[~o], v[~o]) if (~o).any() else np.full(len(d), truth.mean())
                      for d, v, o in zip(field.dataset["depth"].values, truth, out)])  # fmt: skip
    error, plain = np.abs(middle - truth)[out].mean(), np.abs(lines - truth)[out].mean()
    assert error < 0.8 * plain
    assert np.abs(middle - truth)[60].mean() < 1.0 < np.abs(lines - truth)[60].mean()
    assert 0.6 < ((truth >= low) & (truth <= high))[out].mean() < 0.95
    whole = np.isin(np.arange(len(truth)), np.arange(3, 120, 6))
    alone = tiny.impute(_with(field, np.where(whole[:, None], np.nan, truth)))
    low, high = (alone.quantile(level)["temp"].values[whole] for level in (0.1, 0.9))
    assert 0.6 < ((truth[whole] >= low) & (truth[whole] <= high)).mean() < 0.95
    table = made.to_pandas()
    assert {"time", "object", "lat", "lon", "depth", "variable", "q0.5", "filled"} <= set(table) and len(table) == truth.size


def _with(field, values):
    from dataclasses import replace

    return replace(field, dataset=field.dataset.assign(temp=(field.dataset["temp"].dims, values)))


def test_a_hidden_value_tells_nothing(tiny):
    field = ct.open(casts(count=20))
    truth = field.dataset["temp"].values
    profiles = profiles_of(field, "temp")
    along = fitted_along(profiles)
    assert along is not None
    poisoned = profiles_of(_with(field, np.where(np.arange(truth.size).reshape(truth.shape) == 100, 1e3, truth)), "temp")
    before, after = (told_along(one, along) for one in (profiles, poisoned))
    assert before.mean.flat[100] == pytest.approx(after.mean.flat[100], abs=2.0)  # of a thousand, by the mean profile
    assert abs(before.mean.flat[101] - after.mean.flat[101]) > 10  # the next one reads it


def test_spikes_and_whole_profiles_are_named_with_their_depth(tiny):
    field = ct.open(casts(objects=4))
    values = field.dataset["temp"].values.copy()
    clean = tiny.detect(field, rate=0.01)
    assert clean.dataset["temp_flag"].values.mean() < 0.02
    values[20, 7] += 5
    values[90] += 6
    found = tiny.detect(_with(field, values), rate=0.01)
    flags = found.dataset["temp_flag"].values
    assert flags[20, 7] and flags[90].all()
    assert np.delete(flags, [20, 90], axis=0).mean() < 0.02
    events = found.events()
    whole = events[events["kind"] == "level"].iloc[0]
    assert "all 24 levels" in whole["evidence"] and "above what other profiles tell" in whole["evidence"]
    assert any(f"at depth {field.dataset['depth'].values[20, 7]:.4g}:" in text for text in events["evidence"])
    assert "depth" in found.to_pandas()


def test_profiles_that_lie_off_as_a_whole_are_found_however_many_they_are(tiny):
    field = ct.open(casts(objects=4))
    values = field.dataset["temp"].values.copy()
    rows = np.array([12, 40, 71, 90, 118, 140])
    values[rows] += 4
    flags = tiny.detect(_with(field, values), rate=0.01).dataset["temp_flag"].values
    assert flags[rows].all() and np.delete(flags, rows, axis=0).mean() < 0.02


def test_what_comes_is_told_at_some_depths_and_reads_nothing_later(tiny):
    table = casts()
    origin = "2021-07-30"
    short = table[table["time"] <= origin]
    fields = ct.open(table), ct.open(table.assign(temp=table["temp"].where(table["time"] <= origin, 1e4))), ct.open(short)
    made = [tiny.forecast(one, 3, at=None if one is fields[2] else origin).dataset for one in fields]
    assert made[0]["temp"].dims == ("quantile", "time", "object", "depth") and 2 <= made[0].sizes["depth"] <= 12
    for other in made[1:]:
        np.testing.assert_allclose(other["temp"], made[0]["temp"], rtol=1e-5)
    middle = made[0]["temp"].sel(quantile=0.5)
    depth = made[0]["depth"].values
    assert (middle.isel(depth=0) > middle.isel(depth=-1) + 5).all() and depth[0] < 50 and depth[-1] > 500


def test_rows_ahead_name_their_depths(tiny):
    table = casts()
    field = ct.open(table)
    rows = pd.DataFrame({"time": ["2021-09-20"] * 3, "lat": [10.5] * 3, "lon": [-28.0] * 3, "depth": [20.0, 300.0, 5000.0]})
    with pytest.warns(match="rows lie beyond the depth of temp"):
        made = tiny.forecast(field, None, along=rows)
    told = made.quantile(0.5)["temp"].values
    assert told.shape == (3,) and np.isnan(told[2]) and told[0] > told[1] + 5
    alone = tiny.forecast(field, None, along=rows.drop(columns="depth").iloc[:1])
    assert alone.dataset["temp"].dims[-1] == "depth"


def test_casts_without_an_object_have_no_positions_ahead(tiny):
    with pytest.raises(KindError, match="along="):
        tiny.forecast(ct.open(casts(named=False)), 3)


def test_few_profiles_are_refused_in_one_sentence(tiny):
    field = ct.open(casts(objects=2, count=3))
    holed = _with(field, np.where(hidden_few(field), np.nan, field.dataset["temp"].values))
    with pytest.raises(DataError, match="At least 8 profiles must show temp"):
        tiny.impute(holed)


def hidden_few(field):
    out = np.zeros(field.dataset["temp"].shape, bool)
    out[0, 3] = True
    return out


def test_the_order_of_objects_and_their_names_change_nothing(tiny):
    table = casts(count=20)
    other = table.assign(float=table["float"].map({"F0": "Z", "F1": "B", "F2": "A"})).sample(frac=1, random_state=3)
    one, two = (tiny.detect(ct.open(some), rate=0.02).dataset["temp_score"].values for some in (table, other))
    np.testing.assert_allclose(one, two, rtol=1e-6)


def test_profiles_are_written_read_and_drawn(tiny, tmp_path):
    field = ct.open(casts(count=20))
    out = hidden_few(field)
    made = tiny.impute(_with(field, np.where(out, np.nan, field.dataset["temp"].values)))
    made.save(tmp_path / "filled.nc")
    made.save(tmp_path / "filled.csv")
    ahead = tiny.forecast(field, 2)
    ahead.save(tmp_path / "ahead.nc")
    ahead.save(tmp_path / "ahead.csv")
    for result, name in ((made, "filled"), (ahead, "ahead"), (tiny.detect(field), "found")):
        assert result.report(tmp_path / f"{name}.html").exists()
    ahead.plot()
    ahead.map()
    table = pd.read_csv(tmp_path / "filled.csv")
    assert len(table) == field.dataset["temp"].size and table["filled"].sum() == 1
    assert ct.open(tmp_path / "filled.csv").kind == "points"


def test_what_comes_is_scored_at_depths(tiny):
    table = ct.backtest(tiny, ct.open(casts()), 2, origins=2, every=2)
    ours = table[table["model"] == "tiny"]
    assert 2 <= ours["variable"].nunique() <= 12 and ours["variable"].str.startswith("temp at ").all()
    assert (ours["n"] > 0).all() and (ours["broken"] == "").all()
    best = table[table["model"] != "tiny"].groupby("variable")["mae"].min()
    assert ours.set_index("variable")["mae"].div(best).median() < 1.0


def test_members_are_distributed_as_the_forecast_and_go_together(tiny, tmp_path):
    field = ct.open(casts(objects=2, count=25, levels=6))
    drawn, told = tiny.simulate(field, 3, n=60, seed=4), tiny.forecast(field, 3, quantiles=(0.1, 0.5, 0.9))
    members = drawn.dataset["temp"].transpose("member", "time", "object", "depth").values
    assert drawn.dataset["lat"].dims == ("member", "time", "object") and members.shape == (60, 3, 2, told.dataset.sizes["depth"])
    low, middle, high = (told.quantile(level)["temp"].transpose("time", "object", "depth").values for level in (0.1, 0.5, 0.9))
    assert np.nanmax(np.abs(np.quantile(members, 0.5, axis=0) - middle) / (high - low)) < 0.2
    assert 0.77 < ((members >= low) & (members <= high)).mean() < 0.83
    away = members - members.mean(axis=0)
    assert np.corrcoef(away[..., 4].ravel(), away[..., 5].ravel())[0, 1] > 0.2  # next to each other in depth
    np.testing.assert_array_equal(tiny.simulate(field, 3, n=60, seed=4).dataset["temp"], drawn.dataset["temp"])
    assert drawn.report(tmp_path / "drawn.html").exists()
    with pytest.raises(KindError, match="none can be drawn"):
        tiny.simulate(ct.open(casts(named=False)), 3)
