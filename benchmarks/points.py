"""What moving sensors will measure, where they go; python benchmarks/points.py --sets floats storms --origins 8

Mean absolute error of the median over that of the better floor (each object's last value or mean, chosen afterwards), zero-shot, from
origins spread over the last fifth of the fixes, and the share of the truth inside 80 % intervals: the whole answer, and what is left of
it without the numbers that objects carry (kriging in space and time alone) or without the kriging.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

import chronotope as ct
from chronotope.evaluate.sets.suites import data_root

SETS = {  # file, variables, objects, fewest fixes of each, first time read, steps ahead
    "floats": ("argo_floats/argo_profiles.csv.gz", ["temp_10", "temp_200"], 60, 10, None, 3),
    "storms": ("hurricanes_atlantic/atlantic_best_tracks.csv.gz", ["wind_kt", "pressure_hpa"], 120, 12, "2008", 8),
    "seals": ("bearded_seals/tracks.csv.gz", ["error_radius_m"], 6, 20, None, 8),
    "ships": ("ais_us/tracks.csv.gz", ["sog_kn"], 100, 40, None, 8),
}
PART = "chronotope.tasks.points.forecast._with_carried"


def field_of(name: str, seed: int) -> tuple[Any, int]:
    """A part of a real set as moving sensors, and the steps ahead."""
    file, variables, objects, fewest, since, horizon = SETS[name]
    table = pd.read_csv(data_root() / file)
    table["time"] = pd.to_datetime(table["time"], format="ISO8601").dt.tz_localize(None)
    table = table if since is None else table[table["time"] >= since]
    counts = table.groupby("id").size()
    able = np.random.default_rng(seed).permutation(np.sort(counts.index[counts >= fewest]))[:objects]
    table = table[table["id"].isin(able)][["id", "time", "lat", "lon", *variables]]
    return ct.open(table.groupby("id").head(400), kind="points"), horizon


def only_kriging(told: np.ndarray, *_: Any) -> np.ndarray:
    """Without what the objects carry."""
    return told


def only_carried(told: np.ndarray, carried: np.ndarray, *_: Any) -> np.ndarray:
    """Without the kriging, but where an object never carried the number."""
    return np.where(np.isfinite(carried), carried, told)


WAYS: dict[str, Callable[..., np.ndarray] | None] = {"whole": None, "kriging": only_kriging, "carried": only_carried}


def main() -> None:
    """Print a row per set, variable and way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    parser.add_argument("--origins", type=int, default=8)
    parser.add_argument("--model", default="small")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in args.sets:
        field, horizon = field_of(name, args.seed)
        parts = []
        for way, instead in WAYS.items():
            with mock.patch(PART, instead) if instead else mock.patch.dict({}):
                table = ct.backtest([args.model], field, horizon, origins=args.origins)
            parts.append(table[table["model"] == args.model].assign(way=way))
        rows = pd.concat(parts)[["variable", "way", "mae_ratio", "coverage80", "n", "objects", "origins", "seconds"]]
        print(f"{name}, {horizon} steps of {table.attrs['step']}")
        print(rows.sort_values("variable", kind="stable").round(3).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
