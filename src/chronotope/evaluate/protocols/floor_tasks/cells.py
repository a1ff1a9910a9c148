"""Floors of gaps and of hidden places: cells of the last fifth are hidden on purpose and asked."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES, GAP_FLOORS
from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.evaluate.tally import Tally, assemble, collapse
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.tasks.forecast import channels_of

Hide = Callable[[int], np.ndarray]
DRAWS = 5
ROWS = 500  # steps of the test part that are asked, evenly spaced
DEFINITIONS = {
    "mae": "mean absolute error of the median, units of the variable; best 0",
    "mae_spread": f"standard deviation of mae over {DRAWS} draws of what is hidden",
    "rmse": "root of the mean squared error of the median, units of the variable; best 0",
    "bias": "mean of median minus truth, units of the variable; best 0",
    "wql": "weighted quantile loss: twice the pinball loss, mean over nine levels, over the sum of |truth|; best 0",
    "coverage80": "share of the truth between the quantiles 0.1 and 0.9; best 0.8",
    "n": "hidden cells with a known truth, over all draws",
    "seconds": "time inside predict",
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

    return _table(field, panel, target, hide, ("neighbour_mean", "inverse_distance", "kriging", "others_mean"), whole=True)


def _table(field: Field, panel: Panel, target: tuple[str, ...], hide: Hide, names: tuple[str, ...], whole: bool = False) -> pd.DataFrame:
    """The table of floors on five draws of hidden cells; `whole`: a place with a hidden cell is never seen."""
    channels = {name: channels_of(field, (name,)) for name in target}
    wanted = np.any(list(channels.values()), axis=0)
    parts: dict[str, list] = {name: [] for name in names}
    seconds = dict.fromkeys(names, 0.0)
    for draw in range(DRAWS):
        hidden = hide(draw) & wanted & panel.mask
        seen = panel.mask & ~(hidden.any(axis=0) if whole else hidden)
        question = Question(panel, seen, hidden)
        for name in names if len(question.rows) else ():
            start = time.perf_counter()
            answer = _others_mean(question) if name == "others_mean" else BASELINES[name]().answer(question).values
            seconds[name] += time.perf_counter() - start
            parts[name].append(collapse(answer, np.where(hidden[question.rows], panel.values[question.rows], np.nan), False))
    if not any(parts.values()):
        raise DataError("At least one value must be observed in the last fifth to be hidden and asked; found none.")
    tallies = {name: assemble(some, seconds[name]) for name, some in parts.items()}
    rows = [_row(name, variable, tally, at) for variable, at in channels.items() for name, tally in tallies.items()]
    return pd.DataFrame(rows).sort_values(["variable", "wql"], kind="stable", ignore_index=True)


def _row(name: str, variable: str, tally: Tally, at: np.ndarray) -> dict:
    scores = tally.scores(at)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = float(np.nanstd(tally.by_origin("error", at) / tally.by_origin("n", at)))
    kept = {key: scores[key] for key in ("rmse", "bias", "wql", "coverage80", "n")}
    return {"model": f"baseline:{name}", "variable": variable, "mae": scores["mae"], "mae_spread": spread, **kept, "seconds": tally.seconds}


def _others_mean(question: Question) -> np.ndarray:
    """The mean of all seen places in the same step, with the quantiles of what they depart from it."""
    x = question.visible().astype(float)[question.rows]
    count = np.isfinite(x).sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(x, axis=1, keepdims=True) / count
    offset = np.nanquantile(x - mean, QUANTILE_LEVELS, axis=(0, 1))
    offset = offset - offset[QUANTILE_LEVELS.index(0.5)]
    return np.where(question.asked[question.rows], mean + offset[:, None, None], np.nan).astype(np.float32)
