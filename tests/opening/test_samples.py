"""The samples that ship."""

from __future__ import annotations

import numpy as np
import pytest

from chronotope.errors import ArgumentError
from chronotope.opening.samples import SAMPLES, sample, sample_path, samples


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_opens_as_its_kind(name):
    field = sample(name)
    assert field.kind == SAMPLES[name].kind and "Field" in str(field)
    if field.kind != "events":
        panel = field.panel()
        assert panel.regular and panel.mask.mean() > 0.9 and panel.latlon is not None


def test_samples_are_small_and_listed():
    assert samples()["bytes"].sum() < 1_500_000 and set(samples().index) == set(SAMPLES)
    assert (sample_path("us_income").parent / "ORIGIN.md").exists()


def test_values_are_those_of_the_sources():
    income = sample("us_income").dataset["income"]
    assert [int(income.sel(place="Alabama").sel(time=f"{y}")[0]) for y in (1929, 1930, 1931)] == [323, 267, 224]
    weather = sample("nyc_weather").dataset
    first = weather.sel(place="EWR", time="2013-01-01T06:00")
    np.testing.assert_allclose(
        [first[n] for n in ("temp", "dewp", "humid", "wind_speed", "pressure")], [39.02, 26.06, 59.37, 10.35702, 1012.0], rtol=1e-6
    )


def test_neighbours_of_a_state_share_its_border():
    field = sample("us_income")
    names = field.dataset["place"].values
    edges = field.edges
    assert {names[t] for s, t in zip(edges.source, edges.target) if names[s] == "Maine"} == {"New Hampshire"}


def test_an_unknown_sample_names_the_known_ones():
    with pytest.raises(ArgumentError, match="us_income"):
        sample("mars")
