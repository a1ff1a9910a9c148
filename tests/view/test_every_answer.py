"""Each verb's answer draws itself through one door, and shows its own numbers."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import chronotope as ct
from asked import sea, stations
from chronotope.errors import ArgumentError, KindError
from chronotope.view.answers import kind_of, slice_of
from chronotope.view.maps import step_words
from chronotope.view.report import report_page
from chronotope.view.score_pictures import plot_scores, plot_trials

LAST = ct.load("baseline:last_value")


@pytest.fixture(scope="module")
def ships():
    clock = pd.date_range("2024-05-01", periods=30, freq="10min")
    rows = [(f"ship{k}", t, 54 + 0.01 * i * (k + 1), 8 + 0.01 * i) for k in range(3) for i, t in enumerate(clock)]
    return ct.open(pd.DataFrame(rows, columns=["id", "time", "lat", "lon"]), kind="tracks")


@pytest.fixture(scope="module")
def fires():
    rng = np.random.default_rng(1)
    clock = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.uniform(0, 90, 400)), "D")
    return ct.open(pd.DataFrame({"time": clock, "lat": rng.normal(40, 1, 400), "lon": rng.normal(5, 1, 400)}), kind="events")


def test_members_are_drawn_and_their_quantiles_are_theirs():
    made = LAST.simulate(stations(60), 4, 11, target="temp")
    part = slice_of(made)
    assert kind_of(made) == "members" and part.members.shape == (11, 4, 3)
    assert np.allclose(part.quantile(0.5), np.median(part.members, axis=0))
    assert len(made.plot(place="s0").get_lines()) >= 11 + 2
    assert "11 possible futures" in report_page(made)


def test_what_was_before_is_joined_to_the_record_that_follows():
    field = stations(60)
    made = LAST.backcast(field, 4, target="temp")
    part = slice_of(made)
    assert part.is_backcast and part.past_times[0] == field.times[0] > part.times[-1]
    read = field.dataset["temp"].transpose("time", "place").values
    np.testing.assert_array_equal(part.past, read)
    np.testing.assert_array_equal(part.last, read[0])
    axes = made.plot(place="s0")
    lines = {line.get_label(): line.get_xydata() for line in axes.get_lines()}
    assert lines["observed"][0, 1] == read[0, 0] and len(lines["observed"]) < len(read)
    join = next(line.get_xydata() for line in axes.get_lines() if line.get_linestyle() == ":" or len(line.get_xydata()) == 2)
    assert join[0, 0] == lines["observed"][0, 0] and join[1, 0] == lines["median"][-1, 0]
    page = report_page(made)
    assert '"backcast":true' in page and "the record begins with" in page and "4 steps (4 h) before 2024" in page
    assert step_words(part, 0).endswith("4 h before the record") and step_words(part, 3).endswith("1 h before the record")


def test_a_detection_shows_expected_and_read_and_its_flags():
    field = stations(80)
    field.dataset["temp"][0, 50] += 500
    found = LAST.detect(field, target="temp")
    part = slice_of(found)
    assert bool(part.flag[50, 0]) and part.rank()[0][0] == 0 and np.isnan(part.truth[3, 1])
    assert found.plot().get_title(loc="left") == "s0 (most surprising of 3 places)"
    page = report_page(found)
    assert "Most surprising: on Wed 3 Jan 2024 at 02:00 s0 read 550 K" in page


def test_filled_gaps_are_told_from_what_was_observed():
    made = LAST.impute(stations(40), target="temp")
    part = slice_of(made)
    assert part.filled.sum() == 2 and part.rank()[0][0] == 1
    assert "2 missing values of temp were filled at 1 place; the longest gap is 2 steps long, at s1." in report_page(made)


def test_counts_of_events_before_and_after_are_those_of_the_file(fires):
    at = pd.Timestamp("2024-03-01")
    made = ct.load("baseline:smoothed_rates").forecast(fires, 2, step="7D", cell=1.0, at=at)
    part = slice_of(made)
    stamps = pd.DatetimeIndex(fires.times)
    cells = made.dataset
    low, high = (f(cells["lat"].values) for f in (np.min, np.max))
    inside = (fires.dataset["lat"].values > low - 0.5) & (fires.dataset["lat"].values < high + 0.5)
    inside &= (fires.dataset["lon"].values > cells["lon"].values.min() - 0.5) & (
        fires.dataset["lon"].values < cells["lon"].values.max() + 0.5
    )
    week = (stamps > at - pd.Timedelta("7D")) & (stamps <= at)
    assert part.past[-1].sum() == (inside & week).sum() and part.past_times[-1] == at.to_datetime64()
    later = (stamps > at) & (stamps <= at + pd.Timedelta("7D"))
    assert part.truth[0].sum() == (inside & later).sum() and part.is_whole
    assert np.allclose(part.middle.reshape(made.rate.shape), made.rate.values)
    assert made.plot().get_ylabel() == "events (per cell and 7D)" and len(made.map(lead=0).axes) >= 2


def test_paths_show_what_was_seen_and_what_came(ships, tmp_path):
    made = ct.load("baseline:constant_velocity").forecast(ships, 6, at=ships.times[-7])
    axes = made.plot("ship2")
    lines = {line.get_label(): line.get_xydata() for line in axes.get_lines()}
    assert np.allclose(lines["came true"][1:, 1], 54 + 0.03 * np.arange(24, 30)) and np.allclose(
        lines["median"], lines["came true"], atol=0.02
    )
    assert "3 objects are followed" in report_page(made) and made.map().axes[0].get_title(loc="left").startswith(
        "1 h from 2024-05-01 03:50"
    )
    assert Image.open(made.animate(tmp_path / "ships.gif")).n_frames == 6
    with pytest.raises(ArgumentError, match="3 objects"):
        made.plot("ship9")


def test_one_step_ahead_has_an_interval_that_can_be_seen():
    axes = LAST.forecast(stations(40), 1, target="temp").plot(place="s0")
    widths = [np.ptp(band.get_paths()[0].vertices[:, 0]) for band in axes.collections if len(band.get_paths())]
    assert len(widths) == 4 and min(widths) > 0


def test_finer_cells_stand_beside_those_that_were_read():
    figure = ct.load("baseline:bicubic").downscale(sea(6).isel(depth=0), factor=2).map()
    assert [axes.get_title(loc="left").split(",")[0] for axes in figure.axes[:2]] == ["read", "inside the cells (median)"]


def test_several_places_say_how_many_are_not_shown():
    figure = LAST.forecast(stations(40, n=6), 3, target="temp").plot(places=2)
    assert "4 more are not shown" in figure._suptitle.get_text()
    with pytest.raises(ArgumentError, match="at least one"):
        LAST.forecast(stations(40), 3).plot(places=0)


def test_scores_and_trials_are_drawn(tmp_path):
    table = ct.backtest(["baseline:last_value", "baseline:drift"], stations(120), 3, origins=6, target="temp", save=tmp_path / "run.nc")
    assert [tick.get_text() for tick in plot_scores(table).get_yticklabels()][-1] == table.sort_values("mae")["model"].iloc[0]
    assert len(plot_trials(tmp_path / "run.nc").axes) == 2
    with pytest.raises(ArgumentError, match="score must be"):
        plot_scores(table, score="beauty")


def test_answers_without_series_are_not_animated():
    vectors = ct.load("baseline:spectrum").embed(stations(120, n=5))
    assert "behave most alike" in report_page(vectors) and vectors.plot().get_title(loc="left").startswith("5 places")
    assert vectors.map().axes[0].get_title(loc="left") == "places of like colours behave alike"
    with pytest.raises(KindError, match="vectors"):
        vectors.animate("x.gif")
