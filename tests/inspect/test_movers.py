"""What is said of tracks and events: planted jumps, delays, clusters and short ends are found, and nothing where there is nothing."""

import numpy as np
import pandas as pd
from tests.tasks.events.test_draws import quaking
from tests.tasks.events.test_forecast import opened, table
from tests.tasks.tracks.test_forecast import walks

from chronotope.inspect.late import late_steps
from chronotope.inspect.movers import event_facts, event_findings, track_facts, track_findings
from chronotope.opening.open import open_field


def tracks(frame):
    return open_field(frame, kind="tracks").dataset


def test_speeds_and_gaps_of_tracks():
    facts = dict(track_facts(tracks(walks())))
    assert "units/s" in facts["speed"] and facts["gaps"].startswith("0 of")
    said = float(facts["speed"].split()[1])
    assert 0.1 < said < 0.18  # 1.4 in ten seconds
    holes = walks()[lambda t: ~t["time"].between("2024-05-01 00:04", "2024-05-01 00:05")]
    assert "the longest 80 s" in dict(track_facts(tracks(holes)))["gaps"] or "1.33 min" in dict(track_facts(tracks(holes)))["gaps"]
    assert not track_findings(tracks(walks()))


def test_jumps_one_spot_and_single_fixes():
    jump = walks()
    jump.loc[[100, 30], "x"] += 1e5
    assert "apart from their tracks: 2" in track_findings(tracks(jump))[0].text
    assert "one spot" in track_findings(tracks(walks().assign(x=1.0, y=1.0)))[0].text
    single = pd.concat([walks(), walks().head(1).assign(id="alone")])
    assert "1 of 11 objects" in track_findings(tracks(single))[0].text


def test_clusters_of_events_are_told_from_none():
    assert "clusters" in dict(event_facts(spread(quaking(0.8, 600)))) and "clusters" not in dict(event_facts(opened(table()).dataset))


def spread(frame):
    """Each family of events at a place of its own."""
    rng = np.random.default_rng(0)
    family = np.cumsum(frame["time"].diff().dt.total_seconds().fillna(0) > 1.5 * 86400)
    return opened(frame.assign(lat=rng.uniform(40, 50, family.max() + 1)[family], lon=rng.uniform(0, 10, family.max() + 1)[family])).dataset


def test_delays_of_reports():
    rng = np.random.default_rng(0)
    frame = table()
    frame["reported"] = frame["time"] + pd.to_timedelta(rng.exponential(4, len(frame)), unit="D")
    assert not event_findings(opened(frame).dataset), "all of them have been told of"
    assert not event_findings(opened(frame.rename(columns={"reported": "ended_at"})).dataset), "an end is no report"
    data = opened(frame[frame["reported"] <= frame["time"].max()]).dataset
    assert "reported" in data.variables and "reported" in dict(event_facts(data))["reports"]
    assert "told of late (reported)" in event_findings(data)[0].text
    assert not event_findings(opened(table()).dataset)


def test_short_ends_of_counts():
    rng = np.random.default_rng(0)
    level = np.tile([100, 100, 100, 100, 100, 60, 50], 15).astype(float)  # weekends are no late reports
    counts = rng.poisson(level)
    assert late_steps(counts)[0] == 0
    late = counts.copy()
    late[-3:] = [30, 15, 4]
    assert late_steps(late)[0] == 3 and late_steps(late)[1] < 0.1
    assert late_steps(rng.poisson(20, 20))[0] == 0
    assert late_steps(np.arange(97) % 24)[0] == 0, "a zero that comes every day is no late report"
    frame = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=105), "place": "a", "cases": late})
    assert any("reports come late" in text for text in open_field(frame).warnings)
    assert not any("reports come late" in text for text in open_field(frame.assign(cases=counts)).warnings)
