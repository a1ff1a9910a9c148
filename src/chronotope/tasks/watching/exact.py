"""Exact: what others tell exactly in a stream - found on the rows that are kept, read in each row that comes.

rows kept --seldom--> what holds;  every time the model is asked: what has ended is dropped
row that comes: does it break what holds? --beside the rows kept--> which value is wrong, and what it should be
"""

from __future__ import annotations

import numpy as np

from chronotope.tasks.detecting.beyond import beyond
from chronotope.tasks.detecting.inconsistent import Held, Inconsistent, broken, held, series_of

FIRST = 88  # rows that came before what holds is looked for
GROWN, SELDOM = 1.5, 256  # times as many rows before it is looked for again, and the most rows between
SOON = 32  # rows between where something was broken: what loosens is to be known as loose
TRIED = 0.25  # of the rows kept, the last ones, that nothing is learnt from: what holds before them must hold in them


class Exact:
    """What holds exactly between the series of a stream."""

    def __init__(self) -> None:
        self._holding: list[Held] = []
        self._last, self._next = 0, FIRST  # rows that came when it was looked for last, and when it is next

    def is_due(self, count: int) -> bool:
        """Whether what holds is to be looked for, when so many rows came."""
        return count >= self._next

    def find(self, past: np.ndarray, usual: np.ndarray, count: int) -> None:
        """What holds in the rows kept (t, n, v), NaN where nothing is to be learnt; `usual` is what they are at their hours."""
        self._last, self._next = count, min(int(count * GROWN), count + SELDOM)
        far = beyond((past - usual).reshape(len(past), -1)).reshape(past.shape)
        trusted, cut = np.isfinite(past) & ~far, int(len(past) * (1.0 - TRIED))
        found = held(past, trusted)
        if found:
            before = _holding_in(held(past[:cut], trusted[:cut]), past[cut:])
            known = {members for one in (*before, *self._holding) for members in one.members()}
            found = [which for one in found if (which := one.some([members in known for members in one.members()])) is not None]
        self._holding = found

    def drop_ended(self, past: np.ndarray) -> None:
        """What many of the rows kept (t, n, v) break holds no more."""
        self._holding = _holding_in(self._holding, past)

    def breaks(self, row: np.ndarray) -> bool:
        """Whether a row (n, v) breaks anything."""
        series = row.reshape(-1, 1)
        relations = [(one.relations, one.relations.misses(series[one.series])[:, 0]) for one in self._holding]
        return any(bool((np.abs(np.nan_to_num(misses)) > one.limits).any()) for one, misses in relations)

    def broken(self, rows: np.ndarray, usual: np.ndarray) -> Inconsistent:
        """What is wrong in rows (t, n, v), the last of which breaks something; `usual` is what they are at their hours."""
        self._next = min(self._next, self._last + SOON)
        return broken(self._holding, rows, usual)


def _holding_in(holding: list[Held], rows: np.ndarray) -> list[Held]:
    """What holds in all but a few of some rows (t, n, v)."""
    series = series_of(rows)
    return [still for one in holding if (still := one.some(one.relations.are_usual(series[one.series]))) is not None]
