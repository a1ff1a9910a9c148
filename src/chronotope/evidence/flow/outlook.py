"""Outlook: quantiles of what a moving field brings, and what the same rules would have said at earlier origins without what came there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chronotope.evidence.flow.carry import paths
from chronotope.evidence.flow.frames import completed
from chronotope.evidence.flow.rule import FEWEST, LEVELS, MIDDLE, UNRESTS, Rule
from chronotope.evidence.flow.signs import Signs
from chronotope.evidence.flow.trials import FRAMES, Tried, earlier_origins, motion_of, run_trials, tried_leads

FOLDS = 3  # parts of the past that are left out in turn
CELLS = 4000  # that are tried, beside those that are named
FEW_BEYOND = 300  # cells from which a rule for what is not in sight can be made
STIFF = (1e-3, 0.05, 1.0, 1e3)  # how firmly a rule is held at the plainly carried value; left-out origins choose
GAIN, SURE = 0.03, 2.0  # by how much of standing still's error carrying must have been better, and by how many of its standard errors
SHARE_SEEN = 0.5  # of the cells, at the origin
INNER = slice(LEVELS.index(0.1), LEVELS.index(0.9) + 1)  # the nine levels of the house
WIDEST = 3.0  # by which intervals may be widened or, inverted, narrowed


@dataclass(frozen=True)
class Outlook:
    """What a field's motion says from its last frame on.

    Attributes:
        frames: complete (t, y, x), the last the origin's; seen bool (t, y, x).
        start: the row of the first of them.
        leads, cells: that were tried, see `flow.trials`.
        tried: for every lead, what was tried.
    """

    frames: np.ndarray
    seen: np.ndarray
    start: int
    leads: np.ndarray
    cells: np.ndarray
    tried: list[list[Tried]]

    @classmethod
    def of(cls, values: np.ndarray, horizon: int, cells: np.ndarray) -> Outlook | None:
        """Of frames (t, y, x), NaN where not seen; None where there are too few.

        Args:
            values: up to the origin.
            horizon: steps that are asked.
            cells: row-major indices that are tried beside some of all.
        """
        seen = np.isfinite(values)
        leads = tried_leads(horizon, len(values))
        if not len(leads) or seen[-1].mean() < SHARE_SEEN or not seen[-FRAMES:].any(axis=(1, 2)).all():
            return None
        origins = earlier_origins(leads, len(values))
        start = max(0, int(origins[0]) - 2 * FRAMES)
        frames, seen = completed(values[start:]), seen[start:]
        some = np.random.default_rng(0).permutation(frames[0].size)[:CELLS]
        cells = np.unique(np.concatenate([some, cells]))
        return cls(frames, seen, start, leads, cells, run_trials(frames, seen, leads, origins - start, cells))

    @cached_property
    def motion(self) -> np.ndarray:
        """Cells per step (2, y, x) at the origin."""
        return motion_of(self.frames)

    @cached_property
    def moves(self) -> bool:
        """Whether carrying on would have been surely better than standing still."""
        gain, size = [], []
        for origin in sorted({one.origin for one in self.tried[0]}):
            each = [one for lead in self.tried for one in lead if one.origin == origin and one.good.any()]
            if each:
                still, carried = (np.mean([np.abs(one.truth - guess(one))[one.good].mean() for one in each]) for guess in (_still, _plain))
                gain.append(still - carried)
                size.append(still)
        if len(gain) < 2:
            return False
        error = np.std(gain, ddof=1) / np.sqrt(len(gain))
        return bool(np.mean(size) > 0 and np.mean(gain) > max(GAIN * np.mean(size), SURE * error))

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

    def quantiles(self, lead: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What comes so many steps after the origin.

        Returns:
            (q, y, x) at `LEVELS`, NaN where nothing can be said; bool (y, x), whether it is in sight now; (y, x), cells a step.
        """
        k, here, shape = self.nearest(lead), self._walked[0], self.frames.shape[1:]
        source = self._source(lead)
        signs, unrest, known = self._signs.read(here, source, lead)
        found = np.full((len(LEVELS), here.shape[1]), np.nan)
        if known.any():
            found[:, known] = _wider(self._rules[k].quantiles(signs[:, known], unrest[known]), self.width[k])
        beyond = self._beyond[k]
        if beyond is not None and not known.all():
            found[:, ~known] = beyond.quantiles(signs[:, ~known], unrest[~known])
        speed = np.hypot(*(here - source)) / lead
        return np.sort(found, axis=0).reshape(-1, *shape), known.reshape(shape), speed.reshape(shape)

    @cached_property
    def _rules(self) -> list[Rule]:
        return [_rule(tried, self.stiff) for tried in self.tried]

    @cached_property
    def _beyond(self) -> list[Rule | None]:
        return [_beyond_rule(tried) for tried in self.tried]

    @cached_property
    def _signs(self) -> Signs:
        return Signs.of(self.frames, self.motion, self.seen[-1])

    @cached_property
    def _walked(self) -> list[np.ndarray]:
        return [np.indices(self.frames.shape[1:], float).reshape(2, -1)]

    def _source(self, lead: int) -> np.ndarray:
        """Where what comes to every cell is now, (2, y * x)."""
        while len(self._walked) <= lead:
            self._walked.append(paths(self.motion, self._walked[-1], 1)[0])
        return self._walked[lead]

    def _left_out(self, k: int, stiff: float) -> list[tuple[np.ndarray, Tried]]:
        """Each origin's quantiles at a lead by the rule of the other parts of the past, and what was tried there."""
        out: dict[int, np.ndarray] = {}
        for part, others in _folds(self.tried[k]):
            rule = _rule(others, stiff)
            out |= {i: rule.quantiles(self.tried[k][i].signs, self.tried[k][i].unrest) for i in part}
        return [(out[i], one) for i, one in enumerate(self.tried[k])]


def _still(one: Tried) -> np.ndarray:
    return one.still


def _plain(one: Tried) -> np.ndarray:
    return np.asarray(one.signs[0])


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
            lost += float(np.maximum(level * off, (level - 1) * off).mean())
            still += float(np.abs(one.truth - one.still)[one.good].mean())
    return lost / still
