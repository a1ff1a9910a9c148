"""What fine-tuning is worth: a network before and after it went on learning on a set's past, and the best plain method, on its future.

    python benchmarks/finetune.py --model tiny --minutes 2 metr_la_week beijing_metro vic_basin_temperature

The last fifth of the time is scored and never shown to the training, which validates on the last fifth of what comes before it.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

import chronotope as ct
from chronotope.evaluate.sets.suites import data_root

SETS: dict[str, tuple[str, int, dict[str, Any], dict[str, Any]]] = {
    "metr_la_week": (
        "metr_la_week/los_speed.csv",
        12,
        {"start": "2012-03-01", "step": "5min", "edges": "metr_la_week/los_adj.csv", "sites": "metr_la_week/graph_sensor_locations.csv"},
        {},
    ),
    "beijing_metro": ("beijing_metro/data.npz", 12, {}, {}),
    "vic_basin_temperature": ("vic_basin_temperature/vic_temperature_6h.nc", 20, {}, {"time": slice("2005-01-01", None)}),
}
FLOORS = ["baseline:mix", "baseline:seasonal_naive", "baseline:ridge"]


def opened(name: str, places: int) -> tuple[Any, int]:
    """A set with at most so many places, and its horizon."""
    path, horizon, options, part = SETS[name]
    beside = {key: str(data_root() / value) if key in ("edges", "sites") else value for key, value in options.items()}
    field = ct.open(data_root() / path, **beside)
    field = field.sel(**part) if part else field
    if field.space == ("place",) and field.dataset.sizes["place"] > places:
        field = field.isel(place=np.sort(np.random.default_rng(0).choice(field.dataset.sizes["place"], places, replace=False)))
    return field, horizon


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("sets", nargs="*", default=list(SETS))
    words.add_argument("--model", default="tiny")
    words.add_argument("--methods", default="lora,head,full,prompt")
    words.add_argument("--minutes", type=float, default=2.0)
    words.add_argument("--origins", type=int, default=12)
    words.add_argument("--places", type=int, default=100)
    call = words.parse_args()
    for name in call.sets:
        field, horizon = opened(name, call.places)
        past = field.isel(time=slice(0, int(0.8 * len(field.times))))
        base = ct.load(call.model)
        models = [base]
        for method in call.methods.split(","):
            began = time.monotonic()
            tuned = base.finetune(past, method, minutes=call.minutes)
            row = tuned.report.iloc[0]
            print(
                f"{name} {call.model} {method}: {time.monotonic() - began:.0f} s, {row['steps']} steps, validation {row['before']:.4f} -> "
                f"{row['after']:.4f} (error {row['error']:.4f}, floors {row['floors']:.4f}), kept {row['kept']}",
                flush=True,
            )
            if row["kept"]:
                models.append(ct.Model(tuned.predictor.around(tuned.predictor.network, f"{call.model}+{method}")))
        table = ct.backtest([*models, *FLOORS], field, horizon, origins=call.origins, against=base.name)
        print(name, f"{len(table.attrs['origins'])} origins")
        print(
            table[["model", "variable", "wql", "mae", "mae_spread", "mae_gap_low", "mae_gap_high", "coverage80", "n"]].to_string(),
            flush=True,
        )


if __name__ == "__main__":
    main()
