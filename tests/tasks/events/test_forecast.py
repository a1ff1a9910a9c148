"""Forecasts of events: promised names and dims, what may be read, cells of two sizes, and bad input in one sentence."""

import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError, DataWarning, TimeError
from chronotope.opening.open import open_field
from chronotope.opening.samples import sample
from chronotope.tasks.events.panel import catalogue_of, cells_of, panel_of
from chronotope.tasks.load import load

HAWKES, TINY = load("baseline:hawkes"), load("tiny")


def table(n=600, days=120, seed=0):
    """Events near two towns, more of them on weekdays."""
    rng = np.random.default_rng(seed)
    town = np.where(rng.random((n, 1)) < 0.7, [[45.0, 9.0]], [[45.6, 9.8]])
    at = town + rng.normal(0, 0.1, (n, 2))
    stamps = pd.Timestamp("2023-01-02") + pd.to_timedelta(np.sort(rng.uniform(0, days, n)), unit="D")
    return pd.DataFrame({"time": stamps, "lat": at[:, 0], "lon": at[:, 1], "size": rng.gamma(2, 1, n)})


def opened(frame):
    return open_field(frame, kind="events")


def in_a_plane(frame, scale=1.0):
    coords = {"time": ("event", frame["time"]), "y": ("event", frame["lat"] * scale), "x": ("event", frame["lon"] * scale)}
    return Field(xr.Dataset({"size": ("event", frame["size"])}, coords), "events", ("size",), ("event",))


def same(one, two):
    xr.testing.assert_identical(one.dataset.drop_attrs(), two.dataset.drop_attrs())


@pytest.mark.parametrize("name", ["tiny", "baseline:hawkes", "baseline:kde_season", "baseline:seasonal_naive"])
def test_every_model_answers_under_the_promised_names(name):
    field = opened(table())
    out = load(name).forecast(field, horizon=4, step="7D", cell=0.2).to_xarray()
    assert out["rate"].dims == ("time", "y", "x") and out["count"].dims == ("quantile", "time", "y", "x")
    assert out.sizes["time"] == 4 and out.sizes["quantile"] == 9
    last = field.times.max()
    assert (out["time"].values == last + np.arange(1, 5) * np.timedelta64(7, "D")).all()
    assert np.isfinite(out["rate"]).all() and (out["rate"] > 0).all()
    assert (out["count"] == out["count"].round()).all() and (out["count"].diff("quantile") >= 0).all()
    assert 4 * 20 < float(out["rate"].sum()) < 4 * 55  # 35 a week
    for dim in ("lat", "lon"):
        edges = out[dim].values[[0, -1]] + [-0.1, 0.1]
        values = field.dataset[dim].values
        assert edges[0] <= values.min() and values.max() <= edges[1]


def test_a_plane_keeps_its_coordinates():
    out = HAWKES.forecast(in_a_plane(table()), 2, step="7D", cell=0.2).to_xarray()
    assert out["rate"].dims == ("time", "y", "x")


@pytest.mark.parametrize("model", [HAWKES, TINY], ids=["hawkes", "tiny"])
def test_nothing_after_the_origin_matters(model):
    frame, at = table(), pd.Timestamp("2023-04-01")
    before = frame[frame["time"] <= at]
    after = pd.DataFrame({"time": at + pd.to_timedelta([1, 2, 50], unit="s"), "lat": 45.1, "lon": 9.1, "size": 1e9})
    poisoned = pd.concat([before, after, pd.DataFrame({"time": [at + pd.Timedelta("90D")], "lat": [70.0], "lon": [-120.0], "size": [1.0]})])
    honest = model.forecast(opened(before), 3, step="7D", at=at)
    same(model.forecast(opened(poisoned), 3, step="7D", at=at), honest)
    assert honest.meta["data_hash"] == model.forecast(opened(poisoned), 3, step="7D", at=at).meta["data_hash"]


def test_an_event_at_the_origin_is_read_and_ends_the_last_step():
    frame = table()
    at = frame["time"].iloc[500]
    made = HAWKES.forecast(opened(frame), 1, step="7D", at=at)
    assert made.meta["events"] == 501 and made.dataset["time"].values[0] == (at + pd.Timedelta("7D")).to_datetime64()


@pytest.mark.parametrize("model", [HAWKES, TINY], ids=["hawkes", "tiny"])
def test_order_and_names_of_events_change_nothing(model):
    frame = table()
    shuffled = frame.sample(frac=1, random_state=1).rename(columns={"size": "how_big"})
    same(model.forecast(opened(frame), 2, step="7D"), model.forecast(opened(shuffled), 2, step="7D"))


def test_a_clock_that_is_whole_weeks_off_moves_the_times_alone():
    frame = table()
    later = frame.assign(time=frame["time"] + pd.Timedelta("28D"))
    one, two = (HAWKES.forecast(opened(each), 7, step="1D").dataset for each in (frame, later))
    np.testing.assert_array_equal(one["rate"], two["rate"])
    assert (two["time"] - one["time"] == np.timedelta64(28, "D")).all()


def test_a_change_of_unit_changes_the_coordinates_alone():
    fields = (in_a_plane(table()), 0.25), (in_a_plane(table(), 1024), 256)
    one, two = (HAWKES.forecast(field, 2, step="7D", cell=cell).dataset for field, cell in fields)
    np.testing.assert_allclose(one["rate"], two["rate"], rtol=1e-9)
    np.testing.assert_array_equal(one["x"] * 1024, two["x"])


def test_cells_of_two_sizes_agree_in_the_sum():
    field = opened(table(1500))
    for model in (HAWKES, load("baseline:kde_season"), load("baseline:smoothed_rates")):
        fine, coarse = (float(model.forecast(field, 4, step="7D", cell=cell).rate.sum()) for cell in (0.1, 0.3))
        assert fine == pytest.approx(coarse, rel=0.01)


def test_several_origins():
    stamps = ["2023-03-20", "2023-04-01"]
    made = HAWKES.forecast(opened(table()), 2, step="7D", cell=0.2, at=stamps)
    assert made.rate.dims == ("init_time", "lead_time", "y", "x")
    alone = HAWKES.forecast(opened(table()), 2, step="7D", cell=0.2, at=stamps[0])
    part = made.dataset.isel(init_time=0).sel(lat=alone.dataset["lat"], lon=alone.dataset["lon"])
    np.testing.assert_array_equal(part["rate"], alone.rate)
    assert set(made.to_pandas().columns) >= {"init_time", "time", "rate", "q0.5"}


def test_step_and_cell_are_chosen_and_said():
    made = HAWKES.forecast(opened(table()), 3)
    assert made.meta["step"] == "1D" and 0.01 < made.meta["cell"] < 0.5 and made.meta["cells"] == list(made.rate.shape[1:])
    assert HAWKES.forecast(sample("earthquakes"), "14D", step="7D").rate.sizes["time"] == 2


def test_the_network_says_what_stood_beside_it():
    meta = TINY.forecast(opened(table()), 2, step="7D").meta
    assert set(meta["weights"]) == {"tiny", "smoothed_rates", "kde_season", "hawkes"} and meta["origins"] > 2
    assert max(value for name, value in meta["log_score"].items() if name != "mix") == 0


def test_context_reads_only_the_latest_steps():
    frame = table()
    recent = frame[frame["time"] > frame["time"].max() - pd.Timedelta("56D")]
    cut = HAWKES.forecast(opened(frame), 2, step="7D", cell=0.2, context=8)
    assert cut.meta["events"] == len(recent)


def test_many_cells_cost_no_more_than_their_events():
    frame = table(200)
    frame.loc[0, ["lat", "lon"]] = [-30.0, -60.0]
    made = HAWKES.forecast(opened(frame), 1, step="7D", cell=0.05)
    assert np.prod(made.meta["cells"]) > 1_500_000 and float(made.rate.sum()) == pytest.approx(12, rel=0.5)


def test_saves_what_it_says(tmp_path):
    made = HAWKES.forecast(opened(table()), 2, step="7D", cell=0.2)
    with xr.open_dataset(made.save(tmp_path / "out.nc")) as back:
        xr.testing.assert_allclose(back.load(), made.to_xarray())
    assert len(pd.read_csv(made.save(tmp_path / "out.csv"))) == made.rate.size


SPOT = table().assign(lat=45.0, lon=9.0)
BAD = {
    "one event": (table(1), {}, DataError, "at least 5"),
    "one spot": (SPOT, {}, DataError, "all lie at one spot. Give cell="),
    "a step that is too long": (table(), {"step": "200D"}, ArgumentError, "step must fit 2 times"),
    "a calendar step": (table(), {"step": "MS"}, ArgumentError, "length of time of its own"),
    "no step": (table(), {"step": "often"}, ArgumentError, "step must be"),
    "no size": (table(), {"cell": 0}, ArgumentError, "cell must be the side"),
    "too many cells": (table(), {"cell": 1e-5}, ArgumentError, "cell must be larger"),
    "before all": (table(), {"at": "2020-01-01"}, TimeError, "before the first event"),
    "too early": (table(), {"at": table()["time"].iloc[2]}, DataError, "found 3. Choose a later one"),
    "beyond all stamps": (table(), {"horizon": 10**12, "step": "7D"}, ArgumentError, "where stamps end"),
    "half a step": (table(), {"horizon": "10D", "step": "7D"}, ArgumentError, "multiple of the step"),
    "a target": (table(), {"target": "size"}, ArgumentError, "target is for fields with values"),
    "a known future": (table(), {"known_future": ("size",)}, ArgumentError, "known_future is for fields"),
    "two cells": (table(), {"at": ["2023-01-20", "2023-04-01"]}, ArgumentError, "one step= and one cell="),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_ends_in_one_sentence(case):
    frame, options, error, words = BAD[case]
    with pytest.raises(error, match=words):
        HAWKES.forecast(opened(frame), options.pop("horizon", 2), **options)


def test_one_spot_with_a_cell_is_answered():
    made = HAWKES.forecast(opened(SPOT), 2, step="7D", cell=1.0)
    assert made.rate.shape == (2, 1, 1) and float(made.rate[0, 0, 0]) == pytest.approx(35, rel=0.3)


def test_events_without_places_are_refused_and_those_of_some_passed_over():
    bare = xr.Dataset({"size": ("event", np.ones(20))}, {"time": ("event", table(20)["time"].to_numpy())})
    with pytest.raises(DataError, match="needs their places"):
        HAWKES.forecast(Field(bare, "events", ("size",), ("event",)), 2)
    frame = opened(table()).dataset.copy()
    frame["lat"][3] = np.nan
    with pytest.warns(DataWarning, match="1 events have no time or no place"):
        HAWKES.forecast(Field(frame, "events", ("size",), ("event",)), 2, step="7D")


def test_other_fields_have_no_cells(tmp_path):
    from asked import stations

    with pytest.raises(ArgumentError, match="step and cell are for events"):
        load("baseline:last_value").forecast(stations(), 2, cell=1.0)


def test_cells_stand_on_y_and_x_and_the_table_names_the_coordinates_of_the_events():
    made = load("baseline:smoothed_rates").forecast(sample("earthquakes"), 2, step="30D")
    out, table = made.to_xarray(), made.to_pandas()
    assert out["rate"].dims == ("time", "y", "x") and out["lat"].dims == ("y",) and out["lon"].dims == ("x",)
    np.testing.assert_array_equal(out["y"], out["lat"])
    assert {"lat", "lon", "rate", "q0.5"} <= set(table) and not {"y", "x"} & set(table)


def test_events_on_both_sides_of_the_date_line_are_told_how_to_lie_side_by_side():
    rng = np.random.default_rng(0)
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.uniform(0, 100, 300)), unit="D")
    events = pd.DataFrame({"time": times, "lat": rng.uniform(-20, -19, 300), "lon": rng.uniform(179.5, 180.5, 300)})
    model = HAWKES
    with pytest.warns(DataWarning, match="both sides of 180 degrees"):
        model.forecast(open_field(events.assign(lon=(events["lon"] + 180) % 360 - 180), kind="events"), 2, step="7D")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = model.forecast(open_field(events, kind="events"), 2, step="7D")
    assert made.to_xarray().sizes["x"] > 3


def a_year(frame, row, year):
    return frame.assign(time=frame["time"].where(np.arange(len(frame)) != row, frame["time"].iloc[row].replace(year=year)))


ODD = {
    "600 of 600 events are the same as another one": lambda frame: pd.concat([frame.head(300), frame.head(300)]),
    "the last event, at 2032-.*the forecast begins there": lambda frame: a_year(frame, 7, 2032),
    "the first event, at 1970-.*from all others, which come within 120": lambda frame: a_year(frame, 7, 1970),
    "1 events have no time or no place": lambda frame: frame.assign(lat=frame["lat"].where(np.arange(len(frame)) != 7, 94.0)),
}


@pytest.mark.parametrize("said", ODD)
def test_twins_wrong_years_and_places_off_the_globe_are_said(said):
    options = {"horizon": 2, "step": "7D", "cell": 0.2}
    assert not HAWKES.forecast(opened(table()), **options).meta["warnings"]
    with pytest.warns(DataWarning, match=said):
        made = HAWKES.forecast(opened(ODD[said](table())), **options)
    assert len(made.meta["warnings"]) == 1 and made.to_xarray()["y"].max() < 50


def test_what_looks_wrong_of_events_is_said_by_every_verb_and_not_of_an_origin_that_is_known_by_now():
    rng = np.random.default_rng(0)
    frame = table()
    frame["reported"] = frame["time"] + pd.to_timedelta(rng.exponential(3, len(frame)), unit="D")
    field = open_field(frame[frame["reported"] <= frame["time"].max()], kind="events")
    options = {"step": "7D", "cell": 0.5}
    for answer in (HAWKES.forecast(field, 1, **options), HAWKES.simulate(field, 1, n=2, **options)):
        assert any("told of late (reported)" in text for text in answer.meta["warnings"])
    early = pd.Timestamp(field.times[len(field.times) // 2])
    assert not any("told of late" in text for text in HAWKES.forecast(field, 1, at=early, **options).meta["warnings"])


@pytest.mark.parametrize(("cell", "first", "n"), [(0.1, 0.1, 12), (0.3, 0.3, 12), (0.05, -118.35, 9), (0.01, 44.97, 30)])
def test_places_written_to_the_size_of_cells_lie_each_in_a_cell_of_its_own(cell, first, n):
    lines = np.round(first + cell * np.arange(n), 2)
    lat, lon = (one.ravel() for one in np.meshgrid(np.round(cell * np.arange(n), 2), lines, indexing="ij"))
    stamps = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(lat)) * 0.1, unit="D")
    field = opened(pd.DataFrame({"time": stamps, "lat": lat, "lon": lon}))
    past = catalogue_of(field)
    cells = cells_of(cell, past)
    made = panel_of(past, past.times[-1] + np.timedelta64(1, "h"), pd.Timedelta("1h"), cells)
    assert cells.shape == (n, n) and (np.bincount(made.events.place) == 1).all()
    np.testing.assert_allclose(np.unique(made.latlon[:, 1]), lines + cell / 2)
