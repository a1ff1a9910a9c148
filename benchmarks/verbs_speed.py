"""Processor seconds of every verb on a panel as large as METR-LA's, one thread.

    OMP_NUM_THREADS=1 python benchmarks/verbs_speed.py --model tiny

207 places x 288 steps of simulated traffic with a hundredth of the values missing; the whole call is timed, from a Field to a labelled
result. Each figure is the least of some warm runs, so that what else the machine does counts as little as it can; the last column is over
that of the forecast in the same run, which is what two machines, or a before and an after, can be compared by.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
import warnings
from collections.abc import Callable

import numpy as np
import xarray as xr

import chronotope as ct
from chronotope.data.field import Field
from chronotope.worlds.draw import draw

PLACES, STEPS, AHEAD, SIDE = 207, 288, 12, 16
WATCHED = 32  # steps that a stream is given, after all others


def panel() -> np.ndarray:
    """Values (t, n) of simulated traffic, gaps among them."""
    world = draw(3, family="traffic", places=PLACES, steps=STEPS + WATCHED).panel
    values = world.values[:, :PLACES, 0].astype(np.float32)
    return np.where(np.random.default_rng(0).random(values.shape) < 0.01, np.nan, values)


def stations(values: np.ndarray) -> Field:
    """The values at places on a map, with a driver that is known ahead."""
    rng = np.random.default_rng(1)
    where = {"lat": ("place", 34.0 + 0.2 * rng.random(PLACES)), "lon": ("place", -118.3 + 0.2 * rng.random(PLACES))}
    time = np.datetime64("2012-03-01", "ns") + np.arange(len(values)) * np.timedelta64(5, "m")
    driver = np.repeat(np.convolve(rng.standard_normal(len(values)), np.ones(5) / 5, "same")[:, None], PLACES, axis=1).astype(np.float32)
    values = values - 0.3 * np.nanstd(values) * driver  # otherwise a supposition is refused
    data = {"speed": (("time", "place"), values), "rain": (("time", "place"), driver)}
    return ct.open(xr.Dataset(data, {"time": time, "place": [f"s{i}" for i in range(PLACES)], **where}))


def grid(values: np.ndarray) -> Field:
    """About as many cells on a grid."""
    rng = np.random.default_rng(2)
    smooth = np.cumsum(np.cumsum(rng.standard_normal((STEPS, SIDE, SIDE)), axis=1), axis=2).astype(np.float32)
    time = np.datetime64("2012-03-01", "ns") + np.arange(STEPS) * np.timedelta64(1, "h")
    return ct.open(xr.Dataset({"value": (("time", "y", "x"), smooth)}, {"time": time, "y": np.arange(SIDE), "x": np.arange(SIDE)}))


def verbs(model: ct.Model) -> dict[str, tuple[Callable[[], object], int]]:
    """Each verb as a call, and of how many steps its seconds are."""
    values = panel()
    both = stations(values)
    field = Field(both.dataset[["speed"]], both.kind, ("speed",), both.space)
    past, cells = field.isel(time=slice(0, STEPS)), grid(values)
    rng = np.random.default_rng(3)
    never = {"lat": 34.0 + 0.2 * rng.random(20), "lon": -118.3 + 0.2 * rng.random(20)}
    drivers = both.isel(time=slice(0, STEPS))
    return {
        "forecast": (lambda: model.forecast(past, AHEAD), 1),
        "impute": (lambda: model.impute(past), 1),
        "interpolate": (lambda: model.interpolate(past, at=xr.Dataset({k: ("place", v) for k, v in never.items()}).to_dataframe()), 1),
        "downscale": (lambda: model.downscale(cells, factor=4), 1),
        "detect": (lambda: model.detect(past), 1),
        "simulate": (lambda: model.simulate(past, AHEAD, n=50), 1),
        "embed": (lambda: model.embed(past), 1),
        "whatif": (lambda: model.whatif(drivers, AHEAD, target="speed", set={"rain": "+0.5"}), 1),
        "explain": (lambda: model.explain(past, AHEAD, place="s7"), 1),
        "watch, a step": (Watching(model, field, past), WATCHED),
    }


class Watching:
    """A stream that has seen a day is given the next steps, one by one; what it learns at the start is not counted."""

    def __init__(self, model: ct.Model, field: Field, past: Field) -> None:
        self._stream = None
        self._begin = lambda: model.watch(past)
        self._steps = field.dataset["speed"].values[STEPS:]

    def __call__(self) -> None:
        self._stream = self._stream or self._begin()
        for row in self._steps:
            self._stream.push(row)

    def prepare(self) -> None:
        self._stream = self._begin()


def seconds(call: Callable[[], object], runs: int) -> float:
    """Least processor seconds of some runs after one that warms up."""
    times = []
    for _ in range(runs + 1):
        if hasattr(call, "prepare"):
            call.prepare()
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return min(times[1:] or times)


def main() -> None:
    """Parse, time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="small")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="names of verbs, separated by commas")
    parser.add_argument("--profile", type=int, default=0, help="also the so many lines of a profile that take longest")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    calls, first = verbs(ct.load(args.model)), None
    print("| verb | processor seconds | over the forecast |\n|---|---:|---:|")
    for verb, (call, steps) in calls.items():
        if args.only and verb.split(",")[0] not in ("forecast", *args.only.split(",")):
            continue
        took = seconds(call, args.runs) / steps
        first = took if first is None else first
        print(f"| {verb} | {took:.3f} | {took / first:.2f} |", flush=True)
        if args.profile:
            profiled(call, args.profile)


def profiled(call: Callable[[], object], lines: int) -> None:
    """Where the time of a call goes."""
    profile = cProfile.Profile()
    profile.runcall(call)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(lines)


if __name__ == "__main__":
    main()
