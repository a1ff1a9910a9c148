"""Fields that move: the default model, the network alone, the last value, `advection` and pysteps, on sets that nothing was chosen on.

    CHRONOTOPE_DATA=... python benchmarks/moving_fields.py [NAME ...] [--network] [--pysteps] [--origins 3]
    CHRONOTOPE_DATA=... python benchmarks/moving_fields.py [NAME ...] --missing 1 3 10 [--origins 3] [--side 64]

Told apart before any score was seen: choices (the window of the flow, the scales, how firm, how wide) were made on the European radar, the
rain of Stage IV, the first half of the film, the pressure of the blizzard and simulated worlds of seeds 1 and 2; everything here is for
reporting alone. Prints for each set and method the mean absolute error over all leads and at the last, the critical success index
at the last lead, the peak signal to noise ratio of film, how much the 80 % intervals hold, and seconds a forecast.

With `--missing` so many frames in a row are taken out of the middle of each set, in as many places as there are origins, and told by the
default model with its motion and without.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import chronotope as ct
from chronotope.tasks.verbs import Model

DATA = Path(os.environ.get("CHRONOTOPE_DATA", "data"))


@dataclass(frozen=True)
class Moving:
    """Frames (t, y, x), seconds between them, leads that are asked, and the threshold of the critical success index."""

    read: Callable[[], np.ndarray]
    seconds: float
    leads: int
    threshold: float
    film: bool = False


def means(frames: np.ndarray, factor: int) -> np.ndarray:
    """Means of blocks of cells."""
    t, y, x = frames.shape
    y, x = y // factor * factor, x // factor * factor
    return np.nanmean(frames[:, :y, :x].reshape(t, y // factor, factor, x // factor, factor), axis=(2, 4))


def netcdf(path: str, variable: str, missing: float | None = None) -> np.ndarray:
    """A variable as float32, NaN where missing."""
    values = xr.open_dataset(DATA / path)[variable].values.astype(np.float32)
    return values if missing is None else np.where(values == missing, np.nan, values)


def film(path: str, key: str = "frames") -> np.ndarray:
    """Grey frames."""
    return np.load(DATA / path)[key].astype(np.float32)


SETS = {
    "radar_finland": Moving(lambda: means(netcdf("radar_finland/fmi_2016_09_28.nc", "code", 255), 4), 300, 6, 104.0),
    "radar_united_states": Moving(lambda: means(netcdf("radar_united_states/mrms_box_1km.nc", "rain_rate"), 4), 120, 15, 1.0),
    "mosaic_united_states": Moving(
        lambda: netcdf("radar_united_states/mrms_conus_0p1deg.nc", "rain_rate")[:, 50:306, 200:456], 120, 15, 1.0
    ),
    "film": Moving(lambda: film("video_bigbuckbunny/bigbuckbunny_gray.npz")[66:, :, :128], 0.04, 10, 128.0, True),
    "cradle": Moving(lambda: film("video_newton_cradle/cradle.npz"), 0.04, 10, 128.0, True),
    "neurons": Moving(lambda: film("video_calcium_neurons/calcium.npz")[:120], 1 / 30, 10, 128.0, True),
}


def opened(frames: np.ndarray, seconds: float, name: str) -> ct.Field:
    """Frames as a video on a plane of cells."""
    times = pd.date_range("2024-01-01", periods=len(frames), freq=pd.Timedelta(seconds=seconds))
    where = {"time": times, "y": np.arange(frames.shape[1], dtype=float), "x": np.arange(frames.shape[2], dtype=float)}
    return ct.open(xr.Dataset({"value": (("time", "y", "x"), frames.astype(np.float32))}, where), kind="video")


def critical_success(forecast: np.ndarray, truth: np.ndarray, threshold: float) -> tuple[int, int]:
    """Hits, and cells that reach the threshold in either."""
    known = np.isfinite(truth)
    one, other = forecast[known] >= threshold, truth[known] >= threshold
    return int((one & other).sum()), int((one | other).sum())


def scored(model: Model, field: ct.Field, origins: np.ndarray, about: Moving) -> dict[str, float]:
    """The scores of a model over origins."""
    truth = field.to_xarray()["value"].values
    off, last, square, held, hits, taken = [], [], [], [], [], 0.0
    for origin in origins:
        start = time.perf_counter()
        told = model.forecast(field, about.leads, at=field.times[origin]).to_xarray()["value"].values
        taken += time.perf_counter() - start
        came = truth[origin + 1 : origin + 1 + about.leads]
        miss = np.abs(told[4] - came)
        off.append(np.nanmean(miss))
        last.append(np.nanmean(miss[-1]))
        square.append(np.nanmean(miss**2, axis=(1, 2)))
        held.append(((came >= told[0]) & (came <= told[-1]))[np.isfinite(came)].mean())
        hits.append(critical_success(told[4][-1], came[-1], about.threshold))
    both = np.sum(hits, axis=0)
    out = {"mae": np.mean(off), "mae_last": np.mean(last), "csi_last": both[0] / max(both[1], 1), "held": np.mean(held)}
    out |= {"psnr": float(np.mean(20 * np.log10(255 / np.sqrt(np.maximum(square, 1e-9)))))} if about.film else {}
    return {name: float(value) for name, value in out.items()} | {"seconds": taken / len(origins)}


def told_missing(model: Model, frames: np.ndarray, about: Moving, name: str, firsts: np.ndarray, length: int) -> dict[str, float]:
    """The mean absolute error in frames that are missing as a whole, how much the intervals held, and seconds."""
    off, held, start = [], [], time.perf_counter()
    for first in firsts:
        hidden, rows = frames.copy(), slice(first, first + length)
        hidden[rows] = np.nan
        told = model.impute(opened(hidden, about.seconds, name)).to_xarray()["value"].values[:, rows]
        good = np.isfinite(frames[rows])
        off.append(np.abs(told[4] - frames[rows])[good].mean())
        held.append(((frames[rows] >= told[0]) & (frames[rows] <= told[-1]))[good].mean())
    return {"mae": float(np.mean(off)), "held": float(np.mean(held)), "seconds": (time.perf_counter() - start) / len(firsts)}


def main_missing(asked: argparse.Namespace) -> None:
    model = ct.load()
    methods = {"without motion": Model(model.predictor.options(motion=False)), "model": model}
    for name in asked.names or SETS:
        frames = SETS[name].read()[:60]
        low = [max(0, (size - asked.side) // 2) for size in frames.shape[1:]]
        frames = frames[:, low[0] : low[0] + asked.side, low[1] : low[1] + asked.side]
        for length in asked.missing:
            firsts = np.linspace(6 if length > 3 else 10, len(frames) - 8 - length, asked.origins).astype(int)
            for method, one in methods.items():
                row = told_missing(one, frames, SETS[name], name, firsts, length)
                print(f"{name} {length} missing {method:14s} " + "  ".join(f"{key} {value:.3f}" for key, value in row.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=list(SETS))
    parser.add_argument("--network", action="store_true", help="the network without motion, too: slow")
    parser.add_argument("--pysteps", action="store_true", help="needs the nowcast extra")
    parser.add_argument("--origins", type=int, default=3)
    parser.add_argument("--missing", type=int, nargs="+", help="frames in a row that are missing, instead of forecasts")
    parser.add_argument("--side", type=int, default=64, help="cells along each side of the middle part of which frames are missing")
    asked = parser.parse_args()
    if asked.missing:
        return main_missing(asked)
    model = ct.load()
    methods = {"last value": ct.load("baseline:last_value"), "advection": ct.load("baseline:advection")}
    methods |= {"pysteps": ct.load("rival:pysteps")} if asked.pysteps else {}
    methods |= {"network alone": Model(model.predictor.options(motion=False))} if asked.network else {}
    methods |= {"model": model}
    for name in asked.names or SETS:
        about = SETS[name]
        field = opened(about.read(), about.seconds, name)
        length = len(field.times)
        origins = np.unique(np.linspace(max(12, length // 2), length - 1 - about.leads, asked.origins).astype(int))
        for method, one in methods.items():
            row = scored(one, field, origins, about)
            print(f"{name} {field.shape} {method:14s} " + "  ".join(f"{key} {value:.3f}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
