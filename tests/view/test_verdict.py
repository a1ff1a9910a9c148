"""The verdict says what an answer holds in words; the badge never praises what is worse."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.view.answers import slice_of
from chronotope.view.headline import headline_of
from chronotope.view.trials import Trials
from chronotope.view.verdict import badge_of, verdict_of, when_words
from known_forecasts import forecast_of, sites


def table(ours, floors, wql=None):
    names = ["tiny", *(f"baseline:{i}" for i in range(len(floors)))]
    made = pd.DataFrame({"model": names, "variable": "flow", "mae": [ours, *floors], "n": 100})
    return made if wql is None else made.assign(wql=wql)


def trials(ours, floor, origins=12, leads=3):
    """Errors of `ours` and `floor` (o,) at every lead and one place, written as a back-test writes them."""
    truth = np.zeros((origins, leads, 1, 1))
    values = np.stack([np.broadcast_to(np.asarray(e)[:, None, None, None], truth.shape) for e in (ours, floor)])
    forecast = np.repeat(values[:, None], 3, axis=1)
    starts = np.datetime64("2024-01-01", "ns") + np.arange(origins) * np.timedelta64(1, "D")
    about = {"models": [{"shown": "tiny", "floor": False}, {"shown": "baseline:a", "floor": True}], "channels": {"flow": [1]}}
    cell = ("origin", "lead", "place", "channel")
    stamps = starts[:, None] + np.arange(1, leads + 1) * np.timedelta64(1, "h")
    return xr.Dataset(
        {"forecast": (("model", "quantile", *cell), forecast), "truth": (cell, truth), "valid_time": (("origin", "lead"), stamps)},
        {"model": ["tiny", "baseline:a"], "quantile": [0.1, 0.5, 0.9], "origin": starts},
        {"chronotope_backtest": json.dumps(about)},
    )


@pytest.mark.parametrize(
    ("ours", "floors", "kind", "words"),
    [
        (0.92, [1.0, 2.0], "beats", "closer than the best plain method by 8%"),
        (1.03, [1.0, 2.0], "loses", "farther than the best plain method by 3%: prefer baseline:0 here"),
        (1.01, [1.5, 1.0], "ties", "about as close as the best plain method (baseline:1)"),
        (164.0, [1.0], "loses", "164 times as far off"),
        (1.0, [0.0], "loses", "misses by nothing"),
    ],
)
def test_the_badge_in_words(ours, floors, kind, words):
    badge = badge_of(table(ours, floors), None)
    assert badge.kind == kind and words in badge.words and "+" not in badge.words


def test_closer_medians_with_worse_ranges_are_not_called_better():
    badge = badge_of(table(0.9, [1.0, 1.2], wql=[0.06, 0.08, 0.05]), None)
    assert badge.kind == "mixed" and "ranges are worse by 20% than those of baseline:1" in badge.words


def test_a_gain_that_other_origins_would_not_show_is_a_tie():
    floor = np.ones(12)
    clear, luck = np.full(12, 0.8), np.where(np.arange(12) == 0, 0.1, 1.03)
    sure, unsure = (Trials.of(trials(ours, floor)).skill() for ours in (clear, luck))
    assert sure.overall == pytest.approx(0.2) and np.allclose(sure.overall_band, 0.2) and np.allclose(sure.gain, 0.2)
    assert badge_of(table(0.8, [1.0]), sure).kind == "beats"
    assert unsure.overall > 0.02 and unsure.overall_band[0] < 0 and badge_of(table(1 - unsure.overall, [1.0]), unsure).kind == "ties"
    assert Trials.of(trials(clear[:4], floor[:4], origins=4)).skill().overall_band is None


def test_nothing_compared_is_nothing_said():
    assert badge_of(None, None).kind == "none" and badge_of(table(1.0, []), None).kind == "none"


def test_the_sentence_names_the_surest_large_change():
    fc = forecast_of(sites(), 24, 6)
    fc.result["flow"][:, 3:, 1] -= 40  # s1 falls from 33 to far below its interval
    part = slice_of(fc)
    assert headline_of(part) == (3, 1)
    first, second = verdict_of(fc, part)
    assert first.startswith("On Sat 2 Mar 2024 at 03:00 s1 (flow) falls to −7 veh/h (") and "from 33 veh/h" in first
    assert second.startswith("Of 3 places 0 will most likely stand higher after 6 h and 1 lower; for the other 2")
    fresh = verdict_of(fc, part, now=np.datetime64("2024-03-01T23:30"))
    assert fresh[0].startswith("Tomorrow at 03:00 s1")


def test_moments_read_like_words():
    day = np.datetime64("2024-03-05T07:35")
    assert when_words(day, "UTC") == "on Tue 5 Mar 2024 at 07:35 UTC" and when_words(day, unit="M") == "in March 2024"
    assert when_words(day + np.timedelta64(5, "s"), origin=day) == "on Tue 5 Mar 2024 at 07:35:05"
    assert when_words(np.datetime64("2024-03-05")) == "on Tue 5 Mar 2024" and when_words(day, unit="Y") == "in 2024"
