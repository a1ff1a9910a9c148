"""Floors of paths: windows of even steps, the first part seen, the rest asked."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from chronotope.baselines import TRACK_FLOORS
from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.evaluate.metrics import ade, fde
from chronotope.questions import PathAnswer, Paths, Predictor
from chronotope.questions.kinds.forecast import ahead

SEEN = 8
ALONE = ("stay", "constant_velocity", "mean_velocity", "damped_velocity", "constant_turn")  # floors that read a window by itself
_EARTH = 6_371_008.8  # metres
DEFINITIONS = {
    "ade": "mean distance from the true path over all asked steps, metres (or the data's plane unit); best 0",
    "ade_spread": "standard deviation of ade when objects are drawn anew (200 draws)",
    "fde": "mean distance from the last true position, metres (or the data's plane unit); best 0",
    "n": f"windows of {SEEN} seen steps and the horizon, all of them, one step apart, without a gap or a longer step",
    "objects": "objects that the windows belong to",
    "seconds": "time inside the floor",
}


def paths(field: Field, horizon: int) -> pd.DataFrame:
    """Scores of going on for `horizon` steps after eight seen ones.

    Raises:
        DataError: no object has so many even steps.
    """
    windows, who = windows_of(field, SEEN + horizon)
    rows = []
    for name in ALONE:
        start = time.perf_counter()
        made = _answered(TRACK_FLOORS[name](), windows[:, :SEEN], horizon)
        seconds = time.perf_counter() - start
        each, last = (score(made, windows[:, SEEN:], axis=()) for score in (ade, fde))
        row = {"model": f"floor:{name}", "ade": each.mean(), "ade_spread": _spread(each, who), "fde": last.mean(), "n": len(each)}
        rows.append({**row, "objects": len(np.unique(who)), "seconds": seconds})
    return pd.DataFrame(rows).sort_values("ade", kind="stable", ignore_index=True)


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
    return (_metres(windows) if degrees else windows), who[starts]


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


def _metres(windows: np.ndarray) -> np.ndarray:
    """East and north of each window's last seen position, from (lon, lat) in degrees."""
    gap = windows - windows[:, SEEN - 1 : SEEN]
    gap[..., 0] = (gap[..., 0] + 180) % 360 - 180
    return np.deg2rad(gap) * _EARTH * np.stack([np.cos(np.deg2rad(windows[:, SEEN - 1, 1])), np.ones(len(windows))], axis=1)[:, None]


def _spread(each: np.ndarray, who: np.ndarray) -> float:
    number = np.unique(who, return_inverse=True)[1]
    total, count = np.bincount(number, each), np.bincount(number)
    drawn = np.random.default_rng(0).integers(0, len(count), (200, len(count)))
    return float(np.std(total[drawn].sum(axis=1) / count[drawn].sum(axis=1)))
