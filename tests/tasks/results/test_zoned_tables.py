"""Every table of an answer stands on the clock of the source."""

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import ArgumentError
from chronotope.harmonize.clean import clean
from chronotope.harmonize.clocks import localize
from chronotope.opening.open import open_field
from chronotope.tasks.load import load
from chronotope.view.cutting import slice_forecast


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
    assert any(text.endswith(" to 2023-06-29 23:00 Europe/Berlin") for text in hidden)


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


def berlin(first="2024-03-29", steps=72, freq="h"):
    stamps = pd.date_range(first, periods=steps, freq=freq, tz="Europe/Berlin")
    return stamps, open_field(pd.DataFrame({"time": stamps, "load": 50 + np.sin(np.arange(steps) / 24 * 2 * np.pi)}))


def test_what_is_printed_of_a_field_stands_on_the_clock_of_its_zone():
    stamps, field = berlin()
    assert "2024-03-29 00:00:00 to 2024-04-01 00:00:00 (Europe/Berlin clock)" in str(field)
    quality = field.quality()
    assert quality.parts["from"].iloc[0] == stamps[0] and quality.by_time.index[-1] == stamps[-1]
    values = 50 + np.sin(np.arange(240) / 24 * 2 * np.pi) + np.random.default_rng(0).normal(0, 0.1, 240)
    values[200] = 900.0
    hours = pd.date_range("2023-06-20", periods=240, freq="h", tz="Europe/Berlin")
    told = str(open_field(pd.DataFrame({"time": hours, "load": values})))
    assert f"the first at {hours[200]:%Y-%m-%dT%H:%M}" in told


def test_days_after_a_clock_was_named_are_its_midnights():
    days = pd.date_range("2024-03-20", periods=9, freq="D")
    local = localize(open_field(pd.DataFrame({"time": days, "load": np.arange(1.0, 10)})), "Europe/Berlin")
    ahead = load("baseline:last_value").forecast(local, 4).to_pandas()["time"]
    assert list(ahead) == list(pd.date_range("2024-03-29", periods=4, freq="D", tz="Europe/Berlin"))


def test_pictures_over_a_change_of_the_clock_show_each_stamp_as_the_clock_does():
    _, field = berlin("2024-03-20", 9, "D")
    part = slice_forecast(load("baseline:last_value").forecast(field, 4))
    assert part.clock == "Europe/Berlin" and (part.times == pd.date_range("2024-03-29", periods=4)).all()
    assert (part.past_times == pd.date_range("2024-03-20", periods=9)).all()
    _, field = berlin("2024-10-25", 48)
    part = slice_forecast(load("baseline:last_value").forecast(field, 8))  # two o'clock comes twice: one offset for all
    assert part.clock == "UTC+02:00 (UTC+01:00 from 2024-10-27 03:00)" and (np.diff(part.times) == np.timedelta64(1, "h")).all()
    assert part.times[0] == np.datetime64("2024-10-27T00:00") and part.past_times[0] == np.datetime64("2024-10-25T00:00")


def test_naive_stamps_of_a_setting_that_miss_are_told_to_be_utc():
    rng, stamps = np.random.default_rng(0), pd.date_range("2024-06-01", periods=240, freq="h", tz="Europe/Berlin")
    field = open_field(pd.DataFrame({"time": stamps, "temp": rng.normal(size=240), "load": rng.normal(size=240)}))
    naive = pd.Series(1.0, pd.date_range("2024-06-11", periods=5, freq="h"))
    with pytest.raises(ArgumentError, match="2024-06-10T22:00 UTC one is missing. Stamps without a zone are UTC"):
        load("baseline:mix").whatif(field, 5, set={"temp": naive})


def test_stamps_in_the_tables_of_a_report_stand_on_the_clock_of_the_data(tmp_path):
    hours = pd.date_range("2024-06-01", periods=60, freq="h", tz="Europe/Berlin")
    fixes = pd.DataFrame({"id": "a", "time": hours, "lat": 50 + 0.01 * np.arange(60), "lon": 8.0})
    made = load("baseline:linear").impute(open_field(fixes.drop(range(40, 43)), kind="tracks"))
    page = made.report(tmp_path / "gaps.html").read_text()
    assert "2024-06-02 16:00" in page and "2024-06-02 14:00" not in page
