"""Gaps of seven kinds on kept-out sets, beside plain ways to fill them: python benchmarks/gaps.py --model small [--sets metr_la_week,...]

    cells     single cells at random, a tenth of what is seen
    runs      runs of twelve steps of single series, a tenth
    outages   blocks of six steps in which every place is silent, a tenth of the steps
    values    single cells, the more often the higher their value stands in its series, a tenth
    long      runs of 96 steps of single series, a tenth; only with --kinds, as the next
    stations  a quarter of the places, each silent for a third of the steps
    ends      a quarter of the places, which begin a third late or end a third early, in turn

Of each set the first target is taken: the 60 places and the 600 steps in which most is seen. WQL and MAE are over the best of straight
lines, the last value, the same phase before, means of phases, the neighbours' mean, inverse distance, kriging, similar places, the most
alike steps and the mix, each chosen afterwards for each set, kind and score. None of the sets is in the corpus of any weights that ship
(their cards list it, and what is kept out). Halves of the sets are told by their names: who changes rules chooses on the first, and looks
at the second once.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from chronotope.baselines import BASELINES, GAP_FLOORS
from chronotope.data.panel import Panel
from chronotope.errors import ChronotopeError
from chronotope.evaluate.sets.suites import data_root, sets_named
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question
from chronotope.tasks.load import load

SETS = (
    "metr_la_week", "ngsim_speed_field", "beijing_metro", "pittsburgh_bike", "parking_bremen", "ev_sao_paulo", "matapedia_stations",
    "vic_basin_temperature", "india_air_quality", "influenza_japan", "chickenpox_hungary", "pacific_sst_anomaly", "auckland_pedestrians",
    "bengaluru_metro", "us_flights_2001", "germany_wind_hourly", "tetouan_power_zones", "smart_meters_nsw", "water_districts_ferrara",
    "us_avocado_market", "soil_moisture_cook_farm", "tao_buoys_daily", "northwest_smoke_pm25", "france_catchments_daily",
)  # fmt: skip
FLOORS = (*GAP_FLOORS, "last_value", "seasonal_naive", "climatology", "mix")
STEPS, PLACES = 600, 60
SHARE, RUN, LONG, OUTAGE = 0.1, 12, 96, 6
STEEP = 2.0  # how much more often high values are hidden, by their normal scores


def source_of(name: str) -> Panel:
    """The places and steps of a set that are looked at, its first target."""
    panel, names = sets_named((name,))[0].open(data_root())
    panel = replace(
        panel, values=np.ascontiguousarray(panel.values[..., :1]), variables=names[:1], units=panel.units[:1], totals=panel.totals[:1]
    )
    seen = panel.mask[..., 0]
    steps = min(STEPS, len(seen))
    total = np.convolve(seen.sum(axis=1), np.ones(steps), "valid")
    start = len(total) - 1 - int(np.argmax(total[::-1]))
    part = panel.slice_time(start, start + steps)
    best = np.argsort(-part.mask[..., 0].sum(axis=0), kind="stable")[:PLACES]
    return part.take_places(np.sort(best))


def cells(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Single cells at random, bool (t, n)."""
    return rng.random(values.shape) < SHARE


def runs(values: np.ndarray, rng: np.random.Generator, length: int = RUN) -> np.ndarray:
    """Runs of single series."""
    out = np.zeros(values.shape, bool)
    for row, place in zip(*np.nonzero(rng.random(values.shape) < SHARE / length)):
        out[row : row + length, place] = True
    return out


def outages(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blocks of steps in which every place is silent, never the first or the last steps."""
    blocks = len(values) // OUTAGE
    some = 1 + rng.permutation(blocks - 2)[: max(2, round(SHARE * blocks))]
    out = np.zeros(values.shape, bool)
    for block in some:
        out[block * OUTAGE : (block + 1) * OUTAGE] = True
    return out


def by_value(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Single cells, the more often the higher their value stands in its series."""
    rank = np.argsort(np.argsort(np.where(np.isfinite(values), values, -np.inf), axis=0), axis=0) / len(values)
    chance = np.exp(STEEP * (rank - 1)) / np.exp(STEEP * (np.arange(len(values)) / len(values) - 1)).mean()
    return rng.random(values.shape) < SHARE * chance


def stations(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A quarter of the places, each silent for a third of the steps."""
    out, third = np.zeros(values.shape, bool), len(values) // 3
    for place in rng.permutation(values.shape[1])[: max(1, values.shape[1] // 4)]:
        start = int(rng.integers(0, len(values) - third))
        out[start : start + third, place] = True
    return out


def ends(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A quarter of the places, which begin a third late or end a third early, in turn."""
    out, third = np.zeros(values.shape, bool), len(values) // 3
    for number, place in enumerate(rng.permutation(values.shape[1])[: max(1, values.shape[1] // 4)]):
        out[-third:, place] = number % 2 == 0
        out[:third, place] = number % 2 == 1
    return out


USUAL = {"cells": cells, "runs": runs, "outages": outages, "values": by_value}
KINDS = USUAL | {"long": partial(runs, length=LONG), "stations": stations, "ends": ends}


def asked(name: str, panel: Panel, kind: str) -> Question:
    """The question about gaps of a kind, drawn by the names of the set and of the kind."""
    rng = np.random.default_rng(int(hashlib.sha256(f"{name} {kind}".encode()).hexdigest()[:8], 16))
    hidden = KINDS[kind](panel.values[..., 0], rng)[..., None] & panel.mask
    return Question(panel, panel.mask & ~hidden, hidden)


def scores(predictor: Predictor, question: Question) -> np.ndarray:
    """Weighted quantile loss, mean absolute error, share inside 80 % intervals; NaN of a floor that cannot answer the question."""
    try:
        answer = predictor.answer(question).values
    except ChronotopeError:
        return np.full(3, np.nan)
    there = question.asked[question.rows]
    off, levels = question.frame.values[question.rows][there] - answer[:, there], np.array(QUANTILE_LEVELS)[:, None]
    size = np.abs(question.frame.values[question.asked]).mean()
    loss = 2 * np.maximum(levels * off, (levels - 1) * off).mean() / size
    return np.array([loss, np.abs(off[len(off) // 2]).mean(), np.mean((off[0] >= 0) & (off[-1] <= 0))])


def half(name: str) -> str:
    """The half of the sets that a name belongs to."""
    return "first" if int(hashlib.sha256(("half " + name).encode()).hexdigest(), 16) % 2 == 0 else "second"


def row_of(model: Predictor, name: str, panel: Panel, kind: str, without: tuple[str, ...] = ()) -> dict[str, object]:
    """Ratios to the best floor of one set and kind, cover, hidden cells, and which floors were best."""
    question = asked(name, panel, kind)
    floors = {one: scores(BASELINES[one](), question)[:2] for one in FLOORS if one not in without}
    floors = {one: found for one, found in floors.items() if np.isfinite(found).all()}
    best = [min(floors, key=lambda one, score=score: floors[one][score]) for score in (0, 1)]
    wql, mae, hold = scores(model, question)
    ratios = {"wql": float(wql / floors[best[0]][0]), "mae": float(mae / floors[best[1]][1]), "cover": float(hold)}
    return {"set": name, "half": half(name), "kind": kind, "n": int(question.asked.sum()), **ratios, "best": best}


def summed(rows: list[dict[str, object]], words: str) -> str:
    """Geometric means over sets with their standard errors, and the mean cover."""
    table = np.array([[row["wql"], row["mae"], row["cover"]] for row in rows], float)
    logs = np.log(table[:, :2])
    wql, mae = np.exp(logs.mean(axis=0))
    errors = np.exp(logs.mean(axis=0)) * logs.std(axis=0, ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else (np.nan, np.nan)
    hold, n = table[:, 2].mean(), sum(int(row["n"]) for row in rows)  # type: ignore[call-overload]
    return (
        f"{words:16s} {len(rows):3d} rows, {n:7d} cells: WQL {wql:.3f} (se {errors[0]:.3f})  MAE {mae:.3f} (se {errors[1]:.3f})  "
        f"80 % hold {hold:.3f} (sd {table[:, 2].std():.3f})"
    )


def main() -> None:
    """Print one line a set and kind, then geometric means by kind, by half, and of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="small", help="small, tiny, or a folder of weights")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--kinds", default=",".join(USUAL))
    parser.add_argument("--without", default="", help="plain ways that are not looked at, such as mix, which ships with the networks")
    parser.add_argument("--json", type=Path, help="write the rows here")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    model, rows = load(args.model).predictor, []
    for name in args.sets.split(","):
        panel = source_of(name)
        for kind in args.kinds.split(","):
            if not asked(name, panel, kind).asked.any():
                continue  # chance hid nothing of a few short series
            rows.append(row_of(model, name, panel, kind, tuple(args.without.split(","))))
            one = rows[-1]
            size = f"{panel.values.shape[0]} x {panel.values.shape[1]}"
            told = f"WQL {one['wql']:.3f}  MAE {one['mae']:.3f}  80 % hold {one['cover']:.2f}  (best: {', '.join(one['best'])})"  # type: ignore[arg-type]
            print(f"{name:24s} {one['half']:6s} {size:9s} {kind:8s} {one['n']:6d} cells: {told}", flush=True)
    for kind in args.kinds.split(","):
        print(summed([row for row in rows if row["kind"] == kind], kind))
    for part in ("first", "second"):
        some = [row for row in rows if row["half"] == part]
        if some:
            print(summed(some, f"{part} half"))
    print(summed(rows, "all"))
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
