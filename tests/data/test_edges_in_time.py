"""Edges that change from day to day: read, cut with the field, written, and taken as they were at the origin."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import builders
from chronotope.data.writers import write
from chronotope.errors import DataError
from chronotope.opening.open import open_field
from chronotope.questions import AbstractQuantilePredictor
from chronotope.tasks.load import load

DAYS = pd.date_range("2020-03-03", periods=4)


def day_by_day(tmp_path, days: int = 4):
    """Two places joined one way on the first day, the other way on the second, not at all on the third, both ways on the fourth."""
    index = {"0": [[0, 1], [1, 1]], "1": [[1, 0]], "2": [[0, 0]], "3": [[0, 1], [1, 0]]}
    weight = {"0": [2, 9], "1": [4], "2": [1], "3": [8, 16]}
    content = {"y": [[1, 2], [3, 4], [5, 6], [7, 8]][:days], "edge_mapping": {"edge_index": index, "edge_weight": weight}}
    with gzip.open(tmp_path / "e.json.gz", "wt") as file:
        json.dump(content, file)
    return open_field(tmp_path / "e.json.gz", start="2020-03-03", step="1D")


def triples(edges):
    return None if edges is None else sorted(zip(edges.source.tolist(), edges.target.tolist(), edges.weight.tolist()))


TRUE = [[(0, 1, 2.0)], [(1, 0, 4.0)], None, [(0, 1, 8.0), (1, 0, 16.0)]]


def test_every_day_has_its_own_edges(tmp_path):
    field = day_by_day(tmp_path)
    assert [triples(field.edge_history.at(day.to_datetime64())) for day in DAYS] == TRUE
    assert field.edge_history.at(np.datetime64("2020-03-02")) is None, "none are known before the first"
    assert triples(field.edge_history.at(np.datetime64("2020-03-04T13:00"))) == TRUE[1], "the last at or before a moment"
    assert "0 to 2 between places, changing at 4 times" in str(field)


def test_the_panel_up_to_a_day_has_the_edges_of_that_day(tmp_path):
    panel = day_by_day(tmp_path).panel()
    assert triples(panel.edges) == TRUE[3]
    assert [triples(panel.slice_time(0, stop).edges) for stop in (1, 2, 3, 4)] == TRUE
    assert triples(panel.slice_time(0, 2).extend(5).edges) == TRUE[1], "steps to come have the edges of the last known day"
    swapped = panel.take_places(np.array([1, 0]))
    assert triples(swapped.slice_time(0, 1).edges) == [(1, 0, 2.0)]


def test_parts_of_the_field_keep_the_edges_of_their_time(tmp_path):
    field = day_by_day(tmp_path)
    part = field.isel(time=slice(1, 3))
    assert part.dataset.sizes["edge_time"] == 2 and part.edges is None and triples(part.edge_history.at(DAYS[1].to_datetime64())) == TRUE[1]
    assert triples(field.sel(time=slice(None, "2020-03-04")).edges) == TRUE[1]
    turned = field.sel(place=["1", "0"])
    assert triples(turned.edge_history.at(DAYS[0].to_datetime64())) == [(1, 0, 2.0)]


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_they_are_written_and_read(tmp_path, suffix):
    field = day_by_day(tmp_path)
    again = open_field(write(field, tmp_path / f"a{suffix}"))
    assert again.variables == field.variables
    for name in ("source", "target", "weight", "times"):
        np.testing.assert_array_equal(getattr(again.edge_history, name), getattr(field.edge_history, name))
    same = open_field(field.to_xarray())
    np.testing.assert_array_equal(same.edge_history.weight, field.edge_history.weight)


def test_a_list_with_a_time_column(tmp_path):
    pairs = pd.DataFrame({"date": ["2024-01-31", "2024-02-03"], "from": ["p0", "p2"], "to": ["p1", "p0"], "weight": [0.5, 0.25]})
    pairs.to_csv(tmp_path / "e.csv", index=False)
    field = open_field(builders.wide_table(), edges=tmp_path / "e.csv")
    assert triples(field.edges) == [(2, 0, 0.25)] and triples(field.isel(time=slice(0, 3)).edges) == [(0, 1, 0.5)]
    minutes = pd.DataFrame({"from": ["p0", "p1"], "to": ["p1", "p2"], "time": [10.0, 20.0]})
    assert open_field(builders.wide_table(), edges=minutes).edge_history is None, "numbers called time are costs of travel"


def test_wrong_keys_and_empty_times_are_told(tmp_path):
    with pytest.raises(DataError, match=r"keyed by steps 0 to 2; found 3"):
        day_by_day(tmp_path, days=3)
    pairs = pd.DataFrame({"date": ["2024-01-31", None, "2024-02-01"], "from": ["p0"] * 3, "to": ["p1"] * 3})
    with pytest.raises(DataError, match="line 3 has an empty 'date'"):
        open_field(builders.wide_table(), edges=pairs)


def smooth(weights: np.ndarray):
    """A week of three places whose edges change every day."""
    hours = np.arange(168)
    values = 50 + 10 * np.sin(2 * np.pi * (hours[:, None] / 24 + np.arange(3) / 3)) + np.random.default_rng(0).normal(size=(168, 3))
    table = pd.DataFrame(values, columns=["a", "b", "c"]).assign(time=pd.date_range("2024-03-01", periods=168, freq="h")).set_index("time")
    days = pd.date_range("2024-03-01", periods=7).repeat(2)
    pairs = pd.DataFrame({"time": days, "from": ["a", "b"] * 7, "to": ["c", "a"] * 7, "weight": weights})
    return open_field(table, edges=pairs)


class Seen(AbstractQuantilePredictor):
    """Keeps the edges that a predictor is handed."""

    name = "seen"

    def __init__(self):
        self.edges = []

    def quantiles(self, question):
        self.edges.append(triples(question.frame.edges))
        return np.zeros((len(question.levels), int(question.asked.any(axis=(1, 2)).sum()), *question.frame.values.shape[1:]), np.float32)


def test_a_forecast_takes_the_edges_of_its_origin():
    from chronotope.tasks.verbs import Model

    spy = Seen()
    Model(spy).forecast(smooth(np.arange(1.0, 15.0)), 3, at=["2024-03-02 10:00", "2024-03-05 23:00"])
    assert spy.edges == [[(0, 2, 3.0), (1, 0, 4.0)], [(0, 2, 9.0), (1, 0, 10.0)]]


@pytest.mark.weights
def test_later_edges_do_not_matter_and_earlier_ones_do():
    """Poison: edges after the origin may be anything."""
    model, at = load("tiny"), "2024-03-04 12:00"
    weights = np.ones(14)
    later, now = weights.copy(), weights.copy()
    later[8:], now[6:8] = 1e6, (0.0, 1e-3)
    first, second, third = (model.forecast(smooth(w), 4, at=at).to_xarray() for w in (weights, later, now))
    assert first.equals(second), "edges of the days after the origin changed the forecast"
    assert not first.equals(third), "edges of the origin's own day are read"


@pytest.mark.data
@pytest.mark.skipif(not builders.SHARED.exists(), reason="needs the shared data")
def test_england_has_sixty_one_days_of_edges():
    path = builders.SHARED / "england_covid_mobility" / "england_covid.json.gz"
    field = open_field(path, start="2020-03-03", step="1D")
    with gzip.open(path, "rt") as file:
        mapping = json.load(file)["edge_mapping"]
    panel = field.panel()
    for day in (0, 17, 60):
        pairs = zip(mapping["edge_index"][str(day)], mapping["edge_weight"][str(day)])
        truth = sorted((a, b, float(np.float32(w))) for (a, b), w in pairs if a != b and w > 0)
        assert triples(replace(panel).slice_time(0, day + 1).edges) == truth
