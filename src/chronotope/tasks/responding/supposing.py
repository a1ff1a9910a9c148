"""Supposing: what one origin's answer is, what it would be, and the difference, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, DataError
from chronotope.evidence.departures import left_of
from chronotope.inspect.support import Support, support_of
from chronotope.model.totals import totals_asked
from chronotope.questions import Predictor
from chronotope.tasks.forecast import Ask, Prepared, answer, question
from chronotope.tasks.responding.closing import closures, features_of
from chronotope.tasks.responding.features import FORMS, reading_of
from chronotope.tasks.responding.response import FEWEST, ROWS, error_of, fade_of, response_of
from chronotope.tasks.responding.rhythm import cycle_of, day_of
from chronotope.tasks.responding.settings import changed, support_warning

SURE = 1.5  # standard errors that what is set must be worth where it was not learnt from


@dataclass(frozen=True)
class Supposition:
    """One origin.

    Attributes:
        times: (h,).
        as_it_is, then, difference: quantiles (q, h, n, v) at the levels of the call.
        sureness: of each thing that is different, for each asked variable.
        summary: for each asked variable the mean over cells of `before`, of the `difference`, its `low` and `high` (80 %).
        warnings: what is to be said.
    """

    times: np.ndarray
    as_it_is: np.ndarray
    then: np.ndarray
    difference: np.ndarray
    sureness: dict[str, dict[str, float]]
    summary: dict[str, dict[str, float]]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Causes:
    """What is read beside the asked variables: features (t + h, n, f) as they are and as they would be, and which belong to what.

    Attributes:
        now, then: features.
        forms: int (f,), see `features.FORMS`.
        owner: (f,), what of the call each belongs to; "" for what is only known beside.
        plain: bool (f,), the variables themselves.
        warnings: what is to be said.
    """

    now: np.ndarray
    then: np.ndarray
    forms: np.ndarray
    owner: np.ndarray
    plain: np.ndarray
    warnings: tuple[str, ...]

    def with_left(self, fade: np.ndarray) -> Causes:
        """The same with what is left of each variable where a step keeps `fade` (n,) of what it brought."""
        now, then = (np.concatenate([each, left_of(each[..., self.plain], fade)], axis=-1) for each in (self.now, self.then))
        forms = np.append(self.forms, np.full(int(self.plain.sum()), FORMS["left"]))
        owner = np.append(self.owner, self.owner[self.plain])
        return replace(self, now=now, then=then, forms=forms, owner=owner)


def supposed(predictor: Predictor, ready: Prepared, wanted: dict[str, Any], closed: tuple[str, ...], row: int) -> Supposition:
    """The answer from one origin, and what it would be."""
    ask, panel = ready.ask, ready.panel
    told, times = answer(predictor, panel, ask, row)
    low = max(0, row + 1 - ROWS, row + 1 - (ask.context or ROWS))
    past = panel.slice_time(low, row + 1)
    if len(past.times) < FEWEST:
        raise DataError(f"whatif needs at least {FEWEST} steps of the past, to see what followed; found {len(past.times)}. Give more.")
    support = _support(panel, ask, row)
    cycle, shut = cycle_of(panel, len(past.times)), _places(panel, closed)
    causes = _causes(predictor, ready, wanted, closed, shut, row, past, cycle, times)
    then, difference = told.astype(float), np.zeros(told.shape)
    sureness: dict[str, dict[str, float]] = {str(name): {} for name in np.unique(causes.owner) if name}
    summary = {}
    for k in map(int, np.flatnonzero(ask.target)):
        y, name = past.values[..., k].astype(float), panel.variables[k]
        level = np.array([_closed_level(y[:, place], cycle) for place in shut])
        y[:, shut] = np.nan
        read = causes.with_left(fade_of(y, cycle))
        response = response_of(y, read.now[: len(y)], read.forms, cycle, day_of(panel))
        for cause in sureness:
            sureness[cause][name] = response.sureness(read.owner == cause)
        change, without = response.change((read.then - read.now)[len(y) :])
        then[..., k], difference[..., k] = _moved(told[..., k], change, error_of(without), len(without), ask.levels, support, k)
        then[:, :, shut, k] = level
        difference[:, :, shut, k] = level - told[::-1][:, :, shut, k]
        summary[name] = _mean(told[..., k], difference[..., k], without, ask.levels, shut)
    then, difference = (np.where(np.isfinite(told), array, np.nan).astype(told.dtype) for array in (then, difference))
    return Supposition(times, told, then, difference, sureness, summary, causes.warnings)


def _support(panel: Panel, ask: Ask, row: int) -> Support:
    """Where values can lie; directions and running totals are refused."""
    asked = question(panel, ask, row)
    support, totals = support_of(asked.visible(), panel.called, panel.units), totals_asked(asked)
    for k in np.flatnonzero(ask.target):
        if support.circle[k] or totals[k]:
            what = "a direction" if support.circle[k] else "a running total"
            raise ArgumentError(f"What is answered must have differences; {panel.variables[k]} is {what}. Leave it out with target=.")
    return support


def _places(panel: Panel, closed: tuple[str, ...]) -> np.ndarray:
    """Numbers of the places that are closed.

    Raises:
        ArgumentError: there is none of such a name.
    """
    labels = [str(name) for name in (np.arange(panel.values.shape[1]) if panel.places is None else panel.places)]
    for name in closed:
        if str(name) not in labels:
            raise ArgumentError(f"close must name places of the data, such as {labels[0]!r}; found {name!r}.")
    return np.array([labels.index(str(name)) for name in closed], int)


def _causes(
    predictor: Predictor,
    ready: Prepared,
    wanted: dict[str, Any],
    closed: tuple[str, ...],
    shut: np.ndarray,
    row: int,
    past: Panel,
    cycle: int,
    times: np.ndarray,
) -> Causes:
    """Features of what is set, of what is known beside it, and of what is closed."""
    ask, panel, warnings = ready.ask, ready.panel, []
    beside = [panel.variables[k] for k in np.flatnonzero(ask.known) if panel.variables[k] not in wanted]
    now, then, forms, owner, plain = [], [], [], [], []
    for name in (*wanted, *beside):
        k = panel.variables.index(name)
        before = past.values[..., k].astype(float)
        if name in wanted and not np.isfinite(before).any():
            support_warning(name, before, before[:0])  # refuses it by its name
        later = _ahead(predictor, ready, k, row)
        other = later
        if name in wanted:
            other = changed(name, wanted[name], later, times, panel.places, ready.field.space)
            said = support_warning(name, before, other)
            warnings += [said] if said else []
        reading = reading_of(before, day_of(panel))
        now.append(reading.features(np.concatenate([before, later])))
        then.append(reading.features(np.concatenate([before, other])))
        forms += [FORMS[form] for form in reading.forms]
        owner += [name if name in wanted else ""] * now[-1].shape[-1]
        plain += [True] + [False] * (now[-1].shape[-1] - 1)
    for name, place in zip(closed, shut):
        flags = _closed(past, ask, int(place), cycle, str(name))
        after = np.zeros(ask.horizon, bool)
        for out, ahead in ((now, after), (then, ~after)):
            whole = np.concatenate([flags, ahead])
            out.append(features_of(whole, int(place), past.values.shape[1], panel.xy, panel.edges))
        forms += [FORMS["now"]] * now[-1].shape[-1]
        owner += [f"the closing of {name}"] * now[-1].shape[-1]
        plain += [False] * now[-1].shape[-1]
    features = np.concatenate(now, axis=-1), np.concatenate(then, axis=-1)
    return Causes(*features, np.array(forms), np.array(owner), np.array(plain, bool), tuple(warnings))


def _ahead(predictor: Predictor, ready: Prepared, k: int, row: int) -> np.ndarray:
    """What a channel would be in the asked steps (h, n): what is known of it, else the median of its own forecast."""
    ask, panel = ready.ask, ready.panel
    if ask.known[k]:
        found = panel.after(row, ask.horizon)[..., k]
    else:
        alone = np.zeros(len(panel.variables), bool)
        alone[k] = True
        found = answer(predictor, panel, replace(ask, target=alone, levels=(0.5,)), row)[0][0, ..., k].astype(float)
    usual = np.nanmean(panel.values[: row + 1, :, k], axis=0) if np.isfinite(panel.values[: row + 1, :, k]).any() else 0.0
    return np.where(np.isfinite(found), found, np.nan_to_num(usual))


def _closed(past: Panel, ask: Ask, place: int, cycle: int, name: str) -> np.ndarray:
    """bool (t,): when a place was closed, by the first asked variable that shows it."""
    problem: DataError | None = None
    for k in np.flatnonzero(ask.target):
        try:
            return closures(past.values[:, place, k].astype(float), cycle, name)
        except DataError as error:
            problem = problem or error
    raise problem or DataError(f"Nothing of {name} was seen.")


def _closed_level(y: np.ndarray, cycle: int) -> float:
    """What a closed place reads: zero where it was seen closed, nothing where it was silent then."""
    try:
        flags = closures(y, cycle, "")
    except DataError:
        return float("nan")
    known = y[flags & np.isfinite(y)]
    return float(np.median(known)) if len(known) else float("nan")


def _moved(
    told: np.ndarray, change: np.ndarray, error: np.ndarray, blocks: int, levels: tuple[float, ...], support: Support, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (q, h, n) moved by what changes and wider by how unsure that is, and those of the change itself."""
    from scipy.stats import t as student

    score = student.ppf(levels, max(blocks - 1, 1))[:, None, None]
    middle = told[levels.index(0.5)]
    side = np.sign(score)
    away = np.sqrt((told - middle) ** 2 + (score * error) ** 2) * side
    kept = replace(support, lower=support.lower[:, k : k + 1], upper=support.upper[:, k : k + 1], unit=support.unit[:, k : k + 1],
                   circle=support.circle[k : k + 1])  # fmt: skip
    then = kept.kept((middle + change + away)[..., None])[..., 0]
    difference = np.clip(change + score * error, support.lower[:, k] - middle, support.upper[:, k] - middle)
    return then, difference


def _mean(told: np.ndarray, difference: np.ndarray, without: np.ndarray, levels: tuple[float, ...], shut: np.ndarray) -> dict[str, float]:
    """Means over cells (h, n) of open places; the interval is that of the mean, as what is unsure is unsure for all of them together."""
    from scipy.stats import t as student

    middle = levels.index(0.5)
    there = np.isfinite(told[middle])
    there[:, shut] = False
    if not there.any():
        return dict.fromkeys(("before", "difference", "low", "high"), float("nan"))
    mean = float(difference[middle][there].mean())
    reach = float(student.ppf(0.9, max(len(without) - 1, 1)) * error_of(without[:, there].mean(axis=1)))
    return {"before": float(told[middle][there].mean()), "difference": mean, "low": mean - reach, "high": mean + reach}
