"""How many events, and where? Rates of events beside the floors, and whether the number of all that come lies in the drawn intervals.

    python benchmarks/events.py --model tiny

Origins over the last fifth of the time of each set, four steps ahead. Nats per event beyond one rate everywhere: the floors, the mix of
cells without and with the told sums, and how far the number of all events was off (mean of the absolute log ratio). `--draws` adds how
often that number lies in the 80 % interval of 100 drawn members.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES
from chronotope.data.field import Field
from chronotope.evaluate.protocols.event_backtest import backtest_events
from chronotope.evaluate.sets.suites import data_root
from chronotope.opening.open import open_field
from chronotope.questions.predictor import shown_name
from chronotope.tasks.events.forecast import BELIEVED, BESIDE
from chronotope.tasks.load import as_model
from chronotope.tasks.verbs import Model
from chronotope.wrappers.lifted import Lifted
from chronotope.wrappers.mixed_rates import MixedRates

HORIZON, MEMBERS = 4, 100
SETS = """
california_fires cincinnati_burglary earthquakes fires_australia forest_fires_la_mancha houston_crime minneapolis_police_stops
nyc_vehicle_thefts satellite_wind_tracks tempe_overdose_calls
""".split()
SUFFIXES = (".nc", ".csv", ".gz", ".parquet", ".npz")


def read(name: str) -> Field:
    """The events of a set."""
    files = sorted(file for file in (data_root() / name).iterdir() if file.suffix in SUFFIXES)
    return next(field for field in map(open_field, files) if field.kind == "events")


def rivals(name: str) -> list[Model]:
    """The floors, the model's mix of cells alone, and the model."""
    model = as_model(name)
    alone = MixedRates([Lifted(model.predictor), *(BASELINES[floor]() for floor in BESIDE)], BELIEVED)
    alone.name = "cells alone"
    return [*(Model(BASELINES[floor]()) for floor in BESIDE), Model(alone), model]


def off(models: list[Model], field: Field, origins: int) -> pd.DataFrame:
    """Gain of each model, and how far the number of all events was off at each origin."""
    tables = [backtest_events(models, field, HORIZON, origins=origins)]
    moments = pd.to_datetime(tables[0].attrs["origins"])
    step, cell = tables[0].attrs["step"], tables[0].attrs["cell"]
    times = pd.DatetimeIndex(field.dataset["time"].values).sort_values()
    came = [int(((times > at) & (times <= at + HORIZON * pd.Timedelta(step))).sum()) for at in moments]
    told = {}
    for model in models:
        rates = [float(model.forecast(field, HORIZON, step=step, cell=cell, at=at).rate.sum()) for at in moments]
        told[shown_name(model.predictor)] = np.mean(np.abs(np.log((np.array(rates) + 1) / (np.array(came) + 1))))
    table = tables[0].set_index("model")[["gain", "n"]]
    return table.assign(off=pd.Series(told))


def holds(model: Model, field: Field, origins: int) -> float:
    """Share of origins at which the number of all events lies in the 80 % interval of the members."""
    table = backtest_events(BASELINES["homogeneous_poisson"](), field, HORIZON, origins=origins)
    step, cell, inside = table.attrs["step"], table.attrs["cell"], []
    times = pd.DatetimeIndex(field.dataset["time"].values).sort_values()
    for at in pd.to_datetime(table.attrs["origins"]):
        members = model.simulate(field, HORIZON, MEMBERS, step=step, cell=cell, at=at).dataset["member"].values
        low, high = np.quantile(np.bincount(members, minlength=MEMBERS), [0.1, 0.9])
        inside.append(low <= ((times > at) & (times <= at + HORIZON * pd.Timedelta(step))).sum() <= high)
    return float(np.mean(inside))


def main() -> None:
    """Print a row per set."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--origins", type=int, default=6)
    parser.add_argument("--draws", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in options.sets.split(","):
        field = read(name)
        table = off(rivals(options.model), field, options.origins)
        cells = "  ".join(f"{model} {row.gain:.3f} ({row.off:.2f})" for model, row in table.iterrows())
        said = f"  sum holds {holds(as_model(options.model), field, options.origins):.2f}" if options.draws else ""
        print(f"{name:26s} n {int(table['n'].iloc[0]):6d}  {cells}{said}", flush=True)


if __name__ == "__main__":
    main()
