"""What it costs or gains to add up: forecasts of real sets with and without reconciliation, at the places and at their sums.

    CHRONOTOPE_DATA=... python benchmarks/reconcile.py -m tiny --origins 12

Prints the table of docs/how-to-reconcile.md: mean absolute error and loss of all quantiles (mean over nine levels) with reconciliation over
those without, at the places and at the sums, mean and standard error over origins; without, sums of places are sums of quantiles ("bottom
up"), which is what one does who has no sums forecast.
"""

from __future__ import annotations

import argparse
import os
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

import chronotope as ct
from chronotope.data.field import Field

LEVELS = np.arange(1, 10) / 10


def tourism(root: Path) -> tuple[Field, dict[str, str], int]:
    """Nights in 76 regions, with states and the whole as places."""
    field = ct.open(root / "australia_tourism_regions" / "data.npz")
    state = dict(zip(map(str, field.dataset["place"].values), map(str, field.dataset["state"].values)))
    state = {place: f"{name} (state)" for place, name in state.items()}
    return (
        with_sums(field, state | dict.fromkeys(set(state.values()), "Australia")),
        state | dict.fromkeys(set(state.values()), "Australia"),
        4,
    )


def zones(root: Path) -> tuple[Field, dict[str, str], int]:
    """Demand of eight zones and their sum."""
    field = ct.open(root / "new_england_power_zones" / "data.npz")
    groups = dict.fromkeys(map(str, field.dataset["place"].values), "New England")
    return with_sums(Field(field.dataset[["demand"]], field.kind, ("demand",), field.space), groups), groups, 24


def retail(root: Path) -> tuple[Field, dict[str, str], int]:
    """Turnover of eight states and their sum."""
    field = ct.open(root / "australia_retail_states" / "data.npz")
    name = field.variables[0]
    groups = dict.fromkeys(map(str, field.dataset["place"].values), "Australia")
    return with_sums(Field(field.dataset[[name]], field.kind, (name,), field.space), groups), groups, 12


def with_sums(field: Field, groups: dict[str, str]) -> Field:
    """The field with its sums as further places."""
    from chronotope.wrappers.adding_up import adding_up

    names = field.dataset["place"].values.astype(str)
    rules = adding_up(groups, names)
    data = {v: (("time", "place"), rules.extended(field.dataset[v].transpose("time", "place").values, 1)) for v in field.variables}
    return Field(xr.Dataset(data, {"time": field.dataset["time"], "place": [*names, *rules.names]}), "graph", field.variables, ("place",))


def losses(fc: xr.DataArray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean absolute error of the median and quantile loss (n,) of each place."""
    q = fc.transpose("quantile", "time", "place").values.astype(float)
    off = truth - q
    pinball = np.maximum(LEVELS[:, None, None] * off, (LEVELS[:, None, None] - 1) * off)
    return np.nanmean(np.abs(off[4]), axis=0), 2 * np.nanmean(pinball, axis=(0, 1))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--origins", type=int, default=12)
    parser.add_argument("-m", "--models", nargs="*", default=["tiny", "baseline:mix"])
    call, root = parser.parse_args(), Path(os.environ["CHRONOTOPE_DATA"])
    warnings.simplefilter("ignore")
    for load in (tourism, zones, retail):
        field, groups, ahead = load(root)
        parents = [name for name in map(str, field.dataset["place"].values) if name in set(groups.values())]
        is_sum = np.isin(field.dataset["place"].values.astype(str), parents)
        rows = np.linspace(len(field.times) // 2, len(field.times) - ahead - 1, call.origins).astype(int)
        for name in call.models:
            model, found = ct.load(name), []
            for row in rows:
                made = [model.forecast(field, ahead, at=field.times[row], reconcile=one) for one in (None, groups)]
                for v in field.variables:
                    truth = field.dataset[v].transpose("time", "place").values[row + 1 : row + 1 + ahead].astype(float)
                    plain, added = (losses(one.dataset[v], truth) for one in made)
                    ratio = [added[i][part].sum() / plain[i][part].sum() for i in (0, 1) for part in (~is_sum, is_sum)]
                    found.append(ratio)
            table = np.array(found)
            words = [f"{a:.3f} ({b:.3f})" for a, b in zip(table.mean(axis=0), table.std(axis=0, ddof=1) / np.sqrt(len(table)))]
            print(f"| {load.__name__} | {name} | {len(table)} | {' | '.join(words)} |", flush=True)


if __name__ == "__main__":
    main()
