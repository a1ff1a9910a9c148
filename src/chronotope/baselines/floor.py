"""AbstractFloor: from a rule that gives points to a Predictor with intervals, for forecasts and for gaps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chronotope.baselines.gaps import gap_quantiles, interpolate
from chronotope.baselines.intervals import nan_quantiles, spread
from chronotope.baselines.phases import Phase, phases
from chronotope.baselines.series import Series
from chronotope.data.panel import Panel
from chronotope.inspect.circle import beside, directions_of, way_of
from chronotope.inspect.support import TURN
from chronotope.questions import AbstractQuantilePredictor, Question

_CELLS = 4_000_000  # largest working array, in numbers; more series than fit are done in turns


@dataclass(frozen=True)
class Asked:
    """What a floor is asked: a panel, its visible values as series (t, s), which of them are directions (s,), the rows and the levels."""

    panel: Panel
    x: np.ndarray
    turns: np.ndarray
    rows: np.ndarray
    levels: tuple[float, ...]


class AbstractFloor(AbstractQuantilePredictor):
    """A naive rule with the model's contract; every place and variable on its own unless a subclass says otherwise."""

    kind = "floor"
    reads_known = False

    @abstractmethod
    def point(self, series: Series) -> np.ndarray:
        """The rule at every origin: (k + 1, h, s) for `series.origins` and `series.asked`; NaN where it has no answer."""

    def fill(self, series: Series) -> np.ndarray:
        """The rule for gaps: a guess (t, s) for every cell, from all seen cells; linear in time unless overridden."""
        return interpolate(series.x)

    def offsets(self, series: Series, points: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
        """What to add to the point at the last origin for each level, (q, h, s): its own errors at past origins."""
        return spread(series.apart(series.truth, points[:-1]), series, levels)

    def distribution(self, series: Series, levels: tuple[float, ...]) -> np.ndarray:
        """Answers (q, h, s) for series of which nothing is seen after the origin."""
        points = self.point(series)
        last = series.carried[series.origins][:, None]
        known = np.where(np.isfinite(points), points, last)
        return known[-1] + self.offsets(series, points, levels)

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        panel, levels = question.frame, question.levels
        rows = question.rows
        visible = question.visible().astype(float)
        circle = directions_of(visible, panel.called, panel.units)
        x, turns = visible.reshape(len(panel.times), -1), np.tile(circle, visible.shape[1])
        asked = question.asked[rows].reshape(len(rows), -1)
        out = np.full((len(levels), *asked.shape), np.nan)
        if len(rows):
            self._answer(Asked(panel, x, turns, rows, levels), asked, out)
        answer = np.where(asked, np.maximum.accumulate(out, axis=0), np.nan)
        return round_the_circle(answer.reshape(len(levels), len(rows), *panel.values.shape[1:]).astype(np.float32), circle)

    def _answer(self, of: Asked, asked: np.ndarray, out: np.ndarray) -> None:
        """Write answers into `out` (q, h, s) where they are asked (h, s)."""
        x, rows, levels = of.x, of.rows, of.levels
        wanted, seen = asked.any(axis=0), np.isfinite(x)
        later, known = seen[rows[0] :].any(axis=0), seen.any(axis=0)
        clock = phases(of.panel)
        for circle in (False, True):
            mine = wanted & known & (of.turns == circle)
            for part in _parts(np.flatnonzero(mine & ~later), max(64 * len(rows), len(x))):
                way, series = _straight(x[: rows[-1] + 1, part], rows, clock, circle)
                out[..., part] = way + self.distribution(series, levels)
            for part in _parts(np.flatnonzero(mine & later), 2 * len(x)):
                way, series = _straight(x[:, part], rows, clock, circle)
                out[..., part] = way + gap_quantiles(series, self.fill, asked[:, part], levels)
        blank = np.flatnonzero(wanted & ~known)
        if len(blank):
            out[..., blank] = _of_the_others(x, rows, blank, of.panel.values.shape[2], levels, of.turns)


def round_the_circle(quantiles: np.ndarray, circle: np.ndarray) -> np.ndarray:
    """Quantiles (q, h, n, v) with those of directions between 0 and 360; they run clockwise."""
    return np.where(circle, np.mod(quantiles, TURN), quantiles) if circle.any() else quantiles


def _straight(x: np.ndarray, rows: np.ndarray, clock: dict[str, Phase], circle: bool) -> tuple[np.ndarray, Series]:
    """A way (s,) for each column, and the columns less it: 0 for what is no direction, else the mean direction."""
    way = way_of(x) if circle else np.zeros(x.shape[1])
    return way, Series(beside(x - way, 0.0, circle), rows, clock, circle)


def _parts(index: np.ndarray, each: int) -> Iterator[np.ndarray]:
    """`index` in pieces whose working arrays of `each` numbers a series stay small."""
    size = max(_CELLS // each, 1)
    return (index[i : i + size] for i in range(0, len(index), size))


def _of_the_others(
    x: np.ndarray, rows: np.ndarray, blank: np.ndarray, variables: int, levels: tuple[float, ...], turns: np.ndarray
) -> np.ndarray:
    """Quantiles (q, h, b) for places of which nothing was ever seen: those of the other places, in the same step where five are seen."""
    out = np.zeros((len(levels), len(rows), len(blank)))
    for v in range(variables):
        mine = np.flatnonzero(blank % variables == v)
        values = x[:, v::variables]
        pool = values[np.isfinite(values)]
        if not len(mine) or not len(pool):
            continue
        now = values[rows]
        enough = np.isfinite(now).sum(axis=1) >= 5
        same_step = nan_quantiles(now.T, levels, bool(turns[v]))
        overall = nan_quantiles(pool, levels, bool(turns[v]))[:, None]
        out[:, :, mine] = np.where(enough, same_step, overall)[:, :, None]
    return out
