"""Wants and answers: what they refuse, and the names of axes."""

import numpy as np
import pytest

from chronotope.errors import ArgumentError, DimensionError
from chronotope.questions import (
    QUANTILE_LEVELS,
    PathAnswer,
    QuantileAnswer,
    Quantiles,
    RateAnswer,
    SampleAnswer,
    Samples,
    VectorAnswer,
    Vectors,
)


@pytest.mark.parametrize("levels", [(), (0.0, 0.5), (0.5, 1.0), (0.9, 0.1), (0.5, 0.5), (float("nan"),)])
def test_levels_must_lie_inside_and_increase(levels):
    with pytest.raises(ArgumentError, match="levels must be numbers between 0 and 1, increasing; found"):
        Quantiles(levels)


def test_the_levels_of_the_house_are_the_nine():
    assert Quantiles().levels == QUANTILE_LEVELS == tuple(k / 10 for k in range(1, 10))


def test_at_least_one_sample_is_drawn():
    assert Samples(1).seed == 0
    with pytest.raises(ArgumentError, match="Samples.number must be at least 1; found 0"):
        Samples(0)


def test_vectors_are_of_a_place_a_window_or_the_field():
    assert [Vectors(per).per for per in ("place", "window", "field")] == ["place", "window", "field"]
    with pytest.raises(ArgumentError, match="must be place, window or field; found 'step'"):
        Vectors("step")


CELLS = np.zeros((3, 2, 4, 2), np.float32)
MADE = {
    "quantile": lambda values: QuantileAnswer(values, (0.1, 0.5, 0.9)),
    "member": SampleAnswer,
    "rate": lambda values: RateAnswer(values, (0.1, 0.5, 0.9), CELLS[0]),
    "path": lambda values: PathAnswer(values, (0.1, 0.5, 0.9), CELLS[0]),
}


@pytest.mark.parametrize("name", MADE)
def test_answers_about_cells_name_four_axes_and_refuse_others(name):
    answer = MADE[name](CELLS)
    assert answer.dims[1:] == ("time", "place", "variable") and answer.dims[0] in ("quantile", "member")
    with pytest.raises(DimensionError, match=rf"^{type(answer).__name__}.values must be .*; found shape \(2, 4, 2\)"):
        MADE[name](CELLS[0])


def test_vectors_may_have_any_number_of_axes():
    assert [VectorAnswer(np.zeros(shape)).values.ndim for shape in ((5,), (4, 5), (3, 4, 5))] == [1, 2, 3]


def test_windows_are_counted_back_from_the_end_and_the_first_holds_what_is_left():
    ends = lambda steps: [(one.start, one.stop) for one in Vectors("window", 100).stretches(steps)]  # noqa: E731
    assert ends(250) == [(0, 150), (150, 250)] and ends(200) == [(0, 100), (100, 200)] and ends(30) == [(0, 30)]
    with pytest.raises(ArgumentError, match="Vectors.window must be at least 16 steps, to show anything; found 3"):
        Vectors("window", 3)
