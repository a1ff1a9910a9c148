"""Floors of paths: windows of even steps, the first part seen, the rest asked."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines import TRACK_FLOORS
from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.evaluate.asking import costing
from chronotope.evaluate.scores.sums import Sums, cells, each_or_broken, gathered
from chronotope.evaluate.scores.table import plain_table
from chronotope.inspect.sphere import EARTH_RADIUS
from chronotope.questions import PathAnswer, Paths, Predictor
from chronotope.questions.kinds.forecast import ahead

SEEN = 8
ALONE = ("stay", "constant_velocity", "mean_velocity", "damped_velocity", "constant_turn")  # floors that read a window by itself
WORDS = {
    "ade_spread": "standard deviation of ade when objects are drawn anew (200 draws)",
    "n": f"windows of {SEEN} seen steps and the horizon, all of them, one step apart, without a gap or a longer step",
    "objects": "objects that the windows belong to",
    "seconds": "time inside forecast",
}


def paths(field: Field, horizon: int) -> pd.DataFrame:
    """Scores of going on for `horizon` steps after eight seen ones.

    Raises:
        DataError: no object has so many even steps.
    """
    windows, who = windows_of(field, SEEN + horizon)
    who = np.unique(who, return_inverse=True)[1]
    work = {f"floor:{name}": partial(_walked, TRACK_FLOORS[name], windows, who, horizon) for name in ALONE}

    def more(sums: Sums, at: np.ndarray | None) -> dict[str, Any]:  # objects do not remember each other as neighbouring origins do
        return {"ade_spread": sums.spread(at, "gap", length=1), "objects": int(who.max()) + 1}

    return plain_table(each_or_broken(work, gives="paths"), None, "ade", more)


def _walked(make: Any, windows: np.ndarray, who: np.ndarray, horizon: int) -> Sums:
    with costing() as cost:
        paths = _answered(make(), windows[:, :SEEN], horizon)
    return gathered(cells(paths, windows[:, SEEN:], "paths"), "paths", cost[0], who)


def _answered(floor: Predictor, past: np.ndarray, horizon: int) -> np.ndarray:
    """Paths (w, horizon, 2) of a floor that sees windows (w, seen, 2), each an object of its own."""
    times = np.arange(past.shape[1]).astype("datetime64[s]").astype("datetime64[ns]")
    panel = Panel(past.transpose(1, 0, 2), times, "1s", ("x", "y"))
    answer = floor.answer(ahead(panel, past.shape[1] - 1, horizon, want=Paths((0.5,))))
    assert isinstance(answer, PathAnswer)
    return answer.path.transpose(1, 0, 2)


def windows_of(field: Field, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions (w, length, 2) of every stretch of even steps, and whose they are (w,); metres around the last seen position from lat, lon.

    Raises:
        DataError: there is none.
    """
    who, times, at, degrees = _fixes(field)
    order = np.lexsort((times, who))
    who, times, at = who[order], times[order], at[order]
    same = who[1:] == who[:-1]
    gaps = np.diff(times)
    step = float(np.median(gaps[same])) if same.any() else 0.0
    good = same & (np.abs(gaps - step) <= 0.1 * step)
    if len(good) >= length - 1 and step > 0:
        starts = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(good, length - 1).all(axis=1))
    else:
        starts = np.arange(0)
    if not len(starts):
        raise DataError(f"At least one object must have {length} fixes at even steps; none has. Give a shorter horizon.")
    windows = at[starts[:, None] + np.arange(length)]
    return (around(windows, windows[:, SEEN - 1 : SEEN]) if degrees else windows), who[starts]


def _fixes(field: Field) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
    """Object number, seconds and position (f, 2) of every fix, and whether positions are degrees (lon, lat)."""
    data = field.dataset
    degrees = "lat" in data.coords or "lat" in data
    x, y = (data["lon"], data["lat"]) if degrees else (data["x"], data["y"])
    if "event" in x.dims:
        who, stamps = pd.factorize(np.asarray(data["object"].values).astype(str))[0], data["time"].values
    else:
        x, y = x.transpose("time", "object"), y.transpose("time", "object")
        stamps = np.repeat(data["time"].values, x.shape[1])
        who = np.tile(np.arange(x.shape[1]), x.shape[0])
    at = np.stack([x.values.ravel(), y.values.ravel()], axis=1).astype(float)
    seconds = (stamps.astype("datetime64[ns]").astype(np.int64) - stamps.min().astype("datetime64[ns]").astype(np.int64)) / 1e9
    known = np.isfinite(at).all(axis=1)
    return who[known], seconds[known], at[known], degrees


def around(lonlat: np.ndarray, centre: np.ndarray, radius: float = EARTH_RADIUS) -> np.ndarray:
    """East and north (..., 2) of a centre, both in degrees, in the unit of the earth's radius; parallels have the centre's scale."""
    gap = lonlat - centre
    gap[..., 0] = (gap[..., 0] + 180) % 360 - 180
    return np.deg2rad(gap) * radius * np.stack([np.cos(np.deg2rad(centre[..., 1])), np.ones(centre.shape[:-1])], axis=-1)
