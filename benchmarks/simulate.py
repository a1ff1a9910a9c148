"""Do members belong together? Scores and coverage of cells, sums and maxima, beside plain ways to join cells.

    python benchmarks/simulate.py --model tiny --origins 8 --worlds 8

All ways get the same quantiles of the same model, spread evenly over the members; they differ in what belongs
together alone:

    independent  every cell on its own
    shuffled     places on their own, leads of a place in one order
    together     one order for all cells
    series       leads of a place as they missed together in the past, places on their own
    templates    whole misses at past origins, mixed
    apart        leads and places apart
    without      templates or leads and places apart, as the past allows
    simulate     the same with what the mean of all places, told as one series, says that members have in common

Scores are of up to 300 cells of an origin drawn at random, in deviations of each series, over the best of
`independent` and `shuffled`. Coverage is that of the 80 % interval: of single cells, of the sum over places
at each lead, of the maximum over leads at each place.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from chronotope.data.panel import Panel
from chronotope.evaluate.metrics import energy_score, variogram_score
from chronotope.evaluate.sets.suites import HeldOut, data_root, sets_named
from chronotope.inspect.support import support_of
from chronotope.model.support import unwound
from chronotope.model.totals import totals_asked
from chronotope.questions import Predictor, Question
from chronotope.questions.kinds.forecast import ahead
from chronotope.questions.kinds.gaps import between
from chronotope.tasks.load import load
from chronotope.worlds import draw
from chronotope.wrappers.joined import generator
from chronotope.wrappers.joint.ahead import scores_ahead
from chronotope.wrappers.joint.anomalies import anomalies
from chronotope.wrappers.joint.bridges import scores_between
from chronotope.wrappers.joint.dependence import Alone, root_over_leads, standardised
from chronotope.wrappers.joint.margins import LEVELS, evened, values_at
from chronotope.wrappers.joint.whole import shared

SETS = (
    "metr_la_week,ngsim_speed_field,beijing_metro,pittsburgh_bike,parking_bremen,matapedia_stations,"
    "vic_basin_temperature,"
    "influenza_japan,chickenpox_hungary,covid19_italy_provinces,pacific_sst_anomaly,india_air_quality"
)
MEMBERS, PLACES, ROWS, CELLS = 50, 48, 4000, 300
FLOORS = ["independent", "shuffled"]
PLAIN = [*FLOORS, "together"]

Way = Callable[[Question, int, np.random.Generator], np.ndarray]


def independent(question: Question, number: int, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((number, *question.asked[question.rows].shape))


def shuffled(question: Question, number: int, rng: np.random.Generator) -> np.ndarray:
    h, n, v = question.asked[question.rows].shape
    return np.repeat(rng.standard_normal((number, 1, n, v)), h, axis=1)


def together(question: Question, number: int, rng: np.random.Generator) -> np.ndarray:
    return np.broadcast_to(rng.standard_normal((number, 1, 1, 1)), (number, *question.asked[question.rows].shape)).copy()


def series(question: Question, number: int, rng: np.random.Generator) -> np.ndarray:
    first, leads = question.first, question.rows - question.first + 1
    x = question.visible()[:first].reshape(first, -1).astype(float)
    past = anomalies(question.frame.slice_time(0, first), x, leads)
    origins = np.unique(np.linspace(0, first - int(leads[-1]) - 1, 256).astype(int))
    root = root_over_leads(standardised(past.misses(origins, leads)))
    return Alone((root,), np.zeros(x.shape[1], int)).scores(number, rng).reshape(number, len(leads), *question.asked.shape[1:])


def learnt(way: str | None) -> Way:
    return lambda question, number, rng: scores_ahead(question, number, rng, totals_asked(question), way)


def bridged(question: Question, number: int, rng: np.random.Generator) -> np.ndarray:
    return scores_between(question, number, rng)


WAYS: dict[str, Way] = {
    "independent": independent, "shuffled": shuffled, "together": together, "series": series,
    "templates": learnt("templates"), "apart": learnt("apart"), "without": learnt(None),
}  # fmt: skip


GAPS: dict[str, Way] = {name: WAYS[name] for name in ("independent", "shuffled", "together")} | {"simulate": bridged}


def measured(predictor: Predictor, question: Question, truth: np.ndarray, seed: int) -> list[dict]:
    """A row per way for one origin."""
    visible = question.visible()
    support = support_of(visible, question.frame.variables, question.frame.units)
    told, straight = predictor.answer(question.wanting(LEVELS)).values, unwound(question, support)
    size = np.nanstd(visible, axis=0)
    known = np.isfinite(truth) & question.asked[question.rows] & (size > 0)
    y = np.where(known, truth, 0.0) / np.where(size > 0, size, 1.0)
    some = np.random.default_rng(0).permutation(np.flatnonzero(known))[:CELLS]
    rows, ways = [], GAPS if question.both_sides else WAYS | {"simulate": WAYS["without"]}
    for name, way in ways.items():
        raw = way(straight, MEMBERS + 1, generator(question, seed))
        scores = evened(raw)
        if name == "simulate" and not question.both_sides:
            scores = scores + shared(predictor, question, told, raw, support)[:, :, None]
        values = [values_at(scores[:, h], told[:, h], support) for h in range(told.shape[1])]
        x = np.where(known, np.stack(values, axis=1), 0.0) / np.where(size > 0, size, 1.0)
        flat, real = x.reshape(MEMBERS, -1)[:, some], y.ravel()[some]
        row = {
            "way": name,
            "energy": float(energy_score(flat, real, axis=())),
            "variogram": float(variogram_score(flat, real, axis=())),
        }
        high, top = np.where(known, x, -np.inf).max(axis=1), np.where(known, y, -np.inf).max(axis=0)
        row |= {"cells": inside(x, y, known), "sums": inside(x.sum(axis=2), y.sum(axis=1), known.any(axis=1))}
        rows.append(row | {"maxima": inside(high, top, known.any(axis=0))})
    return rows


def inside(members: np.ndarray, truth: np.ndarray, known: np.ndarray) -> float:
    """Share of the truths (...) inside the 80 % interval of the members (m, ...)."""
    members = np.where(known, members, 0.0)
    low, high = np.quantile(members, (0.1, 0.9), axis=0, method="weibull")
    return float(((low <= truth) & (truth <= high))[known].mean()) if known.any() else np.nan


def asked(panel: Panel, horizon: int, rows: list[int], targets: int) -> list[tuple[Question, np.ndarray]]:
    """Questions at the origins, and what came; at most so many places and rows."""
    n = panel.values.shape[1]
    panel = panel.take_places(np.unique(np.linspace(0, n - 1, min(n, PLACES)).astype(int)))
    target = np.arange(panel.values.shape[2]) < targets
    return [(ahead(panel, row, horizon, context=ROWS, target=target), panel.after(row, horizon)) for row in rows]


def hidden(panel: Panel, horizon: int, rows: list[int], targets: int) -> list[tuple[Question, np.ndarray]]:
    """Questions about a gap as long as the horizon after each origin, at every second place, and what was hidden."""
    out, v = [], panel.values.shape[2]
    for row in rows:
        n = panel.values.shape[1]
        part = panel.take_places(np.unique(np.linspace(0, n - 1, min(n, PLACES)).astype(int)))
        low = max(row + 1 - ROWS // 4, 0)
        part = part.slice_time(low, min(row + ROWS // 4, len(panel.times)))
        gap = np.zeros(part.values.shape, bool)
        gap[row + 1 - low : row + 1 - low + horizon, ::2] = np.arange(v) < targets
        question = between(part, gap & part.mask)
        if question.asked.any():
            out.append((question, part.values[question.rows].astype(float)))
    return out


def real_questions(entry: HeldOut, origins: int, ask: Callable = asked) -> list[tuple[Question, np.ndarray]]:
    """Questions of a real set at so many of its origins, about at most two variables, and what came."""
    panel, targets = entry.open(data_root())
    rows = entry.rows(panel, len(targets))
    rows = [rows[i] for i in np.unique(np.linspace(0, len(rows) - 1, origins).astype(int))]
    return ask(panel, entry.horizon, rows, min(len(targets), 2))


def cases(args: argparse.Namespace) -> list[tuple[str, Callable[[], list[tuple[Question, np.ndarray]]]]]:
    """Name and questions of every set and world."""

    ask = hidden if args.fill else asked

    def made(seed):
        panel = draw(seed, places=24, steps=600).panel
        return ask(panel, 12, np.linspace(480, 587, max(args.origins // 2, 1)).astype(int).tolist(), 1)

    sets = sets_named(tuple(args.sets.split(","))) if args.sets else []
    seeds = range(100, 100 + args.worlds)
    worlds = [(f"world {draw(seed, places=24, steps=600).family} {seed}", partial(made, seed)) for seed in seeds]
    return [(entry.name, partial(real_questions, entry, args.origins, ask)) for entry in sets] + worlds


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--sets", default=SETS)
    parser.add_argument("--origins", type=int, default=8)
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--fill", action="store_true", help="gaps inside the seen time instead of forecasts")
    parser.add_argument("--seeds", type=int, default=2)
    args = parser.parse_args()
    predictor, rows = load(args.model).predictor, []
    for name, questions in cases(args):
        started = time.perf_counter()
        for origin, (question, truth) in enumerate(questions()):
            for seed in range(args.seeds):
                rows += [{"set": name, "origin": origin, **row} for row in measured(predictor, question, truth, seed)]
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    shown(pd.DataFrame(rows))


def shown(table: pd.DataFrame) -> None:
    """Scores over those of the better floor, and coverages, per set and over all; n and spread of both."""
    mean = table.groupby(["set", "way"], sort=False).mean(numeric_only=True)
    ratios = {}
    for score in ("energy", "variogram"):
        wide = mean[score].unstack(sort=False)
        ratios[score] = wide.div(wide[FLOORS].min(axis=1), axis=0)
        print(f"\n{score} score over the better of {' and '.join(FLOORS)}\n{ratios[score].round(3).to_string()}")
    for what in ("cells", "sums", "maxima"):
        print(f"\ncoverage of the 80 % interval, {what}\n{mean[what].unstack(sort=False).round(2).to_string()}")
    figures = ratios | {what: mean[what].unstack(sort=False) for what in ("cells", "sums", "maxima")}
    for kind, worlds in (("real sets", False), ("worlds", True)):
        part = [name for name in ratios["energy"].index if name.startswith("world ") == worlds]
        if part:
            print(f"\n{kind}, n = {len(part)}, mean (standard deviation over them)")
            print(pd.DataFrame({key: told(wide.loc[part]) for key, wide in figures.items()}).to_string())


def told(wide: pd.DataFrame) -> pd.Series:
    """Mean and spread of each way."""
    return wide.mean().round(3).astype(str) + " (" + wide.std().round(3).astype(str) + ")"


if __name__ == "__main__":
    main()
