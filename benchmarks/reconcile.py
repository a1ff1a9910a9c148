"""What it costs or gains to add up: forecasts of real sets with and without reconciliation, at the places and at their sums.

    CHRONOTOPE_DATA=... python benchmarks/reconcile.py -m tiny --origins 12

Prints the table of docs/how-to-reconcile.md: mean absolute error and loss of all quantiles (mean over nine levels) with reconciliation over
those without, at the places and at the sums (which are places too), mean and standard error over origins and variables; once with no more
trust in sums than in places, and once as `reconcile=` does it. How much sums are trusted was chosen on retail and zones; livestock and
births were looked at afterwards.
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
from chronotope.wrappers.reconciled import TRUST, Reconciled

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


def livestock(root: Path) -> tuple[Field, dict[str, str], int]:
    """Animals slaughtered in eight states and their sum, two kinds."""
    field = ct.open(root / "australia_livestock_states" / "data.npz")
    groups, names = dict.fromkeys(map(str, field.dataset["place"].values), "Australia"), field.variables[:2]
    return with_sums(Field(field.dataset[list(names)], field.kind, names, field.space), groups), groups, 12


def births(root: Path) -> tuple[Field, dict[str, str], int]:
    """Births a day in fifty-one states and their sum, four years."""
    field = ct.open(root / "us_births_by_state_daily" / "data.npz").isel(time=slice(-1461, None))
    groups = dict.fromkeys(map(str, field.dataset["place"].values), "United States")
    return with_sums(field, groups), groups, 14


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
    print("| | model | n | trust in sums | MAE, places | MAE, sums | WQL, places | WQL, sums |\n|---|---|---:|---:|---|---|---|---|")
    for load in (retail, zones, tourism, livestock, births):
        field, groups, ahead = load(root)
        is_sum = np.isin(field.dataset["place"].values.astype(str), list(groups.values()))
        rows = np.linspace(len(field.times) // 2, len(field.times) - ahead - 1, call.origins).astype(int)
        for name in call.models:
            found = {trust: [] for trust in (1.0, TRUST)}
            base = ct.load(name).predictor
            for row in rows:
                plain = ct.Model(base).forecast(field, ahead, at=field.times[row])
                for trust, ratios in found.items():
                    added = ct.Model(Reconciled(base, groups, trust=trust)).forecast(field, ahead, at=field.times[row])
                    ratios += [ratio(added, plain, field, v, row, is_sum) for v in field.variables]
            for trust, ratios in found.items():
                table = np.array(ratios)
                words = [f"{a:.3f} ({b:.3f})" for a, b in zip(table.mean(axis=0), table.std(axis=0, ddof=1) / np.sqrt(len(table)))]
                print(f"| {load.__name__} | `{name}` | {len(table)} | {trust:g} | {' | '.join(words)} |", flush=True)


def ratio(added: object, plain: object, field: Field, name: str, row: int, is_sum: np.ndarray) -> list[float]:
    """Loss with over loss without: errors of the median at places and at sums, then of all quantiles."""
    ahead = plain.dataset.sizes["time"]
    truth = field.dataset[name].transpose("time", "place").values[row + 1 : row + 1 + ahead].astype(float)
    before, after = (losses(one.dataset[name], truth) for one in (plain, added))
    return [np.nansum(after[i][part]) / np.nansum(before[i][part]) for i in (0, 1) for part in (~is_sum, is_sum)]


if __name__ == "__main__":
    main()
