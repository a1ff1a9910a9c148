"""Moving points: values ahead and values that are missing, without a look at what came later."""

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import ArgumentError, DataWarning, TimeError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load
from chronotope.tasks.points.forecast import _with_carried

MODEL = load("baseline:paths_mix")
HOURS = np.arange(72)


def truth(lat, lon, hour):
    return 15 + 3 * np.sin(4 * np.asarray(lat)) + 2 * np.cos(3 * np.asarray(lon)) + 0.02 * np.asarray(hour)


def cruise():
    parts = []
    for k, (lat, rate) in enumerate([(50.0, 0.01), (50.4, -0.008), (50.2, 0.004)]):
        lats, lons = lat + rate * HOURS, 8 + 0.02 * HOURS + 0.1 * k
        stamps = pd.Timestamp("2024-05-01") + pd.to_timedelta(HOURS, unit="h")
        parts.append(pd.DataFrame({"id": f"s{k}", "time": stamps, "lat": lats, "lon": lons, "sst": truth(lats, lons, HOURS)}))
    return pd.concat(parts, ignore_index=True)


def opened(frame):
    return open_field(frame, kind="points")


def test_values_ahead_where_the_objects_will_be():
    frame = cruise()
    at = pd.Timestamp("2024-05-03 12:00")
    made = MODEL.forecast(opened(frame), 6, at=at)
    data = made.to_xarray()
    assert list(data.data_vars) == ["lat", "lon", "sst"] and data["sst"].dims == ("quantile", "time", "object")
    later = frame[frame["time"].between(at + pd.Timedelta("1h"), at + pd.Timedelta("6h"))].pivot(index="time", columns="id", values="sst")
    last = frame[frame["time"] == at].set_index("id")["sst"]
    off, stay = np.abs(made.median["sst"].values - later.values), np.abs(last.values - later.values)
    assert off.mean() < 0.5 * stay.mean() and (data["sst"].diff("quantile") >= 0).all()
    poisoned = frame.assign(sst=np.where(frame["time"] > at, 1e6, frame["sst"]))
    np.testing.assert_array_equal(MODEL.forecast(opened(poisoned), 6, at=at).dataset["sst"].values, data["sst"].values)


def test_values_ahead_at_given_places():
    frame, at = cruise(), pd.Timestamp("2024-05-03 12:00")
    rows = frame[frame["time"] == at + pd.Timedelta("2h")][["time", "lat", "lon", "id"]].iloc[::-1]
    made = MODEL.forecast(opened(frame), 1, at=at, along=rows)
    assert made.to_xarray()["sst"].dims == ("quantile", "row") and list(made.to_pandas()["id"]) == ["s2", "s1", "s0"]
    want = frame[frame["time"] == at + pd.Timedelta("2h")]["sst"].to_numpy()[::-1]
    assert np.abs(made.median["sst"].values - want).max() < 0.3
    with pytest.raises(TimeError, match="interpolate"):
        MODEL.forecast(opened(frame), 1, at=at, along=rows.assign(time=at))


def test_missing_values_are_filled_and_seen_ones_stay():
    frame = cruise()
    hole = frame["time"].between("2024-05-02 06:00", "2024-05-02 12:00") & (frame["id"] == "s1")
    made = MODEL.impute(opened(frame.assign(sst=frame["sst"].mask(hole))))
    rows = made.to_pandas()
    assert made.meta["filled"] == hole.sum() == rows["filled"].sum()
    filled = rows[rows["filled"]]
    mean = np.abs(frame["sst"][~hole].mean() - frame["sst"][hole]).mean()
    assert np.abs(filled["q0.5"].to_numpy() - frame["sst"][hole].to_numpy()).mean() < 0.2 * mean
    seen = rows[~rows["filled"]]
    np.testing.assert_allclose(np.sort(seen["q0.1"]), np.sort(frame["sst"][~hole]))


def test_refusals_say_what_to_do():
    with pytest.raises(ArgumentError, match="context"):
        MODEL.impute(opened(cruise()), context=4)
    with pytest.raises(ArgumentError, match="one origin"):
        MODEL.forecast(opened(cruise()), 3, at=["2024-05-02", "2024-05-03"])
    with pytest.raises(ArgumentError, match="for points"):
        MODEL.forecast(open_field(cruise().drop(columns="sst"), kind="tracks"), 3, along=cruise())


def crossing(seed=0):
    """Boats that pass the same spots, each with a load of its own that place and time do not tell."""
    rng = np.random.default_rng(seed)
    parts = []
    for k in range(5):
        lats = 50.2 + 0.1 * np.sin(0.3 * HOURS + k)
        stamps = pd.Timestamp("2024-05-01") + pd.to_timedelta(HOURS, unit="h")
        load = rng.normal(0, 3) + 0.05 * np.cumsum(rng.standard_normal(len(HOURS)))
        parts.append(pd.DataFrame({"id": f"s{k}", "time": stamps, "lat": lats, "lon": 8 + 0.1 * np.cos(0.3 * HOURS + k), "load": load}))
    return pd.concat(parts, ignore_index=True)


def test_what_an_object_carries_is_told_by_itself_and_what_a_place_has_by_the_place(monkeypatch):
    at = pd.Timestamp("2024-05-03 06:00")

    def miss(frame, name):
        made = MODEL.forecast(opened(frame), 6, at=at, target=name).median[name]
        later = frame[frame["time"].between(at + pd.Timedelta("1h"), at + pd.Timedelta("6h"))].pivot(
            index="time", columns="id", values=name
        )
        return float(np.abs(made.values - later.values).mean())

    both = {name: miss(frame, name) for name, frame in (("load", crossing()), ("sst", cruise()))}
    monkeypatch.setattr("chronotope.tasks.points.forecast._with_carried", lambda told, *rest: told)
    kriged = {name: miss(frame, name) for name, frame in (("load", crossing()), ("sst", cruise()))}
    assert both["load"] < 0.3 * kriged["load"] and both["sst"] < 1.1 * kriged["sst"]


def test_rows_ahead_that_name_their_object_are_told_by_its_own_reports_where_these_missed_less():
    frame, at = crossing().assign(id=lambda t: t["id"].str[1:].astype(int)), pd.Timestamp("2024-05-03 06:00")
    later = frame[frame["time"].between(at + pd.Timedelta("1h"), at + pd.Timedelta("6h"))]
    rows, model = later[["time", "lat", "lon"]], MODEL.forecast(opened(frame), 1, at=at, along=later[["time", "lat", "lon"]])
    own = MODEL.forecast(opened(frame), 1, at=at, along=later[["id", "time", "lat", "lon"]])
    miss = [float(np.abs(made.median["load"].values - later["load"].to_numpy()).mean()) for made in (model, own)]
    assert miss[1] < 0.3 * miss[0] and own.meta["own"]["load"] > 0.5 and model.meta["own"] == {}
    words = MODEL.forecast(opened(frame), 1, at=at, along=rows.assign(object=later["id"].astype(str)))
    np.testing.assert_array_equal(words.dataset["load"].values, own.dataset["load"].values)
    with pytest.warns(DataWarning, match="6 rows of along name an object"):
        partly = MODEL.forecast(opened(frame), 1, at=at, along=rows.assign(id=later["id"].replace({0: 99, 1: np.nan})))
    told, before, mine = (made.dataset["load"].values for made in (partly, model, own))
    np.testing.assert_array_equal(told[:, later["id"] < 2], before[:, later["id"] < 2])
    np.testing.assert_array_equal(told[:, later["id"] > 2], mine[:, later["id"] > 2])
    poisoned = frame.assign(load=np.where(frame["time"] > at, 1e6, frame["load"]))
    again = MODEL.forecast(opened(poisoned), 1, at=at, along=later[["id", "time", "lat", "lon"]])
    np.testing.assert_array_equal(again.dataset["load"].values, mine)


def test_what_belongs_to_an_object_fills_its_gaps_and_what_belongs_to_the_place_does_not():
    frame = crossing()
    frame = frame.assign(draught=frame["id"].str[1:].astype(float) ** 2, sst=truth(frame["lat"], frame["lon"], 0.0))
    hole = frame.index % 9 < 3
    made = MODEL.impute(opened(frame.assign(draught=frame["draught"].mask(hole), sst=frame["sst"].mask(hole))), target=["draught", "sst"])
    assert set(made.meta["own"]) == {"draught"}
    rows = made.to_pandas().sort_values(["object", "time"])
    filled = rows[rows["filled"] & (rows["variable"] == "draught")]
    truly = frame[hole].sort_values(["id", "time"])["draught"].to_numpy()
    np.testing.assert_allclose(filled[["q0.1", "q0.5", "q0.9"]].to_numpy(), np.repeat(truly[:, None], 3, 1))


def test_the_narrower_says_more_and_the_answer_is_as_wide_as_the_mixture():
    low, middle, high = _with_carried(*(np.array([[m - w], [m], [m + w]]) for m, w in ((0.0, 1.2815), (1.0, 2.563))), (0.1, 0.5, 0.9))[:, 0]
    assert np.isclose(middle, 0.2)  # variances 1 and 4
    assert np.isclose(high - low, 2.563 * np.sqrt(0.8 * 1 + 0.2 * 4 + 0.8 * 0.2 * 1**2), rtol=1e-3)
    alone = _with_carried(np.array([[-1.0], [0.0], [1.0]]), np.full((3, 1), np.nan), (0.1, 0.5, 0.9))
    np.testing.assert_allclose(alone[:, 0], [-1, 0, 1])


def test_directions_turn_and_what_is_never_below_zero_stays_there():
    rng, frame = np.random.default_rng(0), cruise()
    north = rng.normal(0, 12, len(frame))
    frame = frame.assign(cog_deg=np.mod(north, 360), rain_mm=np.maximum(rng.normal(-1, 1.5, len(frame)), 0)).drop(columns="sst")
    rows = frame[frame["id"] == "s1"][["time", "lat", "lon"]].iloc[10:60:7] + [pd.Timedelta("30min"), 0.003, 0.01]
    later = rows.assign(time=pd.Timestamp("2024-05-04 02:00"))
    hole = frame.assign(cog_deg=frame["cog_deg"].mask(frame.index % 9 == 4))
    made = [MODEL.forecast(opened(frame), 4), MODEL.forecast(opened(frame), 4, along=later), MODEL.interpolate(opened(frame), at=rows)]
    for one in (*made, MODEL.impute(opened(hole))):
        data = one.to_xarray()
        away = np.abs(np.mod(data["cog_deg"].values + 180, 360) - 180)
        assert np.nanmax(away) < 90 and np.nanmin(data["cog_deg"].values) >= 0 and np.nanmin(data["rain_mm"].values) >= 0
    np.testing.assert_allclose(
        MODEL.interpolate(opened(frame), at=frame.iloc[[5]][["time", "lat", "lon"]]).median["cog_deg"], frame["cog_deg"][5]
    )


def test_a_column_of_the_rows_asked_with_the_name_of_a_variable_is_kept_beside_the_answer():
    rows = pd.DataFrame({"time": ["2024-01-01 12:00"], "lat": [50.1], "lon": [8.1], "temp": [7.0]})
    hours = pd.date_range("2024-01-01", periods=24, freq="h")
    table = pd.concat(
        [
            pd.DataFrame({"id": k, "time": hours, "lat": 50 + 0.01 * np.arange(24) + k, "lon": 8.0 + k, "temp": np.sin(np.arange(24.0))})
            for k in (0, 1)
        ]
    )
    with pytest.warns(DataWarning, match="temp of the rows asked is not read"):
        made = load("baseline:mix").interpolate(open_field(table, kind="points"), at=rows).to_pandas()
    assert made["row_temp"].tolist() == [7.0] and abs(made["q0.5"][0]) <= 1


def test_what_is_filled_and_expected_of_moving_sensors_is_drawn(tmp_path):
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame(
            {"id": f"B{k}", "time": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.cumsum(rng.uniform(0.5, 3, 40)), "h"),
             "lat": 50 + np.cumsum(0.01 * rng.standard_normal(40)), "lon": 5 + k + np.cumsum(0.01 * rng.standard_normal(40)),
             "sst": 10 + rng.standard_normal(40)}
        )
        for k in range(25)
    ]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    table.loc[::17, "sst"] = np.nan
    field, model = open_field(table, kind="points"), load("tiny")
    filled = model.impute(field)
    assert "event" in filled.dataset.dims
    assert filled.report(tmp_path / "filled.html").exists()
    assert filled.plot("B3").get_title(loc="left").startswith("B3, ")
    assert filled.map() is not None
    ahead = model.forecast(field, 2)
    assert ahead.report(tmp_path / "ahead.html").exists() and ahead.map() is not None


def test_members_read_nothing_after_the_origin_and_stay_where_values_can_lie():
    table = cruise()
    column = next(name for name in table.columns if name not in ("time", "lat", "lon", "id", "object"))
    table[column] = table[column] - table[column].min()
    origin = table["time"].sort_values().iloc[len(table) // 2]
    poisoned = table.assign(**{column: table[column].where(table["time"] <= origin, 1e4)})
    drawn = [load("tiny").simulate(open_field(one, kind="points"), 3, n=30, at=origin).dataset[column].values for one in (table, poisoned)]
    np.testing.assert_allclose(drawn[0], drawn[1], rtol=1e-4, atol=1e-4)
    assert np.isfinite(drawn[0]).any()
