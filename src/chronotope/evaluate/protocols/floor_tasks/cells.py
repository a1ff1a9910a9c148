"""Floors of gaps and of hidden places: cells of the last fifth are hidden on purpose and asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES, GAP_FLOORS
from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.evaluate.asking import Cost, measured
from chronotope.evaluate.scores.sums import Sums, assemble, collapse, each_or_broken
from chronotope.evaluate.scores.table import plain_table
from chronotope.inspect.circle import ways_of
from chronotope.questions import AbstractQuantilePredictor, Predictor, Question
from chronotope.tasks.forecast import channels_of

Hide = Callable[[int], np.ndarray]
DRAWS = 5
ROWS = 500  # steps of the test part that are asked, evenly spaced
WORDS = {
    "mae_spread": f"standard deviation of mae over {DRAWS} draws of what is hidden",
    "n": "hidden cells with a known truth, over all draws",
    "seconds": "time of the answers",
}


def gaps(field: Field, target: tuple[str, ...], seed: int, length: int = 6) -> pd.DataFrame:
    """Scores of filling runs of `length` steps that were cut out of a fifth of the last fifth; both sides are seen."""
    panel = field.panel()
    first = int(0.8 * len(panel.times))

    def hide(draw: int) -> np.ndarray:
        rng = np.random.default_rng([seed, draw])
        runs = -(-(len(panel.times) - first) // length)
        cut = (rng.random((runs, *panel.values.shape[1:])) < 0.2).repeat(length, axis=0)[: len(panel.times) - first]
        cut[-1:] = False  # so that every gap has two sides
        return np.concatenate([np.zeros((first, *cut.shape[1:]), bool), cut])

    return _table(field, panel, target, hide, ("last_value", "seasonal_naive", "climatology", "mix", *GAP_FLOORS))


def places(field: Field, target: tuple[str, ...], seed: int, share: float = 0.25) -> pd.DataFrame:
    """Scores of reading a share of the places, hidden altogether, in the last fifth.

    Raises:
        DataError: there are fewer than four places.
    """
    panel = field.panel()
    count = panel.values.shape[1]
    if count < 4:
        raise DataError(f"At least four places are needed to hide a quarter of them; found {count}.")
    rows = np.unique(np.linspace(int(0.8 * len(panel.times)), len(panel.times) - 1, ROWS).astype(int))

    def hide(draw: int) -> np.ndarray:
        gone = np.random.default_rng(seed + draw).permutation(count)[: max(int(share * count), 1)]
        hidden = np.zeros(panel.values.shape, bool)
        hidden[np.ix_(rows, gone)] = True
        return hidden

    return _table(field, panel, target, hide, ("neighbour_mean", "inverse_distance", "kriging", OthersMean.name), whole=True)


def _table(field: Field, panel: Panel, target: tuple[str, ...], hide: Hide, names: tuple[str, ...], whole: bool = False) -> pd.DataFrame:
    """The table of floors on five draws of hidden cells; `whole`: a place with a hidden cell is never seen."""
    channels = {name: channels_of(field, (name,)) for name in target}
    wanted = np.any(list(channels.values()), axis=0)
    questions = []
    for draw in range(DRAWS):
        hidden = hide(draw) & wanted & panel.mask
        one = Question(panel, panel.mask & ~(hidden.any(axis=0) if whole else hidden), hidden)
        questions += [one] if len(one.rows) else []
    if not questions:
        raise DataError("At least one value must be observed in the last fifth to be hidden and asked; found none.")
    shape = (len(questions), 1, *panel.values.shape[1:])
    work = {f"baseline:{name}": partial(_asked, name, questions) for name in names}
    return plain_table(each_or_broken(work, shape), channels, "wql", _spread)


def _asked(name: str, questions: list[Question]) -> Sums:
    floor: Predictor = OthersMean() if name == OthersMean.name else BASELINES[name]()
    parts, cost = [], Cost()
    for one in questions:
        answer, spent = measured(floor, one)
        ways = ways_of(one.frame.values, one.frame.called, one.frame.units)
        parts.append(collapse(answer, np.where(one.asked, one.frame.values, np.nan)[one.rows], ways=ways))
        cost += spent
    return assemble(parts, cost)


def _spread(sums: Sums, at: np.ndarray | None) -> dict[str, float]:
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = sums.by_origin("error", at) / sums.by_origin("n", at)
    return {"mae_spread": float(np.nanstd(errors)) if np.isfinite(errors).any() else float("nan")}


class OthersMean(AbstractQuantilePredictor):
    """The mean of all seen places in the same step, with the quantiles of what they depart from it."""

    name, kind = "others_mean", "floor"

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) of the asked cells; see `AbstractQuantilePredictor`."""
        x = question.visible().astype(float)[question.rows]
        count = np.isfinite(x).sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.nansum(x, axis=1, keepdims=True) / count
        offset = np.nanquantile(x - mean, question.levels, axis=(0, 1))
        offset = offset - offset[question.levels.index(0.5)]
        return np.where(question.asked[question.rows], mean + offset[:, None, None], np.nan).astype(np.float32)
