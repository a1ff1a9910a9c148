"""Answers that list things somewhere: each has a map and a page, or says what to take instead."""

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.errors import KindError
from chronotope.view.listed import table_listed

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def quakes():
    stamps = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(RNG.uniform(0, 480, 200)), unit="h")
    table = pd.DataFrame({"time": stamps, "lat": 40 + RNG.random(200) / 2, "lon": 8 + RNG.random(200) / 2})
    return ct.open(table, kind="events")


@pytest.fixture(scope="module")
def ships():
    rows = [
        (f"o{k}", pd.Timestamp("2024-01-01") + pd.Timedelta(minutes=10 * t), 54 + 0.02 * k + 0.001 * t, 8 + 0.004 * t)
        for k in range(3)
        for t in range(50)
        if not (k == 1 and 20 < t < 26)
    ]
    return ct.open(pd.DataFrame(rows, columns=["id", "time", "lat", "lon"]), kind="tracks")


@pytest.fixture(scope="module")
def answers(quakes, ships):
    model = ct.load("baseline:mix")
    return {
        "drawn events": model.simulate(quakes, 2, 3, 0, step="2D"),
        "clusters": model.detect(quakes, rate=0.2),
        "filled tracks": model.impute(ships),
        "arrivals": model.arrival(ships, [(54.05, 8.2)], 6, radius=2000),
    }


@pytest.mark.parametrize("name", ["drawn events", "filled tracks", "arrivals"])
def test_it_is_drawn_over_what_was_seen(answers, name):
    axes = answers[name].map().axes[0]
    seen, found = (collection.get_offsets() for collection in axes.collections[:2])
    assert len(seen) > 100 and len(found) and [text.get_text() for text in axes.get_legend().get_texts()][0] == "seen"


@pytest.mark.parametrize("name", ["drawn events", "clusters", "filled tracks", "arrivals"])
def test_the_page_says_what_it_lists(answers, name, tmp_path):
    text = answers[name].report(tmp_path / "page.html").read_text()
    words = {
        "drawn events": "in 3 futures",
        "clusters": "cluster of events that should not be there",
        "filled tracks": "values of tracks filled",
        "arrivals": "Arrivals",
    }
    assert words[name] in text and "What was understood of the file" in text


def test_only_filled_values_are_listed(answers):
    table, count = table_listed(answers["filled tracks"])
    assert count == len(table) == 10 and set(table["object"]) == {"o1"}


@pytest.mark.parametrize("name", ["drawn events", "clusters", "arrivals"])
def test_there_is_no_fan_of_a_list(answers, name):
    with pytest.raises(KindError, match="to_pandas"):
        answers[name].plot()


@pytest.mark.filterwarnings("ignore")
def test_tracks_without_gaps_have_a_page_and_no_map(tmp_path):
    steps = np.arange(30)
    clock = pd.date_range("2024-01-01", periods=30, freq="h")
    parts = [
        pd.DataFrame({"id": name, "time": clock, "lat": 50 + k + 0.01 * steps, "lon": 8 + 0.02 * steps}) for k, name in enumerate("ab")
    ]
    made = ct.load("baseline:linear").impute(ct.open(pd.concat(parts), kind="tracks"))
    with pytest.raises(KindError, match="positions of what was found, drawn or filled; this answer has none"):
        made.map()
    assert made.report(tmp_path / "page.html").exists()
