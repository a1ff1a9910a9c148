"""Whole: the mean of all places told as one series, which says how much more the members of a forecast must have in common.

past --standardised, mean over places--> one series --base--> its quantiles --beside the members' own means--> a share for each member
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.inspect.support import Support
from chronotope.pace import hushed
from chronotope.questions import Predictor, Question
from chronotope.wrappers.joint.margins import LEVELS, evened, values_at
from chronotope.wrappers.joint.order import order_of
from chronotope.wrappers.wrapper import ask

PLACES = 256  # that are read at most
WIDER, SHARED = 4.0, 1.0  # the most by which means are widened, and the most, in normal scores, that cells are for it
_LOW, _HIGH = LEVELS.index(0.1), LEVELS.index(0.9)


def shared(base: Predictor, question: Question, told: np.ndarray, scores: np.ndarray, support: Support) -> np.ndarray:
    """Scores (m, h, v) that each member adds in all of its cells, so that the means of members are as wide as their series is told.

    Nothing where members are wider already, of directions, and where fewer than two places are asked.

    Args:
        base: gives quantiles.
        question: a forecast.
        told: quantiles (q, h, n, v) of `base` at `LEVELS`.
        scores: (m + 1, h, n, v), of which members are made by `evened`.
        support: where values can lie.
    """
    some = _some_places(question)
    part, out = question.of_places(some), np.zeros((len(scores) - 1, *scores.shape[1:2], scores.shape[3]))
    centre, size = _standard(part)
    asked = np.asarray(part.asked[part.rows] & np.isfinite(size))
    if len(some) < 2 or not asked.any():
        return out
    own = np.where(asked, (told[_HIGH] - told[_LOW])[:, some] / size, np.nan)
    near, means = replace(support, **{name: getattr(support, name)[some] for name in ("lower", "upper", "unit")}), np.zeros_like(out)
    for row in range(told.shape[1]):
        made = values_at(evened(scores[:, row][:, some]), told[:, row, some], near)
        means[:, row] = _mean(np.where(asked[row], (made - centre) / size, np.nan), 1)
    with hushed():
        whole = ask(base, _series(part, centre, size).wanting(LEVELS))[:, :, 0]
    width, now = whole[_HIGH] - whole[_LOW], np.quantile(means, 0.9, axis=0) - np.quantile(means, 0.1, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.sqrt(_mean(width.astype(float) ** 2, 0) / _mean(now**2, 0))
        more = (np.clip(factor, 1.0, WIDER) - 1.0) * now / _mean(own, 1)
    more = np.where(support.circle | ~np.isfinite(more), 0.0, np.minimum(more, SHARED))
    return np.asarray(more * _normal(means))


def _some_places(question: Question) -> np.ndarray:
    """At most `PLACES` of the asked places, rising; the same ones in whatever order they stand."""
    asked = np.asarray(question.asked.any(axis=0))
    order = list(dict.fromkeys((order_of(question, asked) // asked.shape[1]).tolist()))
    some = np.unique(np.linspace(0, len(order) - 1, min(len(order), PLACES)).astype(int))
    return np.sort(np.array(order, int)[some])


def _standard(question: Question) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation (n, v) of what is seen before the first asked row; NaN where a series never moved."""
    past = question.visible()[: question.first].astype(float)
    centre = _mean(past, 0)
    size = np.sqrt(_mean((past - centre) ** 2, 0))
    return centre, np.where(size > 0, size, np.nan)


def _series(question: Question, centre: np.ndarray, size: np.ndarray) -> Question:
    """The question about the mean of all standardised places; other variables are seen where they are."""
    mean = _mean((question.visible() - centre) / size, 1)
    one = question.of_places(np.zeros(1, int))
    asked = np.asarray(question.asked.any(axis=1))[:, None]
    values = np.where(asked, np.nan, mean[:, None]).astype(np.float32)
    names, xy, latlon = tuple(f"mean {k}" for k in range(mean.shape[1])), question.frame.xy, question.frame.latlon
    frame = replace(
        one.frame, values=values, variables=names, units=(), totals=(), standard_names=(),
        xy=None if xy is None else xy.mean(axis=0, keepdims=True), latlon=None if latlon is None else latlon.mean(axis=0, keepdims=True),
    )  # fmt: skip
    return replace(one, frame=frame, seen=np.isfinite(values), asked=asked)


def _normal(means: np.ndarray) -> np.ndarray:
    """Normal scores (m, ...) of the order of members."""
    from scipy.special import ndtri

    rank = np.argsort(np.argsort(means, axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(ndtri((rank + 0.5) / len(means)))


def _mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Mean of what is known, NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
