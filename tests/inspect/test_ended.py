"""Places that end while others go on."""

import numpy as np
import pandas as pd

from chronotope.inspect.ended import ended
from chronotope.opening.open import open_field


def test_a_place_that_ended_is_told_and_its_usual_gaps_are_not():
    values = np.random.default_rng(0).normal(50, 5, (100, 4))
    values[80:, 1] = np.nan  # closed
    values[40:60, 2] = values[85:, 2] = np.nan  # no longer than before
    values[:95, 3] = np.nan  # new
    assert ended(values).tolist() == [0, 20, 0, 0]
    assert not ended(np.concatenate([values, np.full((20, 4), np.nan)])).any()  # all of them: the record goes no further
    table = pd.DataFrame(values, columns=["a", "b", "c", "d"]).assign(time=pd.date_range("2024-01-01", periods=100))
    told = [text for text in open_field(table).warnings if "no value in the last 20 steps or more at 1 of 4 places ('b')" in text]
    assert len(told) == 1


def test_of_a_short_record_fewer_steps_tell_the_end():
    years = np.random.default_rng(0).normal(50, 5, (19, 3))
    years[10:, 1] = np.nan  # a district that was split
    years[16:, 2] = np.nan  # published late
    assert ended(years).tolist() == [0, 9, 0]
