"""The quality of a Field in figures: where and when values are missing or made up, which periods it has, how far likeness reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.frame import frame_of
from chronotope.data.inspect import inspect_field
from chronotope.data.likeness import autocorrelation_length, variogram_range
from chronotope.data.periods import find_periods
from chronotope.data.stretches import parts, straight_stretches

PLACES = 2000  # places in which straight lines are looked for


@dataclass(frozen=True)
class Quality:
    """What `Field.quality()` found.

    Attributes:
        table: one row per variable: the columns of `Field.inspect()`, and `straight` (share of values inside straight lines, as
            filled gaps are), `memory` (steps until the autocorrelation is 1/e), `reach` (metres until likeness is 1/e) and
            `nugget` (share of the variance that neighbours do not share).
        by_place: share of missing values, one row per place and one column per variable.
        by_time: share of missing values, one row per stamp of the frame and one column per variable.
        periods: variable, period in steps, its length in time, share of the variance, p-value; those that stand out most first.
        parts: variable, from, to, level and spread of the quarters of the record.
    """

    table: pd.DataFrame
    by_place: pd.DataFrame
    by_time: pd.DataFrame
    periods: pd.DataFrame
    parts: pd.DataFrame

    def __str__(self) -> str:
        worst = self.by_place.max(axis=1).nlargest(3)
        blocks = [self.table.T.to_string(), "periods" if len(self.periods) else "no period stands out"]
        blocks += [self.periods.to_string(index=False)] if len(self.periods) else []
        blocks += ["quarters of the record, in standard deviations of the whole", self.parts.to_string(index=False)]
        blocks += [f"missing most at {', '.join(f'{place} ({share:.0%})' for place, share in worst.items())}"] if worst.max() > 0 else []
        return "\n".join(blocks)


def quality_of(field: Field) -> Quality:
    """The figures of a field of fixed places.

    Raises:
        KindError: the field is events or moving places.
    """
    table = inspect_field(field)
    panel = field.panel()
    frame = frame_of(field.times, field.step)
    rows, periods, quarters = [], [], []
    for k, name in enumerate(panel.variables):
        values = panel.values[:, :, k].astype(float)
        some = values[:, np.unique(np.linspace(0, values.shape[1] - 1, min(values.shape[1], PLACES)).astype(int))]
        reach, nugget = variogram_range(values[frame.rows], panel.xy)
        straight = float(straight_stretches(some).sum() / max(int(np.isfinite(some).sum()), 1))
        rows.append({"straight": straight, "memory": autocorrelation_length(values), "reach": reach, "nugget": nugget})
        if panel.regular:
            found = find_periods(values)
            periods += [(name, steps, pd.Timedelta(steps * panel.step), share, p) for steps, share, p in found]
        quarters += [{"variable": name, **part} for part in parts(values, panel.times)]
    lost = ~np.isfinite(panel.values)
    names = list(panel.variables)
    places = np.arange(lost.shape[1]) if panel.places is None else panel.places
    return Quality(
        table.assign(**pd.DataFrame(rows, index=table.index)),
        pd.DataFrame(lost[frame.rows].mean(axis=0), index=pd.Index(places, name="place"), columns=names),
        pd.DataFrame(lost.mean(axis=1), index=pd.Index(panel.times, name="time"), columns=names),
        pd.DataFrame(periods, columns=["variable", "period", "length", "share", "p"]),
        pd.DataFrame(quarters, columns=["variable", "from", "to", "level", "spread"]),
    )
