"""A model that only remembers does well in distribution and is the floor outside of it."""

import numpy as np
import pytest

from chronotope.baselines import BASELINES
from chronotope.evaluate.protocols.four_axis import Asker
from chronotope.evaluate.protocols.memoriser import Memoriser, floor_name
from chronotope.evaluate.protocols.questions import questions_of
from chronotope.evaluate.protocols.splits import Part
from sheets import noise, smooth, splits

SMOOTH = splits(smooth())


def over_floor(split, task="forecast"):
    """Loss of the memoriser over that of the floor it falls back to."""
    asker, questions = Asker(), questions_of(split, task)
    floor = BASELINES[floor_name(questions[0].question)]()
    mine, its = (asker.sums(p, questions, keep=False)[0].scores() for p in (Memoriser(split.train), floor))
    return mine["wql"] / its["wql"]


@pytest.mark.parametrize("key", ["domain-in", "space-in", "time-in", "scale-in"])
def test_it_does_well_in_distribution(key):
    assert over_floor(SMOOTH[key]) < 0.88  # its floor is the mix of all evidence, which knows waves well


@pytest.mark.parametrize("key", ["domain-out", "space-out", "time-out", *(k for k in SMOOTH if k.startswith("scale-out"))])
def test_it_is_at_the_floor_out_of_distribution(key):
    assert 0.95 < over_floor(SMOOTH[key]) < 1.05


def test_a_leak_makes_it_win_out_of_distribution():
    split = SMOOTH["time-out"]
    everything = Part(split.test.sheet, np.ones_like(split.test.cells))
    questions = questions_of(split, "forecast")
    cheat = Asker().sums(Memoriser((everything,)), questions)[0].scores()
    assert cheat["mae"] < 1e-5


def test_with_nothing_to_remember_it_is_the_floor():
    question = questions_of(splits(noise())["time-out"], "impute")[0].question
    floor = BASELINES["linear"]().answer(question).values
    assert np.array_equal(Memoriser().answer(question).values, floor, equal_nan=True)
