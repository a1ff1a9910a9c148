"""The four-axis protocol: every split, task and model of a suite, scored on the same cells, masked and unmasked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES
from chronotope.evaluate.asking import Cost, measured
from chronotope.evaluate.protocols.memoriser import Memoriser
from chronotope.evaluate.protocols.questions import TASKS, Exam, questions_of
from chronotope.evaluate.protocols.specialist import TrainedRidge
from chronotope.evaluate.protocols.splits import Split, splits_of
from chronotope.evaluate.scores.sums import Sums, assemble, collapse, or_broken, tabled
from chronotope.evaluate.scores.table import Entry, definitions, score_rows
from chronotope.evaluate.sets.sheet import Sheet
from chronotope.evaluate.sets.yardsticks import Yardstick, foreign
from chronotope.questions import Predictor

FORECAST_FLOORS = ("last_value", "seasonal_naive", "climatology_quantiles", "anomaly_persistence", "marginal_recent", "mix", "ridge")
GAP_FLOORS = ("linear", "climatology_quantiles", "anomaly_persistence", "similar_places")
PLACE_FLOORS = ("neighbour_mean", "inverse_distance", "kriging", "marginal")
FLOORS = {"forecast": FORECAST_FLOORS, "impute": GAP_FLOORS, "interpolate": PLACE_FLOORS}
LEARNERS = ("memoriser", TrainedRidge.name)
MASKED = ("mae", "rmse", "r2", "n")
Part = tuple[np.ndarray, ...]
WORDS = {
    "mae_ratio": "mae over the smallest mae of any floor on the same cells, chosen afterwards",
    "wql_ratio": "wql over the smallest wql of any floor on the same cells, chosen afterwards",
    "masked": "the same over cells whose truth is not zero, as papers on traffic count; without the word zeros count too",
    "n": "cells with a known truth",
    "seconds": "processor time of the answers",
    "fit_seconds": "processor time of fitting on a split, of the models that are fitted on it",
    "memory_mb": "most memory that a call took beyond what the process held before",
}


def defined() -> dict[str, str]:
    """What the numbers of the protocol mean."""
    return definitions([*tabled("quantiles"), *WORDS, "broken"], **WORDS)


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
    table.attrs = {"definitions": defined(), "memory_mb": asker.memory}
    return table


class Asker:
    """Asks a predictor a question once, however many splits share it, and keeps sums, costs and the most memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[Part, Part, Cost]] = {}
        self.memory: dict[str, float] = {}

    def forget(self) -> None:
        """Drop the answers of a set that is done."""
        self.kept.clear()

    def sums(self, predictor: Predictor, exams: Sequence[Exam], keep: bool = True) -> tuple[Sums, Sums]:
        """Sums over all cells, and over those whose truth is not zero.

        Raises:
            Exception: whatever the predictor breaks with.
        """
        every, masked, costs = zip(*(self._one(predictor, one, keep) for one in exams))
        return assemble(every, sum(costs, Cost())), assemble(masked)

    def _one(self, predictor: Predictor, exam: Exam, keep: bool) -> tuple[Part, Part, Cost]:
        key = (predictor.name, exam.key())
        if keep and key in self.kept:
            return self.kept[key]
        answer, cost = measured(predictor, exam.question)
        self.memory[predictor.name] = float(np.fmax(cost.peak, self.memory.get(predictor.name, np.nan)))
        nonzero = np.where(exam.truth != 0, exam.truth, np.nan)
        made = collapse(answer, exam.truth), collapse(answer, nonzero), cost
        if keep:
            self.kept[key] = made
        return made


def _rows(one: Yardstick, split: Split, models: Sequence[Predictor], asker: Asker, learners: tuple[str, ...]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    fitted = _fitted(split, learners)
    for task in TASKS:
        exams = questions_of(split, task)
        if not exams:
            continue
        floors: list[Predictor] = [BASELINES[name]() for name in FLOORS[_kind(task, exams)]]
        known = {floor.name for floor in floors}
        asked = [(p, True, True) for p in floors] + [(p, False, True) for p in models if p.name not in known]
        asked += [(p, False, False) for p in fitted if task == "forecast" or p.name == "memoriser"]
        made = [(p, floor, *_asked(asker, p, exams, keep)) for p, floor, keep in asked]
        rows += _ranked({"set": one.name, "layout": one.layout, "domain": one.domain}, split, task, made)
    return rows


def _asked(asker: Asker, predictor: Predictor, exams: Sequence[Exam], keep: bool) -> tuple[Sums, Sums]:
    """Sums over all cells and over those that are not zero; sums of nothing where the predictor broke."""
    masked: list[Sums] = []

    def asked() -> Sums:
        every, other = asker.sums(predictor, exams, keep)
        masked.append(other)
        return every

    every = or_broken(asked)
    return every, (masked or [every])[0]


def _kind(task: str, questions: Sequence[Exam]) -> str:
    """The task whose floors answer: places that were seen before and after have gaps, even if the task is to read between them."""
    question = questions[0].question
    return "impute" if task == "interpolate" and (question.asked & question.seen.any(axis=0)).any() else task


def _fitted(split: Split, learners: tuple[str, ...]) -> list[Predictor]:
    out: list[Predictor] = []
    if "memoriser" in learners:
        out.append(Memoriser(split.train))
    own = [part for part in split.train if part.sheet.name == split.set]
    if TrainedRidge.name in learners and own:
        out.append(TrainedRidge(own, split.horizon))
    return out


def _ranked(about: dict[str, Any], split: Split, task: str, made: list[tuple[Predictor, bool, Sums, Sums]]) -> list[dict[str, Any]]:
    about = about | {"axis": split.axis, "mode": split.mode, "variant": split.variant, "task": task}
    entries = [Entry(p.name, every, floor) for p, floor, every, _ in made]
    rows = score_rows(entries, None, lambda one: about | {"model": one.shown, "is_floor": one.floor})
    ranks = pd.Series([row["wql"] for row in rows]).rank(method="min")
    for row, rank, (predictor, _, every, masked) in zip(rows, ranks, made):
        scores = masked.scores()
        row |= {f"{key}_masked": scores[key] for key in MASKED}
        row |= {"seconds": every.cost.processor, "fit_seconds": getattr(predictor, "seconds", 0.0), "rank": float(rank)}
    return rows
