"""Long columns of repeated stamps read as short ones do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chronotope.data.clock import elapsed_unit, parse_times
from chronotope.errors import TimeError


def test_repeated_cells_read_like_single_ones():
    cells = ["03/01/2020 10:00", None, "25/01/2020 11:00", "04/02/2020 00:30"]
    short, notes = parse_times(cells, "when")
    long, same = parse_times(cells * 3000, "when")
    np.testing.assert_array_equal(long, np.tile(short, 3000))
    assert np.isnat(short[1]) and str(short[0])[:16] == "2020-01-03T10:00" and [n.text for n in notes] == [n.text for n in same]


def test_a_bad_cell_far_down_is_named_by_its_line():
    cells = pd.Series(["2020-01-01", "2020-01-02"] * 6000)
    cells.iloc[11_000] = "yesterday"
    with pytest.raises(TimeError, match="line 11002 holds 'yesterday'"):
        parse_times(cells, "when")


def test_names_that_count_from_a_start():
    assert elapsed_unit("t_days") == (86400 * 10**9, "days") and elapsed_unit("Elapsed_ms") == (10**6, "milliseconds")
    assert elapsed_unit("time_s") == (10**9, "seconds") and elapsed_unit("time_min") == (60 * 10**9, "minutes")
    assert elapsed_unit("days") is None and elapsed_unit("time") is None and elapsed_unit("t_max") is None
