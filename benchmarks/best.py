"""What it is worth to step back: "best" beside the network, the best floor in hindsight, on sets kept out of training.

python benchmarks/best.py --model small --origins 6
"""

from __future__ import annotations

import argparse

import numpy as np

import chronotope as ct
from chronotope.baselines import FLOORS
from chronotope.evaluate.protocols.backtest import backtest
from chronotope.evaluate.sets.suites import data_root
from chronotope.wrappers.best import best

SETS = {
    "us_income": ("sample:us_income", 5),
    "vic_basin_temperature": ("vic_basin_temperature/vic_temperature_6h.nc", 20),
    "camels_us_mini": ("camels_us_mini/camels_us_4basins.csv.gz", 7),
    "era5_canadian_cities": ("era5_canadian_cities/daily_surface_cancities_1990-1993.nc", 7),
}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("sets", nargs="*", default=list(SETS))
    words.add_argument("--model", default="tiny")
    words.add_argument("--origins", type=int, default=6)
    words.add_argument("--places", type=int, default=40)
    call = words.parse_args()
    for name in call.sets:
        path, horizon = SETS[name]
        field = ct.open(path if path.startswith("sample:") else data_root() / path)
        for dim in field.space:
            size = field.dataset.sizes[dim]
            most = max(2, int(call.places ** (1 / len(field.space))))
            if size > most:
                field = field.isel(**{dim: np.linspace(0, size - 1, most).round().astype(int)})
        field = field.isel(time=slice(-1500, None))
        network = ct.load(call.model)
        table = backtest([network, ct.Model(best(network.predictor)), *(f"baseline:{floor}" for floor in FLOORS)], field, horizon,
                         origins=call.origins)  # fmt: skip
        for variable, rows in table.groupby("variable"):
            rows = rows.set_index("model")["wql"].dropna()
            if not {network.name, "best"} <= set(rows.index):
                continue
            floors = rows[[one for one in rows.index if one.startswith("baseline:")]]
            gain = rows["best"] / rows[network.name] - 1
            print(
                f"{name:24} {variable:16} network {rows[network.name]:.4f} best {rows['best']:.4f} ({gain:+.1%}) "
                f"floor in hindsight {floors.min():.4f} {floors.idxmin()}",
                flush=True,
            )


if __name__ == "__main__":
    main()
