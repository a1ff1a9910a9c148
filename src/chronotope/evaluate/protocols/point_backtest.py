"""Back-test of moving sensors: values from past origins where the objects went on to, against what they measured, beside two floors."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.fixes import Fixes, fixes_of
from chronotope.data.stamps import stamp_words, zone_of
from chronotope.errors import ArgumentError, ChronotopeError, DataError
from chronotope.evaluate.asking import sentence
from chronotope.evaluate.protocols.track_backtest import origins_of_fixes
from chronotope.evidence.distributions import pinball_loss
from chronotope.inspect.circle import around_truth, beside, directions_of, way_of
from chronotope.inspect.support import TURN
from chronotope.questions import QUANTILE_LEVELS, Predictor
from chronotope.questions.predictor import shown_name
from chronotope.tasks.forecast import answered
from chronotope.tasks.points.forecast import forecast_points
from chronotope.tasks.points.profiles import at_depths, depths_asked, has_levels
from chronotope.tasks.verbs import Model

LOW, MIDDLE, HIGH = 0, len(QUANTILE_LEVELS) // 2, len(QUANTILE_LEVELS) - 1
WORDS = {
    "mae": "mean absolute error of the median, units of the variable; best 0",
    "rmse": "root of the mean squared error of the median; best 0",
    "bias": "mean of median minus truth; best 0",
    "wql": "weighted quantile loss: twice the pinball loss, mean over nine levels, over the sum of |truth|; best 0",
    "coverage80": "share of the truth between the quantiles 0.1 and 0.9; best 0.8",
    "mae_ratio": "mae over that of the better floor, the last value or the mean of each object's past, chosen afterwards",
    "n": "values: an object in a step of an origin in which it measured, up to half a step away",
    "objects": "objects that they belong to",
    "origins": "origins with such a value",
    "seconds": "time for all answers",
    "broken": "what a model broke with, empty where it answered",
}

Answer = Callable[[pd.Timestamp], np.ndarray]
"""From an origin to quantiles (q, h, k, v) of all objects of the field."""


def backtest_points(
    models: list[Model], field: Field, horizon: int, every: int | None = None, *, origins: Any = None, target: Any = None
) -> pd.DataFrame:
    """Scores of values from origins over the last fifth of the fixes; nothing after an origin is read.

    Args:
        models: those that are scored; two floors stand beside them.
        field: points with an object.
        horizon: steps that are scored after each origin.
        every: steps between origins; the horizon by default.
        origins: how many to spread over the last fifth, or time stamps.
        target: variables to score, all that every fix may carry by default.

    Returns:
        A row per model and variable (of profiles, at each of a dozen depths), the smallest mae of each variable first;
        `attrs["definitions"]` says what its columns mean.

    Raises:
        ArgumentError: an argument is not as above.
        KindError: the points have no object.
        DataError: no object measured anything after any origin.
    """
    if has_levels(field, answered(field, target)):
        wanted = answered(field, target)
        field, target = at_depths(field, wanted, depths_asked(field, wanted, None)), None
    fixes, zone = fixes_of(field), zone_of(field.dataset)
    names = tuple(name for name in answered(field, target) if name in fixes.variables)
    step, moments = origins_of_fixes(fixes, horizon, every, origins, field.step, zone)
    truth = np.stack([_measured(fixes, names, moment + step * np.arange(1, horizon + 1), step) for moment in moments])
    if not np.isfinite(truth).any():
        raise DataError(f"At least one object must measure after an origin; none does for {horizon} steps of {step / 1e9:g} s.")
    stamps = [pd.Timestamp(moment) for moment in moments]
    makers: dict[str, Answer] = {shown_name(one.predictor): partial(_asked, one.predictor, field, fixes, names, horizon) for one in models}
    makers |= {name: partial(_floor, rule, fixes, names, horizon) for name, rule in FLOORS.items()}
    table = _ranked(_rows(makers, truth, stamps, names, _circle(fixes, names)), set(FLOORS))
    words = [stamp_words(stamp.to_datetime64(), zone) for stamp in stamps]
    table.attrs = {"definitions": WORDS, "origins": words, "horizon": horizon, "step": f"{step / 1e9:g}s"}
    return table


def _measured(fixes: Fixes, names: tuple[str, ...], times: np.ndarray, step: int) -> np.ndarray:
    """What each object measured nearest to times (h,), up to half a step away: (h, k, v), NaN where nothing."""
    out = np.full((len(times), len(fixes.names), len(names)), np.nan)
    for v, name in enumerate(names):
        value = fixes.beside[:, fixes.variables.index(name)]
        for k in range(len(fixes.names)):
            own = np.flatnonzero((fixes.who == k) & np.isfinite(value))
            if len(own):
                near = np.abs(fixes.time[own][None] - times[:, None])
                pick = near.argmin(axis=1)
                out[:, k, v] = np.where(2 * near.min(axis=1) <= step, value[own[pick]], np.nan)
    return out


def _asked(predictor: Predictor, field: Field, fixes: Fixes, names: tuple[str, ...], horizon: int, origin: pd.Timestamp) -> np.ndarray:
    made = forecast_points(predictor, field, horizon, at=origin, quantiles=QUANTILE_LEVELS, target=list(names)).dataset
    out = np.full((len(QUANTILE_LEVELS), horizon, len(fixes.names), len(names)), np.nan)
    where = pd.Index(fixes.names.astype(str)).get_indexer(made["object"].values.astype(str))
    for v, name in enumerate(names):
        out[:, :, where, v] = made[name].transpose("quantile", "time", "object").values
    return out


def _floor(
    rule: Callable[[np.ndarray, bool], float], fixes: Fixes, names: tuple[str, ...], horizon: int, origin: pd.Timestamp
) -> np.ndarray:
    """What a rule makes of each object's past, give or take what it missed before: the next value of each object from those before it."""
    past = fixes.until(int(origin.value))
    out = np.full((len(QUANTILE_LEVELS), horizon, len(fixes.names), len(names)), np.nan)
    circle = _circle(fixes, names)
    for v, name in enumerate(names):
        value, misses = past.beside[:, past.variables.index(name)], []
        for k in np.unique(past.who):
            own = value[past.who == k]
            own = own[np.isfinite(own)]
            if len(own):
                out[:, :, k, v] = rule(own, bool(circle[v]))
                cuts = np.unique(np.linspace(1, len(own) - 1, min(len(own) - 1, 16)).round().astype(int))
                misses += [own[min(j + horizon // 2, len(own) - 1)] - rule(own[:j], bool(circle[v])) for j in cuts if 0 < j < len(own)]
        if misses:
            off = np.quantile(beside(np.array(misses), 0.0, circle[v]), QUANTILE_LEVELS)
            out[..., v] += (off - off[MIDDLE])[:, None, None]
    return np.where(circle, np.mod(out, TURN), out)


def _circle(fixes: Fixes, names: tuple[str, ...]) -> np.ndarray:
    """Which of the variables (v,) are directions."""
    every = directions_of(fixes.beside[:, None], fixes.called, fixes.units)
    return every[[fixes.variables.index(name) for name in names]]


FLOORS: dict[str, Callable[[np.ndarray, bool], float]] = {
    "last_value": lambda own, _: float(own[-1]),
    "mean": lambda own, circle: float(way_of(own) if circle else own.mean()),
}


def _rows(
    makers: dict[str, Answer], truth: np.ndarray, stamps: list[pd.Timestamp], names: tuple[str, ...], circle: np.ndarray
) -> pd.DataFrame:
    """A row per model and variable; one that breaks says over what, unless all but the floors were called wrongly."""
    rows, errors = [], []
    for model, make in makers.items():
        start = time.perf_counter()
        try:
            said = np.stack([make(stamp) for stamp in stamps], axis=1)
        except Exception as error:  # another package's model may raise anything
            errors.append(error)
            rows += [{"model": model, "variable": name, "n": 0, "origins": len(stamps), "broken": sentence(error)} for name in names]
            continue
        seconds = time.perf_counter() - start
        rows += [
            {"model": model, "variable": name, **_scores(said[..., v], truth[..., v], circle[[v]]), "seconds": seconds, "broken": ""}
            for v, name in enumerate(names)
        ]
    if errors and len(errors) == len(makers) - len(FLOORS) and all(isinstance(error, ChronotopeError) for error in errors):
        raise errors[0]
    return pd.DataFrame(rows)


def _scores(said: np.ndarray, truth: np.ndarray, circle: np.ndarray) -> dict[str, float]:
    """Scores of quantiles (q, o, h, k) of a variable whose truth is (o, h, k); of a direction, on a `circle` (1,), the shorter way."""
    said = around_truth(said[..., None], truth[..., None], MIDDLE, circle)[..., 0]
    known = np.isfinite(truth) & np.isfinite(said).all(axis=0)
    q, x = said[:, known], truth[known]
    if not len(x):
        return {"n": 0, "objects": 0, "origins": 0}
    level, off = np.array(QUANTILE_LEVELS)[:, None], x - q
    miss, pinball = q[MIDDLE] - x, pinball_loss(off, level)
    return {
        "mae": float(np.abs(miss).mean()), "rmse": float(np.sqrt((miss**2).mean())), "bias": float(miss.mean()),
        "wql": float(2 * pinball.mean(axis=0).sum() / max(np.abs(x).sum(), 1e-300)),
        "coverage80": float(((x >= q[LOW]) & (x <= q[HIGH])).mean()),
        "n": int(known.sum()), "objects": int(known.any(axis=(0, 1)).sum()), "origins": int(known.any(axis=(1, 2)).sum()),
    }  # fmt: skip


def _ranked(table: pd.DataFrame, floors: set[str]) -> pd.DataFrame:
    """The table with `mae_ratio`, variables in their order, the best model of each first."""
    best = table[table["model"].isin(floors)].groupby("variable", sort=False)["mae"].min()
    table["mae_ratio"] = table["mae"] / table["variable"].map(best)
    order = {name: i for i, name in enumerate(table["variable"].unique())}
    table = table.assign(_order=table["variable"].map(order)).sort_values(["_order", "mae"], kind="stable", ignore_index=True)
    return table.reindex(columns=["model", "variable", *WORDS])


def check_options(given: dict[str, Any]) -> None:
    """Refuse what is for panels alone.

    Raises:
        ArgumentError: one is given.
    """
    name = next((name for name, value in given.items() if value is not None), None)
    if name is not None:
        raise ArgumentError(f"{name} is not for moving sensors, whose values are scored where they went. Leave it out.")
