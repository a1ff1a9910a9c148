"""Finer steps: the means or sums of steps are seen, what lies inside them is asked."""

from __future__ import annotations

import warnings
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines.downscaling import AbstractRefiner
from chronotope.data.field import Field
from chronotope.data.frame import calendar_months
from chronotope.data.panel import Panel
from chronotope.data.stamps import wall_clock, zone_of
from chronotope.errors import ArgumentError, DataError, KindError
from chronotope.evidence.fine.blocks import kept_means, rising, room
from chronotope.evidence.fine.steps import FEWEST, Inside, inside_of, shows, whole_steps
from chronotope.inspect.support import support_of
from chronotope.inspect.totals import never_fell
from chronotope.model.totals import never_falling, totals_of
from chronotope.questions import QUANTILE_LEVELS, Predictor
from chronotope.tasks.forecast import answered, channels_of
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.times import check_levels

HOWS = ("mean", "sum")
DAY, WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")
UNSEEN = "what {} does not show in whole {}, and is not in the answer or its intervals; give like= with finer steps"


def finer_steps(
    predictor: Predictor,
    field: Field,
    step: Any,
    *,
    how: str = "mean",
    like: Field | None = None,
    target: Any = None,
    quantiles: Any = QUANTILE_LEVELS,
) -> Forecast:
    """Quantiles in finer steps whose means or sums are the field; see `Model.downscale`."""
    if field.kind not in ("grid", "graph", "video"):
        raise KindError(f"Finer steps are for fields of fixed places; this field is {field.kind}.")
    if how not in HOWS:
        raise ArgumentError(f"how must be one of {', '.join(HOWS)}; found {how!r}.")
    levels, names = check_levels(quantiles), answered(field, target)
    panel, wanted = field.panel(exact=True), channels_of(field, names)
    parts = _parts(panel, step)
    if not panel.mask[..., wanted].any():
        raise DataError(f"At least one value of {', '.join(names)} must be observed; found none.")
    fine = None if like is None else _fine_past(like, field, panel, parts)
    asked = tuple(sorted({*levels, 0.5}))
    support = support_of(panel.values, panel.called, panel.units)
    if support.circle[wanted].any():
        raise ArgumentError("Directions have no means that finer steps could keep. Leave them out with target=.")
    share = 1.0 if how == "mean" else float(parts)
    totals = totals_of(panel, panel.values.astype(float)) & (how == "mean")
    out = np.full((len(asked), len(panel.times) * parts, *panel.values.shape[1:]), np.nan)
    for k in np.flatnonzero(wanted):
        means, bounds = panel.values[..., k].astype(float) / share, (support.lower[:, k] / share, support.upper[:, k] / share)
        out[..., k] = _answer(predictor, means, parts, None if fine is None else fine[..., k], asked, bounds, bool(totals[k]))
    rows = np.repeat(np.isin(panel.times, field.times), parts)
    times = (panel.times[:, None] + np.arange(parts) * (panel.step // parts)).ravel()
    kept = [asked.index(level) for level in levels]
    dataset = field.unpanel(out[kept][:, rows][..., wanted], times[rows], labels=levels, target=names)
    meta = {"task": "downscale", "model": predictor.name, "version": version("chronotope"), "seed": None, "parts": parts, "kept": how}
    seen = 0 if fine is None else whole_steps(fine[..., wanted].reshape(*fine.shape[:2], -1))
    told = [] if fine is None else _unread(fine[..., wanted].reshape(*fine.shape[:2], -1), seen)
    told += _unseen(panel.step, panel.step // parts) if seen < FEWEST else []
    return Forecast(dataset, field, meta | {"steps seen fine": seen, "warnings": told})


def _unread(fine: np.ndarray, seen: int) -> list[str]:
    """What is to be said of a fine past (u, k, s) with so many whole steps, all or some of which is too short."""
    if seen < FEWEST:
        return [f"like= was not read, as it shows {seen} whole steps and {FEWEST} are needed"]
    short = int((~shows(fine)).sum())
    few = f"{short} of {fine.shape[2]} series show fewer than {FEWEST} whole steps in like=, so these are told by their means alone"
    return [few] if short else []


def _unseen(step: np.timedelta64, part: np.timedelta64) -> list[str]:
    """What is to be said of the rhythm that steps hide."""
    if step >= DAY > part:
        return [UNSEEN.format("a day does by the hour", "days")]
    return [UNSEEN.format("a week does by the day", "weeks")] if step >= WEEK > part else []


def _parts(panel: Panel, step: Any) -> int:
    """How many finer steps a step has.

    Raises:
        ArgumentError: `step` is no length, or does not go into the step of the field.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            length = pd.Timedelta(pd.tseries.frequencies.to_offset(step)) if isinstance(step, str) else pd.Timedelta(step)
        except (ValueError, TypeError):
            raise ArgumentError(f"step must be a length of time such as '1h'; found {step!r}.") from None
    parts = panel.step / length.to_timedelta64() if length > pd.Timedelta(0) else 0.0
    lengths = np.diff(panel.times)
    odd = np.flatnonzero(lengths != panel.step)
    if panel.regular and len(odd) and parts >= 1.5:
        stamp, odd_length = str(panel.times[odd[0]])[:16], pd.Timedelta(lengths[odd[0]])
        way = "as where clocks are set. Ask those before and after it apart, with field.sel(time=...)."
        if calendar_months(panel.freq):
            way = "as those of months and years are. Give daily or weekly values, whose steps are alike."
        raise ArgumentError(
            f"Steps that are looked into must all be alike; that of {stamp} is {odd_length} long, others {pd.Timedelta(panel.step)}, {way}"
        )
    if not panel.regular or parts < 1.5 or abs(parts - round(parts)) > 1e-9:
        raise ArgumentError(f"step must go into the step of the field ({panel.freq}, steps all alike) at least twice; found {step!r}.")
    return int(round(parts))


def _fine_past(like: Field, field: Field, panel: Panel, parts: int) -> np.ndarray:
    """Values (u, parts, n, v) of whole steps of a field in finer steps, for the variables of the panel.

    Raises:
        ArgumentError: it has not the variables, places and step that must be.
    """
    missing = [name for name in field.variables if name not in like.variables]
    if missing:
        raise ArgumentError(f"like must hold the variables of the field; {missing[0]!r} is missing.")
    other = like.panel(field.variables, exact=True)
    if other.values.shape[1:] != panel.values.shape[1:]:
        raise ArgumentError(f"like must have the places of the field; found {other.values.shape[1]} instead of {panel.values.shape[1]}.")
    if other.step * parts != panel.step:
        raise ArgumentError(f"like must have the step that is asked for; found {other.freq}.")
    zone = zone_of(field.dataset)  # a day begins at its midnight, in winter and in summer
    since = wall_clock(other.times, zone) - wall_clock(panel.times[:1], zone)[0]
    values = other.values.astype(float)
    first, count = np.unique(since // panel.step, return_index=True, return_counts=True)[1:]
    whole = [values[i : i + parts] for i, n in zip(first, count) if n == parts and since[i] % panel.step == np.timedelta64(0)]
    return np.array(whole).reshape(len(whole), parts, *values.shape[1:])


def _answer(
    predictor: Predictor,
    means: np.ndarray,
    parts: int,
    fine: np.ndarray | None,
    levels: tuple[float, ...],
    bounds: tuple[np.ndarray, np.ndarray],
    total: bool,
) -> np.ndarray:
    """Quantiles (q, t * parts, n) inside steps with means (t, n), whose median has exactly these means; those of a total do not fall."""
    from scipy.special import ndtri

    inside: Inside = inside_of(means, parts, fine)
    if isinstance(predictor, AbstractRefiner):
        middle = np.moveaxis(predictor.refine(means.T[:, :, None], (parts, 1))[..., 0].reshape(means.shape[1], -1, parts), 0, -1)
    else:
        middle = inside.fine(means)
    middle = np.moveaxis(middle, 1, -1)  # (t, n, parts)
    lower, upper = (np.broadcast_to(side, means.shape) for side in bounds)
    middle = kept_means(middle, means, lower, upper)
    middle = rising(middle, means) if total else middle
    away = ndtri(np.asarray(levels))[:, None, None, None] * inside.error.T
    low, high = (side[..., None] for side in room(means, lower, upper, parts))
    out = np.clip(middle + away, low, high)
    out[levels.index(0.5)] = middle
    out = np.where(np.isfinite(means)[..., None], np.maximum.accumulate(np.sort(out, axis=0), axis=0), np.nan)
    out = np.moveaxis(out, -1, 2).reshape(len(levels), -1, means.shape[1])
    return np.where(never_fell(means) & np.isfinite(out), never_falling(out, np.nan, np.nan), out) if total else out
