"""The four-axis protocol: every split, task and model of a suite, scored on the same cells, masked and unmasked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES
from chronotope.errors import ChronotopeError
from chronotope.evaluate.metrics.probabilistic import pinball
from chronotope.evaluate.protocols.memoriser import Memoriser
from chronotope.evaluate.protocols.questions import TASKS, Exam, questions_of
from chronotope.evaluate.protocols.specialist import TrainedRidge
from chronotope.evaluate.protocols.splits import Split, splits_of
from chronotope.evaluate.sets.sheet import Sheet
from chronotope.evaluate.sets.yardsticks import Yardstick
from chronotope.questions import QUANTILE_LEVELS, Predictor

FORECAST_FLOORS = ("last_value", "seasonal_naive", "climatology_quantiles", "anomaly_persistence", "marginal_recent", "mix", "ridge")
GAP_FLOORS = ("linear", "climatology_quantiles", "anomaly_persistence", "similar_places")
PLACE_FLOORS = ("neighbour_mean", "inverse_distance", "kriging", "marginal")
FLOORS = {"forecast": FORECAST_FLOORS, "impute": GAP_FLOORS, "interpolate": PLACE_FLOORS}
LEARNERS = ("memoriser", "specialist ridge")
DEFINITIONS = {
    "mae": "mean absolute error of the median, units of the variable",
    "rmse": "root of the mean squared error of the median",
    "r2": "one less the squared error over that of the mean of the truth",
    "wql": "weighted quantile loss of nine quantiles",
    "coverage80": "share of the truth between the quantiles 0.1 and 0.9",
    "mae_ratio": "mae over the smallest mae of any floor on the same cells, chosen afterwards",
    "wql_ratio": "wql over the smallest wql of any floor on the same cells, chosen afterwards",
    "masked": "the same over cells whose truth is not zero, as papers on traffic count; without the word zeros count too",
    "n": "cells with a known truth",
    "seconds": "processor time inside predict",
    "fit_seconds": "processor time of fitting on a split, of the models that are fitted on it",
    "memory_mb": "most memory that a call took beyond what the process held before; of the largest question",
}


@dataclass
class Sums:
    """Sums over cells: number, |miss|, miss^2, pinball (twice the mean over levels), inside, |truth|, truth, truth^2."""

    total: np.ndarray
    seconds: float = 0.0

    def scores(self) -> dict[str, float]:
        """mae, rmse, r2, wql, coverage80 and n."""
        n, error, square, loss, inside, size, first, second = self.total
        if not n:
            return {**dict.fromkeys(("mae", "rmse", "r2", "wql", "coverage80"), float("nan")), "n": 0}
        spread = second - first**2 / n
        return {
            "mae": error / n,
            "rmse": float(np.sqrt(square / n)),
            "r2": 1 - square / spread if spread > 1e-9 * max(second, 1e-30) else float("nan"),
            "wql": loss / size if size > 0 else float("nan"),
            "coverage80": inside / n,
            "n": int(n),
        }


def run(
    chosen: Sequence[Yardstick],
    opened: dict[str, Sheet],
    models: Sequence[Predictor],
    progress: Callable[[str], Any] = lambda line: None,
    learners: Iterable[str] = LEARNERS,
    among: Sequence[Yardstick] = (),
) -> pd.DataFrame:
    """One row per set, axis, mode, variant, task and model (the floors too).

    Args:
        chosen: sets that are scored; those that are not opened are left out.
        opened: sheets by name.
        models: predictors that are asked as they are; they learn nothing from the sets.
        progress: called with a line for every set.
        learners: of `LEARNERS`, fitted on what each split lets them learn from.
        among: the suite that the sets belong to (`chosen` by default): the domain axis learns from its simulated sets.
    """
    rows: list[dict[str, Any]] = []
    asker, others = Asker(), foreign(among or chosen, opened)
    for one in chosen:
        if one.name not in opened:
            continue
        began, count = time.perf_counter(), 0
        for split in splits_of(opened[one.name], one.domain, one.horizon, others):
            rows += _rows(one, split, models, asker, tuple(learners))
            count += 1
        asker.forget()
        progress(f"{one.name} ({one.layout}, {one.domain}): {count} splits, {time.perf_counter() - began:.1f} s")
    table = pd.DataFrame(rows)
    table.attrs = {"definitions": DEFINITIONS, "memory_mb": asker.memory}
    return table


def foreign(chosen: Sequence[Yardstick], opened: dict[str, Sheet], most: int = 5) -> dict[str, list[Sheet]]:
    """Sheets by domain, of the simulated sets, that the domain axis may learn from; they are always there, so that splits stay the same."""
    out: dict[str, list[Sheet]] = {}
    for one in [one for one in chosen if one.origin == "world" and one.quick and one.name in opened][:most]:
        out.setdefault(one.domain, []).append(opened[one.name])
    return out


class Asker:
    """Asks a predictor a question once, however many splits share it, and keeps sums, seconds and the most memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[np.ndarray, np.ndarray, float]] = {}
        self.memory: dict[str, float] = {}
        self.largest: dict[str, int] = {}

    def forget(self) -> None:
        """Drop the answers of a set that is done."""
        self.kept.clear()

    def sums(self, predictor: Predictor, questions: Sequence[Exam], keep: bool = True) -> tuple[Sums, Sums]:
        """Sums over all cells, and over those whose truth is not zero."""
        parts = [self._one(predictor, one, keep) for one in questions]
        every, masked = np.sum([part[0] for part in parts], axis=0), np.sum([part[1] for part in parts], axis=0)
        return Sums(every, sum(part[2] for part in parts)), Sums(masked)

    def _one(self, predictor: Predictor, exam: Exam, keep: bool) -> tuple[np.ndarray, np.ndarray, float]:
        key = (predictor.name, exam.key())
        if keep and key in self.kept:
            return self.kept[key][0], self.kept[key][1], self.kept[key][2]
        largest = exam.question.frame.values.size > self.largest.get(predictor.name, 0)
        with Memory(largest) as used:
            start = time.process_time()
            answer = predictor.answer(exam.question).values
            seconds = time.process_time() - start
        if largest:
            self.largest[predictor.name] = exam.question.frame.values.size
            self.memory[predictor.name] = max(used.most, self.memory.get(predictor.name, 0.0))
        known = np.isfinite(exam.truth) & np.isfinite(answer).all(axis=0)
        made = (_sums(answer, exam.truth, known), _sums(answer, exam.truth, known & (exam.truth != 0)), seconds)
        if keep:
            self.kept[key] = made
        return made


class Memory:
    """The most memory of the process while the block runs, beyond what it held before, in MB; sampled where the system tells."""

    def __init__(self, on: bool) -> None:
        self.on, self.most = on, 0.0

    def __enter__(self) -> Memory:
        self.before = resident()
        self.done = threading.Event()
        if self.on and self.before:
            self.thread = threading.Thread(target=self._watch, daemon=True)
            self.thread.start()
        return self

    def _watch(self) -> None:
        while not self.done.wait(0.01):
            self.most = max(self.most, resident() - self.before)

    def __exit__(self, *problem: Any) -> None:
        self.done.set()
        if self.on and self.before:
            self.thread.join()
            self.most = max(self.most, resident() - self.before)


def resident() -> float:
    """Memory of this process now, MB; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * 4096 / 2**20


def _sums(answer: np.ndarray, truth: np.ndarray, known: np.ndarray) -> np.ndarray:
    low, median, high = (QUANTILE_LEVELS.index(level) for level in (0.1, 0.5, 0.9))
    a, y = answer[:, known].astype(float), truth[known]
    if not len(y):
        return np.zeros(8)
    miss = a[median] - y
    loss = 2 * pinball(a, y, QUANTILE_LEVELS).mean(axis=0).sum()
    inside = ((y >= a[low]) & (y <= a[high])).sum()
    return np.array([len(y), np.abs(miss).sum(), (miss**2).sum(), loss, inside, np.abs(y).sum(), y.sum(), (y**2).sum()])


def _rows(one: Yardstick, split: Split, models: Sequence[Predictor], asker: Asker, learners: tuple[str, ...]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    fitted = _fitted(split, learners)
    for task in TASKS:
        questions = questions_of(split, task)
        if not questions:
            continue
        floors: list[Predictor] = [BASELINES[name]() for name in FLOORS[_kind(task, questions)]]
        known = {floor.name for floor in floors}
        rest = [model for model in models if model.name not in known]
        asked = [(p, True, True) for p in floors] + [(p, False, True) for p in rest]
        asked += [(p, False, False) for p in fitted if task == "forecast" or p.name == "memoriser"]
        made = []
        for predictor, floor, keep in asked:
            try:
                made.append((predictor, floor, asker.sums(predictor, questions, keep)))
            except ChronotopeError:  # this model does not answer such questions: no row, "not run" in the card
                continue
        rows += _ranked(one, split, task, made)
    return rows


def _kind(task: str, questions: Sequence[Exam]) -> str:
    """The task whose floors answer: places that were seen before and after have gaps, even if the task is to read between them."""
    question = questions[0].question
    return "impute" if task == "interpolate" and (question.asked & question.seen.any(axis=0)).any() else task


def _fitted(split: Split, learners: tuple[str, ...]) -> list[Predictor]:
    out: list[Predictor] = []
    if "memoriser" in learners:
        out.append(Memoriser(split.train))
    own = [part for part in split.train if part.sheet.name == split.set]
    if "specialist ridge" in learners and own:
        out.append(TrainedRidge(own, split.horizon))
    return out


def _ranked(one: Yardstick, split: Split, task: str, made: list[tuple[Predictor, bool, tuple[Sums, Sums]]]) -> list[dict[str, Any]]:
    spent = {p.name: (every.seconds, getattr(p, "seconds", 0.0)) for p, _, (every, _) in made}
    scores = [(p.name, floor, every.scores(), masked.scores()) for p, floor, (every, masked) in made]
    best = {key: np.nanmin([s[key] for _, floor, s, _ in scores if floor] or [np.nan]) for key in ("mae", "wql")}
    rows = []
    for name, floor, every, masked in scores:
        row: dict[str, Any] = {
            "set": one.name, "layout": one.layout, "domain": one.domain, "axis": split.axis, "mode": split.mode, "variant": split.variant,
            "task": task, "model": name, "is_floor": floor, **every,
        }  # fmt: skip
        row |= {f"{key}_ratio": every[key] / best[key] if best[key] > 0 else np.nan for key in best}
        row |= {f"{key}_masked": masked[key] for key in ("mae", "rmse", "r2", "n")}
        rows.append({**row, "seconds": spent[name][0], "fit_seconds": spent[name][1]})
    ranks = pd.Series([row["wql"] for row in rows]).rank(method="min")
    for row, rank in zip(rows, ranks):
        row["rank"] = float(rank)
    return rows
