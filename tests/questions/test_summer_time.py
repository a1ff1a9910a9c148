"""Questions on the clock that people live by: where rows come to stand, who is followed, and what that is worth to a forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.data.panel import Panel
from chronotope.questions import Question
from chronotope.questions.kinds.forecast import ahead
from chronotope.questions.summer_time import panel_with_summer_time, with_summer_time

ZONE = "Europe/Berlin"
AUTUMN, SPRING = "2023-10-29 00:00", "2024-03-31 00:00"  # the days on which its clocks are set


def town(first: str, days: int, by: str = "clock", step: str = "1h") -> pd.DataFrame:
    """Two series that rise at seven in the morning of the clock, or of the sun."""
    index = pd.date_range(first, periods=days * int(pd.Timedelta("1D") / pd.Timedelta(step)), freq=step, tz=ZONE)
    hour = index.hour if by == "clock" else (index.tz_convert("UTC").hour + 1) % 24
    rng = np.random.default_rng(0)
    values = 100 + 30.0 * np.isin(hour, (7, 8))[:, None] * [1.0, 1.4] + rng.normal(size=(len(index), 2))
    return pd.DataFrame(values, index=index, columns=["a", "b"])


def asked_at(table: pd.DataFrame, at: str, horizon: int = 24) -> Question:
    panel = ct.open(table).panel()
    return ahead(panel, int(table.index.get_indexer([pd.Timestamp(at, tz=ZONE)])[0]), horizon)


@pytest.mark.parametrize(("first", "at", "days"), [("2023-09-01", "2023-11-10 12:00", 90), ("2024-02-01", "2024-04-12 12:00", 90)])
def test_what_repeats_by_the_clock_repeats_in_rows(first: str, at: str, days: int) -> None:
    question = asked_at(town(first, days), at)
    moved, rows = with_summer_time(question)
    day = np.nanmean(np.where(moved.seen, moved.frame.values, np.nan)[: len(moved.seen) // 24 * 24].reshape(-1, 24, 2, 1), axis=0)
    assert (np.sort(day[:, 0, 0])[-2:] > 128).all() and np.sort(day[:, 0, 0])[-3] < 103  # two hours of the day, all year
    assert len(rows) == len(question.rows) and (np.diff(rows) > 0).all()
    assert (moved.frame.times[moved.rows[rows]] <= question.frame.times[question.rows]).all()
    assert moved.frame.zone is None and with_summer_time(moved) is None


def test_the_hour_that_is_left_out_is_asked_and_not_given_back() -> None:
    table = town("2023-10-01", 200)
    question = asked_at(table, "2024-03-30 12:00")
    moved, rows = with_summer_time(question)
    assert len(moved.rows) == 25 and len(rows) == 24 and set(range(25)) - set(rows.tolist()) == {13}  # 02:00 after 01:00


def test_of_two_equal_hours_the_later_is_read() -> None:
    table = town("2023-09-01", 90)
    twice = np.flatnonzero(table.index.tz_localize(None).duplicated(keep=False))
    table.iloc[twice, 0] = [1.0, 2.0]
    moved, _ = with_summer_time(asked_at(table, "2023-11-10 12:00"))
    assert 2.0 in moved.frame.values[:, 0] and 1.0 not in moved.frame.values[:, 0]


@pytest.mark.parametrize("first", ["2023-10-29 06:00", "2024-01-01"])
def test_without_a_change_in_the_past_nothing_is_moved(first: str) -> None:
    assert with_summer_time(asked_at(town(first, 110), "2024-02-10 12:00")) is None


def test_what_goes_by_the_sun_stays() -> None:
    assert with_summer_time(asked_at(town("2023-09-01", 90, by="sun"), "2023-11-10 12:00")) is None


def test_clocks_that_never_change_and_steps_that_do_not_fit_stay() -> None:
    table = town("2023-09-01", 90)
    panel = ct.open(table.tz_convert("UTC")).panel()
    assert with_summer_time(ahead(panel, 1700, 24)) is None
    panel = ct.open(table.resample("3h").mean()).panel()
    assert with_summer_time(ahead(panel, 560, 8)) is None


@pytest.mark.parametrize("name", ["baseline:seasonal_naive", "baseline:mix", "tiny"])
@pytest.mark.parametrize("at", [f"{SPRING[:10]} 00:00", "2024-04-03 00:00"])
def test_a_forecast_rises_with_the_clock(name: str, at: str) -> None:
    table = town("2023-09-20", 215)
    fc = ct.load(name).forecast(ct.open(table), 24, at=at).to_pandas()
    told = fc.pivot(index="time", columns="place", values="q0.5")
    error = (told - table.reindex(told.index)).abs().to_numpy().mean()
    assert error < 1.5  # the noise alone is 0.8, on a clock that stands 6


def test_nothing_after_the_origin_is_read() -> None:
    table = town("2023-09-20", 215)
    poisoned = table.copy()
    poisoned.loc["2024-04-03 01:00":] = -1e6
    one, two = (ct.load("tiny").forecast(ct.open(t), 24, at="2024-04-03 00:00").to_xarray()["value"] for t in (table, poisoned))
    assert (one == two).all()


def test_gaps_and_members_stand_at_their_hours() -> None:
    table = town("2023-09-20", 215)
    hole = table.copy()
    hole.loc["2024-04-02 03:00":"2024-04-03 12:00", "a"] = np.nan
    lost = hole["a"].isna().to_numpy()
    filled = ct.load("baseline:mix").impute(ct.open(hole)).median["value"].sel(place="a").values
    assert np.abs(filled - table["a"].to_numpy())[lost].mean() < 1.5
    np.testing.assert_array_equal(filled[~lost], hole["a"].to_numpy()[~lost])
    sim = ct.load("baseline:mix").simulate(ct.open(table), 24, n=20, at="2024-04-03 00:00")
    said = sim.to_xarray()["value"].mean("member").transpose("time", "place")
    assert np.abs(said.values - table.loc["2024-04-03 01:00":"2024-04-04 00:00"].to_numpy()).mean() < 1.5


def test_a_panel_that_is_learned_from_stands_on_the_same_clock() -> None:
    table = town("2023-09-20", 215)
    panel = ct.open(table).panel()
    moved = panel_with_summer_time(panel, np.ones(1, bool))
    question, _ = with_summer_time(asked_at(table, "2024-04-15 00:00"))
    shared = np.intersect1d(moved.times, question.frame.times[: question.first], return_indices=True)[1:]
    assert len(shared[0]) > 4000
    np.testing.assert_array_equal(moved.values[shared[0]], question.frame.values[shared[1]])


def test_a_panel_without_a_zone_is_handed_on() -> None:
    table = town("2023-09-20", 215).tz_convert("UTC").tz_localize(None)
    panel = ct.open(table).panel()
    assert panel.zone is None and panel_with_summer_time(panel, np.ones(1, bool)) is panel and isinstance(panel, Panel)
