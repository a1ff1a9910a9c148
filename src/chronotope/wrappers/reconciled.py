"""Reconciled: a predictor whose answers add up as the places do, changed as little as their errors allow (minimum trace).

    question, with further sums --base--> answers --weighed by how sure each is and how they miss together--> answers that add up

Source: Wickramasuriya, Athanasopoulos and Hyndman (2019), doi:10.1080/01621459.2018.1448825.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from chronotope.data.panel import Panel
from chronotope.inspect.circle import directions_of
from chronotope.inspect.support import is_temperature, support_of
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question
from chronotope.questions.answers import Answer, SampleAnswer
from chronotope.questions.predictor import check_want
from chronotope.questions.wants import Quantiles, Samples, Want
from chronotope.wrappers.adding_up import AddingUp, adding_up
from chronotope.wrappers.joined import Joined
from chronotope.wrappers.joint.anomalies import anomalies
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted

ORIGINS, LONGEST = 128, 4096  # past origins whose misses are looked at, and rows
LOW, MIDDLE, HIGH = (QUANTILE_LEVELS.index(level) for level in (0.1, 0.5, 0.9))
TRUST = 0.3  # share of its width that a sum is moved by, of sums of sums its square: members miss more in common than plain forecasts
ROUNDS = 50  # of setting what fell below its bound to the bound


class Reconciled(AbstractWrapper):
    """The medians of `base`, and every member of its samples, made to add up.

    What is added up are forecasts of each series on its own and of the sums that are none of the places, which are forecast too. The less
    sure an answer is, the more it is changed; how series miss together is read from how plain forecasts missed at past origins, shrunk.
    Sums are moved less than that would move them (`TRUST`), since their own forecasts err less than what members add up to. Bounds hold,
    and sums with them. Quantiles move with their median and are narrower by what the others know.

    Args:
        base: any predictor that gives quantiles.
        groups: see `wrappers.adding_up.adding_up`.
        together: False takes misses as independent of each other.
        trust: share of its width that a sum is moved by; 1 for no more trust in sums than in places.
    """

    gives: ClassVar[frozenset[type[Want]]] = frozenset({Quantiles, Samples})
    adds_up = True  # values are handed on as they are: less a level of each series they would add up no more

    def __init__(self, base: Predictor, groups: Any, together: bool = True, trust: float = TRUST) -> None:
        self.base, self._groups, self._together, self._trust = base, groups, together, trust

    def answer(self, question: Question) -> Answer:  # type: ignore[override]
        """Quantiles or samples; see `Predictor.answer`."""
        check_want(self, question)
        if not isinstance(question.want, Samples):
            return super().answer(question)
        rules, longer = self._longer(question)
        able = self.base if Samples in self.base.gives else Joined(self.base)
        drawn = able.answer(longer).values.astype(float)
        told = ask(self.base, longer.wanting(QUANTILE_LEVELS))
        for _, k, h, project in self._projections(longer, rules, told):
            drawn[:, h, :, k] = project(drawn[:, h, :, k])
        return SampleAnswer(drawn[:, :, : question.seen.shape[1]].astype(np.float32))

    def quantiles(self, question: Question) -> np.ndarray:
        """See `AbstractQuantilePredictor`."""
        rules, longer = self._longer(question)
        told = ask(self.base, longer.wanting(QUANTILE_LEVELS))
        asked = told if question.levels == QUANTILE_LEVELS else ask(self.base, longer)
        out = asked.astype(float)
        for lower, k, h, project in self._projections(longer, rules, told):
            middle = told[MIDDLE, h, :, k].astype(float)
            moved = project(middle[None])[0]
            out[:, h, :, k] = np.maximum(moved + (asked[:, h, :, k] - middle) * project.narrower, np.minimum(lower, moved))
        return out[:, :, : question.seen.shape[1]].astype(np.float32)

    def fit(self, panel: Panel, horizon: int) -> Reconciled:
        """See `AbstractWrapper`."""
        return Reconciled(fitted(self.base, panel, horizon), self._groups, self._together, self._trust)

    def rules_of(self, panel: Panel) -> AddingUp:
        """The rules for the places of a panel."""
        return adding_up(self._groups, np.arange(panel.values.shape[1]) if panel.places is None else panel.places)

    def _longer(self, question: Question) -> tuple[AddingUp, Question]:
        """The rules, and the question with the further sums as places at the end."""
        panel, rules = question.frame, self.rules_of(question.frame)
        if not rules.names:
            return rules, question
        names = np.arange(panel.values.shape[1]) if panel.places is None else panel.places
        share = rules.sums / rules.sums.sum(axis=1, keepdims=True)
        places = lambda a: None if a is None else np.concatenate([a, share @ a])  # noqa: E731
        values = rules.extended(np.where(question.seen, panel.values, np.nan), 1)
        adds = can_add_up(panel, question.visible())
        values[:, len(names) :, ~adds] = np.nan
        seen = np.isfinite(values)
        member = [question.asked[:, row > 0].all(axis=1) for row in rules.sums]
        asked = np.concatenate([question.asked, np.stack(member, axis=1) & adds], axis=1) & ~seen
        longer = replace(panel, values=values, xy=places(panel.xy), latlon=places(panel.latlon), places=np.append(names, rules.names))
        return rules, Question(longer, seen, asked, question.want)

    def _projections(self, question: Question, rules: AddingUp, told: np.ndarray) -> list[tuple[np.ndarray, int, int, Projection]]:
        """(lower bounds (n,), variable, row, projection) of all rows of all asked variables."""
        support, out = support_of(question.visible(), question.frame.called, question.frame.units), []
        for k in np.flatnonzero(question.asked.any(axis=(0, 1)) & can_add_up(question.frame, question.visible())):
            known = np.isfinite(told[MIDDLE, ..., k]).all(axis=0)
            kept = rules.rules[(rules.rules[:, ~known] == 0).all(axis=1)]
            if not len(kept):
                continue
            alike = correlation(question, int(k), known) if self._together else np.eye(len(known))
            for h in range(told.shape[1]):
                width = np.where(known, told[HIGH, h, :, k] - told[LOW, h, :, k], 0.0).astype(float)
                width = np.maximum(width, 1e-3 * max(float(width.max()), 1e-12))
                made = Projection(kept, alike * width * width[:, None], support.lower[:, k], self._trust**rules.heights)
                out.append((support.lower[:, k], int(k), h, made))
        return out


def can_add_up(panel: Panel, values: np.ndarray) -> np.ndarray:
    """Which variables (v,) of a panel with values (t, n, v) have sums over places: not directions, temperatures and shares."""
    units = panel.units or ("",) * len(panel.variables)
    warm = [is_temperature(name, unit) or unit.strip() == "%" for name, unit in zip(panel.called, units)]
    return ~(directions_of(values, panel.called, panel.units) | np.array(warm, bool))


class Projection:
    """Values made to keep rules, changed least in the measure of a covariance (n, n), of whose widths `shares` (n,) are taken.

    None is below `lower` (n,).
    """

    def __init__(self, rules: np.ndarray, covariance: np.ndarray, lower: np.ndarray, shares: np.ndarray | None = None) -> None:
        shares = np.ones(len(covariance)) if shares is None else shares
        self._rules, self._covariance, self._lower = rules, covariance * shares * shares[:, None], lower
        self._change = _gain(rules, self._covariance)
        kept = np.eye(len(covariance)) - self._change @ rules
        left = ((kept @ covariance) * kept).sum(axis=1)
        self.narrower = np.sqrt(np.clip(left / np.diag(covariance), 0.0, 1.0))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Values (m, n), NaN where unknown, that keep the rules."""
        known = np.isfinite(values)
        filled = np.where(known, values, 0.0)
        made = filled - filled @ self._rules.T @ self._change.T
        for row in np.flatnonzero((made < self._lower - 1e-9).any(axis=1)):
            made[row] = self._bounded(filled[row], made[row])
        return np.where(known, made, np.nan)

    def _bounded(self, values: np.ndarray, made: np.ndarray) -> np.ndarray:
        """The same with what lies below its bound held there, one round after the other."""
        held = np.zeros(len(values), bool)
        for _ in range(ROUNDS):
            below = (made < self._lower - 1e-9) & ~held
            if not below.any():
                break
            held |= below
            fixed = np.eye(len(values))[held]
            rules, aim = np.concatenate([self._rules, fixed]), np.append(np.zeros(len(self._rules)), self._lower[held])
            made = values - _gain(rules, self._covariance) @ (rules @ values - aim)
        return made


def _gain(rules: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """(n, c): what a break of the rules is spread by."""
    side = covariance @ rules.T
    return np.asarray(np.linalg.lstsq((rules @ side).T, side.T, rcond=1e-10)[0].T)


def correlation(question: Question, k: int, known: np.ndarray) -> np.ndarray:
    """How the series of a variable miss together (n, n), by plain forecasts at past origins, shrunk towards not at all.

    Source of the shrinkage: Schafer and Strimmer (2005), doi:10.2202/1544-6115.1175.
    """
    first, n = question.first, len(known)
    rows = slice(max(0, first - LONGEST), first)
    x, leads = question.visible()[rows, :, k].astype(float), question.rows - first + 1
    room = len(x) - int(leads[-1])
    if room < 8:
        return np.eye(n)
    past = anomalies(question.frame.slice_time(rows.start, first), x, leads)
    misses = past.misses(np.unique(np.linspace(0, room - 1, min(ORIGINS, room)).astype(int)), leads[[0, len(leads) // 2, -1]])
    misses = misses.transpose(1, 0, 2).reshape(-1, n)
    seen = np.isfinite(misses) & known
    z = np.where(seen, misses, 0.0)
    z = z / np.maximum(np.sqrt((z**2).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)), 1e-12)
    count = np.maximum(seen.astype(float).T @ seen, 1.0)
    plain = np.clip(z.T @ z / count, -1.0, 1.0)
    noise = ((z**2).T @ (z**2) / count - plain**2) / count
    off = ~np.eye(n, dtype=bool)
    shrink = float(np.clip(noise[off].sum() / max((plain[off] ** 2).sum(), 1e-12), 0.02, 1.0))
    return np.where(off, (1 - shrink) * plain, 1.0)
