"""Answer: what rules told of planted gaps, learnt from, and quantiles of the asked ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.between.stack import stacked
from chronotope.evidence.between.widths import Signs, Widths, fit_widths, pinball
from chronotope.evidence.distributions import LEVELS
from chronotope.evidence.gaps.conditional import Cells
from chronotope.evidence.gaps.planted import FEWEST, gaps_of, independent
from chronotope.evidence.gaps.rules import Told

NEAR = 2  # steps to what is seen; farther cells are mixed in their own way
ENOUGH = 100  # planted cells for that
SHARP = 4.0  # rules count for one over this power of their misses before trials say more
USUAL, WORTH = 0.3, 20.0  # the network's share before trials say more, and of how many independent ones it is worth
BEATEN = 0.5  # loss of one over the other's, below which the other has less than that
BLOCK = 16  # rows of a block
SHARES = np.linspace(0, 1, 6)


@dataclass(frozen=True)
class Trial:
    """Cells of one variable, in raw units but for `told`.

    Attributes:
        told: what rules tell, scaled.
        cells: series and rows.
        location, spread: (k,) of their series.
        heard: (nine levels, k) what the network says at the levels of the house; None where it is not asked.
    """

    told: Told
    cells: Cells
    location: np.ndarray
    spread: np.ndarray
    heard: np.ndarray | None

    def of(self, some: np.ndarray) -> Trial:
        """Some of the cells, by a mask or by their numbers."""
        heard = None if self.heard is None else self.heard[:, some]
        cells = self.cells[0][some], self.cells[1][some]
        return Trial(self.told.of(some), cells, self.location[some], self.spread[some], heard)

    @property
    def is_far(self) -> np.ndarray:
        return self.told.signs[0] > np.log(NEAR) + 1e-9

    def parts(self) -> np.ndarray:
        """What rules tell (k, r), scaled, the network last."""
        parts = list(self.told.values.values())
        return np.stack(parts + ([] if self.heard is None else [self._scaled(self.heard[len(self.heard) // 2])]), axis=1)

    def signs(self, answer: np.ndarray, parts: np.ndarray, heed: np.ndarray) -> Signs:
        """Of how far off scaled answers (k,) are: what is expected, how far what is seen lies, how rules that are heeded (r,) differ, the
        network's width."""
        apart = np.log(np.sqrt((parts - answer[:, None]) ** 2 @ heed) + 1e-3)
        further = [*self.told.signs, apart]
        if self.heard is not None:
            further.append(np.log((self.heard[-1] - self.heard[0]) / self.spread + 1e-3))
        return Signs(self.told.expected * self.spread, np.stack(further))

    def raw(self, scaled: np.ndarray) -> np.ndarray:
        return scaled * self.spread + self.location

    def _scaled(self, raw: np.ndarray) -> np.ndarray:
        return (raw - self.location) / self.spread


@dataclass(frozen=True)
class Learnt:
    """How rules are mixed near and far from what is seen, how wide answers are, and how much of the network's own stays.

    Attributes:
        weights: (2, r).
        heed: (r,), what rules count for by their misses alone.
        widths: around the mixed answer.
        share: of the network's quantiles.
        loss: mean pinball loss of the trials.
        worth: of so many independent ones.
    """

    weights: tuple[np.ndarray, np.ndarray]
    heed: np.ndarray
    widths: Widths
    share: float
    loss: float
    worth: float

    def quantiles(self, trial: Trial, levels: tuple[float, ...], heard: np.ndarray | None = None) -> np.ndarray:
        """(levels, k) in raw units; `heard` is what the network says at these levels, None where none of it stays."""
        parts = trial.parts()
        answer = _mixed(parts, self.weights, trial.is_far)
        own = self.widths.quantiles(trial.raw(answer), trial.signs(answer, parts, self.heed), levels)
        return own if heard is None else (1 - self.share) * own + self.share * heard


def learnt(trial: Trial, truth: np.ndarray, from_zero: bool) -> Learnt:
    """From planted cells of one variable and their truth (k,) in raw units; `from_zero` where zero bounds the values.

    The network's share, and the loss, come from halves that learn from each other: blocks of time in turn, and long gaps in turn.
    """
    whole, levels = _fitted(trial, truth, from_zero), tuple(LEVELS)
    own = whole.quantiles(trial, levels)
    second = _second_half(trial.cells)
    if min(second.sum(), (~second).sum()) >= FEWEST:
        for side in (False, True):
            here = second == side
            own[:, here] = _fitted(trial.of(~here), truth[~here], from_zero).quantiles(trial.of(here), levels)
    if trial.heard is None:
        return replace(whole, loss=_loss(trial, own, truth))
    losses = [_loss(trial, (1 - one) * own + one * trial.heard, truth) for one in SHARES]
    best = int(np.argmin(losses))
    rules, network = (min(1.0, one / max(BEATEN * other, 1e-12)) for one, other in ((losses[0], losses[-1]), (losses[-1], losses[0])))
    usual = 1 - (1 - USUAL * rules) * network  # who is clearly beaten is not heard for want of trials
    share = (whole.worth * float(SHARES[best]) + WORTH * usual) / (whole.worth + WORTH)
    return replace(whole, share=share, loss=losses[best])


def _second_half(cells: Cells) -> np.ndarray:
    """bool (k,): every other block of rows; of gaps longer than a block, which would be in both halves, every other gap."""
    gap = gaps_of(cells)
    is_long = np.bincount(gap)[gap] > BLOCK
    return np.where(is_long, gap % 2 == 1, cells[1] // BLOCK % 2 == 1)


def _fitted(trial: Trial, truth: np.ndarray, from_zero: bool) -> Learnt:
    """Weights and widths, with no share of the network's own quantiles yet."""
    parts, scaled = trial.parts(), (truth - trial.location) / trial.spread
    usual = (np.abs(parts - scaled[:, None]).mean(axis=0) + 1e-9) ** -SHARP
    toward = usual / usual.sum()
    worth = independent(parts @ toward - scaled, trial.cells)
    weights = []
    for far in (False, True):
        some = trial.is_far == far
        some = some if some.sum() >= ENOUGH else np.ones_like(some)
        weights.append(stacked(parts[some], scaled[some], worth, toward))
    answer = _mixed(parts, (weights[0], weights[1]), trial.is_far)
    widths = fit_widths(trial.raw(answer), truth, trial.signs(answer, parts, toward), max(2, int(worth)), max(worth, 4.0), from_zero)
    return Learnt((weights[0], weights[1]), toward, widths, 0.0, np.inf, worth)


def _loss(trial: Trial, quantiles: np.ndarray, truth: np.ndarray) -> float:
    return pinball((quantiles - trial.location) / trial.spread, (truth - trial.location) / trial.spread, LEVELS)


def _mixed(parts: np.ndarray, weights: tuple[np.ndarray, np.ndarray], is_far: np.ndarray) -> np.ndarray:
    return np.where(is_far, parts @ weights[1], parts @ weights[0])
