"""Extrapolation nowcast by pysteps: the field moves on along the motion of its last frames."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np

from chronotope.baselines.gaps import interpolate
from chronotope.baselines.intervals import spread
from chronotope.baselines.rivals.base import AbstractForecaster, Past, needed
from chronotope.baselines.series import Series
from chronotope.data.panel import Panel

_WAY = "pip install 'chronotope[nowcast]'"
_ORIGINS = 8  # past nowcasts whose errors make the intervals
_LEAST = 8  # cells along each side
_SECTORS = ((8, 4, 2), (8, 4, 2))  # blocks of the motion, coarse to fine


class Pysteps(AbstractForecaster):
    """Semi-Lagrangian extrapolation along motion by variational echo tracking, for places that fill a regular grid.

    Missing cells are drawn over with straight lines in time. The intervals are the errors of eight nowcasts from past origins. The
    edge over which the field comes in, grids of fewer than 8 x 8 cells, and places that are no grid are left to the last value.
    """

    name = "pysteps"
    least = 3

    def __init__(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()):  # the package greets on import
            self._motion: Any = needed("pysteps.motion.vet", f"rival:{self.name}", _WAY).vet
            self._extrapolate: Any = needed("pysteps.extrapolation.semilagrangian", f"rival:{self.name}", _WAY).extrapolate

    def ahead(self, past: Past, levels: tuple[float, ...]) -> np.ndarray:
        out = np.full((len(levels), past.horizon, past.z.shape[1]), np.nan)
        cells, width = grid_of(past.panel), past.panel.values.shape[2]
        if cells is None:
            return out
        for v in range(width):
            mine = np.flatnonzero(past.columns % width == v)
            if len(mine):
                x = past.x[:, v::width]
                found = self._field(x, cells, past.horizon, levels)[..., past.columns[mine] // width]
                out[..., mine] = (found - past.low[mine]) / past.spread[mine]
        return out

    def _field(self, x: np.ndarray, cells: np.ndarray, horizon: int, levels: tuple[float, ...]) -> np.ndarray:
        """Quantiles (q, h, n) of one variable x (t, n) on the grid `cells`."""
        mean, scale = np.nanmean(x), np.nanstd(x)
        z = (x - mean) / scale
        frames = np.nan_to_num(interpolate(z))
        series = Series(z, len(z) + np.arange(horizon), {})
        errors = np.full(series.truth.shape, np.nan)
        past = series.origins[:-1]
        for k in np.unique(np.linspace(0, len(past) - 1, _ORIGINS).astype(int)) if len(past) else ():
            if past[k] > 0:
                errors[k] = series.truth[k] - self._moved(frames[past[k] - 1 : past[k] + 1], cells, horizon)
        points = self._moved(frames[-2:], cells, horizon)
        return (points + spread(errors, series, levels)) * scale + mean

    def _moved(self, frames: np.ndarray, cells: np.ndarray, horizon: int) -> np.ndarray:
        """The second of two frames (2, n) moved on, (h, n); NaN where it would come from outside."""
        images = frames[:, cells]
        motion = self._motion(images, sectors=_SECTORS, verbose=False)
        moved = self._extrapolate(images[1], motion, horizon, interp_order=1)
        out = np.full((horizon, frames.shape[1]), np.nan)
        out[:, cells.ravel()] = moved.reshape(horizon, -1)
        return out


def grid_of(panel: Panel) -> np.ndarray | None:
    """Places (rows, columns) of a full grid with even steps, in order of their coordinates; None where they are none."""
    where = panel.latlon if panel.latlon is not None else panel.xy
    if where is None:
        return None
    (across, i), (along, j) = (np.unique(np.round(axis, 6), return_inverse=True) for axis in np.asarray(where, float).T)
    if min(len(across), len(along)) < _LEAST or len(across) * len(along) != len(where):
        return None
    if any(np.ptp(np.diff(axis)) > 0.02 * np.diff(axis).mean() for axis in (across, along)):
        return None
    cells = np.full((len(across), len(along)), -1)
    cells[i, j] = np.arange(len(where))
    return cells if (cells >= 0).all() else None
