"""The stamps of one column of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.clock import parse_times
from chronotope.opening.clocks.tidy_time import check_reach


def stamps_in(
    table: pd.DataFrame, name: str | None, options: OpenOptions, groups: np.ndarray | None = None
) -> tuple[np.ndarray, list[Finding]]:
    """Column `name` as datetime64[ns] (rows,), NaT where it is empty, and what was inferred.

    Args:
        groups: the series of each row, where rows of several lie in one table.

    Raises:
        TimeError: a cell is no stamp, or lies beyond the reach of 64 bits; the message names its line.
    """
    check_reach(table[name], str(name), int(table.attrs.get("lines_before", 0)))
    return parse_times(table[name], str(name), options, groups)
