"""Plain vectors: what their numbers are."""

import numpy as np
import pytest

from asked import stations
from chronotope.baselines import VECTOR_FLOORS
from chronotope.baselines.vectors import FREQUENCIES, SUMMARY
from chronotope.evidence.describe.whitening import shipped
from chronotope.questions import Vectors
from chronotope.questions.kinds.window import whole
from chronotope.tasks.load import load, models


def vectors(name, x):
    """Vectors of series (t, n)."""
    field = stations(len(x), n=x.shape[1])
    panel = field.panel(("temp",))
    panel.values[..., 0] = x
    return VECTOR_FLOORS[name]().answer(whole(panel, Vectors())).values


def test_the_spectrum_is_where_a_wave_is_and_its_squares_are_shares():
    t = np.arange(1000)
    x = np.stack([np.sin(2 * np.pi * t / 8), np.sin(2 * np.pi * t / 4)], axis=1)
    found = vectors("spectrum", x)
    assert found.shape == (2, FREQUENCIES)
    assert found.argmax(axis=1) == pytest.approx([FREQUENCIES / 4, FREQUENCIES / 2], abs=1)
    assert (found**2).sum(axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_the_summary_holds_the_named_numbers_in_deviations_among_worlds():
    noise = np.random.default_rng(0).normal(size=(2000, 3))
    found = vectors("summary_features", noise)
    assert found.shape == (3, len(SUMMARY)) == (3, 32) and set(SUMMARY) <= set(shipped().names)
    where, at = shipped().names.index("lag1"), SUMMARY.index("lag1")
    raw = found[:, at] * shipped().spread[where] + shipped().centre[where]
    assert np.abs(raw).max() < 0.07  # noise of 2000 steps does not remember: three errors


def test_they_are_loaded_by_name_and_listed():
    assert all(load(f"baseline:{name}").name == name and f"baseline:{name}" in models().index for name in VECTOR_FLOORS)
    assert all(make().kind == "floor" for make in VECTOR_FLOORS.values())
