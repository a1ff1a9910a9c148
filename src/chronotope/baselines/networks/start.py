"""Start: the floor that a network begins from, made so that training rows see it as coming rows will.

A floor fitted on the training rows knows them: their own values are in its same-phase means. A network trained on such a floor would
trust it too much. So each stretch of training rows gets the floor fitted without that stretch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.baselines.phases import Phase
from chronotope.baselines.ridge import RidgeFit, fit_ridge
from chronotope.baselines.series import carry

STARTS = ("ridge", "last")
_FOLDS = 5


@dataclass(frozen=True)
class Start:
    """A floor fitted on training rows, whole and with each stretch left out.

    Attributes:
        kind: "ridge", or "last" for the last value.
        rows: training rows, from row 0 of the frame.
        horizon: leads 1..horizon are answered.
        whole: one fit per variable, on all training rows.
        folds: the same with each stretch left out.
        centre: (n, v) mean of each training series; scale: (v,) one deviation for all places.
    """

    kind: str
    rows: int
    horizon: int
    whole: tuple[RidgeFit, ...]
    folds: tuple[tuple[RidgeFit, ...], ...]
    centre: np.ndarray
    scale: np.ndarray

    def points(self, x: np.ndarray, origins: np.ndarray, clock: dict[str, Phase], honest: bool) -> np.ndarray:
        """Points (k, h, n, v) after each origin of x (t, n, v); `honest`: a training row gets the fit that left it out."""
        last = np.where(np.isfinite(c := carry(x)[origins]), c, self.centre)[:, None]
        if self.kind == "last":
            return np.repeat(last, self.horizon, axis=1)
        out = self._points(self.whole, x, origins, clock)
        if honest:
            fold = self._fold(origins[:, None] + np.arange(1, self.horizon + 1))
            for f, fits in enumerate(self.folds):
                some = np.flatnonzero((fold == f).any(axis=1))
                if len(some):
                    part = self._points(fits, x, origins[some], clock)
                    out[some] = np.where((fold[some] == f)[..., None, None], part, out[some])
        return np.where(np.isfinite(out), out, last)

    def means(self, rows: np.ndarray, clock: dict[str, Phase]) -> np.ndarray:
        """Same-phase means (r, n, v, p) of `rows` for each of the p periods that the training rows hold; without its own stretch."""
        out = self._means(self.whole, rows, clock)
        fold = self._fold(rows)
        for f, fits in enumerate(self.folds):
            mine = fold == f
            if mine.any():
                out[mine] = self._means(fits, rows[mine], clock)
        return np.where(np.isfinite(out), out, self.centre[..., None])

    def _fold(self, rows: np.ndarray) -> np.ndarray:
        """Which stretch each row lies in; -1 after the training rows."""
        return np.where(rows < self.rows, rows * _FOLDS // self.rows, -1)

    def _points(self, fits: tuple[RidgeFit, ...], x: np.ndarray, origins: np.ndarray, clock: dict[str, Phase]) -> np.ndarray:
        leads = np.arange(1, self.horizon + 1)
        return np.stack([_on(fit, clock).points(x[..., v], origins, leads) for v, fit in enumerate(fits)], axis=-1)

    def _means(self, fits: tuple[RidgeFit, ...], rows: np.ndarray, clock: dict[str, Phase]) -> np.ndarray:
        parts = []
        for fit in fits:
            tables = [mean[phase.phase[rows]] * fit.scale + fit.centre for phase, mean in _on(fit, clock).means]
            parts.append(np.stack(tables, axis=-1) if tables else np.empty((len(rows), len(fit.centre), 0)))
        return np.stack(parts, axis=2)


def fit_start(x: np.ndarray, clock: dict[str, Phase], horizon: int, kind: str = "ridge") -> Start:
    """Fit on x (t, n, v), NaN where not seen; nothing outside it is read."""
    rows, leads = len(x), np.arange(1, horizon + 1)
    fold = np.arange(rows) * _FOLDS // rows
    whole = tuple(fit_ridge(x[..., v], clock, leads) for v in range(x.shape[2]))
    folds = tuple(
        tuple(fit_ridge(np.where((fold == f)[:, None], np.nan, x[..., v]), clock, leads) for v in range(x.shape[2])) for f in range(_FOLDS)
    )
    centre = np.stack([fit.centre for fit in whole], axis=-1)
    return Start(kind, rows, horizon, whole, folds, centre, np.array([fit.scale for fit in whole], float))


def _on(fit: RidgeFit, clock: dict[str, Phase]) -> RidgeFit:
    """The fit reading the phases of another frame's clock."""
    return replace(fit, means=tuple((clock[phase.name], mean) for phase, mean in fit.means))
