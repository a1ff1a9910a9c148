"""Rehearsal: the predictor is asked at past origins, and what came there says how much wider its members must be.

past --ahead, base--> quantiles at past origins --what came--> normal scores --beside the members' own--> a factor for each variable
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from chronotope.questions import Predictor, Question
from chronotope.questions.kinds.forecast import ahead
from chronotope.wrappers.joint.margins import LEVELS, scores_of
from chronotope.wrappers.joint.order import order_of
from chronotope.wrappers.wrapper import ask

PLACES = 256  # that are asked at most
INSIDE = 0.8  # share of what came that members are to hold
DOUBT = 3.0  # origins' worth of no change
MOST = 3.0


def rehearsed(base: Predictor, question: Question, number: int) -> tuple[np.ndarray, np.ndarray]:
    """How what came after past origins lay among the quantiles of a predictor; nothing at or after the first asked row is read.

    Args:
        base: gives quantiles.
        question: a forecast.
        number: of origins, spread over the second half of the past.

    Returns:
        Normal scores (k, h, n, v) of the asked rows and some places, NaN where nothing came or nothing is asked; the places (n,).
    """
    leads = question.rows - question.first + 1
    room, horizon, index = question.first - int(leads[-1]), int(leads[-1]), some_places(question)
    part = question.of_places(index)
    target = np.asarray(part.asked.any(axis=0))
    known = part.seen[part.rows].any(axis=(0, 1)) & ~target.any(axis=0)  # told ahead, as it is now
    past = replace(part.frame, values=part.visible()).slice_time(0, part.first)
    found = [np.full((0, len(leads), *target.shape), np.nan)]
    for origin in np.unique(np.linspace(room // 2, room - 1, number).astype(int)) if room > 1 else ():
        asked = ahead(past, int(origin), horizon, target=target, known=known)
        if asked.asked.any():
            told = np.full((len(LEVELS), horizon, *target.shape), np.nan)
            told[:, asked.rows - asked.first] = np.where(asked.asked[asked.rows], ask(base, asked.wanting(LEVELS)), np.nan)
            found.append(scores_of(past.values[origin + leads].astype(float), told[:, leads - 1])[None])
    return np.concatenate(found), index


def some_places(question: Question) -> np.ndarray:
    """At most `PLACES` of the asked places, rising; the same ones in whatever order they stand."""
    asked = np.asarray(question.asked.any(axis=0))
    order = list(dict.fromkeys((order_of(question, asked) // asked.shape[1]).tolist()))
    some = np.unique(np.linspace(0, len(order) - 1, min(len(order), PLACES)).astype(int))
    return np.sort(np.array(order)[some])


def wider(past: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """By how much scores of members must be multiplied (v,), at least 1, so that they would have held `INSIDE` of what came.

    The larger of two factors: of single cells, and of means over places at a lead, as far apart as those of the members are.

    Args:
        past: normal scores (k, h, n, v) of what came.
        drawn: normal scores (m, h, n, v) of members of the same cells.
    """
    out, reach = np.ones(past.shape[-1]), float(ndtri((1 + INSIDE) / 2))
    for v in range(past.shape[-1]):
        known = np.isfinite(past[..., v])
        places = known.any(axis=(0, 1))
        if not places.any():
            continue
        cells = np.abs(past[..., v][known])
        usual = np.sqrt((drawn[:, :, places, v].mean(axis=2) ** 2).mean(axis=0))
        count = known.sum(axis=2)
        means = np.abs(np.where(known, past[..., v], 0.0).sum(axis=2)) / np.maximum(count, 1) / np.maximum(usual, 1e-6)
        factor = max(float(np.quantile(one, INSIDE)) for one in (cells, means[2 * count > places.sum()]) if one.size) / reach
        out[v] = np.clip(factor, 1.0, MOST) ** (len(past) / (len(past) + DOUBT))
    return out
