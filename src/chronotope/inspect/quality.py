"""The quality of a Field in figures: where and when values are missing or made up, which periods it has, how far likeness reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from chronotope.inspect.likeness import autocorrelation_length, variogram_range
from chronotope.inspect.look import inspect_field, morans_null, neighbour_pairs
from chronotope.inspect.periods import find_periods
from chronotope.inspect.stationarity import stationarity
from chronotope.inspect.stretches import parts, straight_stretches
from chronotope.inspect.subject import Subject

PLACES = 2000  # places in which straight lines are looked for
TESTED = 200  # places whose level is tested


@dataclass(frozen=True)
class Quality:
    """What `Field.quality()` found.

    Attributes:
        table: one row per variable: the columns of `Field.inspect()`, and `straight` (share of values inside straight lines, as
            filled gaps are), `moran_null`, `moran_spread` and `moran_p` (Moran's I of places dealt out anew, and how often it is as far
            off), `moves` (share of places and stretches whose level does not stay), `memory` (steps until the
            autocorrelation is 1/e), `reach` (metres until likeness is 1/e) and `nugget` (share of variance that neighbours do not share).
        by_place: share of missing values, one row per place and one column per variable.
        by_time: share of missing values, one row per stamp of the frame and one column per variable.
        periods: variable, period in steps, its length in time, share of the variance, p-value; those that stand out most first.
        parts: variable, from, to, level and spread of the quarters of the record.
        stationarity: variable, place, stretch (whole or a quarter), KPSS statistic, p, q (corrected for all places of a
            stretch) and whether the level stays; see `chronotope.inspect.stationarity`. At most 200 places, evenly chosen.
    """

    table: pd.DataFrame
    by_place: pd.DataFrame
    by_time: pd.DataFrame
    periods: pd.DataFrame
    parts: pd.DataFrame
    stationarity: pd.DataFrame

    def __str__(self) -> str:
        worst = self.by_place.max(axis=1).nlargest(3)
        blocks = [self.table.T.to_string(), "periods" if len(self.periods) else "no period stands out"]
        blocks += [self.periods.to_string(index=False)] if len(self.periods) else []
        blocks += ["quarters of the record, in standard deviations of the whole", self.parts.to_string(index=False)]
        moving = self.stationarity[~self.stationarity["stays"]]
        if len(moving):
            names = ", ".join(moving.nsmallest(3, "q")["place"].astype(str).drop_duplicates())
            blocks.append(
                f"the level moves in {len(moving)} of {len(self.stationarity)} places and stretches (KPSS, q < 0.05), most at {names}"
            )
        blocks += [f"missing most at {', '.join(f'{place} ({share:.0%})' for place, share in worst.items())}"] if worst.max() > 0 else []
        return "\n".join(blocks)


def quality_of(field: Subject) -> Quality:
    """The figures of a field of fixed places.

    Raises:
        KindError: the field is events or moving places.
    """
    table = inspect_field(field)
    panel = field.panel()
    frame = field.frame
    rows, periods, quarters, levels = [], [], [], []
    places = np.arange(panel.values.shape[1]) if panel.places is None else panel.places
    pairs = neighbour_pairs(panel)
    for k, name in enumerate(panel.variables):
        values = panel.values[:, :, k].astype(float)
        some = values[:, np.unique(np.linspace(0, values.shape[1] - 1, min(values.shape[1], PLACES)).astype(int))]
        reach, nugget = variogram_range(values[frame.rows], panel.xy)
        straight = float(straight_stretches(some).sum() / max(int(np.isfinite(some).sum()), 1))
        levels.append(stationarity(*_some_places(values, places, panel.times)).assign(variable=name))
        null = dict(zip(("moran_null", "moran_spread", "moran_p"), morans_null(values, pairs)))
        moves = float((~levels[-1]["stays"]).mean()) if len(levels[-1]) else float("nan")
        lengths = {"memory": autocorrelation_length(values), "reach": reach, "nugget": nugget}
        rows.append({"straight": straight, **null, "moves": moves, **lengths})
        if panel.regular:
            found = find_periods(values)
            periods += [(name, steps, pd.Timedelta(steps * panel.step), share, p) for steps, share, p in found]
        quarters += [{"variable": name, **part} for part in parts(values, panel.times)]
    lost = ~np.isfinite(panel.values)
    names = list(panel.variables)
    return Quality(
        table.assign(**pd.DataFrame(rows, index=table.index)),
        pd.DataFrame(lost[frame.rows].mean(axis=0), index=pd.Index(places, name="place"), columns=names),
        pd.DataFrame(lost.mean(axis=1), index=pd.Index(panel.times, name="time"), columns=names),
        pd.DataFrame(periods, columns=["variable", "period", "length", "share", "p"]),
        pd.DataFrame(quarters, columns=["variable", "from", "to", "level", "spread"]),
        pd.concat(levels, ignore_index=True)[["variable", "place", "stretch", "from", "to", "statistic", "p", "q", "stays"]],
    )


def _some_places(values: np.ndarray, places: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    some = np.unique(np.linspace(0, values.shape[1] - 1, min(values.shape[1], TESTED)).astype(int))
    return values[:, some], times, np.asarray(places)[some]
