"""Learnt: how what is carried is read as quantiles, from what was tried at earlier origins; and what would have been said there unseen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chronotope.evidence.distributions import pinball_loss
from chronotope.evidence.flow.rule import FEWEST, LEVELS, MIDDLE, UNRESTS, Rule
from chronotope.evidence.flow.signs import STAYING
from chronotope.evidence.flow.trials import Tried

FOLDS = 3  # parts of the past that are left out in turn
FEW_BEYOND = 300  # cells from which a rule for what is not in sight can be made
STIFF = (1e-3, 0.05, 1.0, 1e3)  # how firmly a rule is held at the plainly carried value; left-out origins choose
GAIN, SURE = 0.03, 2.0  # by how much of standing still's error carrying must have been better, and by how many of its standard errors
SURER = 4.0  # of these, at a second look with more origins: who looks twice finds more by chance, and late origins lie close together
FEWEST_ORIGINS, TRIMMED = 3, 6  # origins that are needed, and from which on the best and the worst are left out there
INNER = slice(LEVELS.index(0.1), LEVELS.index(0.9) + 1)  # the nine levels of the house
WIDEST = 3.0  # by which intervals may be widened or, inverted, narrowed


@dataclass(frozen=True)
class Learnt:
    """What trials teach.

    Attributes:
        leads: (l,), that were tried.
        tried: for every lead, what was tried.
    """

    leads: np.ndarray
    tried: list[list[Tried]]

    @cached_property
    def moves(self) -> bool:
        """Whether carrying on would have been surely better than standing still, than doing so smoothed, and than the recent mean."""
        return self.moves_surely(SURE)

    def moves_surely(self, sure: float) -> bool:
        """The same, by so many standard errors."""
        gain = np.sort(self._gains)
        if len(gain) < FEWEST_ORIGINS:
            return False
        gain = gain[1:-1] if len(gain) >= TRIMMED else gain  # a film may repeat a frame, or cut
        return bool(gain.mean() > max(GAIN, sure * gain.std(ddof=1) / np.sqrt(len(gain))))

    @property
    def may_move(self) -> bool:
        """Whether carrying on was mostly that much better, be it sure or not."""
        return len(self._gains) > 0 and bool(np.median(self._gains) > GAIN)

    @cached_property
    def _gains(self) -> np.ndarray:
        """What carrying on gained from each origin over the best of standing still, of the error of that."""
        off = []
        for origin in sorted({one.origin for one in self.tried[0]}):
            each = [one for lead in self.tried for one in lead if one.origin == origin and one.good.any()]
            if each:
                guesses = (0, *range(-STAYING, 0))
                off.append([np.mean([np.abs(one.truth - one.signs[k])[one.good].mean() for one in each]) for k in guesses])
        if not off:
            return np.zeros(0)
        carried, still = np.array(off)[:, 0], np.array(off)[:, 1:]
        best = still[:, still.mean(axis=0).argmin()]
        return np.where(best > 0, (best - carried) / np.where(best > 0, best, 1.0), 0.0)

    def with_more(self, tried: list[list[Tried]]) -> Learnt:
        """The same from these trials too, of the same leads from other origins."""
        both = [sorted(mine + new, key=lambda one: one.origin) for mine, new in zip(self.tried, tried, strict=True)]
        return Learnt(self.leads, both)

    @cached_property
    def stiff(self) -> float:
        """The firmness with which left-out origins were foreseen best."""
        few = [k for k in np.unique([0, len(self.leads) // 2, len(self.leads) - 1]) if len(self.tried[k]) > 1]
        if not few:
            return STIFF[1]
        return min(STIFF, key=lambda stiff: sum(_share_of_still(self._left_out(k, stiff)) for k in few))

    @cached_property
    def width(self) -> np.ndarray:
        """By how much the intervals of each lead (l,) must be widened to hold as much of left-out origins as they promise."""
        found = np.ones(len(self.leads))
        for k in range(len(found)):
            each = [_factor(q[:, i.good], i.truth[i.good]) for q, i in self._left_out(k, self.stiff) if i.good.any()]
            if len(each) > 1:  # the next origin is as unlike these as they are among themselves
                found[k] = np.mean(each) + np.std(each, ddof=1) / np.sqrt(len(each))
        return found

    def left_out(self, k: int) -> list[np.ndarray]:
        """For everything that was tried at the k-th lead: quantiles (q, m) by rules that know other origins only, NaN where none is."""
        if k not in self._kept:
            self._kept[k] = self._foreseen(k)
        return self._kept[k]

    @cached_property
    def _kept(self) -> dict[int, list[np.ndarray]]:
        return {}

    def _foreseen(self, k: int) -> list[np.ndarray]:
        out = [np.where(one.known, _wider(q, self.width[k]), np.nan) for q, one in self._left_out(k, self.stiff)]
        for part, others in _folds(self.tried[k]):
            rule = _beyond_rule(others)
            if rule is None:
                continue
            for i in part:
                one = self.tried[k][i]
                out[i] = np.where(one.known, out[i], rule.quantiles(one.signs, one.unrest))
        return out

    def nearest(self, lead: int) -> int:
        """The tried lead, by its index, that stands for one."""
        return int(np.abs(np.log(self.leads / lead)).argmin())

    def quantiles(self, lead: int, signs: np.ndarray, unrest: np.ndarray, known: np.ndarray) -> np.ndarray:
        """(q, m) at `LEVELS` of cells some steps ahead, as `Signs.read` gives them; NaN where nothing can be said."""
        k = self.nearest(lead)
        found = np.full((len(LEVELS), len(known)), np.nan)
        if known.any():
            found[:, known] = _wider(self._rules[k].quantiles(signs[:, known], unrest[known]), self.width[k])
        beyond = self._beyond[k]
        if beyond is not None and not known.all():
            found[:, ~known] = beyond.quantiles(signs[:, ~known], unrest[~known])
        return np.sort(found, axis=0)

    @cached_property
    def _rules(self) -> list[Rule]:
        return [_rule(tried, self.stiff) for tried in self.tried]

    @cached_property
    def _beyond(self) -> list[Rule | None]:
        return [_beyond_rule(tried) for tried in self.tried]

    def _left_out(self, k: int, stiff: float) -> list[tuple[np.ndarray, Tried]]:
        """Each origin's quantiles at a lead by the rule of the other parts of the past, and what was tried there."""
        out: dict[int, np.ndarray] = {}
        for part, others in _folds(self.tried[k]):
            rule = _rule(others, stiff)
            out |= {i: rule.quantiles(self.tried[k][i].signs, self.tried[k][i].unrest) for i in part}
        return [(out[i], one) for i, one in enumerate(self.tried[k])]


def _folds(tried: list[Tried]) -> list[tuple[np.ndarray, list[Tried]]]:
    """(which are left out, the others) for each part of what was tried; where there is but one, it stands for others too."""
    parts = np.array_split(np.arange(len(tried)), min(FOLDS, len(tried)))
    return [(part, [one for i, one in enumerate(tried) if i not in part] or tried) for part in parts]


def _rule(tried: list[Tried], stiff: float) -> Rule:
    if sum(int(one.good.sum()) for one in tried) >= FEWEST * UNRESTS:
        return Rule.fit(*_joined([(one, one.good) for one in tried]), stiff)
    signs, unrest, truth = _joined([(one, np.ones(len(one.still), bool)) for one in tried])
    return Rule.fit(signs, unrest, np.where(np.isfinite(truth), truth, signs[0]), STIFF[-1])  # next to nothing was seen


def _beyond_rule(tried: list[Tried]) -> Rule | None:
    """A rule for cells to which something comes that is not in sight, from such cells alone; None where there were few."""
    enough = sum(int(one.beyond.sum()) for one in tried) >= FEW_BEYOND
    return Rule.fit(*_joined([(one, one.beyond) for one in tried]), STIFF[0]) if enough else None


def _joined(parts: list[tuple[Tried, np.ndarray]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signs (f, m), unrest (m,) and what came (m,) of some cells of several trials."""
    return (
        np.concatenate([one.signs[:, cells] for one, cells in parts], axis=1),
        np.concatenate([one.unrest[cells] for one, cells in parts]),
        np.concatenate([one.truth[cells] for one, cells in parts]),
    )


def _wider(quantiles: np.ndarray, factor: float) -> np.ndarray:
    return quantiles[MIDDLE] + factor * (quantiles - quantiles[MIDDLE])


def _factor(quantiles: np.ndarray, truth: np.ndarray) -> float:
    """How far beyond its 0.1 and 0.9 quantile (in units of their distance from the middle) eight in ten of the truths lie."""
    low, middle, high = quantiles[INNER][0], quantiles[MIDDLE], quantiles[INNER][-1]
    side = np.where(truth < middle, middle - low, high - middle)
    far = np.where(side > 0, np.abs(truth - middle) / np.where(side > 0, side, 1.0), np.where(truth == middle, 0.0, np.inf))
    return float(np.clip(np.quantile(far, 0.8, method="higher"), 1 / WIDEST, WIDEST))


def _share_of_still(pairs: list[tuple[np.ndarray, Tried]]) -> float:
    """Mean pinball loss of quantiles at the nine inner levels over the error of standing still."""
    level, lost, still = np.array(LEVELS[INNER])[:, None], 0.0, 1e-12
    for quantiles, one in pairs:
        if one.good.any():
            off = (one.truth - quantiles[INNER])[:, one.good]
            lost += float(pinball_loss(off, level).mean())
            still += float(np.abs(one.truth - one.still)[one.good].mean())
    return lost / still
