"""Answers at the moments at which data has stamps: the next session, the next working day, no closed evening.

A regular frame keeps its rows through closed hours, as models read the hour of the day off them; the answer is then taken at open moments
only. Where stamps are but an order, the steps of the answer take the stamps of the next open moments.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.frame import calendar_months
from chronotope.data.panel import Panel
from chronotope.data.yearly_dates import Rest, Season, rest_of, yearly_ranks
from chronotope.inspect.weekly_hours import Opening, opening_of


def opening_for(field: Field, panel: Panel) -> Opening | Season | Rest | None:
    """The opening hours of the field's stamps, if they lie on the steps of its frame; else the part of the year that it holds."""
    opening = opening_of(field.times)
    if opening is None and panel.regular and calendar_months(panel.freq) == 1:
        ranks = yearly_ranks(field.times)
        return Season(field.times) if ranks is not None and ranks[1] < 12 else None
    if opening is None and panel.regular and not calendar_months(panel.freq):
        return rest_of(field.times, panel.freq, int(panel.step / np.timedelta64(1, "ns")))
    if opening is None or not panel.regular:
        return opening
    try:
        return opening if pd.Timedelta(pd.tseries.frequencies.to_offset(panel.freq)).value == opening.size else None
    except ValueError:
        return None


def rows_to_open(panel: Panel, origins: list[int], steps: int, opening: Opening | Season | Rest) -> int:
    """Rows after each origin in which the next `steps` open moments lie."""
    if not panel.regular:
        return steps
    last = [opening.after(panel.times[row], steps)[-1] - panel.times[row] for row in origins]
    return int(max(last) / np.timedelta64(opening.size, "ns"))


def at_open(
    values: np.ndarray, times: np.ndarray, panel: Panel, origin: int, steps: int, opening: Opening | Season | Rest
) -> tuple[np.ndarray, np.ndarray]:
    """(values (q, steps, n, v), stamps (steps,)) of an answer (q, h, n, v), (h,) at its first open moments."""
    if not panel.regular:
        real = panel.times[origin + 1 : origin + 1 + steps]
        return values, np.concatenate([real, opening.after(panel.times[origin + len(real)], steps - len(real))])
    rows = np.flatnonzero(opening.holds(times))[:steps]
    return values[:, rows], times[rows]
