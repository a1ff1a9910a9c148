"""Every table of an answer stands on the clock of the source."""

import numpy as np
import pandas as pd

from chronotope.harmonize.clean import clean
from chronotope.opening.open import open_field
from chronotope.tasks.load import load


def test_events_windows_and_masked_values_stand_in_the_zone_of_the_data():
    hours = pd.date_range("2023-06-20", periods=240, freq="h", tz="Europe/Berlin")
    load_ = 50 + 20 * np.sin(np.arange(240) / 24 * 2 * np.pi) + np.random.default_rng(0).normal(0, 1, 240)
    load_[205] = 500.0
    field, model = open_field(pd.DataFrame({"time": hours, "load": load_})), load("baseline:linear")
    events = model.detect(field).events()
    assert hours[205] in list(events["start"]) and events["end"].dt.tz is not None
    assert list(clean(field, ["spike"])[1]["first"]) == [hours[205]]
    windows = load("tiny").embed(field, per="window").to_pandas()["window"]
    assert windows.iloc[0] == hours[0]
    hidden = load("baseline:mix").explain(field, 3, kinds="time").to_pandas()["hidden"]
    assert any(text.endswith(" to 2023-06-29 23:00") for text in hidden)


def test_parts_are_cut_on_the_clock_of_the_data():
    hours = pd.date_range("2023-03-24", periods=120, freq="h", tz="Europe/Berlin")
    table = pd.DataFrame({"time": hours, "load": np.arange(120.0)}).set_index("time")
    field = open_field(table)
    for start, stop in (("2023-03-25", "2023-03-26"), (None, "2023-03-26 12:00"), ("2023-03-26T10:00Z", None)):
        truth = table.loc[start:stop, "load"].to_numpy()
        np.testing.assert_array_equal(field.sel(time=slice(start, stop)).dataset["load"].values[:, 0], truth)
    assert field.sel(time="2023-03-26").shape == (23, 1) and field.sel(time="2023-03-25 00:00", place=["0"]).shape == (1, 1)
    assert field.sel(time=slice(np.datetime64("2023-03-25T00:00"), None)).times[0] == np.datetime64("2023-03-25T00:00")


def test_text_of_rows_and_of_a_stream_is_on_the_clock_of_the_data():
    hours = pd.date_range("2024-05-01", periods=96, freq="h", tz="Europe/Berlin")
    table = pd.DataFrame({"id": "a", "time": hours, "lat": 50 + 0.01 * np.arange(96), "lon": 8.0})
    table["sst"] = 15 + 5 * np.sin((hours.hour.to_numpy() - 6) / 24 * 2 * np.pi)
    ship, model = open_field(table, kind="points"), load("baseline:linear")
    row = {"lat": [table["lat"][36]], "lon": [8.0]}
    asked = [["2024-05-02 12:00"], ["2024-05-02T10:00Z"], [hours[36]], [np.datetime64("2024-05-02T10:00")]]
    read = [float(model.interpolate(ship, at=pd.DataFrame({"time": time, **row})).median["sst"][0]) for time in asked]
    np.testing.assert_allclose(read, 20.0, atol=1e-3)
    load_ = open_field(table[["time", "sst"]])
    stream = model.watch(load_.isel(time=slice(0, 90)))
    assert stream.push(np.array([[15.0]]), time="2024-05-04 18:00").to_xarray()["time"].values[0] == np.datetime64("2024-05-04T16:00")


def test_days_that_are_missing_over_a_change_of_the_clock_are_filled_at_its_midnights():
    days = pd.date_range("2023-03-10", "2023-04-05", freq="D", tz="Europe/Berlin")
    field = open_field(pd.DataFrame({"time": days, "load": np.arange(27.0) % 7}).drop(index=[15, 16, 17, 18]))
    filled = load("baseline:linear").impute(field).to_pandas().query("filled")["time"]
    assert list(filled) == list(days[15:19])
    assert not any("beside a step" in note.text for note in field.findings)
