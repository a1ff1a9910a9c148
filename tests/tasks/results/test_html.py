"""Cards of fields and results in notebooks: well formed, self-contained, with units, span and a drawing."""

from xml.etree import ElementTree

import pandas as pd
import pytest

import builders
import chronotope as ct

MIX = ct.load("baseline:mix")


@pytest.fixture(scope="module")
def results():
    field = ct.sample("nyc_weather").isel(time=slice(0, 400))
    grid = ct.sample("air_temperature")
    quakes = ct.sample("earthquakes")
    return {
        "field": field,
        "grid": grid,
        "events": quakes,
        "forecast": MIX.forecast(field, 12),
        "one step": MIX.forecast(grid, 1),
        "origins": MIX.forecast(field, 3, at=[field.times[200], field.times[300]]),
        "filled": MIX.impute(field),
        "members": MIX.simulate(field, 12, n=5),
        "detection": MIX.detect(field),
        "vectors": ct.load("baseline:spectrum").embed(field),
        "rates": ct.load("baseline:smoothed_rates").forecast(quakes, 3),
        "levels": MIX.forecast(ct.open(builders.levels(30)), 2),
        "one place": ct.forecast(pd.Series(range(40), pd.date_range("2024-01-01", periods=40)), 3, model="baseline:mix"),
    }


NAMES = [
    "field",
    "grid",
    "events",
    "forecast",
    "one step",
    "origins",
    "filled",
    "members",
    "detection",
    "vectors",
    "rates",
    "levels",
    "one place",
]
UNDRAWN = {"origins", "vectors"}


@pytest.mark.filterwarnings("ignore::chronotope.errors.DataWarning")
@pytest.mark.parametrize("name", NAMES)
def test_a_card_is_well_formed_and_draws(results, name):
    text = results[name]._repr_html_()
    ElementTree.fromstring(text)
    assert ("<svg" in text) == (name not in UNDRAWN) and "http" not in text and "<script" not in text and "nan" not in text
    assert len(text) < 60_000


def test_a_card_says_what_is_where_and_when(results):
    text = results["forecast"]._repr_html_()
    for words in (
        "temp [degF]",
        "2013-01-17 22:00:00 to 2013-01-18 09:00:00",
        "80 % interval",
        "mix, chronotope",
        "wind_speed&#x27; is exactly 0",
    ):
        assert words in text, words


def test_names_are_escaped():
    odd = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=30), "<b>&": range(30)})
    text = ct.open(odd)._repr_html_()
    ElementTree.fromstring(text)
    assert "&lt;b&gt;&amp;" in text
